"""The registry programs that tests run: Debian's distribution 2.8, and distribution 3 where it can be had."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, Flavour

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass(frozen=True, slots=True)
class Program:
    """A registry that tests start.

    Args:
        name: of the version, as the names of tests have it.
        path: of the program.
        flavour: that it has to be taken for.
    """

    name: str
    path: Path
    flavour: Flavour

    def needed(self) -> Program:
        """Return it; the test is left out, which is told at the end of the run, where it is not there."""
        if not self.path.exists():
            pytest.skip(NOT_HAD)
        return self


V2 = Program("2.8", Path("/usr/bin/docker-registry"), DISTRIBUTION_2_8)
V3 = Program("3", CACHE / "ctl-tests/distribution-3.1.1/registry", DISTRIBUTION_3)
PROGRAMS = (V2, V3)


def not_had(what: str, setup: str) -> str:
    """Return why a test is left out whose program is not there; the run repeats it at its end."""
    return f"{what} is not there; {setup} installs it, or says what that needs"


NOT_THERE = re.compile(f"({not_had('[a-z]+(?: [a-z0-9]+)*', r'tests/setup/[a-z0-9-]+')})")
NOT_HAD = not_had("distribution 3", "tests/setup/registry-3")


def parameters(soak: bool) -> list[object]:
    """Return the programs for a test that runs with both.

    Args:
        soak: whether it runs with distribution 3 among the long tests alone.
    """
    third = pytest.param(V3, id=V3.name, marks=pytest.mark.soak) if soak else pytest.param(V3, id=V3.name)
    return [pytest.param(V2, id=V2.name), third]
