"""What the proof of a store says, by what the worker answers and by what the machine shows."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from ctl.checks import storing
from ctl.checks.model import Finding, Outcome
from ctl.checks.needs import Stored
from ctl.errors import CtlError
from ctl.plan.model import Account, RegistryPlan
from ctl.process import Completed
from tests.plan.making import registry_of
from tests.settings.reading import URLS, loaded
from tests.supervise.scene import Table

S3 = """registry['storage'] = { 's3' => {
  'accesskey' => 'ours', 'secretkey' => 's3cret',
  'bucket' => 'images', 'region' => 'eu',
  'regionendpoint' => 'https://store.example' } }
"""
PROVEN = {"event": "proven", "once": True, "seconds": 0.25}


def worker(said: str) -> Table:
    """Return what runs a worker that says this."""
    return Table({sys.executable: Completed(1, said, "Traceback\nlast words\n")})


def stored(runner: Table, text: str = S3, **changed: Any) -> Stored:
    registry = replace(registry_of(text), account=Account(None, None))
    return Stored(runner, replace(registry, **changed), False, loaded(URLS + text).places)


def checked(answer: Mapping[str, object], text: str = S3) -> Finding:
    finding = storing.check_store(stored(worker(json.dumps(answer) + "\n"), text))
    assert finding is not None
    return finding


def refusal(code: str, message: str = "no", help_: str | None = "do it") -> dict[str, object]:
    return {"event": "error", "code": code, "message": message, "help": help_}


def test_credentials_reach_the_worker_by_its_pipe_alone() -> None:
    runner = worker(json.dumps(PROVEN) + "\n")
    finding = storing.check_store(stored(runner))
    assert finding is not None
    assert finding.outcome is Outcome.OK
    assert "the s3 store images takes, keeps, lists, copies and deletes" in finding.message
    request = json.loads(runner.read[0] or "")
    assert request["parameters"]["secretkey"] == "s3cret"
    assert request["environment"]["SSL_CERT_DIR"] == "/etc/ssl/certs"
    assert not any("s3cret" in word for word in (*runner.ran[0], *runner.environments[0].values()))


@pytest.mark.parametrize(
    ("code", "named", "line"),
    [
        ("no-such-bucket", "['s3']['bucket']", 5),
        ("store-wrong-region", "['s3']['region']", 5),
        ("wrong-secretkey", "['s3']['secretkey']", 4),
        ("store-untrusted", "['s3']['regionendpoint']", 6),
        ("wrong-sessiontoken", "['s3']", 3),
        ("store-denied", "['s3']", 3),
    ],
)
def test_refusal_stands_at_the_parameter_that_it_is_about(code: str, named: str, line: int) -> None:
    finding = checked(refusal(code, "it says no"))
    assert finding.outcome is Outcome.ERROR
    assert finding.message == f"registry['storage']{named}: it says no"
    assert (finding.help, finding.code) == ("do it", code)
    assert finding.place is not None
    assert finding.place.line == line


def test_driver_that_only_the_registry_knows_is_no_error() -> None:
    finding = checked(refusal("not-expressible", "the driver swift is known to the registry alone", None))
    assert finding.outcome is Outcome.NOTE
    assert "only what the registry answers tells" in finding.message


@pytest.mark.parametrize(
    "said", ["", "no JSON\n", '{"event": "proven"}\n', '{"event": "listed"}\n', json.dumps(PROVEN)]
)
def test_worker_that_says_nothing_to_the_purpose_is_an_error(said: str) -> None:
    with pytest.raises(CtlError, match="the store could not be tried: the worker ended with 1 last words"):
        storing.check_store(stored(worker(said)))


def test_directory_of_a_disk_that_is_not_mounted_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "missing_mount", lambda directory: "/srv")
    runner = worker("")
    finding = storing.check_store(stored(runner, "gitlab_rails['registry_path'] = '/srv/images'\n"))
    assert finding is not None
    assert (finding.outcome, finding.help) == (Outcome.ERROR, "mount /srv")
    assert "/srv is not mounted, though /etc/fstab names it" in finding.message
    assert runner.ran == []


GIB = 1024**3


@pytest.mark.parametrize(
    ("blocks", "free", "inodes", "few", "outcome"),
    [
        (100 * GIB, 50 * GIB, 1000, 500, Outcome.OK),
        (100 * GIB, 4 * GIB, 1000, 500, Outcome.WARNING),
        # A twentieth of a large disk is still much.
        (1000 * GIB, 40 * GIB, 1000, 500, Outcome.OK),
        (100 * GIB, 50 * GIB, 1000, 10, Outcome.WARNING),
        # btrfs counts none.
        (100 * GIB, 50 * GIB, 0, 0, Outcome.OK),
    ],
)
def test_disk_that_is_about_to_be_full_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, blocks: int, free: int, inodes: int, few: int, outcome: Outcome
) -> None:
    about = SimpleNamespace(f_bavail=free, f_frsize=1, f_blocks=blocks, f_files=inodes, f_favail=few)
    monkeypatch.setattr(os, "statvfs", lambda path: about)
    finding = storing.check_room(stored(worker(""), ""))
    assert finding is not None
    assert finding.outcome is outcome
    assert storing.check_room(stored(worker(""))) is None


def test_real_worker_proves_a_directory_and_says_who_cannot_use_it(tmp_path: Path) -> None:
    from ctl.process import SubprocessRunner

    def look(directory: Path) -> Finding | None:
        registry: RegistryPlan = replace(registry_of(""), account=Account(None, None))
        parameters = {"rootdirectory": str(directory)}
        storage = replace(registry.storage, parameters=parameters, directory=str(directory))
        places = loaded(URLS).places
        return storing.check_store(
            Stored(SubprocessRunner(), replace(registry, storage=storage), False, places)
        )

    good, bad = look(tmp_path), look(tmp_path / "none")
    assert good is not None
    assert good.outcome is Outcome.OK
    assert bad is not None
    assert (
        f"the account of this run cannot use it: no such file or directory at {tmp_path}/none" in bad.message
    )
