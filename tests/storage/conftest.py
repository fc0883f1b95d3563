from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.tree import Tree

MEMORY = Path("/dev/shm")


@pytest.fixture
def root() -> Iterator[Path]:
    """An empty directory, in memory where there is such a file system: a sweep waits for the disk often."""
    made = Path(tempfile.mkdtemp(prefix="ctl-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def tree(root: Path) -> Tree:
    """An empty store."""
    return Tree(root / "store")
