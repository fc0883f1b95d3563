from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

import ctl
from ctl.apply import applied
from ctl.apply.applied import Applied
from ctl.paths import Layout


@pytest.fixture
def record(tmp_path: Path) -> Applied:
    file = tmp_path / "gitlab.rb"
    file.write_text("a")
    return Applied(
        program=applied.program_stamp(),
        settings_file=str(file),
        files={str(file): applied.digest_of(file), str(tmp_path / "missing"): None},
        stamps={},
        environment={"A": applied.hidden("1"), "B": None},
        node={},
        directories=[str(tmp_path)],
        generation=3,
        processes={"registry": 7},
    )


def test_record_comes_back_as_it_was_and_holds_no_value(tmp_path: Path, record: Applied) -> None:
    layout = Layout(tmp_path)
    assert applied.recorded(layout) is None
    applied.record(layout, replace(record, environment={"A": applied.hidden("a-password")}))
    assert "a-password" not in (layout.state / "applied.json").read_text()
    applied.record(layout, record)
    assert applied.recorded(layout) == record
    applied.forget(layout)
    assert applied.recorded(layout) is None
    applied.forget(layout)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"program": 1}', "\0" * 50])
def test_record_that_is_broken_or_of_another_version_counts_as_none(tmp_path: Path, text: str) -> None:
    layout = Layout(tmp_path)
    layout.state.mkdir(parents=True)
    (layout.state / "applied.json").write_text(text)
    assert applied.recorded(layout) is None


def test_every_input_counts(tmp_path: Path, record: Applied) -> None:
    file, environment = tmp_path / "gitlab.rb", {"A": "1", "C": "of no account"}
    assert applied.same_inputs(record, file, environment)
    assert not applied.same_inputs(record, tmp_path / "other.rb", environment)
    assert not applied.same_inputs(record, file, {"A": "2"})
    assert not applied.same_inputs(record, file, {"A": "1", "B": ""})
    assert not applied.same_inputs(record, file, {})
    assert not applied.same_inputs(replace(record, program="older"), file, environment)
    assert not applied.same_inputs(replace(record, directories=["/gone"]), file, environment)
    (tmp_path / "missing").write_text("")
    assert not applied.same_inputs(record, file, environment)
    (tmp_path / "missing").unlink()
    file.write_text("b")
    assert not applied.same_inputs(record, file, environment)


def test_digest_is_that_of_regular_files_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    assert applied.digest_of(tmp_path / "file") == sha256(b"x" * 100_000).hexdigest()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "loop", "missing", "."):
        assert applied.digest_of(tmp_path / name) is None


def test_ctl_installed_elsewhere_with_the_same_files_is_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = []
    for name in ("opt", "usr"):
        program = tmp_path / name / "ctl/__init__.py"
        program.parent.mkdir(parents=True)
        program.write_text("")
        os.utime(program, (1, 1))
        monkeypatch.setattr(ctl, "__file__", str(program))
        stamps.append(applied.program_stamp.__wrapped__())
    assert stamps[0] != stamps[1]
