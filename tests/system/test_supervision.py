"""Services and their supervisors: who is killed comes back, who was stopped on purpose does not."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from ctl.supervise.processes import alive
from ctl.supervise.status import process_of
from tests.system.installation import Installation, wait_for
from tests.system.watching import dangling, refused, run, serves

pytestmark = pytest.mark.both_registries(soak=True)


def supervisors(site: Installation, name: str) -> list[int]:
    """Return the pids of the programs of this name."""
    pids = []
    for pid in site.processes():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if words[0].decode() == name:
            pids.append(pid)
    return pids


def runsv_of(site: Installation, service: str) -> int:
    """Return the runsv of a service: the parent of its process."""
    fields = Path(f"/proc/{site.pids()[service]}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def changed(site: Installation) -> bool:
    """Reconfigure and tell whether anything was done."""
    return bool(json.loads(site.reconfigure("--json").stdout)["changed"])


def test_service_whose_supervisor_was_killed_runs_again_below_a_new_one(running_site: Installation) -> None:
    for service in ("registry", "nginx"):
        orphan, supervisor = running_site.pids()[service], runsv_of(running_site, service)
        os.kill(supervisor, signal.SIGKILL)
        # Its successor tries in vain to start the service a second time.
        wait_for(lambda: process_of(running_site.layout, service).pid != orphan)  # noqa: B023
        running_site.reconfigure()
        assert not alive(orphan)
        assert serves(running_site)
        pid = running_site.pids()[service]
        assert not changed(running_site)
        assert running_site.pids()[service] == pid


def test_service_whose_supervisor_was_killed_just_now_runs_again_below_a_new_one(
    running_site: Installation,
) -> None:
    orphan = running_site.pids()["registry"]
    os.kill(runsv_of(running_site, "registry"), signal.SIGKILL)
    running_site.reconfigure()
    assert serves(running_site)
    wait_for(lambda: not changed(running_site))
    assert not alive(orphan)


def test_dead_runsvdir_is_noticed_by_a_run_that_has_nothing_else_to_do(running_site: Installation) -> None:
    [runsvdir] = supervisors(running_site, "runsvdir")
    os.kill(runsvdir, signal.SIGKILL)
    wait_for(lambda: not alive(runsvdir))
    assert changed(running_site)
    assert len(supervisors(running_site, "runsvdir")) == 1
    assert len(supervisors(running_site, "runsv")) == 5
    assert serves(running_site)


def test_service_stopped_on_purpose_stays_down_when_supervisors_start_anew(
    running_site: Installation,
) -> None:
    running_site.ctl("stop", "registry")
    running_site.ctl("shutdown")
    assert running_site.processes() == []
    running_site.ctl("start", "nginx")
    wait_for(lambda: running_site.pids()["nginx"] > 0)
    assert running_site.ctl("status", "registry", code=3).stdout.startswith("down: registry:")
    running_site.ctl("shutdown")
    running_site.reconfigure()
    assert running_site.pids()["registry"] == 0
    running_site.ctl("start")
    wait_for(lambda: serves(running_site))
    running_site.ctl("shutdown")
    running_site.reconfigure()
    assert serves(running_site)


def test_services_that_are_disabled_vanish_with_all_their_links(running_site: Installation) -> None:
    running_site.write("registry['enable'] = false")
    assert "removed registry, nginx, logrotate, registry-guard" in running_site.reconfigure().stdout
    assert dangling(running_site.root) == []
    assert sum(running_site.pids().values()) == 0
    said = refused(run(running_site, "restart", "registry"), 1)
    assert "the service registry is disabled" in said
    assert not changed(running_site)


def test_registry_that_ends_again_and_again_is_not_taken_for_a_running_one(
    running_site: Installation,
) -> None:
    config = running_site.layout.current / "registry/config.yml"
    good = config.read_bytes()
    config.write_bytes(b"version: 0.1\n")
    os.kill(running_site.pids()["registry"], signal.SIGTERM)
    # Only the processes are looked at here, so the file is whole again.
    wait_for(lambda: 0 < process_of(running_site.layout, "registry").since < 0.5)
    config.write_bytes(good)
    running_site.reconfigure()
    assert serves(running_site)


def test_unknown_services_are_errors_whatever_they_are_called(running_site: Installation) -> None:
    for name, shown in (
        ("registri", "there is no service registri"),
        ("..", "there is no service .."),
        (".", "there is no service ."),
        ("", "there is no service"),
        ("x" * 5000, "there is no service xxx"),
        ("a/b", "there is no service a/b"),
        ("\x1b[31m", "there is no service \\x1b[31m"),
        ("\udcff", "there is no service \\xff"),
    ):
        for action in ("status", "stop", "start"):
            assert shown in refused(run(running_site, action, name), 1)
    assert "did you mean registry?" in refused(run(running_site, "status", "registri"), 1)
    assert serves(running_site)


def test_status_without_any_service_is_an_error_that_says_so(site: Installation) -> None:
    assert "there are no services yet" in refused(run(site, "status"), 1)
