"""Ctrl-C before a command has begun to change anything, and after: what it says is true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ctl.cli.groups import listed
from ctl.paths import GUARD
from ctl.state.begun import BEGUN
from tests.system.damage import run
from tests.system.installation import REPOSITORY, Installation

UNTOUCHED = "interrupted: nothing was changed\n"
HALF = "interrupted: what was begun may be half done\n"
# Gets the signal when it is about to import a module; whatever was ignored by who runs the tests is not.
_PROGRAM = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
where = sys.argv.pop(1)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == where:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from ctl.cli.start import run
run()
"""


def interrupted(root: Path, where: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command and interrupt it when it imports a module."""
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, where, "--root", str(root), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=REPOSITORY,
    )


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("ctl.cli.app", ("reconfigure",)),
        ("ctl.cli.app", ("status", "--json")),
        ("typer", ("help",)),
        ("ctl.cli.changes", ("reconfigure",)),
        ("ctl.operations.change.reconfigure", ("reconfigure",)),
        ("ctl.operations.change.unchanged", ("reconfigure",)),
        ("ctl.operations.change.attempt", ("reconfigure",)),
        ("ctl.operations.change.rollback", ("rollback",)),
        ("ctl.operations.serve.control", ("restart",)),
        ("ctl.operations.inspect.validate", ("validate",)),
        ("pydantic", ("validate", "--json")),
        ("ctl.operations.collect.run", ("registry-garbage-collect", "-y")),
        ("ctl.operations.serve.control", ("shutdown",)),
    ],
)
def test_interruption_before_anything_has_begun_says_that_nothing_was_changed(
    site: Installation, where: str, words: tuple[str, ...]
) -> None:
    before = [*site.root.rglob("*")]
    done = interrupted(site.root, where, *words)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", f"\n{UNTOUCHED}")
    made = {str(path.relative_to(site.root)) for path in {*site.root.rglob("*")} - {*before}}
    # What holds the lock is there before it is held.
    assert made <= {"var", "var/opt", "var/opt/gitlab", "var/opt/gitlab/ctl", "var/opt/gitlab/ctl/lock"}


def test_interruption_in_the_middle_claims_nothing(running_site: Installation) -> None:
    done = interrupted(running_site.root, "ctl.operations.serve.readiness", "restart", "nginx")
    assert (done.returncode, done.stderr) == (130, f"\n{HALF}")


def test_who_is_not_to_be_interrupted_is_not(site: Installation) -> None:
    program = _PROGRAM.replace("signal.default_int_handler", "signal.SIG_IGN")
    done = subprocess.run(
        [sys.executable, "-c", program, "ctl.cli.app", "--root", str(site.root), "history"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=REPOSITORY,
    )
    assert (done.returncode, done.stderr.count("interrupted")) == (0, 0)


CHANGING = (
    ("reconfigure",),
    ("rollback",),
    ("set-readonly", "on"),
    ("set-readonly", "off"),
    ("stop", "logrotate"),
    ("start", "logrotate"),
    ("restart", "logrotate"),
    ("graceful-kill", "logrotate"),
    ("once", "logrotate"),
    ("hup", "nginx"),
    ("usr1", "nginx"),
    ("term", GUARD),
    ("registry-garbage-collect", "-y"),
    ("registry-garbage-collect-schedule", "off"),
    ("rotate-registry-key",),
    ("backup-etc",),
    ("render", "-o", "{place}"),
    ("render", "--target", "files", "-o", "{place}"),
    ("shutdown",),
    ("undo-take-over",),
)
# As the other signals do.
LIKE_THEM = ("usr2", "int", "kill")
LOOKING = (
    *(
        "validate",
        "check",
        "show-config",
        "explain",
        "check-config",
        "diff-config",
        "history",
        "diff",
        "help",
    ),
    *("completion", "status", "tail", "service-list", "registry-usage", "registry-token"),
)


def test_every_command_is_told_to_change_something_or_to_look() -> None:
    assert {*listed()} == {*LOOKING, *LIKE_THEM, *(words[0] for words in CHANGING)}


def test_command_that_changes_something_has_noted_that_it_begins(
    running_site: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running_site.write("registry['log_level'] = 'warn'")
    for words in CHANGING:
        monkeypatch.setattr(BEGUN, "anything", False)
        said = run(running_site.layout, *(word.format(place=tmp_path / "made") for word in words))
        assert said.code == 0, (words, said)
        assert BEGUN.anything, words
