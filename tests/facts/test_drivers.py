from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ctl.diagnostics.model import Severity
from ctl.errors import CtlError
from ctl.facts.drivers import built_in, check_driver
from ctl.facts.stamps import stamp
from ctl.paths import Layout
from ctl.plan.derive import derive
from ctl.plan.model import BinaryFact
from ctl.process import Completed, SubprocessRunner
from tests.registries import V3
from tests.settings.reading import URLS, loaded, pointed_at

REGISTRY = "/usr/bin/docker-registry"
GCS = "registry['storage'] = { 'gcs' => { 'bucket' => 'bucket' } }\n"


class Told(SubprocessRunner):
    """A program that answers one thing, and counts how often it was asked."""

    def __init__(self, answer: str = "", returncode: int = 1, error: CtlError | None = None) -> None:
        self.answer, self.returncode, self.error = answer, returncode, error
        self.asked: list[str] = []

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        program: str | Path | None = None,
        stdin: str | None = None,
        timeout: float = 60.0,
    ) -> Completed:
        self.asked.append(Path(argv[3]).read_text())
        assert timeout == 5.0
        if self.error:
            raise self.error
        return Completed(self.returncode, "", self.answer)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path)
    made.state.mkdir(parents=True)
    return made


def binary(path: str = REGISTRY) -> BinaryFact:
    return BinaryFact(path, "", stamp(Path(path)))


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("s3", True), ("swift", True), ("gcs", False), ("azure", False), ("oss", False), ("s3_v2", False)],
)
def test_real_registry_of_debian_tells_its_drivers(layout: Layout, driver: str, expected: bool) -> None:
    assert built_in(driver, binary(), layout, SubprocessRunner()) is expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("s3", True), ("swift", False), ("gcs", True), ("azure", True), ("oss", False), ("s3_v2", False)],
)
def test_distribution_3_tells_its_drivers(layout: Layout, driver: str, expected: bool) -> None:
    assert built_in(driver, binary(str(V3.needed().path)), layout, SubprocessRunner()) is expected


@pytest.mark.parametrize("driver", ["s3", "swift", "gcs"])
def test_real_registry_opens_no_connection_when_asked(tmp_path: Path, driver: str) -> None:
    trace = tmp_path / "trace"
    wrapper = tmp_path / "registry"
    wrapper.write_text(
        f'#!/bin/sh\nexec strace -f -e trace=execve,socket,connect -o {trace} {REGISTRY} "$@"\n'
    )
    wrapper.chmod(0o755)
    assert shutil.which("strace")
    assert built_in(driver, binary(str(wrapper)), Layout(tmp_path), SubprocessRunner()) is (driver != "gcs")
    said = trace.read_text()
    assert "execve(" in said
    assert "socket(" not in said
    assert "connect(" not in said


def test_program_is_asked_once_until_its_file_changes(layout: Layout, tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.touch()
    runner = Told("failed to construct gcs driver: StorageDriver not registered: gcs")
    for _ in range(3):
        assert built_in("gcs", binary(str(program)), layout, runner) is False
    assert len(runner.asked) == 1
    other = Told("failed to construct azure driver: no accountname parameter provided")
    assert built_in("azure", binary(str(program)), layout, other) is True
    assert built_in("gcs", binary(str(program)), layout, runner) is False
    assert len(runner.asked) == 1
    program.write_text("new")
    assert built_in("gcs", binary(str(program)), layout, runner) is False
    assert len(runner.asked) == 2


def test_memory_is_private_and_whole(layout: Layout) -> None:
    built_in("gcs", binary(), layout, Told("StorageDriver not registered: gcs"))
    file = layout.state / "drivers.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text()) == {"program": binary().stamp, "drivers": {"gcs": False}}
    assert [file.name for file in layout.state.iterdir()] == ["drivers.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"program": 5}',
        b'{"program": "PROGRAM", "drivers": ["gcs"]}',
        b'{"program": "PROGRAM", "drivers": {"gcs": "no"}}',
    ],
)
def test_garbled_memory_is_asked_anew_and_mended(layout: Layout, content: bytes) -> None:
    file = layout.state / "drivers.json"
    file.write_bytes(content.replace(b"PROGRAM", binary().stamp.encode()))
    runner = Told("StorageDriver not registered: gcs")
    assert built_in("gcs", binary(), layout, runner) is False
    assert len(runner.asked) == 1
    assert json.loads(file.read_text())["drivers"] == {"gcs": False}


def test_program_that_says_nothing_of_drivers_is_not_judged_and_not_remembered(layout: Layout) -> None:
    for runner in (Told("hello", 0), Told(error=CtlError("it did not end within 5 s"))):
        assert built_in("gcs", binary(), layout, runner) is None
    assert list(layout.state.iterdir()) == []


def test_nothing_is_made_where_nothing_was_reconfigured(tmp_path: Path) -> None:
    assert built_in("gcs", binary(), Layout(tmp_path), Told("StorageDriver not registered: gcs")) is False
    assert list(tmp_path.iterdir()) == []


def test_program_that_hangs_is_killed_in_time(layout: Layout, tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)

    class Impatient(SubprocessRunner):
        def run(self, argv: Sequence[str | Path], *, timeout: float = 60.0, **rest: object) -> Completed:
            assert timeout == 5.0
            return super().run(argv, timeout=0.2)

    assert built_in("gcs", binary(str(program)), layout, Impatient()) is None


def test_missing_driver_is_an_error_at_its_name(layout: Layout) -> None:
    result = loaded(URLS + GCS)
    assert result.settings is not None
    diagnostic = check_driver(
        result.settings, derive(result.settings), binary(), layout, SubprocessRunner(), result.places
    )
    assert diagnostic is not None
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "driver-not-built")
    expected = f"{REGISTRY} was built without the driver that registry['storage']['gcs'] names"
    assert diagnostic.message == expected
    assert pointed_at(GCS, diagnostic) == "'gcs'"
    assert "ctl['registry_binary']" in (diagnostic.help or "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "registry['storage'] = { 'filesystem' => { 'rootdirectory' => '/srv/images' } }\n",
        "registry['storage'] = { 'delete' => { 'enabled' => false } }\n",
    ],
)
def test_file_system_is_never_asked_for(layout: Layout, text: str) -> None:
    result = loaded(URLS + text)
    assert result.settings is not None
    runner = Told()
    assert (
        check_driver(result.settings, derive(result.settings), binary(), layout, runner, result.places)
        is None
    )
    assert runner.asked == []


def test_only_the_driver_of_the_settings_is_asked_for(layout: Layout) -> None:
    result = loaded(URLS + "registry['storage'] = { 's3' => { 'bucket' => 'bucket', 'region' => 'r' } }\n")
    assert result.settings is not None
    runner = Told("failed to construct s3 driver: no region parameter provided")
    assert (
        check_driver(result.settings, derive(result.settings), binary(), layout, runner, result.places)
        is None
    )
    assert len(runner.asked) == 1
    assert runner.asked[0].endswith("storage:\n  s3: {}\n")
