"""The conformance suite of the OCI's distribution-spec, through ctl's nginx and at the same registry alone.

A registry fails some of its tests by itself. What counts is that none is lost on the way: no fewer tests of a
name pass through nginx, with TLS, tokens and ctl's configuration, than at the program with none of these.

``python -m tests.system.conformance`` runs it with both registries and prints a table.

Source: https://github.com/opencontainers/distribution-spec/tree/main/conformance
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.registries import PROGRAMS, Program
from tests.system.clients import CONFORMANCE, SETUP
from tests.system.installation import Installation
from tests.system.plain_registry import PlainRegistry
from tests.system.token_service import PASSWORD, USER, token_service

# All that a registry may offer is tried, also what the suite leaves out unless told.
_OPTIONAL = (
    "API_BLOBS_DIGEST_HEADER",
    "API_BLOBS_UPLOAD_CANCEL",
    "API_MANIFESTS_DIGEST_HEADER",
    "API_MANIFESTS_TAG_PARAM",
    "DATA_SPARSE",
)
# As ctl configures it: no URL of a layer that lies elsewhere is looked at.
_SAME_SETTINGS = "validation: {disabled: true}\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the suite said.

    Args:
        statuses: how many tests ended as ``passed``, ``failure``, ``error`` or ``skipped``.
        passed: how many tests of a name passed; many have the same one.
    """

    statuses: Counter[str]
    passed: Counter[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the suite said of a registry by itself, and in the ways that lead to it through ctl's nginx.

    Args:
        alone: of the program without ctl.
        ways: by name: ``vhost``, ``address`` (the registry's own, at which nginx listens too), and
            ``exchanged`` (the vhost, while one process of the registry after the other takes over).
        exchanges: how many there were during the last of them.
    """

    alone: Outcome
    ways: dict[str, Outcome]
    exchanges: int

    def lost(self, way: str) -> list[str]:
        """The tests that pass at the registry alone and not on a way."""
        return sorted((self.alone.passed - self.ways[way].passed).elements())

    def won(self, way: str) -> list[str]:
        """The tests that pass on a way alone."""
        return sorted((self.ways[way].passed - self.alone.passed).elements())


def compare(program: Program, place: Path, *settings: str) -> Comparison:
    """Run the suite on every way.

    Args:
        program: the registry.
        place: an empty directory with a short path; the reports of the suite are left in it.
        settings: further lines of gitlab.rb.
    """
    (place / "alone").mkdir()
    with PlainRegistry(place / "alone", program, _SAME_SETTINGS) as registry:
        alone = _run(place / "alone", f"127.0.0.1:{registry.port}", OCI_TLS="disabled")
    site = Installation(place / "root", program=program)
    try:
        with token_service(site) as service:
            site.write(service.setting, *settings)
            site.reconfigure()
            trust = {"SSL_CERT_FILE": str(site.certificate)}
            vhost = _run(place / "vhost", f"localhost:{site.port}", **trust)
            address = _run(place / "address", f"127.0.0.1:{site.http_port}", OCI_TLS="disabled", **trust)
            with _exchanging(site) as exchanges:
                exchanged = _run(place / "exchanged", f"localhost:{site.port}", **trust)
    finally:
        site.close()
    ways = {"vhost": vhost, "address": address, "exchanged": exchanged}
    return Comparison(alone, ways, len(exchanges))


@contextmanager
def _exchanging(site: Installation) -> Iterator[list[float]]:
    """Restart the registry again and again until the block ends; yields when, which grows."""
    ended, exchanges = threading.Event(), list[float]()

    def exchange() -> None:
        while not ended.is_set():
            site.ctl("restart", "registry")
            exchanges.append(time.monotonic())

    with ThreadPoolExecutor(1) as pool:
        exchanging = pool.submit(exchange)
        try:
            yield exchanges
        finally:
            ended.set()
        exchanging.result()


def _run(results: Path, registry: str, **more: str) -> Outcome:
    results.mkdir(exist_ok=True)
    environment = {
        "HOME": str(results),
        "OCI_REGISTRY": registry,
        "OCI_RESULTS_DIR": str(results),
        "OCI_USERNAME": USER,
        "OCI_PASSWORD": PASSWORD,
        # Not what another run has left: tags cannot be deleted everywhere.
        "OCI_REPO1": f"{results.name}/first",
        "OCI_REPO2": f"{results.name}/second",
        **{f"OCI_{name}": "true" for name in _OPTIONAL},
        **more,
    }
    with (results / "output").open("wb") as output:
        subprocess.run(
            [str(CONFORMANCE)],
            env=environment,
            cwd=results,
            stdout=output,
            stderr=output,
            timeout=600,
            check=False,
        )
    report = ElementTree.parse(results / "junit.xml")  # noqa: S314 - the suite's own
    cases = list(report.iter("testcase"))
    statuses = Counter(case.attrib["status"] for case in cases)
    return Outcome(
        statuses, Counter(case.attrib["name"] for case in cases if case.attrib["status"] == "passed")
    )


def _row(*cells: object) -> str:
    return "".join(f"{cell!s:<12}" for cell in cells).rstrip()


def main() -> int:
    """Print what the suite says of both registries; 1 when a test is lost, or a program is not there."""
    if not CONFORMANCE.exists():
        print(f"the conformance suite is not there; {SETUP} installs it, or says what that needs")
        return 1
    failed = False
    print(_row("registry", "way", "passed", "failed", "skipped", "lost", "won"))
    for program in PROGRAMS:
        if not program.path.exists():
            print(_row(program.name, "not run"))
            failed = True
            continue
        with tempfile.TemporaryDirectory(prefix="ctl-") as place:
            comparison = compare(program, Path(place))
        print(_row(program.name, "alone", *_counted(comparison.alone)))
        for way, outcome in comparison.ways.items():
            lost, won = comparison.lost(way), comparison.won(way)
            print(_row(program.name, way, *_counted(outcome), len(lost), len(won)), flush=True)
            for name in lost:
                print(f"  lost: {name}")
            failed |= bool(lost)
        print(_row(program.name, f"{comparison.exchanges} exchanges"), flush=True)
    return int(failed)


def _counted(outcome: Outcome) -> tuple[int, int, int]:
    counts = outcome.statuses
    return counts["passed"], counts["failure"] + counts["error"], counts["skipped"]


if __name__ == "__main__":
    sys.exit(main())
