"""The validator of a section is built when a settings file says something of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_CODE = """
from ctl.settings.model import Settings
from ctl.settings.section import ForeignSection, Section
storage = {"filesystem": {"maxthreads": 3}}
settings = Settings.model_validate({"registry": {"log_level": "info", "storage": storage}})
found = [*Section.__subclasses__(), *ForeignSection.__subclasses__()]
assert len(found) > 40, len(found)
print(*sorted(one.__name__ for one in found if one.__pydantic_complete__))
# What was not built of values is what would have been.
for one in (settings.nginx, settings.ctl, settings.registry.nginx):
    assert one == type(one)(), one
"""


def test_validators_are_built_of_the_sections_in_use_alone() -> None:
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, cwd=REPOSITORY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["Filesystem", "Registry", "Settings", "Storage"]
