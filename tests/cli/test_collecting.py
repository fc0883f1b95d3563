"""What stands behind --undo: a run, CONFIG, or nothing."""

from __future__ import annotations

import pytest
import typer

from ctl.cli.app import app

RUN = "20261121T040500Z"


def given(*words: str) -> tuple[str | None, str | None]:
    """Return the run and the configuration that the command understands."""
    group = typer.main.get_command(app)
    command = getattr(group, "commands")["registry-garbage-collect"]  # noqa: B009 - typer does not say its type
    found = command.make_context("collect", list(words)).params
    return found["undo"], found["config"] and str(found["config"])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (None, None)),
        (["--undo"], ("", None)),
        (["--undo", RUN], (RUN, None)),
        ([f"--undo={RUN}"], (RUN, None)),
        (["--undo", "a.yml"], ("", "a.yml")),
        (["--undo", "2026.yml"], ("", "2026.yml")),
        (["--undo", "./2026"], ("", "./2026")),
        (["--undo", RUN, "a.yml"], (RUN, "a.yml")),
        (["a.yml", "--undo", RUN, "--json"], (RUN, "a.yml")),
        (["--undo", "--json", "a.yml"], ("", "a.yml")),
        (["a.yml", "--undo"], ("", "a.yml")),
        (["--undo", "20261121T0405"], ("20261121T0405", None)),
        (["--undo", "--", RUN], ("", RUN)),
        (["--", "--undo"], (None, "--undo")),
        ([RUN], (None, RUN)),
    ],
)
def test_undo_takes_what_has_the_form_of_a_run_and_leaves_the_rest(
    words: list[str], expected: tuple[str | None, str | None]
) -> None:
    assert given(*words) == expected
