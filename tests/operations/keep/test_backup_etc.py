from __future__ import annotations

import errno
import os
import signal
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ctl.apply import history
from ctl.errors import CtlError, ExitCode
from ctl.operations.keep import backup_etc as module
from ctl.operations.keep.backup_etc import Backup, Wanted, backup_etc
from ctl.paths import Layout

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NAME = f"gitlab_config_{int(NOW.timestamp())}_2026_03_04.tar"
GOOD = "external_url 'https://gitlab.example.com'\n"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A directory as an administrator leaves it."""
    made = tmp_path / "root/etc/gitlab"
    (made / "ssl").mkdir(parents=True)
    for name, text, mode in (
        ("gitlab.rb", GOOD, 0o600),
        ("gitlab-secrets.json", '{"registry": {}}', 0o600),
        ("ssl/example.crt", "CERT", 0o644),
        ("ssl/example.key", "KEY", 0o400),
    ):
        (made / name).write_text(text)
        (made / name).chmod(mode)
    return made


def wanted(etc: Path, path: Path | None = None, delete_old: bool = True) -> Wanted:
    return Wanted(Layout(etc.parents[1]), etc / "gitlab.rb", {}, path, delete_old)


def members(made: Backup) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(made.archive) as archive:
        return {member.name: member for member in archive.getmembers()}


def content(made: Backup, name: str) -> bytes:
    with tarfile.open(made.archive) as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


def test_archive_has_the_name_place_and_mode_of_gitlab_ctl(etc: Path) -> None:
    made = backup_etc(wanted(etc), NOW)
    archive = etc / "config_backup" / NAME
    assert made.archive == str(archive)
    assert archive.stat().st_mode & 0o777 == 0o600
    assert archive.parent.stat().st_mode & 0o777 == 0o700
    assert (made.size, made.files, made.notes) == (archive.stat().st_size, 4, [])
    assert history.entries(Layout(etc.parents[1]))[-1]["what"] == made.archive


def test_archive_holds_the_directory_without_the_backups(etc: Path) -> None:
    backup_etc(wanted(etc), NOW - timedelta(days=1))
    entries = members(backup_etc(wanted(etc), NOW))
    assert sorted(entries) == [
        "etc/gitlab",
        "etc/gitlab/gitlab-secrets.json",
        "etc/gitlab/gitlab.rb",
        "etc/gitlab/ssl",
        "etc/gitlab/ssl/example.crt",
        "etc/gitlab/ssl/example.key",
    ]
    assert entries["etc/gitlab/ssl/example.key"].mode == 0o400
    assert entries["etc/gitlab/ssl"].isdir()


def test_archive_holds_no_earlier_archive_wherever_that_lies(etc: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    for place in (None, etc / "mine", outside):
        backup_etc(replace(wanted(etc), path=place), NOW - timedelta(days=1))
    (etc / "linked").symlink_to(outside)
    for place in (None, etc / "mine", etc / "other", outside):
        entries = members(backup_etc(replace(wanted(etc), path=place), NOW))
        assert [name for name in entries if "gitlab_config_" in name or "config_backup" in name] == []
        assert "etc/gitlab/gitlab.rb" in entries


def test_archive_can_be_put_back_by_tar(etc: Path, tmp_path: Path) -> None:
    made = backup_etc(wanted(etc), NOW)
    with tarfile.open(made.archive) as archive:
        archive.extractall(tmp_path / "back")  # noqa: S202 - our own
    back = tmp_path / "back/etc/gitlab"
    assert (back / "gitlab.rb").read_text() == GOOD
    assert (back / "gitlab-secrets.json").stat().st_mode & 0o777 == 0o600


def test_directory_that_is_given_is_used_and_others_in_it_are_told_of(etc: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir(mode=0o755)
    made = backup_etc(wanted(etc, given), NOW)
    assert made.archive == str(given / NAME)
    assert made.notes == [f"others can look into {given}: chmod 0700 {given} ends that"]
    assert (given / NAME).stat().st_mode & 0o777 == 0o600


def test_symlinks_that_lead_out_are_followed_and_others_kept(etc: Path, tmp_path: Path) -> None:
    outside = tmp_path / "letsencrypt"
    outside.mkdir()
    (outside / "real.crt").write_text("OUTSIDE")
    (outside / "loop").symlink_to(outside)
    (etc / "ssl/out.crt").symlink_to(outside / "real.crt")
    (etc / "ssl/all").symlink_to(outside)
    (etc / "ssl/in.crt").symlink_to("example.crt")
    (etc / "ssl/nowhere").symlink_to("/does/not/exist")
    (etc / "ssl/up").symlink_to(tmp_path)
    (etc / "ssl/self").symlink_to("self")
    made = backup_etc(wanted(etc), NOW)
    entries = members(made)
    assert content(made, "etc/gitlab/ssl/out.crt") == b"OUTSIDE"
    assert content(made, "etc/gitlab/ssl/all/real.crt") == b"OUTSIDE"
    assert entries["etc/gitlab/ssl/all"].isdir()
    for name in ("in.crt", "nowhere", "up", "self", "all/loop"):
        assert entries[f"etc/gitlab/ssl/{name}"].issym(), name
    assert not [name for name in entries if name.startswith("etc/gitlab/ssl/up/")]


def test_directory_that_is_a_symlink_itself_is_kept_as_one_with_its_files(etc: Path, tmp_path: Path) -> None:
    etc.rename(tmp_path / "elsewhere")
    etc.symlink_to(tmp_path / "elsewhere")
    entries = members(backup_etc(wanted(etc), NOW))
    assert entries["etc/gitlab"].isdir()
    assert entries["etc/gitlab/gitlab.rb"].isfile()
    assert not [name for name in entries if "config_backup" in name]


def test_what_is_no_file_is_left_out_and_told_of(etc: Path) -> None:
    os.mkfifo(etc / "pipe")
    made = backup_etc(wanted(etc), NOW)
    assert made.notes == [f"{etc}/pipe is left out: it is neither a file nor a directory"]
    assert "etc/gitlab/pipe" not in members(made)


def test_names_that_are_hostile_are_kept_byte_for_byte(etc: Path) -> None:
    names = [b"a\nb", b"\xff\xfe", "ä".encode() * 90, b" ", b"-rf"]
    for name in names:
        (etc / os.fsdecode(name)).write_bytes(name)
    made = backup_etc(wanted(etc), NOW)
    for name in names:
        assert content(made, f"etc/gitlab/{os.fsdecode(name)}") == name


def old_ones(etc: Path) -> list[str]:
    """Make backups of 1, 3 and 5 days ago, and files that only look like it."""
    place = etc / "config_backup"
    place.mkdir(mode=0o700)
    days = [NOW - timedelta(days=count) for count in (1, 3, 5)]
    names = [f"gitlab_config_{int(day.timestamp())}_{day:%Y_%m_%d}.tar" for day in days]
    for name in [*names, "gitlab_config_old.tar", "1000000000_gitlab_backup.tar", f"{names[2]}.gz"]:
        (place / name).write_text("old")
    return names


@pytest.mark.parametrize("value", ["345600", "'345600'", "4 * 86_400"])
def test_backups_older_than_the_settings_want_are_deleted(etc: Path, value: str) -> None:
    names = old_ones(etc)
    (etc / "gitlab.rb").write_text(f"{GOOD}gitlab_rails['backup_keep_time'] = {value}\n")
    made = backup_etc(wanted(etc), NOW)
    assert made.deleted == [names[2]]
    left = {entry.name for entry in (etc / "config_backup").iterdir()}
    assert left == {
        NAME,
        *names[:2],
        "gitlab_config_old.tar",
        "1000000000_gitlab_backup.tar",
        f"{names[2]}.gz",
    }


@pytest.mark.parametrize(
    ("lines", "delete_old", "note"),
    [
        ("", True, ""),
        ("gitlab_rails['backup_keep_time'] = 0\n", True, ""),
        ("gitlab_rails['backup_keep_time'] = 1\n", False, ""),
        ("gitlab_rails['backup_keep_time'] = 'long'\n", True, "is no number of seconds"),
        ("gitlab_rails['backup_keep_time'] = -1\n", True, "is no number of seconds"),
        ("gitlab_rails['backup_keep_time'] = 1\nregistry['enabled'] = (\n", True, "is not known"),
    ],
)
def test_old_backups_stay_where_nobody_wants_them_gone(
    etc: Path, lines: str, delete_old: bool, note: str
) -> None:
    names = old_ones(etc)
    (etc / "gitlab.rb").write_text(GOOD + lines)
    made = backup_etc(wanted(etc, delete_old=delete_old), NOW)
    assert made.deleted == []
    assert all((etc / "config_backup" / name).exists() for name in names)
    assert len(made.notes) == bool(note)
    assert all(note in line for line in made.notes)


def test_the_backup_just_made_is_never_deleted(etc: Path) -> None:
    (etc / "gitlab.rb").write_text(f"{GOOD}gitlab_rails['backup_keep_time'] = 1\n")
    made = backup_etc(wanted(etc), NOW - timedelta(days=9))
    assert Path(made.archive).exists()
    assert made.deleted == []


class Failing:
    """Stands for the writing of the archive: does a part of it, then fails."""

    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure

    def __call__(self, wanted: Wanted, output: Any, made: Backup) -> None:
        output.write(b"half")
        output.flush()
        if self.failure is None:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            raise self.failure


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "no space left on device"),
        (OSError("unexpected end of data"), "unexpected end of data"),
        (None, "interrupted by SIGTERM"),
    ],
)
def test_backup_that_fails_leaves_nothing_and_deletes_nothing(
    etc: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException | None, said: str
) -> None:
    names = old_ones(etc)
    (etc / "gitlab.rb").write_text(f"{GOOD}gitlab_rails['backup_keep_time'] = 1\n")
    before = sorted((etc / "config_backup").iterdir())
    monkeypatch.setattr(module, "_archive", Failing(failure))
    with pytest.raises(CtlError) as caught:
        backup_etc(wanted(etc), NOW)
    assert said in caught.value.message
    assert sorted((etc / "config_backup").iterdir()) == before
    assert names[0] in [path.name for path in before]


def test_half_an_archive_of_a_killed_run_is_cleared(etc: Path) -> None:
    half = etc / "config_backup" / f".{NAME}.partial"
    half.parent.mkdir()
    half.write_text("half")
    half.chmod(0o644)
    made = backup_etc(wanted(etc), NOW)
    assert not half.exists()
    assert Path(made.archive).stat().st_mode & 0o777 == 0o600


def test_missing_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match=r"there is no directory .*/etc/gitlab to back up") as caught:
        backup_etc(wanted(tmp_path / "root/etc/gitlab"), NOW)
    assert caught.value.exit_code is ExitCode.FAILED


@pytest.fixture
def file_in_the_way(etc: Path) -> Path:
    path = etc / "config_backup"
    path.write_text("")
    return path


def test_file_in_the_place_of_the_directory_is_an_error(etc: Path, file_in_the_way: Path) -> None:
    with pytest.raises(CtlError, match=f"the backup failed: {file_in_the_way}: file exists"):
        backup_etc(wanted(etc), NOW)


def test_directory_with_the_name_of_half_a_backup_is_in_nobodys_way(etc: Path) -> None:
    (etc / "config_backup/.gitlab_config_1.tar.partial/inside").mkdir(parents=True)
    assert members(backup_etc(wanted(etc), NOW))
    assert (etc / "config_backup/.gitlab_config_1.tar.partial/inside").is_dir()
