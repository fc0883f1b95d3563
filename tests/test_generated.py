"""Generated documents are what the declaration makes today, and the same whenever they are made."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tools.generate import COMMAND, DOCUMENTS, REPOSITORY
from tools.templates import TEMPLATES

PROGRAM = """\
import json
from tools.generate import DOCUMENTS
print(json.dumps([make() for make in DOCUMENTS.values()]))
"""


def test_documents_are_all_that_the_directory_holds() -> None:
    names = {
        str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "schema").rglob("*") if path.is_file()
    }
    assert len(names) == 5
    assert names == {name for name in DOCUMENTS if name.startswith("schema/")}


def test_every_template_is_compiled_and_nothing_else() -> None:
    modules = {
        str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "ctl/render/compiled").glob("*.py")
    }
    assert len(TEMPLATES) > 15
    assert modules == {name for name in DOCUMENTS if name.startswith("ctl/render/compiled/")}
    # One beside them names them all.
    assert len(modules) == len(TEMPLATES) + 1


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_document_is_fresh(name: str) -> None:
    path = REPOSITORY / name
    assert path.is_file(), f"{name} is missing; run: {COMMAND}"
    assert path.read_text() == DOCUMENTS[name](), f"{name} is stale; run: {COMMAND}"


def test_documents_do_not_depend_on_the_order_of_sets() -> None:
    made = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(made[0]) > 100_000
    assert made[0] == made[1]
