"""Measure what an administrator waits for: medians of one run, and multiples of the bare interpreter.

The cases are measured in turn, so that a busy moment of the machine falls on all of them alike.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ctl.credentials.selfsigned import self_signed
from tests.bench import language

ROUNDS = 25
REPOSITORY = Path(__file__).parents[2]
# Users have compiled modules; a shell that forbids them would measure the compiler.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SETTINGS = """
external_url 'https://gitlab.localhost'
registry_external_url 'https://localhost:{vhost}'
registry['registry_http_addr'] = '127.0.0.1:{registry}'
registry['nginx']['listen_addresses'] = ['127.0.0.1']
gitlab_rails['gitlab_default_projects_features_container_registry'] = {flag}
"""


class Bench:
    """An installation of its own below a temporary directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = {"vhost": _free_port(), "registry": _free_port()}
        self.flag = False
        tls = root / "etc/gitlab/ssl"
        tls.mkdir(parents=True)
        certificate, key = self_signed("localhost", datetime.now(UTC))
        (tls / "localhost.crt").write_bytes(certificate)
        (tls / "localhost.key").write_bytes(key)
        shutil.copy(REPOSITORY / "tests/golden/gitlab-secrets.json", root / "etc/gitlab")
        self.write()

    def write(self) -> None:
        """Write the settings, with the one value that the benchmark changes."""
        text = SETTINGS.format(flag=str(self.flag).lower(), **self.ports)
        (self.root / "etc/gitlab/gitlab.rb").write_text(text)

    def ctl(self, *words: str) -> float:
        """Run ctl and return the milliseconds it took."""
        program = Path(sys.executable).with_name("ctl")
        return clock([str(program), "--root", str(self.root), *words])

    def change(self) -> float:
        """Change a value that concerns no running service, and reconfigure."""
        self.flag = not self.flag
        self.write()
        return self.ctl("reconfigure")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def clock(command: list[str]) -> float:
    """Run a command and return the milliseconds it took; a failure ends the benchmark."""
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    took = (time.perf_counter() - started) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return took


def in_turn(cases: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Measure every case once a round, after one round to warm up; return the medians."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for measured in range(ROUNDS + 1):
        for name, measure in cases.items():
            took = measure()
            if measured:
                found[name].append(took)
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory(prefix="ctl-bench-") as directory:
        bench = Bench(Path(directory))
        try:
            first = bench.ctl("reconfigure")
            medians = in_turn(
                {
                    "the bare interpreter": lambda: clock([sys.executable, "-I", "-c", "pass"]),
                    "ctl status": lambda: bench.ctl("status"),
                    "ctl reconfigure, one value changed, no restart": bench.change,
                    "ctl reconfigure, unchanged": lambda: bench.ctl("reconfigure"),
                }
            )
        finally:
            bench.ctl("shutdown")
    bare = medians["the bare interpreter"]
    print(f"{'case':50}{'median':>10}{'× bare':>10}")
    for name, value in medians.items():
        print(f"{name:50}{value:>7.1f} ms{value / bare:>10.1f}")
    print(f"{'ctl reconfigure, first run, once':50}{first:>7.1f} ms{first / bare:>10.1f}\n")
    language.main()


if __name__ == "__main__":
    main()
