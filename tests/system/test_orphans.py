"""nginx or a supervisor was killed: what is left is ours, serves on where it can, and obeys every command."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from ctl.supervise.orphans import holders, orphans, stood_in_for, working
from ctl.supervise.processes import alive, parent, supervisors
from ctl.supervise.status import process_of
from tests.system.installation import Installation, wait_for
from tests.system.programs import listens
from tests.system.traffic import CHUNK, push_blob
from tests.system.victims import VICTIMS, is_at_rest
from tests.system.watching import serves

pytestmark = pytest.mark.both_registries(soak=True)

AFTER = {"stop nginx": False, "graceful-kill nginx": False, "shutdown": False, "reconfigure": True}
AFTER |= {"restart nginx": True, "start nginx": True, "restart": True, "start": True}


def workers(site: Installation) -> list[int]:
    """Return nginx's workers."""
    master = process_of(site.layout, "nginx").pid
    return [pid for pid in holders(site.layout, "nginx") if parent(pid) == master]


def stood_in(site: Installation, name: str) -> int:
    """Kill a service's supervisor, and return the process for which the next one's stands in."""
    os.kill(VICTIMS[f"runsv of {name}"](site), signal.SIGKILL)
    wait_for(lambda: stood_in_for(site.layout, name))
    return stood_in_for(site.layout, name)


def test_nginx_whose_master_was_killed_is_back_by_itself(running_site: Installation) -> None:
    before = workers(running_site)
    running_site.ctl("kill", "nginx")
    wait_for(lambda: is_at_rest(running_site), 10)
    wait_for(lambda: not any(alive(pid) for pid in before))
    assert orphans(running_site.layout) == []
    happened = json.loads(running_site.ctl("status", "--json").stdout)["happened"]
    assert [(incident["service"], incident["text"][:30]) for incident in happened] == [
        ("nginx", "its master process had died; t")
    ]


def test_every_command_does_what_it_says_when_the_master_was_just_killed(running_site: Installation) -> None:
    for words, answers in AFTER.items():
        running_site.ctl("kill", "nginx")
        running_site.ctl(*words.split())
        assert serves(running_site) == answers, words
        assert listens(running_site.port) == answers, words
        if not answers:
            assert holders(running_site.layout, "nginx") == [], words
        if words == "shutdown":
            assert running_site.processes() == []
        running_site.ctl("start")
        wait_for(lambda: serves(running_site))


def test_workers_that_let_go_of_no_port_are_killed_for_the_next_start(running_site: Installation) -> None:
    stuck = workers(running_site)
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    running_site.ctl("kill", "nginx")
    wait_for(lambda: serves(running_site), 20)
    assert not any(alive(pid) for pid in stuck)


@pytest.mark.parametrize("end", ["hup", "kill"])
def test_worker_that_still_answers_is_left_alone_by_a_reload_and_by_a_killed_master(
    running_site: Installation, end: str
) -> None:
    site = running_site
    token = site.token("repository:group/slow:pull,push")
    before = workers(site)
    ended: list[str] = []

    def push() -> None:
        content = random.Random(1).randbytes(100 * CHUNK)
        ended.append(push_blob([site.port, True], token, content, pause=0.03, name="group/slow"))

    thread = threading.Thread(target=push)
    thread.start()
    wait_for(lambda: any(upload.stat().st_size for upload in site.root.rglob("_uploads/*/data")))
    site.ctl(end, "nginx")
    wait_for(lambda: serves(site) and set(workers(site)) - set(before))
    assert any(alive(pid) for pid in before)
    thread.join()
    assert ended[0].startswith("sha256:"), ended
    wait_for(lambda: not any(alive(pid) for pid in before))


