from __future__ import annotations

import grp
import os
import pwd
import tempfile
from pathlib import Path

import pytest

from ctl.facts.permissions import readable_by_others, weakness

ME = os.geteuid()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    directory = tmp_path / "etc"
    directory.mkdir(mode=0o755)
    made = directory / "gitlab.rb"
    made.write_text("registry['enable'] = true\n")
    made.chmod(0o600)
    return made


def owned_by_a_stranger(path: Path) -> int:
    """Give a path to somebody else, where we may; return the account that is then the caller."""
    if ME != 0:
        return ME + 1
    os.chown(path, 65534, -1)
    return 0


def test_file_of_the_caller_alone_is_trusted(file: Path) -> None:
    assert weakness(file, ME) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o755, 0o400])
def test_mode_that_lets_only_the_owner_write_is_trusted(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert weakness(file, ME) is None


def test_file_that_all_may_write_is_named_with_the_remedy(file: Path) -> None:
    file.chmod(0o602)
    flaw = weakness(file, ME)
    assert flaw is not None
    assert flaw.message == f"others can write {file}: its mode is 0602"
    assert flaw.remedy == f"chmod o-w {file}"


def test_file_that_a_group_may_write_counts_only_with_other_members(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.chmod(0o660)
    owner = pwd.getpwuid(ME).pw_name

    def group(name: str, *members: str) -> None:
        entry = grp.struct_group((name, "x", 1, list(members)))
        monkeypatch.setattr("ctl.facts.permissions.grp.getgrgid", lambda number: entry)

    group(owner)
    assert weakness(file, ME) is None
    group(owner, owner)
    assert weakness(file, ME) is None
    for name, *members in (("staff",), (owner, "somebody")):
        group(name, *members)
        flaw = weakness(file, ME)
        assert flaw is not None
        assert flaw.message == f"the group {name} can write {file}: its mode is 0660"
        assert flaw.remedy == f"chmod go-w {file}"


def test_remedy_quotes_a_path_with_blanks(tmp_path: Path) -> None:
    file = tmp_path / "my gitlab.rb"
    file.touch()
    file.chmod(0o666)
    flaw = weakness(file, ME)
    assert flaw is not None
    assert flaw.remedy == f"chmod go-w '{file}'"


def test_directory_that_others_can_write_lets_them_replace_the_file(file: Path) -> None:
    file.parent.chmod(0o777)
    flaw = weakness(file, ME)
    assert flaw is not None
    assert flaw.message == f"others can write {file.parent} and so replace gitlab.rb: its mode is 0777"
    assert flaw.remedy == f"chmod go-w {file.parent}"
    file.parent.chmod(0o1777)
    assert weakness(file, ME) is None


def test_file_of_a_stranger_is_named_with_the_remedy(file: Path) -> None:
    caller = owned_by_a_stranger(file)
    flaw = weakness(file, caller)
    assert flaw is not None
    assert "who can change it" in flaw.message
    assert flaw.remedy.startswith("chown ")
    assert flaw.remedy.endswith(str(file))


def test_file_of_root_is_trusted_by_everybody(file: Path) -> None:
    assert weakness(Path("/etc/passwd"), 12345) is None


def test_directory_behind_a_symlink_counts_too(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.rb"
    middle = tmp_path / "middle"
    middle.mkdir(mode=0o755)
    (middle / "next").symlink_to("../etc/gitlab.rb")
    link.symlink_to(middle / "next")
    assert weakness(link, ME) is None
    middle.chmod(0o777)
    flaw = weakness(link, ME)
    assert flaw is not None
    assert str(middle) in flaw.message
    middle.chmod(0o755)
    file.parent.chmod(0o777)
    flaw = weakness(link, ME)
    assert flaw is not None
    assert str(file.parent) in flaw.message


def test_loop_of_symlinks_ends(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert weakness(loop, ME) is None
    assert not readable_by_others(loop)


def test_file_is_readable_by_others_only_if_its_directories_let_them_pass(file: Path) -> None:
    file.chmod(0o644)
    file.parent.chmod(0o700)
    assert not readable_by_others(file)
    assert readable_by_others(Path("/etc/passwd"))
    assert not readable_by_others(Path("/etc/no-such-file"))


def test_file_without_the_bit_is_not_readable_by_others() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        file = Path(directory) / "gitlab.rb"
        file.touch()
        file.chmod(0o640)
        assert not readable_by_others(file)
        file.chmod(0o644)
        assert readable_by_others(file)
