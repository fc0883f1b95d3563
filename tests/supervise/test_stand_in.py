"""Who stands in for whom, told from the locks that processes have open."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ctl.paths import Layout
from ctl.supervise import orphans


@pytest.mark.parametrize(("holding", "expected"), [([], 0), ([7], 0), ([7, 5], 0), ([5], 5)])
def test_process_that_takes_its_lock_while_it_is_looked_for_stands_in_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holding: list[int], expected: int
) -> None:
    """It was not seen by the first look, and is by the second."""
    monkeypatch.setattr(orphans, "process_of", lambda layout, name: SimpleNamespace(pid=7))
    monkeypatch.setattr(orphans, "_has_open", lambda pid, lock: False)
    monkeypatch.setattr(orphans, "holders", lambda layout, name, left: holding)
    assert orphans.stood_in_for(Layout(tmp_path), "registry") == expected
