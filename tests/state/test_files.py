from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.state import running, stopped
from ctl.state.files import Damaged, read_optional, write_atomically
from ctl.state.fingerprint import Fingerprint


def test_file_is_replaced_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a/b/file"
    write_atomically(path, b"one", 0o600)
    os.link(path, tmp_path / "kept")
    path.with_name(".file.new").write_bytes(b"what a killed run left")
    write_atomically(path, b"two", 0o640)
    assert read_optional(path) == b"two"
    assert read_optional(tmp_path / "kept") == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_mode_holds_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "file", b"", 0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644


def test_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    (path / "inside").write_text("")
    with pytest.raises(OSError, match="directory") as caught:
        write_atomically(path, b"two", 0o600)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert caught.value.filename == str(path)


def test_file_is_written_whatever_has_its_temporary_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    ways: tuple[Callable[[Path], object], ...] = (
        Path.mkdir,
        os.mkfifo,
        lambda place: place.symlink_to("/no/such/place"),
        lambda place: (place / "in").mkdir(parents=True),
    )
    for number, leave in enumerate(ways):
        leave(tmp_path / ".file.new")
        write_atomically(path, str(number).encode(), 0o600)
        assert path.read_text() == str(number)
        assert not os.path.lexists(tmp_path / ".file.new")
    # What somebody has put there is not lost.
    assert (tmp_path / ".file.new.damaged-1/in").is_dir()


def test_whoever_renames_onto_what_is_there_makes_way_and_names_the_place() -> None:
    package = Path(__file__).parents[2] / "ctl"
    sources = {str(path.relative_to(package)): path.read_text() for path in package.rglob("*.py")}
    assert sources
    assert [name for name, text in sources.items() if "fresh.rename(" in text] == ["state/files.py"]
    for name, text in sources.items():
        if "put_in_place(" in text:
            assert "make_way(" in text, name


def test_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"victim")
    (tmp_path / "link").symlink_to("victim")
    with pytest.raises(Damaged, match="link cannot be used: a symlink, a file is expected"):
        read_optional(tmp_path / "link")
    write_atomically(tmp_path / "link", b"new", 0o600)
    assert (tmp_path / "victim").read_bytes() == b"victim"
    assert not (tmp_path / "link").is_symlink()


def test_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Damaged, match="pipe cannot be used: not a regular file"):
        read_optional(tmp_path / "pipe")
    assert read_optional(tmp_path / "missing") is None


def test_services_stopped_on_purpose_are_remembered(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert stopped.names(layout) == frozenset()
    stopped.unmark(layout, "registry")
    stopped.mark(layout, "registry")
    stopped.mark(layout, "nginx")
    (layout.state / "stopped/.other.new").write_text("")
    assert stopped.names(layout) == {"registry", "nginx"}
    stopped.unmark(layout, "nginx")
    assert stopped.names(layout) == {"registry"}


def test_what_a_service_runs_is_noted_and_read(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert running.read(layout, "registry") is None
    running.write(layout, "registry", Fingerprint("a", "b"))
    assert (layout.state / "running/registry").read_text() == "a b\n"
    assert running.read(layout, "registry") == Fingerprint("a", "b")
    for content in (b"\xff\n", b"", b"a", b"a b c", b"\xff b"):
        (layout.state / "running/registry").write_bytes(content)
        assert running.read(layout, "registry") is None
