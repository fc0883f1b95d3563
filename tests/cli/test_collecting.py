"""What stands behind --undo: a run, CONFIG, or nothing; and what a regular collection is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ctl.cli.program import whole

RUN = "20261121T040500Z"


def given(*words: str) -> tuple[str | None, str | None]:
    """Return the run and the configuration that the command understands."""
    group = typer.main.get_command(whole())
    command = getattr(group, "commands")["registry-garbage-collect"]  # noqa: B009 - typer does not say its type
    params = command.make_context("collect", list(words)).params
    return params["undo"], params["config"] and str(params["config"])


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


def test_window_that_a_refusal_names_can_be_scheduled(tmp_path: Path) -> None:
    (tmp_path / "etc/cron.d").mkdir(parents=True)
    words = ["registry-garbage-collect-schedule", "set", "04:05", "--root", str(tmp_path)]
    done = CliRunner().invoke(whole(), [*words, "-m", "--window", "120s", "--pause", "1m"])
    assert done.exit_code == 0, done.output
    line = (tmp_path / "etc/cron.d/registry-ctl-collect").read_text()
    assert "--yes -m --window=120s --pause=1m" in line
    assert CliRunner().invoke(whole(), words).exit_code == 0
    assert "--window" not in (tmp_path / "etc/cron.d/registry-ctl-collect").read_text()
    refused = CliRunner().invoke(whole(), [*words, "--window", "120"])
    assert refused.exit_code == 2
