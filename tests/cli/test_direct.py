"""A plain command line means what Typer would make of it, or it is left to Typer."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from ctl.cli import direct as module
from ctl.cli.declared import Command, for_typer, parameters
from ctl.cli.direct import direct
from ctl.cli.options import CHOSEN, choose
from ctl.cli.places import COMMANDS

COMMAND = {
    command.name: command
    for place, names in COMMANDS.items()
    if place not in ("completion", "help")
    for command in import_module(f"ctl.cli.{place}").COMMANDS
}
VALUES = (
    "5m",
    "a",
    "/b c",
    "on",
    "off",
    "json",
    "text",
    "yaml",
    "registry",
    "12",
    "0.5",
    "",
    "-",
    "-x",
    "a=b",
)


def words_of(function: Callable[..., Any]) -> Iterator[str]:
    """Yield the spellings of a function's options, as they are and as they are not plain."""
    for _, declared in parameters(function).values():
        for name in declared.names if declared else ():
            yield from (name, f"{name}=x", name[:-1], f"{name}x")


def given_values(name: str, words: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the values before and behind the command that Typer reads; None where it finds a mistake."""
    seen: list[dict[str, Any]] = []

    def recorded(function: Callable[..., Any]) -> Callable[..., Any]:
        def record(**values: Any) -> None:
            seen.append(values)

        functools.update_wrapper(record, for_typer(function), updated=())
        return record

    command = COMMAND[name]
    program = typer.Typer(add_completion=False)
    program.callback()(recorded(choose))
    program.command(name, cls=command.kind() if command.kind else None)(recorded(command.function))
    try:
        program(words, standalone_mode=False)
    except Exception as error:
        if not type(error).__module__.startswith("typer"):
            raise
    return (seen[0], seen[1]) if len(seen) == 2 else None


def direct_values(name: str, words: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the same of the direct way; None where it leaves the words to Typer."""
    waiting = iter(words)
    try:
        before, called = module._read(choose, waiting, up_to_a_word=True)
        assert called == name
        behind, _ = module._read(COMMAND[name].function, waiting)
    except module._Undecided:
        return None
    return with_defaults(choose, before), with_defaults(COMMAND[name].function, behind)


def with_defaults(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    bound = inspect.signature(function).bind(**values)
    bound.apply_defaults()
    return bound.arguments


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[str]]:
    name = draw(st.sampled_from(sorted(COMMAND)))
    before = st.lists(st.sampled_from([*words_of(choose), *VALUES]), max_size=3)
    behind = st.lists(st.sampled_from([*words_of(COMMAND[name].function), *VALUES]), max_size=6)
    return name, [*draw(before), name, *draw(behind)]


@given(lines())
@example(("status", ["--root", "/x", "status", "registry", "--json"]))
@example(("registry-garbage-collect", ["registry-garbage-collect", "c.yml", "-d", "-m", "--min-age", "5m"]))
@example(("set-readonly", ["set-readonly", "on", "--reason", "a b"]))
def test_plain_line_has_the_values_that_typer_reads(line: tuple[str, list[str]]) -> None:
    name, words = line
    try:
        values = direct_values(name, words)
    except AssertionError:
        return  # a word before it is taken for the command
    assert values is None or values == given_values(name, words)


@pytest.mark.parametrize(
    "words",
    [
        *(
            ["status"],
            ["--root", "/x", "status", "--json"],
            ["validate", "-c", "f"],
            ["reconfigure", "--dry-run"],
        ),
        *(
            ["registry-garbage-collect", "c.yml", "-d"],
            ["set-readonly", "status"],
            ["start", "registry"],
            ["settle"],
        ),
    ],
)
def test_usual_line_is_read_without_typer(words: list[str]) -> None:
    assert direct(words) is not None


@pytest.mark.parametrize(
    "words",
    [
        *([], ["--help"], ["--version"], ["help"], ["completion", "bash"], ["statsu"], ["status", "-h"]),
        *(
            ["status", "--jsn"],
            ["status", "a", "b"],
            ["rollback", "12"],
            ["set-readonly"],
            ["set-readonly", "of"],
        ),
        *(["validate", "-cfile"], ["validate", "--config=f"], ["registry-garbage-collect", "--undo"]),
        *(["registry-garbage-collect", "-md"], ["tail", "--", "x"], ["validate", "-c"], ["--root"]),
    ],
)
def test_other_line_is_left_to_typer(words: list[str]) -> None:
    assert direct(words) is None


@pytest.mark.parametrize("name", ["CTL_ROOT", "CTL_CONFIG", "_CTL_COMPLETE"])
def test_variable_that_stands_for_an_option_is_left_to_typer(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "x")
    assert direct(["validate"]) is None


def test_call_notes_what_stood_before_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    here = Command("status", lambda: seen.append(CHOSEN.root))
    monkeypatch.setattr(module, "_command", lambda name: here)
    monkeypatch.setattr(CHOSEN, "root", None)
    call = direct(["--root", "/x", "status"])
    assert call is not None
    call()
    assert [str(root) for root in seen] == ["/x"]


def test_misuse_that_a_command_finds_is_said_with_its_usage() -> None:
    words = [sys.executable, "-m", "ctl.cli.app", "rotate-registry-key", "--finish", "--status"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "rotate-registry-key [OPTIONS]" in done.stderr.splitlines()[0]
    assert "--finish and --status do not go together" in done.stderr
