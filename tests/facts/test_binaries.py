from __future__ import annotations

from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.facts.binaries import find_binary, flavour_of, nginx_version
from ctl.facts.stamps import stamp
from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, GITLAB, Flavour
from ctl.plan.model import BinaryFact
from ctl.process import SubprocessRunner
from tests.registries import Program


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def binary(path: Path) -> BinaryFact:
    return find_binary(
        str(path), "ctl['registry_binary']", "docker-registry", SubprocessRunner(), "--version"
    )


@pytest.mark.both_registries
def test_real_registry_is_taken_for_what_it_is(registry_program: Program) -> None:
    assert flavour_of(None, binary(registry_program.path)) is registry_program.flavour


def test_real_nginx_tells_its_version() -> None:
    fact = find_binary("/usr/sbin/nginx", "ctl['nginx_binary']", "nginx-light", SubprocessRunner(), "-v")
    assert nginx_version(fact) >= (1, 22, 0)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("docker-registry github.com/docker/distribution 2.8.2+ds1", DISTRIBUTION_2_8),
        ("registry github.com/distribution/distribution/v3 v3.0.0", DISTRIBUTION_3),
        ("registry github.com/docker/distribution v4.41.0-gitlab", GITLAB),
    ],
)
def test_flavour_is_told_from_what_the_program_says(said: str, expected: Flavour) -> None:
    assert flavour_of(None, BinaryFact("/x", said, "")) is expected


def test_flavour_that_is_given_counts_whatever_the_program_says() -> None:
    assert flavour_of("gitlab", BinaryFact("/x", "registry 2.8.2", "")) is GITLAB


def test_unknown_program_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(CtlError, match="none of the registries") as error:
        flavour_of(None, BinaryFact("/usr/bin/zot", "zot 1.0.0", ""))
    assert "ctl['registry_flavour']" in (error.value.help or "")


def test_missing_program_is_an_error_with_the_package(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="was not found") as error:
        binary(tmp_path / "registry")
    assert "apt-get install docker-registry" in (error.value.help or "")


def test_program_that_fails_is_an_error_with_its_first_line(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="it ended with 3") as error:
        binary(program(tmp_path / "registry", "echo boom >&2; exit 3"))
    assert error.value.detail == "boom"


def test_program_that_may_not_be_executed_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "registry"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o644)
    with pytest.raises(CtlError, match="may not be executed"):
        binary(path)


def test_stamp_changes_when_a_program_is_replaced(tmp_path: Path) -> None:
    path = program(tmp_path / "registry", "echo 1")
    before = stamp(path)
    other = program(tmp_path / "new", "echo 1")
    other.rename(path)
    assert stamp(path) != before
    assert stamp(tmp_path / "gone") == ""
