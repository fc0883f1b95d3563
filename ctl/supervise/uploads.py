"""What is being pushed at this moment, as the machine sees it."""

from __future__ import annotations

import contextlib
import time

from ctl.errors import CtlError
from ctl.process import Runner
from ctl.regex import compile_late
from ctl.supervise.processes import PROC

_UPLOAD = compile_late(r"/repositories/(.+)/_uploads/[^/]+/")
_RECEIVED = compile_late(r"\bbytes_received:([0-9]+)")
_SAMPLE_SECONDS = 0.3


def repositories(pid: int) -> list[str]:
    """Return the repositories whose upload files a registry has open; only the file system driver has any."""
    names = set()
    with contextlib.suppress(OSError):
        for entry in (PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                match = _UPLOAD.search(str(entry.readlink()))
                if match:
                    names.add(match[1])
    return sorted(names)


def senders(runner: Runner, ports: list[int]) -> list[str]:
    """Return the addresses of clients that are sending data to one of these ports; takes 0.3 s.

    Empty where the program ``ss`` is missing.
    """
    before = _received(runner, ports)
    if not before:
        return []
    time.sleep(_SAMPLE_SECONDS)
    after = _received(runner, ports)
    grown = {peer for peer, count in after.items() if count > before.get(peer, count)}
    return sorted({peer.rpartition(":")[0] for peer in grown})


def _received(runner: Runner, ports: list[int]) -> dict[str, int]:
    """Return the bytes received of every established connection, by the client's address and port."""
    try:
        text = runner.run(["ss", "-Htin", "state", "established"], timeout=10).stdout
    except CtlError:
        return {}
    received, peer = {}, ""
    for line in text.splitlines():
        if not line.startswith((" ", "\t")):
            # Recv-Q Send-Q Local-Address:Port Peer-Address:Port
            words = line.split()
            local = words[2].rpartition(":")[2] if len(words) > 3 else ""
            peer = words[3] if local.isdigit() and int(local) in ports else ""
        elif peer and (match := _RECEIVED.search(line)):
            received[peer] = int(match[1])
    return received
