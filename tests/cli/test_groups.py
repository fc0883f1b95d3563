"""Every command stands once in the list of commands, with a whole line, and every list has the same order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from ctl.cli.groups import GROUPS, line_of, listed
from ctl.cli.program import whole
from tests.cli.test_completion import bash, script, zsh

REPOSITORY = Path(__file__).parent.parent.parent
WIDTH = 80
PROGRAM: Any = typer.main.get_command(whole())
SHOWN = {name: command for name, command in PROGRAM.commands.items() if not command.hidden}
HEAVY = ("rich", "pydantic", "jinja2", "cryptography", "yaml", "psutil", "redis")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ctl.cli.app", *words],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": str(WIDTH)},
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def overview() -> list[str]:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_every_command_that_is_shown_is_in_one_group() -> None:
    names = [*listed()]
    assert len(names) > 30
    assert len(names) == len(set(names))
    assert set(names) == set(SHOWN)
    assert [*GROUPS] == ["Change", "Look", "Services", "Images", "Keys and certificates", "Keep"]


def test_help_lists_every_command_below_its_heading_with_its_whole_line(overview: list[str]) -> None:
    headings: dict[str, dict[str, str]] = {}
    for line in overview[overview.index(f"{next(iter(GROUPS))}:") : -2]:
        if line and not line.startswith(" "):
            inside = headings.setdefault(line.removesuffix(":"), {})
        elif line:
            name, _, text = line.strip().partition(" ")
            inside[name] = text.strip()
    expected = {title: [*lines.items()] for title, lines in GROUPS.items()}
    assert [(title, [*lines.items()]) for title, lines in headings.items()] == [*expected.items()]


def test_help_says_how_to_go_on(overview: list[str]) -> None:
    assert overview[-1] == "  ctl help COMMAND says more of a command, and man ctl of all."


@pytest.mark.parametrize("name", ["", *listed()])
def test_help_is_nowhere_cut_and_nowhere_wider_than_80_columns(name: str) -> None:
    done = run(*filter(None, [name, "--help"]))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) > 5
    assert [line for line in lines if len(line) > WIDTH or re.search(r"\w\.\.\.$", line)] == []


@pytest.mark.parametrize("name", [*listed()])
def test_help_of_a_command_begins_with_the_line_of_the_list(name: str) -> None:
    assert " ".join(SHOWN[name].help.split("\n\n")[0].split()) == f"{line_of(name)}."


@pytest.mark.parametrize("name", ["registry-garbage-collect", "status", "help", "completion", "settle"])
def test_help_command_shows_the_help_of_a_command(name: str) -> None:
    told, asked = run("help", name), run(name, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == asked.stdout
    assert f" {name} [OPTIONS]" in told.stdout


def test_help_command_alone_shows_the_list() -> None:
    told = run("help")
    assert (told.returncode, told.stdout) == (0, run("--help").stdout)


def test_help_of_an_unknown_command_exits_2_with_a_suggestion() -> None:
    done = run("help", "registry-garbage-colect")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such command 'registry-garbage-colect'" in done.stderr
    assert "Did you mean 'registry-garbage-collect'" in done.stderr


def test_help_of_two_commands_is_refused() -> None:
    assert run("help", "status", "start").returncode == 2


def test_help_imports_nothing_heavy() -> None:
    asked = (
        "import json, sys\n"
        "from ctl.cli.app import main\n"
        "sys.argv = ['ctl', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(json.dumps([*sys.modules]))\n"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout.splitlines()[-1])
    assert "ctl.cli.help" in modules
    assert [module for module in modules if module.partition(".")[0] in HEAVY] == []


def test_readme_lists_the_commands_in_the_same_groups_and_order() -> None:
    section = (REPOSITORY / "README.md").read_text().split("\n## Commands\n")[1].split("\n## ")[0]
    headings: dict[str, list[str]] = {}
    for line in section.splitlines():
        if line.startswith("### "):
            inside = headings.setdefault(line.removeprefix("### "), [])
        elif line.startswith("| `ctl "):
            first, *others = re.findall(r"`([^`]+)`", line.split(" | ")[0])
            _, name, *arguments = first.split()
            # Behind a command with an argument stand others of its arguments.
            inside += [name, *(other for other in others if not arguments and other != "[SERVICE]")]
    assert [*headings.items()] == [(title, [*lines]) for title, lines in GROUPS.items()]


def test_bash_offers_the_commands_in_the_same_order(tmp_path: Path) -> None:
    text = script("bash")
    case = next(line for line in text.splitlines() if line.strip().startswith("'')"))
    assert case.split("argument='")[1].split("'")[0].split() == [*listed()]
    assert bash(text, tmp_path, "help", "registry-us") == ["registry-usage"]


def test_bash_keeps_the_order_of_commands_at_a_tab() -> None:
    asked = 'compopt() { echo "$*"; }\nCOMP_WORDS=(ctl "$1" "$2"); COMP_CWORD=$3; _ctl'
    asked = f"{script('bash')}\n{asked}"
    for words, expected in ((["", "", "1"], "-o nosort\n"), (["status", "", "2"], "")):
        done = subprocess.run(
            ["bash", "-uc", asked, "bash", *words], capture_output=True, text=True, check=True
        )
        assert done.stdout == expected


def test_zsh_offers_the_commands_in_the_same_order(tmp_path: Path) -> None:
    shown = zsh(tmp_path, "ctl ", "backup-etc")
    names = re.findall(r"^([a-z0-9-]+) +--", shown.replace("\r", "\n"), re.MULTILINE)
    assert [*names, "backup-etc"] == [*listed()]
