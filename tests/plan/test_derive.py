"""What several parts of a plan follow from is decided once, whatever asks for it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

import pytest

from ctl.facts.gather import Machine
from ctl.operations.compile.prepare import now, prepare
from ctl.operations.compile.source import read_source
from ctl.operations.inspect.derived import derived_values
from ctl.operations.inspect.validate import skipped
from ctl.paths import Layout
from ctl.plan.derive import Derived, derive
from ctl.process import SubprocessRunner
from tests.golden_tree import CASES
from tests.settings.reading import settings_of

ENVIRONMENT = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}


class Calls:
    """Counts the calls of every function while it is in force."""

    def __init__(self) -> None:
        self.calls: Counter[CodeType] = Counter()

    def __enter__(self) -> Counter[CodeType]:
        sys.setprofile(self._note)
        return self.calls

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self.calls[frame.f_code] += 1


@pytest.mark.parametrize("case", ["gitlab-domain", "registry-node", "s3"])
def test_run_derives_once_from_its_settings(case: str, root: Path) -> None:
    layout, runner = Layout(root), SubprocessRunner()
    with Calls() as calls:
        source = read_source(layout, CASES[case], ENVIRONMENT, guarded=False)
        prepared = prepare(source, Machine(layout, runner, now(), programs=False), make_secrets=False)
        derived_values(source, prepared.plan, layout, reveal=False)
        list(skipped(layout, source))
    assert calls[derive.__code__] == 1


def test_settings_are_derived_from_where_they_are_read_alone() -> None:
    package = Path(__file__).parents[2] / "ctl"
    askers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"(?<!def )\bderive\(", path.read_text())
    }
    assert askers == {"operations/compile/source.py", "operations/compile/recorded.py"}


def test_derived_cannot_be_changed() -> None:
    derived: Derived = derive(settings_of(""))
    with pytest.raises(AttributeError):
        derived.vhost_enabled = False  # type: ignore[misc]
