"""A program that another account can change is never started, and root starts none that it need not."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.facts.binaries import check_filter, find_binary
from ctl.facts.drivers import built_in
from ctl.facts.gather import find_registry
from ctl.facts.stamps import stamp
from ctl.operations.inspect.validate import validate
from ctl.paths import Layout
from ctl.plan.model import BinaryFact
from ctl.process import Account, SubprocessRunner, account_of
from tests.settings.reading import loaded

SETTING = "ctl['registry_binary']"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account can enter."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="ctl-programs-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def program(path: Path, script: str = "") -> Path:
    """Make a program that says it is a registry, and leaves a trace beside it of whoever runs it."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\nid -u >>{path}.ran\n{script or 'echo docker-registry 2.8.2'}\n")
    path.chmod(0o755)
    return path


def refused(path: Path, *ran: Path) -> CtlError:
    with pytest.raises(CtlError, match="is not run: ") as error:
        find_binary(str(path), SETTING, "docker-registry", SubprocessRunner(), "--version")
    for program in ran or (path,):
        assert not Path(f"{program}.ran").exists()
    assert f"or name another program with {SETTING}" in (error.value.help or "")
    return error.value


def find(path: Path) -> BinaryFact:
    return find_binary(str(path), SETTING, "docker-registry", SubprocessRunner(), "--version")


def test_program_that_others_can_write_is_not_run(place: Path) -> None:
    path = program(place / "registry")
    path.chmod(0o757)
    assert f"others can write {path}" in refused(path).message
    path.chmod(0o755)
    assert find(path).version == "docker-registry 2.8.2"


def test_program_below_a_directory_that_others_can_write_is_not_run(place: Path) -> None:
    path = program(place / "bin" / "registry")
    path.parent.chmod(0o777)
    assert f"others can write {path.parent} and so replace registry" in refused(path).message


def test_program_behind_a_link_is_judged_by_where_it_leads(place: Path) -> None:
    path = program(place / "bin" / "registry")
    link = place / "link"
    link.symlink_to(path)
    assert find(link).version
    Path(f"{path}.ran").unlink()
    path.parent.chmod(0o777)
    assert str(path.parent) in refused(link, path).message


@as_root
def test_program_of_another_account_is_not_run(place: Path) -> None:
    path = program(place / "registry")
    os.chown(path, NOBODY, -1)
    assert "belongs to nobody" in refused(path).message


@as_root
def test_program_behind_a_link_that_another_account_can_lead_elsewhere_is_not_run(place: Path) -> None:
    path = program(place / "registry")
    open_to_all = place / "tmp"
    open_to_all.mkdir()
    open_to_all.chmod(0o1777)
    link = open_to_all / "registry"
    link.symlink_to(path)
    os.lchown(link, NOBODY, NOBODY)
    error = refused(link, path)
    assert f"{link} belongs to nobody" in error.message
    assert (error.help or "").startswith("chown -h root ")


@as_root
def test_program_that_an_access_control_list_lets_another_write_is_not_run(place: Path) -> None:
    path = program(place / "registry")
    # Version 2; the owner, the user nobody, the group, the mask and others, each with tag, rights, number.
    entries = ((1, 7, -1), (2, 7, NOBODY), (4, 5, -1), (16, 7, -1), (32, 5, -1))
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    os.setxattr(path, "system.posix_acl_access", packed)
    assert "whoever its access control list names can write" in refused(path).message


def test_validate_runs_no_program_that_others_can_write(place: Path) -> None:
    path = program(place / "registry")
    path.chmod(0o757)
    file = place / "gitlab.rb"
    for setting, value in (
        ("ctl['registry_binary']", str(path)),
        ("ctl['nginx_binary']", str(path)),
        ("registry['svlogd_filter']", f"{path} -9"),
        ("logging['svlogd_filter']", f"'{path}'"),
    ):
        file.write_text(
            'external_url "https://gitlab.example.com"\nregistry_external_url "http://localhost:5050"\n'
            f'{setting} = "{value}"\n'
        )
        file.chmod(0o600)
        with pytest.raises(CtlError, match="is not run: others can write") as error:
            validate(Layout(place), file, SubprocessRunner(), {})
        assert setting in (error.value.help or "")
        assert not Path(f"{path}.ran").exists()


def test_filter_that_is_no_program_here_is_no_finding() -> None:
    for command in (None, "", "no-such-program-here -9", "'unfinished", "gzip -9"):
        check_filter(command, "registry['svlogd_filter']", None)


@as_root
def test_root_asks_the_registry_as_the_account_of_the_service(place: Path) -> None:
    path = program(place / "registry")
    Path(f"{path}.ran").touch()
    Path(f"{path}.ran").chmod(0o666)
    settings = loaded(
        "external_url 'https://gitlab.example.com'\nregistry_external_url 'http://localhost:5050'\n"
        f"registry['username'] = 'no-such-account'\nctl['registry_binary'] = '{path}'\n"
    ).settings
    assert settings is not None
    assert find_registry(settings, Layout(Path("/")), SubprocessRunner()).version == "docker-registry 2.8.2"
    assert Path(f"{path}.ran").read_text() == f"{NOBODY}\n"
    # Below a root of one's own services run as the caller, and so does the question.
    find_registry(settings, Layout(place), SubprocessRunner())
    assert Path(f"{path}.ran").read_text() == f"{NOBODY}\n{os.geteuid()}\n"


@as_root
def test_root_asks_for_drivers_as_the_account_of_the_service(place: Path) -> None:
    path = program(place / "registry", 'cat "$3" >&2; echo StorageDriver not registered: gcs >&2; exit 1')
    Path(f"{path}.ran").touch()
    Path(f"{path}.ran").chmod(0o666)
    binary = BinaryFact(str(path), "", stamp(path))
    assert built_in("gcs", binary, Layout(place), SubprocessRunner(), Account(NOBODY, NOBODY)) is False
    assert Path(f"{path}.ran").read_text() == f"{NOBODY}\n"
    real = BinaryFact("/usr/bin/docker-registry", "", "")
    assert built_in("azure", real, Layout(place), SubprocessRunner(), Account(NOBODY, NOBODY)) is False
    assert built_in("s3", real, Layout(place), SubprocessRunner(), Account(NOBODY, NOBODY)) is True


def test_account_that_is_not_there_yet_is_nobody() -> None:
    assert account_of("no-such-account") == Account(NOBODY, NOBODY)
    assert account_of("root") == Account(0, 0)
