"""The real registry, as `tests.registry` starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.paths import Layout
from tests.registry.conftest import pair, registry, start  # noqa: F401 - fixtures


@pytest.fixture
def layout(root: Path) -> Layout:
    """An installation of which nothing is there yet."""
    return Layout(root)
