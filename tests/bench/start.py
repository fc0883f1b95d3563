"""Measure what an administrator waits for, in multiples of the bare interpreter, and beside two peers.

The cases are measured in turn, so that a busy moment of the machine falls on all of them alike.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ctl.credentials.selfsigned import self_signed
from ctl.paths import Layout
from tests.bench.peers import VALUE, Peers
from tests.ports import free_port

ROUNDS = 25
# Ansible takes longer than all others together.
PEERS_EVERY = 5
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
# What the peers deploy, as ctl has rendered it; the value that changes stands in the last one.
FILES = (
    *("registry/config.yml", "nginx/nginx.conf", "nginx/service_conf/gitlab-registry.conf"),
    "gitlab/gitlab.yml",
)
BARE = "the bare interpreter"
CHANGED = "reconfigure, one value changed, no restart"
PYINFRA, ANSIBLE = "  pyinfra, four templates, one changed", "  Ansible, four templates, one changed"


@dataclass(frozen=True, slots=True)
class Case:
    """A command that is measured.

    Args:
        run: does it once and returns the milliseconds.
        aim: the multiple of the bare interpreter that it may take; None where it is not ours.
        every: it is measured in every how many-th round.
    """

    run: Callable[[], float]
    aim: float | None = None
    every: int = 1


class Bench:
    """An installation of its own below a temporary directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = {"vhost": free_port(), "registry": free_port()}
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

    def empty_store(self) -> Path:
        """Return the configuration of a registry without an image."""
        config, store = self.root / "empty.yml", self.root / "empty"
        (store / "docker/registry/v2/repositories").mkdir(parents=True)
        storage = {"filesystem": {"rootdirectory": str(store)}}
        config.write_text(json.dumps({"version": 0.1, "storage": storage}))
        return config

    def templates(self) -> dict[str, str]:
        """Return what ctl has rendered, for the peers to deploy."""
        current = Layout(self.root).current
        texts = {Path(name).name: (current / name).read_text() for name in FILES}
        last = Path(FILES[-1]).name
        return {**texts, last: f"{texts[last]}# {VALUE}\n"}


def clock(command: list[str], more: Mapping[str, str] | None = None) -> float:
    """Run a command and return the milliseconds it took; a failure ends the benchmark."""
    environment = {**ENVIRONMENT, **(more or {})}
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    took = (time.perf_counter() - started) * 1000
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return took


def in_turn(cases: Mapping[str, Case], rounds: int = ROUNDS) -> dict[str, float]:
    """Measure every case once a round, after one round to warm up; return the medians in milliseconds."""
    took: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            if number % case.every == 0:
                milliseconds = case.run()
                if number:
                    took[name].append(milliseconds)
    return {name: statistics.median(values) for name, values in took.items()}


def cases(bench: Bench, peers: Peers | None) -> dict[str, Case]:
    """Return what is measured, by name."""
    collect = ("registry-garbage-collect", str(bench.empty_store()), "-d")
    ours = {
        BARE: Case(lambda: clock([sys.executable, "-c", "pass"])),
        "status": Case(lambda: bench.ctl("status"), 5),
        "validate": Case(lambda: bench.ctl("validate"), 18),
        CHANGED: Case(bench.change, 28),
        "reconfigure, unchanged": Case(lambda: bench.ctl("reconfigure"), 7),
        "registry-garbage-collect CONFIG -d, empty store": Case(lambda: bench.ctl(*collect), 12),
    }
    if peers is None:
        return ours
    return ours | {
        PYINFRA: Case(lambda: clock(*peers.pyinfra()), every=PEERS_EVERY),
        ANSIBLE: Case(lambda: clock(*peers.ansible()), every=PEERS_EVERY),
    }


def row(name: str, milliseconds: float, bare: float, aim: float | None = None) -> None:
    """Print a line of the table."""
    times = milliseconds / bare
    verdict = "" if aim is None else f"  at most {aim:g}: {'met' if times <= aim else 'MISSED'}"
    print(f"{name:50}{milliseconds:>8.1f} ms{times:>8.1f} ×{verdict}", flush=True)


def main() -> None:
    """Measure and print a table; ``--alone`` leaves the peers out."""
    with tempfile.TemporaryDirectory(prefix="ctl-bench-") as directory:
        top = Path(directory)
        bench = Bench(top / "ctl")
        try:
            first = bench.ctl("reconfigure")
            measured = cases(bench, None if "--alone" in sys.argv else peers(top / "peers", bench))
            medians = in_turn(measured)
        finally:
            bench.ctl("shutdown")
    bare = medians[BARE]
    print(f"{'ctl, from its start to its end':50}{'median':>11}{'× bare':>10}")
    for name, case in measured.items():
        row(name, medians[name], bare, case.aim)
    row("reconfigure, the first run, once", first, bare)
    if PYINFRA in medians:
        faster = medians[PYINFRA] / medians[CHANGED]
        print(
            f"{CHANGED}: {faster:.2f} × faster than pyinfra, at least 2: {'met' if faster >= 2 else 'MISSED'}"
        )


def peers(place: Path, bench: Bench) -> Peers:
    """Return the peers' deployments, in a directory of their own."""
    place.mkdir()
    return Peers(place, bench.templates())


if __name__ == "__main__":
    main()
