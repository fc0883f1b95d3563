from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registries import Program
from tests.system.installation import Installation
from tests.system.seaweedfs import SeaweedFS, seaweedfs
from tests.system.token_service import token_service


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


@pytest.fixture
def open_site(site: Installation) -> Iterator[Installation]:
    """An installation that runs, whose clients get their tokens from a service that stands in for GitLab."""
    with token_service(site) as service:
        site.write(service.setting)
        site.reconfigure()
        yield site


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """An object store with the bucket ``images``, for all tests of a file."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as running:
        running.make("images")
        yield running
