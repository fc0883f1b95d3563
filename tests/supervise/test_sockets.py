from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.supervise import sock_diag
from ctl.supervise.sock_diag import unix_sockets
from ctl.supervise.sockets import Traffic, traffic

NOTHING = Traffic(listening=False, waiting=0, open=0)


@pytest.fixture
def path(root: Path) -> Path:
    return root / "registry"


@pytest.fixture
def listener(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield server


def connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.connect(str(path))
    return client


def test_connections_are_counted_before_and_after_they_are_accepted(
    path: Path, listener: socket.socket
) -> None:
    assert traffic(path) == Traffic(listening=True, waiting=0, open=0)
    with connected(path), connected(path):
        assert traffic(path) == Traffic(listening=True, waiting=2, open=0)
        with listener.accept()[0]:
            assert traffic(path) == Traffic(listening=True, waiting=1, open=1)
            assert not traffic(path).is_idle


def test_process_that_no_longer_listens_is_not_idle_while_it_answers(
    path: Path, listener: socket.socket
) -> None:
    with connected(path), listener.accept()[0]:
        listener.close()
        path.unlink()
        assert traffic(path) == Traffic(listening=False, waiting=0, open=1)
    assert traffic(path) == NOTHING


def test_socket_that_is_not_there_has_no_traffic(path: Path) -> None:
    assert traffic(path) == NOTHING
    assert traffic(path / "below") == NOTHING


@pytest.mark.parametrize("lines", ["{0}", "x\n0: 00000002 00000000 00010000 0001 01 1 {0}", "\n\n0: 1 {0}\n"])
def test_name_of_an_abstract_socket_forges_nothing(path: Path, lines: str) -> None:
    with socket.socket(socket.AF_UNIX) as forged:
        forged.bind("\0" + lines.format(path))
        forged.listen()
        assert traffic(path) == NOTHING


FORGER = """
import os, socket, sys
os.chroot(sys.argv[1])
os.setuid(65534)
one = socket.socket(socket.AF_UNIX)
one.bind(sys.argv[2])
one.listen()
print(flush=True)
input()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file system of its own here")
def test_socket_of_another_account_with_the_same_path_is_another(path: Path, tmp_path: Path) -> None:
    inside = tmp_path / str(path.parent).lstrip("/")
    inside.mkdir(parents=True)
    inside.chmod(0o777)
    for directory in (tmp_path, *inside.parents):
        if directory.is_relative_to(tmp_path):
            directory.chmod(0o755)
    with subprocess.Popen(
        ["/usr/bin/python3", "-c", FORGER, str(tmp_path), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as forger:
        assert forger.stdout is not None
        assert forger.stdout.readline() == b"\n"
        assert os.fsencode(path) in {known.path for known in unix_sockets()}
        assert traffic(path) == NOTHING
        forger.kill()


def test_kernel_that_does_not_tell_is_an_error_of_one_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sock_diag, "_SOCK_DIAG_BY_FAMILY", 999)
    with pytest.raises(CtlError, match="the kernel does not list its unix sockets: "):
        traffic(path)
