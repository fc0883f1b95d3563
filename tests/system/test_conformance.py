"""The OCI's test suite for registries loses nothing by ctl; ``make conformance`` prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.registries import Program
from tests.system.clients import CONFORMANCE, needed
from tests.system.conformance import compare

# What passes of it at the worse of both registries is 640.
ENOUGH = 600


@pytest.mark.soak
@pytest.mark.both_registries
def test_conformance_suite_loses_no_test_through_the_vhost(registry_program: Program, root: Path) -> None:
    needed(CONFORMANCE)
    comparison = compare(registry_program, root)
    assert comparison.alone.passed.total() > ENOUGH
    assert {way: lost for way in comparison.ways if (lost := comparison.lost(way))} == {}
    assert comparison.exchanges > 2


@pytest.mark.soak
def test_conformance_suite_names_what_a_vhost_takes_away(registry_program: Program, root: Path) -> None:
    needed(CONFORMANCE)
    refused = "registry['nginx']['custom_gitlab_server_config'] = 'if ($http_range) { return 404; }'"
    comparison = compare(registry_program, root, refused)
    lost = comparison.lost("vhost")
    assert lost
    assert all("range" in name or "chunk" in name for name in lost)
    # It is the vhost's alone.
    assert comparison.lost("address") == []
