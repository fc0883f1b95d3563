"""Signals in the middle of a run, and readers that go away."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from ctl.paths import STANDBY
from ctl.supervise.status import process_of
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.test_staging import program
from tests.system.watching import dangling, half_done, in_force, run, serves

# A registry that says nothing for a long time, so that a run waits for it.
SILENT = """#!/bin/sh
[ "$1" != --version ] || { echo "docker-registry github.com/docker/distribution 2.8.2"; exit 0; }
exec sleep 600
"""


def interrupted(site: Installation, number: signal.Signals, errors: Path) -> str:
    """Start a run, send it a signal when it waits for the registry, and return what it said."""
    with (
        errors.open("wb") as output,
        subprocess.Popen(
            site.command("reconfigure"), stdout=output, stderr=output, cwd=REPOSITORY
        ) as process,
    ):
        wait_for(lambda: "start registry" in errors.read_text())
        wait_for(lambda: site.pids()["registry"] > 0)
        process.send_signal(number)
        assert process.wait(60) == 1, errors.read_text()
    said = errors.read_text()
    assert "Traceback" not in said
    assert said.count("error:") == 1
    return said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_the_registry_is_waited_for_leads_back(
    running_site: Installation, tmp_path: Path, number: signal.Signals
) -> None:
    running_site.write(program(running_site, SILENT))
    with (
        (tmp_path / "said").open("wb") as output,
        subprocess.Popen(
            running_site.command("reconfigure"), stdout=output, stderr=output, cwd=REPOSITORY
        ) as process,
    ):
        wait_for(lambda: running_site.generation == 2)
        wait_for(lambda: process_of(running_site.layout, STANDBY).is_up)
        process.send_signal(number)
        assert process.wait(60) == 1
    said = (tmp_path / "said").read_text()
    assert f"error: interrupted by {number.name}; generation 1 is in force again" in said
    assert "Traceback" not in said
    assert running_site.generation == 1
    assert in_force(running_site) == []
    wait_for(lambda: serves(running_site))
    running_site.write()
    running_site.reconfigure()
    assert half_done(running_site.root) == []


def test_signal_during_a_first_run_stops_what_it_started(site: Installation, tmp_path: Path) -> None:
    site.write(program(site, SILENT))
    said = interrupted(site, signal.SIGTERM, tmp_path / "said")
    assert "what this first run had started is stopped again" in said
    assert site.processes() == []
    assert dangling(site.root) == []


def test_signal_before_anything_was_changed_leaves_everything(running_site: Installation) -> None:
    running_site.write(
        program(running_site, '#!/bin/sh\necho $$ > "$(dirname "$0")/asked"\nexec sleep 600\n'),
    )
    with subprocess.Popen(
        running_site.command("reconfigure"), stderr=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as process:
        asked = running_site.root / "asked"
        wait_for(lambda: asked.exists() and asked.read_text().endswith("\n"))
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    # subprocess.run kills what it waits for when it is interrupted.
    wait_for(lambda: not Path(f"/proc/{int(asked.read_text())}").exists())
    assert process.returncode == 1
    assert "error: interrupted by SIGTERM\n" in said
    assert "Traceback" not in said
    assert running_site.generation == 1
    wait_for(lambda: serves(running_site))


@pytest.mark.parametrize("closed", ["exec 1>&-", "exec 2>&-", "exec 0<&- 1>&- 2>&-"])
def test_closed_streams_do_not_keep_a_run_from_its_end(running_site: Installation, closed: str) -> None:
    running_site.write("registry['log_level'] = 'warn'")
    done = run(running_site, "reconfigure", before=["sh", "-c", f'{closed}; exec "$@"', "sh"])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert running_site.generation == 2
    assert in_force(running_site) == []
    wait_for(lambda: serves(running_site))


def test_reader_that_goes_away_does_not_break_a_run_in_its_middle(running_site: Installation) -> None:
    running_site.write("registry['log_level'] = 'warn'")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        subprocess.run(
            running_site.command("reconfigure"), stdout=writing, stderr=writing, cwd=REPOSITORY, check=False
        )
    finally:
        os.close(writing)
    assert running_site.generation == 2
    assert 'level: "warn"' in (running_site.layout.current / "registry/config.yml").read_text()
    wait_for(lambda: serves(running_site))
    assert "nothing to do" in running_site.reconfigure().stdout
