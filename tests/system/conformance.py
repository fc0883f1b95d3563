"""The conformance suite of the OCI's distribution-spec, through the vhost and at the same registry alone.

A registry fails some of its tests by itself. What counts is that none is lost on the way: no fewer tests of a
name pass through nginx, with TLS, tokens and ctl's configuration, than at the program with none of these.

``python -m tests.system.conformance`` runs it with both registries and prints a table.

Source: https://github.com/opencontainers/distribution-spec/tree/main/conformance
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
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
    """What the suite said of a registry alone, and through ctl."""

    name: str
    alone: Outcome
    through: Outcome

    @property
    def lost(self) -> list[str]:
        """The tests that pass at the registry alone and not through ctl."""
        return sorted((self.alone.passed - self.through.passed).elements())

    @property
    def won(self) -> list[str]:
        """The tests that pass through ctl only."""
        return sorted((self.through.passed - self.alone.passed).elements())


def compare(program: Program, place: Path, *settings: str) -> Comparison:
    """Run the suite twice.

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
            trusted = str(site.certificate)
            through = _run(place / "through", f"localhost:{site.port}", SSL_CERT_FILE=trusted)
            assert service.given > 0
    finally:
        site.close()
    return Comparison(program.name, alone, through)


def _run(results: Path, registry: str, **more: str) -> Outcome:
    results.mkdir(exist_ok=True)
    environment = {
        "HOME": str(results),
        "OCI_REGISTRY": registry,
        "OCI_RESULTS_DIR": str(results),
        "OCI_USERNAME": USER,
        "OCI_PASSWORD": PASSWORD,
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
    failed = 0
    print(_row("registry", "way", "passed", "failed", "skipped", "lost", "won"))
    for program in PROGRAMS:
        if not program.path.exists():
            print(_row(program.name, "not run"))
            failed = 1
            continue
        with tempfile.TemporaryDirectory(prefix="ctl-") as place:
            comparison = compare(program, Path(place))
        for way, outcome in (("alone", comparison.alone), ("ctl", comparison.through)):
            counts = outcome.statuses
            cells = (counts["passed"], counts["failure"] + counts["error"], counts["skipped"])
            changes = (len(comparison.lost), len(comparison.won)) if way == "ctl" else ()
            print(_row(program.name, way, *cells, *changes), flush=True)
        for name in comparison.lost:
            print(f"  lost: {name}")
        failed |= bool(comparison.lost)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
