from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registries import Program
from tests.system.installation import Installation


@pytest.fixture
def site(root: Path, registry_program: Program) -> Iterator[Installation]:
    """An installation that has not been reconfigured yet."""
    made = Installation(root / "root", program=registry_program)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def running_site(site: Installation) -> Installation:
    """An installation that runs."""
    site.reconfigure()
    return site