def test_nginx_without_its_supervisor_serves_on_and_obeys(running_site: Installation) -> None:
    site = running_site
    master = stood_in(site, "nginx")
    assert (serves(site), alive(master)) == (True, True)
    before = set(holders(site.layout, "nginx"))
    site.ctl("hup", "nginx")
    wait_for(lambda: set(holders(site.layout, "nginx")) != before)
    assert alive(master)
    site.ctl("restart", "nginx")
    assert serves(site)
    assert not alive(master)
    assert stood_in_for(site.layout, "nginx") == 0

    master = stood_in(site, "nginx")
    site.ctl("stop", "nginx")
    assert (serves(site), alive(master)) == (False, False)
    site.ctl("start", "nginx")

    master = stood_in(site, "nginx")
    site.ctl("kill", "nginx")
    wait_for(lambda: not alive(master))
    wait_for(lambda: is_at_rest(site) and not stood_in_for(site.layout, "nginx"))

    master = stood_in(site, "nginx")
    assert "restarted nginx" in site.reconfigure().stdout
    assert not alive(master)


@pytest.mark.parametrize("action", ["stop", "graceful-kill"])
def test_registry_whose_supervisor_was_just_killed_can_be_stopped(
    running_site: Installation, action: str
) -> None:
    orphan = process_of(running_site.layout, "registry").pid
    os.kill(parent(orphan), signal.SIGKILL)
    running_site.ctl(action, "registry")
    assert not alive(orphan)
    assert not serves(running_site)
    running_site.ctl("start", "registry")
    wait_for(lambda: is_at_rest(running_site))


def test_killed_runsvdir_is_said_and_started_again_by_the_next_command(running_site: Installation) -> None:
    site = running_site
    for words in (["restart", "registry"], ["set-readonly", "off"], ["reconfigure"], ["stop", "logrotate"]):
        # The guard calls ctl as well, while something is left to settle.
        wait_for(lambda: is_at_rest(site), 30)
        before = working(site.layout, "nginx")
        [pid] = supervisors(site.layout)
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not alive(pid))  # noqa: B023
        done = site.ctl("status")
        assert "note: runsvdir, which looks after the supervisors of the services, had ended" in done.stderr
        assert json.loads(site.ctl("status", "--json").stdout)["runsvdir_died"]
        assert serves(site)
        said = site.ctl(*words)
        assert "runsvdir, which looks after the supervisors" in said.stdout + said.stderr, words
        assert len(supervisors(site.layout)) == 1
        assert words[0] == "reconfigure" or alive(before)
        assert serves(site)
    status = json.loads(site.ctl("status", "--json", code=None).stdout)
    assert not status["runsvdir_died"]
    assert "runsvdir" in [incident["service"] for incident in status["happened"]]


def test_start_and_restart_say_ok_only_of_an_nginx_that_answers(running_site: Installation) -> None:
    site = running_site
    site.ctl("stop", "nginx")
    with socket.create_server(("127.0.0.1", site.http_port)):
        for action in ("start", "restart"):
            done = site.ctl(action, "nginx", code=1)
            assert "ok: " not in done.stdout
            assert "error: nginx ended as soon as it was started" in done.stderr
            assert "Address already in use" in done.stderr
    assert site.ctl("start", "nginx").stdout.startswith("ok: run: nginx:")
    assert serves(site)


def test_start_says_ok_only_of_a_registry_that_answers(running_site: Installation) -> None:
    site = running_site
    site.ctl("stop", "registry")
    config = site.layout.current / "registry/config.yml"
    good = config.read_bytes()
    config.write_bytes(b"version: 0.1\n")
    assert "error: registry ended as soon as it was started" in site.ctl("start", "registry", code=1).stderr
    config.write_bytes(good)
    assert site.ctl("restart", "registry").stdout.startswith("ok: run: registry:")
    assert serves(site)


def test_process_that_calls_itself_runsvdir_keeps_no_service_down(running_site: Installation) -> None:
    site = running_site
    site.ctl("shutdown")
    words = ["runsvdir", "-c", "read -r _", "-P", str(site.layout.services)]
    with subprocess.Popen(words, executable="/bin/sh", stdin=subprocess.PIPE, cwd="/") as forged:
        wait_for(lambda: Path(f"/proc/{forged.pid}/cmdline").read_bytes().startswith(b"runsvdir"))
        site.ctl("start")
        assert serves(site)
        site.ctl("shutdown")
        assert forged.poll() is None, "it is none of ours to end"
        site.reconfigure()
        assert serves(site)
        forged.kill()
