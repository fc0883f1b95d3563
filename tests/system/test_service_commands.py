"""The service commands on a real installation: on a pipe, on a terminal, as JSON, and following its logs."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ctl.state import readonly
from ctl.supervise.status import log_process_of
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.watching import refused, run, status

pytestmark = pytest.mark.both_registries(soak=True)

HEAVY = (
    "pydantic",
    "jinja2",
    "cryptography",
    "psutil",
    "yaml",
    "ctl.settings",
    "ctl.plan",
    "ctl.render",
    "ctl.targets",
)


def on_terminal(site: Installation, columns: int, *words: str, **more: str) -> tuple[int, list[str]]:
    """Run ctl on a terminal of so many columns; return its exit code and what it shows."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        site.command(*words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=REPOSITORY,
        env={**environment, "TERM": "xterm", **more},
    )
    os.close(theirs)
    shown = b""
    # A terminal whose last user is gone answers with an error.
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)
    return process.wait(30), shown.decode().splitlines()


def plain(lines: list[str]) -> list[str]:
    return [re.sub(r"\x1b\[\d+m", "", line) for line in lines]


def test_status_on_a_pipe_is_that_of_gitlab_ctl(running_site: Installation) -> None:
    lines = running_site.ctl("status").stdout.splitlines()
    pattern = r"run: (\S+): \(pid \d+\) \d+s; run: log: \(pid \d+\) \d+s"
    names = [match[1] for line in lines if (match := re.fullmatch(pattern, line))]
    assert names == ["logrotate", "nginx", "registry", "registry-guard"]
    assert running_site.ctl("service-list").stdout.split() == [f"{name}*" for name in names]


def test_status_on_a_terminal_is_a_table_with_all_that_is_due(running_site: Installation) -> None:
    code, lines = on_terminal(running_site, 120, "status")
    table = plain(lines)
    assert code == 0
    assert table[0].split() == ["service", "state", "pid", "uptime", "memory", "ports"]
    ports = sorted((running_site.port, running_site.http_port))
    assert re.fullmatch(rf"nginx +run +\d+ +\S+ +\S+ MiB +{ports[0]} {ports[1]}", table[2])
    assert re.fullmatch(r"registry +run +\d+ +\S+ +\S+ MiB +socket", table[3])
    assert "read-only    no" in table
    assert "not applied  nothing" in table
    assert any(re.match(r"certificate  \d+ days left: .*localhost\.crt", line) for line in table), (
        "the certificate in front"
    )
    assert lines != table
    assert on_terminal(running_site, 120, "status", NO_COLOR="1")[1][0] == table[0]
    assert "\x1b" not in "".join(on_terminal(running_site, 120, "status", TERM="dumb")[1])

    running_site.write("registry['log_level'] = 'debug'")
    running_site.ctl("set-readonly", "on", "--reason", "a\x1b[2Jb")
    running_site.ctl("stop", "logrotate")
    code, lines = on_terminal(running_site, 20, "status")
    narrow = plain(lines)
    assert code == 3
    assert max(map(len, narrow)) <= 20
    together = "".join("".join(narrow).split())
    assert "statedown,onpurpose" in together
    assert f"{running_site.settings}waschanged" in together
    assert "a\\x1b[2Jb" in together
    assert "\x1b[2J" not in "".join(lines)


def test_status_as_json_holds_what_the_table_shows(running_site: Installation) -> None:
    running_site.ctl("stop", "nginx")
    done = running_site.ctl("status", "--json", code=3)
    status = json.loads(done.stdout)
    by_name = {service["name"]: service for service in status["services"]}
    assert by_name["nginx"]["state"] == "down"
    assert by_name["nginx"]["stopped_on_purpose"] is True
    assert by_name["registry"]["memory_bytes"] > 1024**2
    assert by_name["registry"]["pending"] is None
    assert status["not_applied"] == []
    # What nobody has said to the process yet.
    readonly.demand(running_site.layout, readonly.ReadOnly("now", "root", ""))
    status = json.loads(running_site.ctl("status", "registry", "--json").stdout)
    assert [service["name"] for service in status["services"]] == ["registry"]
    assert status["services"][0]["pending"] == "restart"
    assert (status["read_only"]["who"], status["refuses_pushes"]) == ("root", False)


def test_plain_status_imports_nothing_heavy(running_site: Installation) -> None:
    code = (
        "import sys\nfrom ctl.cli.app import main\n"
        f"sys.argv = ['ctl', '--root', {str(running_site.root)!r}, 'status']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert done.stdout.splitlines()[-1] == "[]"


@contextmanager
def tailing(site: Installation, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``ctl tail`` with its output in a pipe; it is gone at the end."""
    process = subprocess.Popen(
        site.command("tail", *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY
    )
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[bytes], expected: str, seconds: float = 20) -> str:
    """Read what is printed until a pattern is in it."""
    assert process.stdout is not None
    output, deadline = "", time.monotonic() + seconds
    while not re.search(expected, output):
        assert select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0], output
        output += (process.stdout.read() or b"").decode()
    return output


def test_tail_follows_every_service_through_rotation_until_it_is_interrupted(
    running_site: Installation,
) -> None:
    with tailing(running_site, "-n", "1") as process:
        read_until(process, r"(?m)^registry +\| ")
        status(running_site)
        read_until(process, r'(?m)^nginx/gitlab_registry_access \| .*"GET /v2/')
        log = log_process_of(running_site.layout, "registry")
        assert log is not None
        current = running_site.layout.logs / "registry/current"
        before = current.stat().st_ino
        # svlogd puts its log away at once.
        os.kill(log.pid, signal.SIGALRM)
        wait_for(lambda: current.exists() and current.stat().st_ino != before)
        status(running_site)
        read_until(process, r"(?m)^registry +\| .*/v2/")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_tail_ends_by_itself_when_nobody_reads_any_more(running_site: Installation) -> None:
    with tailing(running_site, "registry") as process:
        read_until(process, "registry")
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.wait(20) in (0, 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_services_of_another_account_are_an_error_that_says_so(running_site: Installation) -> None:
    for directory in (running_site.root, *running_site.root.parents):
        if directory != directory.parent and directory.stat().st_mode & 0o055 != 0o055:
            directory.chmod(0o755)
    as_nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    for words in (("status",), ("status", "--json"), ("stop", "nginx"), ("hup",), ("start",)):
        done = run(running_site, *words, before=as_nobody)
        said = done.stdout + done.stderr
        assert done.returncode == 1, said
        assert "belong to another account" in said
        assert "run this as root" in said
    assert "permission denied" in refused(run(running_site, "tail", before=as_nobody), 1)
    assert running_site.ctl("status", "nginx").returncode == 0
