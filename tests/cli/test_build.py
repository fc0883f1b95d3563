"""Only the command that is called is built, and nobody notices."""

from __future__ import annotations

import pytest

from ctl.cli import app as program


@pytest.fixture(autouse=True)
def whole(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The names of all commands; what a test takes away is there again after it."""
    commands = list(program.app.registered_commands)
    monkeypatch.setattr(program.app, "registered_commands", commands)
    return [command.name for command in commands]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["status"], "status"),
        (["status", "start"], "status"),
        (["explain", "status"], "explain"),
        (["--root", "status", "validate"], "validate"),
        (["-c", "status", "--root=stop", "validate"], "validate"),
    ],
)
def test_command_that_is_called_is_left_alone(words: list[str], name: str) -> None:
    program.build_only(words)
    assert [command.name for command in program.app.registered_commands] == [name]


@pytest.mark.parametrize("words", [[], ["--help"], ["statsu"], ["completion", "bash"], ["--root"]])
def test_all_commands_stay_where_they_are_all_needed(words: list[str], whole: list[str | None]) -> None:
    program.build_only(words)
    assert [command.name for command in program.app.registered_commands] == whole
    assert len(whole) > 20
