"""How many clients notice a change, and how many a plain restart: ``python -m tests.bench.switching``.

Pulls by three kinds of clients through the vhost and through the registry's own address, and four large
pushes, all the while; see `tests.system.traffic`.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.system.installation import Installation, wait_for
from tests.system.traffic import Report, Traffic

READ_ONLY_ROUNDS, CHANGES, RESTARTS, CERTIFICATES = 20, 5, 5, 2


def main() -> None:
    """Measure, and print a table."""
    place = Path(tempfile.mkdtemp(prefix="ctl-"))
    site = Installation(place / "r")
    try:
        site.reconfigure()
        rows = [
            (f"{READ_ONLY_ROUNDS} x set-readonly on, off", _under_load(site, _read_only)),
            (f"{CHANGES} x reconfigure with another log level", _under_load(site, _changes)),
            (f"{RESTARTS} x ctl restart registry", _under_load(site, _restarts)),
            (f"{CERTIFICATES} x a new certificate (nginx reloads)", _under_load(site, _certificates)),
            (f"{RESTARTS} x plain sv restart", _under_load(site, _plain)),
        ]
    finally:
        site.close()
        shutil.rmtree(place)
    print(f"{'':44} {'pulls':>7} {'/s':>5} {'failed':>6} {'slowest':>8}  pushes")
    for name, report in rows:
        rate = report.total / report.seconds
        print(
            f"{name:44} {report.total:7} {rate:5.0f} {len(report.failures):6} {report.slowest:6.2f} s"
            f"  {_pushes(report)}"
        )
        for text, count in Counter(report.failures).most_common(4):
            print(f"{'':44} {count} x {text[:100]}")


def _pushes(report: Report) -> str:
    parts = [f"{count} {name}" for name, count in sorted(report.pushes.items())]
    return ", ".join([*parts, f"{report.corrupt} corrupt"])


def _under_load(site: Installation, work: Callable[[Installation], None]) -> Report:
    traffic = Traffic(site)
    try:
        started = time.monotonic()
        work(site)
        # At least some seconds of quiet belong to it, as in real life.
        wait_for(lambda: time.monotonic() - started > 5)
        return traffic.stop()
    finally:
        traffic.kill()


def _read_only(site: Installation) -> None:
    for _ in range(READ_ONLY_ROUNDS):
        site.ctl("set-readonly", "on")
        site.ctl("set-readonly", "off")


def _changes(site: Installation) -> None:
    for number in range(CHANGES):
        site.write(f"registry['log_level'] = '{'warn' if number % 2 else 'error'}'")
        site.reconfigure()


def _restarts(site: Installation) -> None:
    for _ in range(RESTARTS):
        site.ctl("restart", "registry")


def _certificates(site: Installation) -> None:
    for _ in range(CERTIFICATES):
        site.renew()
        site.reconfigure()


def _plain(site: Installation) -> None:
    for _ in range(RESTARTS):
        subprocess.run(
            ["sv", "restart", str(site.layout.services / "registry")], check=True, capture_output=True
        )
        wait_for(lambda: site.ctl("status", "registry", code=None).returncode == 0)


if __name__ == "__main__":
    main()
