"""What was read of a certificate is not read again, and says the same as a second reading."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ctl.facts import certificates
from ctl.facts.certificates import Looked, Read, look
from tests.facts.test_certificates import NOW, pair

HOST = "registry.example.com"


def first_look(directory: Path) -> tuple[Path, Path, Read]:
    certificate, key = pair(directory)
    read = look(certificate, key, HOST, NOW, encrypted_key=False).read
    assert read is not None
    return certificate, key, read


@pytest.mark.parametrize("host", [HOST, "other.example.com"])
@pytest.mark.parametrize("days", [-10, 0, 80, 400, 4000])
def test_what_was_seen_says_the_same_at_any_time_for_any_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, host: str
) -> None:
    certificate, key, read = first_look(tmp_path)
    moment: datetime = NOW + timedelta(days=days)
    anew = look(certificate, key, host, moment, encrypted_key=False)
    monkeypatch.setattr(certificates, "_examined", lambda *given: pytest.fail("it is read again"))
    remembered = Read.parse(json.loads(json.dumps(read.as_json())))
    assert remembered == read
    assert look(certificate, key, host, moment, encrypted_key=False, seen=remembered) == anew


@pytest.mark.parametrize("name", ["r.crt", "r.key"])
def test_other_bytes_are_read_whatever_was_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    certificate, key, read = first_look(tmp_path)
    with (tmp_path / name).open("ab") as file:
        file.write(b"\n")
    anew = Looked(None, problem="it is read again")
    monkeypatch.setattr(certificates, "_examined", lambda *given: anew)
    assert look(certificate, key, HOST, NOW, encrypted_key=False, seen=read) is anew


def test_bytes_that_change_places_between_the_files_are_others(tmp_path: Path) -> None:
    certificate, key, read = first_look(tmp_path)
    looked = look(key, certificate, HOST, NOW, encrypted_key=False, seen=read)
    assert looked.problem is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digest", None),
        ("not_before", "yesterday"),
        ("not_after", "2026-01-01T00:00:00"),
        ("names", 7),
        ("names", [1]),
        ("disorder", True),
        ("issuer", 1),
        ("issuer_der", []),
        ("issuer_der", "no number"),
        ("alone", "no"),
        ("more", 1),
    ],
)
def test_note_that_is_no_reading_counts_as_none(tmp_path: Path, name: str, value: object) -> None:
    _, _, read = first_look(tmp_path)
    assert Read.parse({**read.as_json(), name: value}) is None
    without = read.as_json()
    without.pop(name, None)
    assert (Read.parse(without) is None) == (name != "more")
