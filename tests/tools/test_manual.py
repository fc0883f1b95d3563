"""The man pages: nothing is missing in them, man finds no fault with them, and their examples are true."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ctl.cli.groups import GROUPS
from ctl.cli.program import whole
from ctl.errors import ExitCode
from ctl.settings.load import load
from ctl.settings.reference import entries
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context
from tests.settings.reading import ROOTS
from tools.manual import manual
from tools.manual_page import Page
from tools.manual_settings import EXAMPLE
from tools.settings_page import name_of

REPOSITORY = Path(__file__).parent.parent.parent
EPOCH = "1700000000"
GROUP: Any = typer.main.get_command(whole())
COMMANDS = {name: command for name, command in GROUP.commands.items() if not command.hidden}
PAGES = manual({"SOURCE_DATE_EPOCH": EPOCH})
_SIGNS = {
    r"\e": "\\",
    r"\-": "-",
    r"\(aq": "'",
    r"\(ga": "`",
    r"\(ha": "^",
    r"\(ti": "~",
    r"\(dq": '"',
    r"\&": "",
}


def escaped(text: str) -> str:
    """Return a text as it stands in the source of a page."""
    written = {sign: roff for roff, sign in _SIGNS.items() if sign}
    return "".join(written.get(sign, sign) for sign in text)


def bold(text: str) -> str:
    """Return a text in bold as it stands in the source of a page."""
    return rf"\fB{escaped(text)}\fP"


def shown(page: str) -> list[str]:
    """Return the lines of the examples of a page as they show."""
    blocks = re.findall(r"^\.EX\n(.*?)^\.EE$", page, re.DOTALL | re.MULTILINE)
    signs = re.compile("|".join(map(re.escape, _SIGNS)))
    return [
        signs.sub(lambda match: _SIGNS[match[0]], line) for block in blocks for line in block.splitlines()
    ]


def rendered(text: str, tmp_path: Path) -> list[str]:
    """Return a page as man shows it at 80 columns."""
    path = tmp_path / "page.1"
    path.write_text(text)
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", str(path)],
        capture_output=True,
        encoding="utf-8",
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "MANROFFOPT": "-c", "LC_ALL": "C.UTF-8"},
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout).splitlines()


def test_pages_are_one_for_each_command_that_is_shown() -> None:
    assert len(COMMANDS) > 30
    assert set(PAGES) == {"ctl.1", "gitlab.rb.5", *(f"ctl-{name}.1" for name in COMMANDS)}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_page_of_a_command_holds_every_option_argument_and_an_example(name: str) -> None:
    page = PAGES[f"ctl-{name}.1"]
    terms = "\n".join(re.findall(r"^\.TP\n(.*)", page, re.MULTILINE))
    params = COMMANDS[name].params
    for option in (
        *(spelling for param in params for spelling in (*param.opts, *param.secondary_opts)),
        "--help",
    ):
        if option.startswith("-"):
            assert bold(option) in terms
    assert all(param.help for param in params), "an option without a help text"
    arguments = [param for param in params if param.param_type_name == "argument"]
    assert (".SH ARGUMENTS" in page) == bool(arguments)
    assert [line for line in shown(page) if line.startswith(f"ctl {name}")]


def test_value_that_an_option_does_without_stands_in_brackets() -> None:
    assert PAGES["ctl-registry-garbage-collect.1"].count(r"[\fIRUN\fP]") == 2


def test_overview_lists_every_command_with_its_line() -> None:
    for name, command in COMMANDS.items():
        at = PAGES["ctl.1"].index(f".TP\n{bold(f'ctl-{name}')}(1)\n")
        first = command.help.split()[0]
        assert PAGES["ctl.1"][at:].splitlines()[2].startswith(first)


def test_overview_lists_the_commands_in_the_groups_and_the_order_of_the_help() -> None:
    section = PAGES["ctl.1"].partition(".SH COMMANDS\n")[2].partition("\n.SH ")[0]
    parts = [part.partition("\n") for part in section.split(".SS ")[1:]]
    pattern = re.compile(r"^\\fBctl\\-(\S+)\\fP\(1\)$", re.MULTILINE)
    groups = {title: [name.replace(r"\-", "-") for name in pattern.findall(text)] for title, _, text in parts}
    assert [*groups.items()] == [(title, [*lines]) for title, lines in GROUPS.items()]


def test_overview_names_every_exit_code_and_variable() -> None:
    page = PAGES["ctl.1"]
    for term in (*(str(int(code)) for code in ExitCode), "CTL_ROOT", "CTL_CONFIG", "NO_COLOR"):
        assert f".TP\n{bold(term)}\n" in page


def test_page_of_settings_holds_every_setting() -> None:
    names = [name_of(entry) for entry in entries()]
    assert len(names) > 300
    page = PAGES["gitlab.rb.5"]
    for entry, name in zip(entries(), names, strict=True):
        if entry.is_section:
            assert escaped(name) in page, name
        else:
            assert f".TP\n{bold(name)}\n" in page or f".SS {escaped(name)}\n" in page, name


def test_pages_hold_no_hyphen_that_a_shell_does_not_know() -> None:
    for name, text in PAGES.items():
        # Before it stand the macros of docutils.
        _, begun, page = text.partition("\n.TH ")
        lines = [line for line in page.splitlines() if not line.startswith('.\\"')]
        assert begun, name
        assert [line for line in lines if re.search(r"(?<!\\)-", line)] == [], name


def test_no_line_of_a_page_is_stretched_by_any_groff() -> None:
    # Debian 13's goes by the string, and warns of a list of ciphers that it cannot stretch.
    for name, text in PAGES.items():
        head = text.partition(".SH NAME\n")[0].splitlines()
        assert {".ds AD l", ".ad l"} <= set(head), name


def test_help_of_a_command_ends_with_examples_and_its_exit_codes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ctl.cli.app", "status", "--help"], capture_output=True, text=True, check=True
    )
    assert "  Examples:\n    ctl status\n        what runs, and since when\n" in done.stdout
    assert (
        "  Exit codes:\n    0  every service runs\n    3  one is down, or its socket is gone\n" in done.stdout
    )


def test_pages_are_the_same_in_every_run(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-m", "tools.manual", str(tmp_path / seed)],
            env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": EPOCH, "TZ": f"UTC{seed}"},
            cwd=REPOSITORY,
            check=True,
            timeout=60,
        )
    made = [{path.name: path.read_text() for path in (tmp_path / seed).iterdir()} for seed in ("1", "2")]
    assert made[0] == made[1] == PAGES


@pytest.mark.parametrize(("environment", "date"), [({"SOURCE_DATE_EPOCH": EPOCH}, "2023-11-14"), ({}, "")])
def test_date_is_that_of_the_source_or_none(environment: dict[str, str], date: str) -> None:
    heads = [line for line in manual(environment)["ctl.1"].splitlines() if line.startswith(".TH")]
    assert len(heads) == 1
    assert heads[0].startswith(f'.TH "CTL" 1 "{escaped(date)}" "ctl ')


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_shows_within_80_columns_without_a_warning(name: str, tmp_path: Path) -> None:
    lines = rendered(PAGES[name], tmp_path)
    assert len(lines) > 20
    assert [line for line in lines if len(line) > 80] == []


def test_pages_are_found_by_whatis(tmp_path: Path) -> None:
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["lexgrog", *sorted(PAGES)], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    names = [line.partition(' "')[2].partition(" - ")[0] for line in done.stdout.splitlines()]
    assert names == [name.rpartition(".")[0] for name in sorted(PAGES)]


def _example_lines() -> Iterator[tuple[str, str]]:
    for name, text in PAGES.items():
        if name.endswith(".1"):
            yield from ((name, line) for line in shown(text))


@pytest.mark.parametrize(("page", "line"), [*_example_lines()])
def test_example_is_understood_by_the_program(page: str, line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "ctl"
    words = words[: words.index(">")] if ">" in words else words
    with GROUP.make_context("ctl", words) as context:
        rest = [*context._protected_args, *context.args]
        name, command, rest = GROUP.resolve_command(context, rest)
        assert page in ("ctl.1", f"ctl-{name}.1")
        with command.make_context(name, rest, parent=context):
            pass


def test_example_of_a_wrong_option_is_refused() -> None:
    with pytest.raises(Exception, match="No such option"):
        COMMANDS["status"].make_context("status", ["--jsn"])


@pytest.mark.parametrize("proxied", [True, False])
def test_example_of_settings_is_without_fault(proxied: bool) -> None:
    assert shown(PAGES["gitlab.rb.5"]) == EXAMPLE.splitlines()
    context = Context(
        environment={"BEHIND_PROXY": "yes"} if proxied else {},
        read_file=lambda path: f"{path.rpartition('/')[2]}-0123456789\n",
        node={"domain": "example.com"},
        roots=ROOTS,
    )
    loaded = load(evaluate(EXAMPLE, "gitlab.rb", context))
    assert loaded.diagnostics == []
    assert loaded.settings is not None
    assert loaded.settings.registry.nginx.listen_https is (False if proxied else None)


def test_text_that_looks_like_a_request_shows_itself(tmp_path: Path) -> None:
    hostile = [".so /etc/passwd", "'br", r"\fBback\e slash\n", 'a `b` ^c ~d "e" --no-f', "...", "%w(#{x}) \\"]
    page = Page("hostile", 1, "what is hostile", date="", source="ctl", commands=())
    page.heading("Text")
    for text in hostile:
        page.paragraph(text)
    page.example(*hostile)
    lines = [line.strip() for line in rendered(page.text(), tmp_path)]
    for text in hostile:
        assert lines.count(text) == 2, text
