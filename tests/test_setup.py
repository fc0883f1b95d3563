"""How programs that Debian does not have are had, and that nobody overlooks where they are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registries import CACHE, NOT_HAD, NOT_THERE, not_had
from tests.system import clients

REPOSITORY = Path(__file__).parent.parent
SETUP = REPOSITORY / "tests/setup/registry-3"
CLIENTS = REPOSITORY / "tests/setup/clients"

# A Go that makes a program of this version, and counts how often it is asked.
GO = """#!/bin/sh
echo "$*" >>{count}
[ "$GOBIN" ] || exit 1
name=${{2%@*}}
program=$GOBIN/${{name##*/}}
printf '#!/bin/sh\\necho registry github.com/distribution/distribution/v3 %s\\n' {version} >"$program"
chmod +x "$program"
"""
TOO_OLD = "#!/bin/sh\necho 'go: invalid go version' >&2\nexit 1\n"
# A pip that brings a Go.
PIP = """#!/bin/sh
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin"
cp {go} "$2/go/bin/go"
"""
NO_PIP = "#!/bin/sh\necho 'no connection' >&2\nexit 1\n"


class Machine:
    """A cache of its own, and the programs that the set-up finds.

    Args:
        directory: an empty one.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.cache, self.path = directory / "cache", directory / "bin"
        self.path.mkdir()
        self.count = directory / "count"

    def put(self, name: str, text: str) -> Path:
        """Put a program in place."""
        file = self.path / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def go(self, version: str = "v3.1.1+unknown") -> str:
        """Return a Go."""
        return GO.format(count=self.count, version=version)

    def run(self, setup: Path = SETUP) -> subprocess.CompletedProcess[str]:
        """Run a set-up."""
        environment = {"PATH": f"{self.path}:/usr/bin:/bin", "XDG_CACHE_HOME": str(self.cache)}
        command = [str(setup), str(self.path / "python")]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    @property
    def asked(self) -> list[str]:
        """What Go was asked for."""
        return self.count.read_text().splitlines() if self.count.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.put("python", NO_PIP)
    return made


def test_registry_3_is_built_once_of_a_pinned_version(machine: Machine) -> None:
    machine.put("go", machine.go())
    program = machine.cache / "ctl-tests/distribution-3.1.1/registry"
    for _ in range(2):
        done = machine.run()
        assert (done.returncode, done.stdout) == (0, f"{program}\n")
    assert machine.asked == ["install github.com/distribution/distribution/v3/cmd/registry@v3.1.1"]
    assert sorted(entry.name for entry in program.parent.iterdir()) == ["lock", "registry"]


def test_registry_3_that_is_damaged_is_built_anew(machine: Machine) -> None:
    machine.put("go", machine.go())
    assert machine.run().returncode == 0
    program = machine.cache / "ctl-tests/distribution-3.1.1/registry"
    program.write_text("damaged")
    assert machine.run().returncode == 0
    assert "v3.1.1" in program.read_text()


@pytest.mark.parametrize("present", [None, TOO_OLD])
def test_registry_3_is_built_by_the_go_of_pypi_where_there_is_none_that_fits(
    machine: Machine, tmp_path: Path, present: str | None
) -> None:
    brought = tmp_path / "brought"
    brought.write_text(machine.go())
    brought.chmod(0o755)
    machine.put("python", PIP.format(go=brought))
    if present:
        machine.put("go", present)
    assert machine.run().returncode == 0
    assert len(machine.asked) == 1


@pytest.mark.parametrize(("version", "said"), [(None, "no connection"), ("v3.0.0", "")])
def test_registry_3_that_cannot_be_had_is_one_reason_and_one_way(
    machine: Machine, version: str | None, said: str
) -> None:
    if version:
        machine.put("go", machine.go(version))
    done = machine.run()
    assert (done.returncode, done.stdout) == (1, "")
    reason, way = done.stderr.splitlines()[1:]
    assert reason.startswith("distribution 3.1.1 cannot be built: ")
    assert said in reason
    assert way.startswith("install Go ")
    assert sorted(entry.name for entry in machine.cache.rglob("*") if entry.is_file()) == ["lock"]


def test_clients_are_built_where_the_tests_look_for_them(machine: Machine) -> None:
    # What is built names its version; here it is that of every module.
    machine.put("go", machine.go('"$2"'))
    programs = (clients.CRANE, clients.ORAS, clients.CONFORMANCE)
    done = machine.run(CLIENTS)
    assert (done.returncode, done.stdout.split()) == (
        0,
        [str(machine.cache / program.relative_to(CACHE)) for program in programs],
    )
    assert machine.run(CLIENTS).stderr == ""
    assert len(machine.asked) == len(programs)


def test_client_that_cannot_be_had_keeps_none_of_the_others_away(machine: Machine) -> None:
    machine.put("building", machine.go('"$2"'))
    refused = "case $2 in *oras*) echo refused >&2; exit 1 ;; esac"
    machine.put("go", f'#!/bin/sh\n{refused}\nexec {machine.path}/building "$@"\n')
    done = machine.run(CLIENTS)
    assert done.returncode == 1
    assert [Path(path).name for path in done.stdout.split()] == ["crane", "conformance"]
    assert "oras 1.3.6 cannot be built: refused" in done.stderr


@pytest.mark.parametrize("program", [clients.CRANE, clients.ORAS, clients.CONFORMANCE])
def test_client_that_is_not_there_is_told_at_the_end_of_the_run(program: Path) -> None:
    assert NOT_THERE.search(not_had(program.name, clients.SETUP))


def test_what_is_not_run_without_registry_3_is_said_once_at_the_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/facts/test_binaries.py"],
        cwd=REPOSITORY,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    # Behind it stands nothing but how many passed.
    assert done.stdout.splitlines()[-2] == f"not run: 1 test: {NOT_HAD}"
    assert done.stdout.count("not run:") == 1
