"""Only the command that is called is built, and nobody notices."""

from __future__ import annotations

import pytest

from ctl.cli.program import program_for, whole


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
    assert [command.name for command in program_for(words).registered_commands] == [name]


@pytest.mark.parametrize("words", [[], ["--help"], ["statsu"], ["completion", "bash"], ["--root"]])
def test_all_commands_stay_where_they_are_all_needed(words: list[str]) -> None:
    names = [command.name for command in whole().registered_commands]
    assert [command.name for command in program_for(words).registered_commands] == names
    assert len(names) > 20
