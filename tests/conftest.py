from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
# A shell's job in the background, and nohup, ignore these, and every program that is started inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def root() -> Iterator[Path]:
    """An empty directory whose path is short enough for unix sockets below it."""
    made = Path(tempfile.mkdtemp(prefix="ctl-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
