from __future__ import annotations

import json
import os
import pwd
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.checks import store
from ctl.checks.model import Outcome
from ctl.checks.needs import Chosen, Hosted
from ctl.checks.runner import run
from ctl.diagnostics.model import Diagnostic, Severity
from ctl.facts.gather import Machine
from ctl.facts.storage_access import closed_directory, key_file_problem
from ctl.paths import Layout
from ctl.plan.derive import derive
from ctl.process import SubprocessRunner
from tests.settings.reading import URLS, loaded

KEY = {"type": "service_account", "client_email": "a@b", "private_key": "s3cret"}
OTHER = 65534


def remarks(root: Path, text: str, *, programs: bool = True, accounts: bool = False) -> list[Diagnostic]:
    result = loaded(URLS + text)
    assert result.settings is not None
    now = datetime(2026, 6, 1, tzinfo=UTC)
    machine = Machine(Layout(root), SubprocessRunner(), now, programs=programs, accounts=accounts)
    needs = Hosted if programs else Chosen
    checked = run(store.PROBES, needs(result.settings, derive(result.settings), machine, result.places, None))
    return [result.diagnostic() for result in checked if result.finding.outcome is not Outcome.OK]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read: no such file or directory"),
        ("s3cret {", "is not JSON; the key file of a service account is expected"),
        ("[" * 5000, "is not JSON; the key file of a service account is expected"),
        ("\udcff", "is not JSON; the key file of a service account is expected"),
        ("[]", "has no client_email and no private_key; the key file of a service account is expected"),
        ('{"client_email": "a"}', "has no private_key; the key file of a service account is expected"),
        (json.dumps(KEY), None),
    ],
)
def test_e34_key_file_is_read_and_is_that_of_an_account(
    root: Path, content: str | None, problem: str | None
) -> None:
    path = root / "key.json"
    if content is not None:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert key_file_problem(path) == (f"{path} {problem}" if problem else None)


def test_e34_key_file_that_is_a_pipe_does_not_hold_us_up(root: Path) -> None:
    os.mkfifo(root / "key.json")
    assert key_file_problem(root / "key.json") == f"{root}/key.json is not a regular file"


def test_e34_key_file_below_the_root_is_pointed_at(root: Path) -> None:
    text = "registry['storage'] = { 'gcs' => { 'bucket' => 'bucket', 'keyfile' => '/etc/key.json' } }\n"
    (diagnostic,) = remarks(root, text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "key-file-unusable")
    assert diagnostic.message.startswith(
        f"registry['storage']['gcs']['keyfile']: {root}/etc/key.json cannot be read"
    )
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (3, 71)
    assert remarks(root, text, programs=False) == []


def test_e25_directory_that_others_cannot_pass_is_the_topmost(root: Path) -> None:
    inner = root / "a/b/images"
    inner.mkdir(parents=True)
    root.chmod(0o755)
    assert closed_directory(inner, OTHER, [OTHER]) is None
    (root / "a/b").chmod(0o750)
    (root / "a").chmod(0o700)
    assert closed_directory(inner, OTHER, [OTHER]) == root / "a"
    (root / "a").chmod(0o711)
    assert closed_directory(inner, OTHER, [OTHER]) == root / "a/b"
    assert closed_directory(inner, OTHER, [OTHER, os.getgid()]) is None
    assert closed_directory(inner, 0, [0]) is None
    assert closed_directory(root / "a/none/images", OTHER, [OTHER]) is None


@pytest.mark.parametrize(
    ("given", "line", "column"),
    [
        ("", 2, 23),
        ("gitlab_rails['registry_path'] = '/srv/images'\n", 3, 33),
        ("registry['storage'] = { 'filesystem' => { 'rootdirectory' => '/srv/images' } }\n", 3, 62),
    ],
)
def test_e25_closed_directory_is_pointed_at(root: Path, given: str, line: int, column: int) -> None:
    closed = root / ("srv" if given else "var")
    closed.mkdir(mode=0o700)
    root.chmod(0o755)
    text = given + "registry['username'] = 'nobody'\n"
    (diagnostic,) = remarks(root, text, accounts=True)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "directory-closed")
    assert f"the account nobody cannot pass through {closed} to the images in" in diagnostic.message
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (line, column)
    closed.chmod(0o711)
    assert remarks(root, text, accounts=True) == []


def test_way_that_is_closed_to_gitlab_alone_is_a_note(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own backup of the images would fail; registry and clients do not care."""
    accounts = {"registry": os.geteuid() + 1000, "git": OTHER}
    monkeypatch.setattr(
        pwd, "getpwnam", lambda name: pwd.struct_passwd((name, "", accounts[name], 7, "", "", ""))
    )
    monkeypatch.setattr(os, "getgrouplist", lambda name, group: [7 if name == "registry" else 8])
    monkeypatch.setattr(
        store, "closed_directory", lambda path, uid, gids: root / "srv" if 8 in gids else None
    )
    [note] = remarks(root, "gitlab_rails['registry_path'] = '/srv/images'\n", accounts=True)
    assert (note.severity, note.code) == (Severity.NOTE, "directory-closed-to-gitlab")
    assert f"git cannot pass through {root}/srv" in note.message
