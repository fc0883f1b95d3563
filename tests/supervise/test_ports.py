from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from ctl.paths import Layout
from ctl.supervise import control
from ctl.supervise.ports import EVERYWHERE, Holder, holders, ours, unit_in
from ctl.supervise.processes import wait_until
from ctl.supervise.status import process_of
from tests.supervise.scene import supervised


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        *((everywhere, True) for everywhere in EVERYWHERE),
        ("[::]", True),
        ("127.0.0.2", False),
        ("::1", False),
    ],
)
def test_holder_of_a_port_is_found_where_the_addresses_conflict(wanted: str, taken: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        present = holders([(wanted, port), ("127.0.0.9", 1)])
    assert [(holder.port, holder.pid) for holder in present] == ([(port, os.getpid())] if taken else [])
    assert holders([(wanted, port)]) == []


@pytest.mark.parametrize("everywhere", EVERYWHERE)
def test_holder_of_every_address_is_in_the_way_of_each(
    monkeypatch: pytest.MonkeyPatch, everywhere: str
) -> None:
    def listening(kind: str) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(status="LISTEN", laddr=SimpleNamespace(ip=everywhere, port=5), pid=None),
            SimpleNamespace(status="LISTEN", laddr=(), pid=None),
            SimpleNamespace(status="ESTABLISHED", laddr=SimpleNamespace(ip=everywhere, port=6), pid=None),
        ]

    monkeypatch.setattr(psutil, "net_connections", listening)
    [holder] = holders([("127.0.0.1", 5), ("127.0.0.2", 5), ("127.0.0.1", 6)])
    assert (holder.port, holder.address, holder.described) == (5, everywhere, "a process of another account")


def test_holder_is_described_by_what_is_known_of_it() -> None:
    assert Holder(1, "::", None, None, None).described == "a process of another account"
    assert Holder(1, "::", 5, "nginx", "nginx.service").described == "nginx (pid 5), the unit nginx.service"


def test_listener_below_our_own_supervisor_is_ours(tmp_path: Path) -> None:
    program = (
        "import socket,time; s=socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)"
    )
    note = tmp_path / "port"
    script = f'exec {sys.executable} -u -c "{program}; time.sleep(600)" > {note}'
    with supervised(tmp_path / "root", "one", script=script) as layout:
        control.wait_supervised(layout, "one")
        assert wait_until(lambda: note.exists() and note.read_text().endswith("\n"), 10)
        [holder] = holders([("127.0.0.1", int(note.read_text()))])
        assert holder.pid == process_of(layout, "one").pid
        assert ours(layout, holder.pid)
        assert not ours(Layout(tmp_path), holder.pid)
        assert not ours(layout, os.getpid())


def test_process_of_a_service_is_ours_while_its_supervisor_is_just_going(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    lock = layout.state / "running/nginx.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    # Seen below a supervisor a moment ago, so it is no orphan, and now that one is gone.
    monkeypatch.setattr("ctl.supervise.ports.orphans", lambda layout: [])
    script = f"exec 9<'{lock}'; echo; exec sleep 600"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            assert ours(layout, process.pid)
            assert not ours(layout, os.getpid())
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("groups", "unit"),
    [
        ("0::/system.slice/nginx.service\n", "nginx.service"),
        ("12:pids:/system.slice/x.service\n1:name=systemd:/system.slice/x.service\n", "x.service"),
        ("0::/user.slice/user-1000.slice/user@1000.service/system.slice/nginx.service\n", None),
        ("0::/system.slice/a.scope\n", None),
        ("", None),
    ],
)
def test_unit_is_the_systems_and_none_that_an_account_has_named(groups: str, unit: str | None) -> None:
    assert unit_in(groups) == unit
