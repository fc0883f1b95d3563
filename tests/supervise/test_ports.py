from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.supervise import control, listening, ports
from ctl.supervise.listening import Listener, listeners, owners
from ctl.supervise.ports import EVERYWHERE, Holder, holders, own, strangers, unit_in
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
    # Of an account that we may not look at.
    monkeypatch.setattr(ports, "listeners", lambda: [Listener(everywhere, 5, -1)])
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
        assert own(layout)(holder.pid)
        assert not own(Layout(tmp_path))(holder.pid)
        assert not own(layout)(os.getpid())
        assert strangers(layout, [("127.0.0.1", holder.port)]) == []
        assert strangers(Layout(tmp_path), [("127.0.0.1", holder.port)]) == [holder]


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_socket_is_listed_with_its_address_and_owner_while_it_is_listened_on(
    family: socket.AddressFamily,
) -> None:
    host = "127.0.0.1" if family is socket.AF_INET else "::1"
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port)) as client, server.accept()[0]:
            assert all(other.port != client.getsockname()[1] for other in listeners())
            [there] = [other for other in listeners() if other.port == port]
        assert there.address == host
        assert there.inode == os.fstat(server.fileno()).st_ino
        assert owners({there.inode}) == {there.inode: os.getpid()}
    assert all(other.port != port for other in listeners())


def test_who_is_to_be_looked_at_first_is_enough_where_he_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        inodes = {os.fstat(end.fileno()).st_ino for end in (server, other)}
        assert owners(inodes, [os.getppid(), os.getpid()]) == dict.fromkeys(inodes, os.getpid())
        monkeypatch.setattr(listening, "open_sockets", lambda pid: iter(inodes if pid == 1 else ()))
        monkeypatch.setattr(listening, "numbers", lambda: pytest.fail("everybody is looked at"))
        assert owners(inodes, [1]) == dict.fromkeys(inodes, 1)


def test_machine_without_ipv6_has_its_other_listeners(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1\n"
        "   1: 00000000:1F90 0100007F:0005 01 00000000:00000000 00:00000000 00000000     0        0 78 1\n"
    )
    monkeypatch.setattr(listening, "PROC", tmp_path)
    assert listeners() == [Listener("0.0.0.0", 8080, 77)]  # noqa: S104 - compared, not bound


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
            assert own(layout)(process.pid)
            assert not own(layout)(os.getpid())
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
