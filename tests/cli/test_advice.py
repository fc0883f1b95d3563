"""Every command that a text of ours names can be typed, and no text advises what destroys something."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from functools import cache
from typing import Any

import pytest
import typer.main

from ctl.cli.program import whole
from tests.advice import COMMAND, Text, texts

# Words that follow ctl's name in a sentence about it.
WORDS = """
accepts advises alone and becomes before by calls can cannot collects comes decides disable disables did do
does ends find finds for from gave gives goes had has here in is it itself keeps knows leaves left made makes
manages masks needs of on opens or own puts reach reads reloads renders requests runs says serves starts stops
supervises switches takes that then to under was when which will with without write writes wrote
"""
PROSE = frozenset(WORDS.split())
# What overwrites, removes, or takes from others when it is typed as printed. Where such a text has to be,
# the reason why it is harmless stands beside it.
DESTRUCTIVE = re.compile(
    r"(?<![\w-])(?<!apt-get )(?:rm|mv|cp|dd|truncate|shred|mkfs\S*|tee|redis-cli) +-?\S"
    r"|(?<![\w-])(?<!apt-get )(?:chown|chgrp|install|ln) +-?\S"
    r"|(?<![\w-])chmod +(?:-R|[0-7ugoa])|-out(?:form)? \S|systemctl (?:disable|mask|stop)"
    r"|(?:^|\s)>{1,2} ?[/~$]|docker (?:rm|volume|system)|(?:^|\s)(?:userdel|groupdel|umount) "
)
HARMLESS = {
    "ctl/apply/directories.py": "install -d makes a directory that is missing, and empties none",
    "ctl/cli/completion.py": "the file is the completion's own",
    "ctl/facts/binaries.py": "gives the right to run a program that the settings name",
    "ctl/credentials/secrets.py": "of the secrets file alone, which is root's, after a look at it",
    "ctl/facts/permissions.py": "of a file alone, never of a directory: others keep what is theirs",
    "ctl/checks/certificates.py": "behind `test -e … ||`, or of a key alone; typed in tests/checks/",
    "ctl/checks/through.py": "no advice: a trial's own traces, taken away by the registry's account",
    "ctl/checks/tokens.py": "-outform is the form in which openssl prints; it writes no file",
    "ctl/checks/exposure.py": "of a secret's file alone, never of a directory: others keep what is theirs",
    "ctl/checks/store.py": "gives others the right to pass a directory, which takes nothing away",
    "ctl/apply/safety.py": "takes a right away, said only of root's directory that nobody else needs",
    "ctl/operations/keep/backup_etc.py": "of the directory of backups, which is root's alone",
    "ctl/checks/ports.py": "behind the words that nobody needs what is stopped",
    "ctl/operations/compile/source.py": "takes a right from others than a settings file's owner and group",
    "ctl/targets/runit/scripts.py": "a run script, no advice",
    "templates/runit/": "run scripts, no advice",
    "ctl/render/compiled/": "the templates once more, compiled",
    "README.md": "the installation of a package",
}


@cache
def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(whole())
    return dict(group.commands)


def options_of(command: Any) -> set[str]:
    named = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return named | {"--help", "-h"}


def named(text: str) -> list[tuple[str, list[str]]]:
    """Return the commands that a text names, each with the options behind it."""
    mentions = []
    for match in COMMAND.finditer(text):
        options: list[str] = []
        for word in match[2].split():
            word = word.rstrip(",.;:)]|`'\"")
            if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word):
                options.append(word.partition("=")[0])
            elif word == "ctl":
                break
        mentions.append((match[1], options))
    return mentions


ALL = texts()


def test_texts_are_found() -> None:
    assert len(ALL) > 1000
    assert sum(text.is_help for text in ALL) > 100
    assert sum(len(named(text.text)) for text in ALL) > 150


@pytest.mark.parametrize("place", sorted({text.place.partition(":")[0] for text in ALL}))
def test_command_that_is_named_exists_with_its_options(place: str) -> None:
    for text in ALL:
        if text.place.partition(":")[0] != place:
            continue
        for name, options in named(text.text):
            if name in PROSE:
                continue
            assert name in commands(), f"{text.place}: there is no ctl {name}"
            unknown = {option for option in options if option not in options_of(commands()[name])}
            assert not unknown, f"{text.place}: ctl {name} knows no {unknown}"


def test_no_word_of_a_sentence_is_a_command() -> None:
    assert not PROSE & set(commands())


def is_excused(text: Text) -> bool:
    return any(text.place.startswith(place) for place in HARMLESS)


def test_no_text_advises_what_destroys_something() -> None:
    destroying = [
        f"{text.place}: {match[0]}"
        for text in ALL
        if not is_excused(text)
        for match in DESTRUCTIVE.finditer(text.text)
    ]
    assert destroying == []


@pytest.mark.parametrize(
    "text",
    ["openssl req -x509 -keyout a.key -out a.crt", "chown root /home/git", "rm -rf /x", "mv a b", "> /etc/x"],
)
def test_text_that_would_destroy_something_is_seen(text: str) -> None:
    assert DESTRUCTIVE.search(text)


def test_every_excuse_is_needed() -> None:
    needed = {
        place
        for place in HARMLESS
        for text in ALL
        if text.place.startswith(place) and DESTRUCTIVE.search(text.text)
    }
    assert set(HARMLESS) == needed


# A command whose error names the same command, or one that may name it in turn, and why one gets on.
ON_THE_WAY = {
    ("explain", "explain"): "without a name it lists all that there are",
    ("reconfigure", "reconfigure"): "its preview asks for the run itself, which needs no earlier one",
    ("restart", "restart"): "of the registry, in the place of its standby",
    ("tail", "tail"): "without a name it shows all that there are",
}


def modules_of(command: Any) -> set[str]:
    """Return the modules of operations that a command calls, with those of the same name's beginning."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(command.callback)))
    called = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ctl.operations.")
    }
    stems = {str(module).rpartition(".")[2].partition("_")[0] for module in called}
    return {text.module for text in ALL if text.module.rpartition(".")[2].partition("_")[0] in stems}


def test_errors_of_two_commands_do_not_send_one_round_in_circles() -> None:
    called = {name: modules_of(command) for name, command in commands().items()}
    advice = {
        (name, other)
        for name, modules in called.items()
        for text in ALL
        if text.is_help and text.module.startswith("ctl.operations.") and text.module in modules
        for other, _ in named(text.text)
        if other not in PROSE
    }
    assert len(advice) > 10
    assert {(command, other) for command, other in advice if (other, command) in advice} == set(ON_THE_WAY)


def test_option_that_a_help_names_exists() -> None:
    known = {option for command in commands().values() for option in options_of(command)}
    for text in ALL:
        if text.is_help and text.module.startswith(("ctl.operations.", "ctl.facts.", "ctl.apply.")):
            # Behind another program's name options are that one's.
            words = re.sub(
                r"\b(?:apt-get|systemctl|openssl|useradd|install|chmod|namei|test|ls)\b.*", "", text.text
            )
            unknown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", words)) - known
            assert not unknown, f"{text.place}: nobody knows {unknown}"
