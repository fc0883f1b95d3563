"""The documents that the declaration of the settings becomes, and the compiled templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ctl.flavours.table import FLAVOURS, Flavour
from ctl.settings.example import example_file
from tools.config_schema import config_schema
from tools.json_schema import settings_schema
from tools.settings_page import settings_page
from tools.templates import TEMPLATES, compiled, module_name, table

REPOSITORY = Path(__file__).parent.parent
COMMAND = "make generate"


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _config(flavour: Flavour) -> Callable[[], str]:
    return lambda: _json(config_schema(flavour))


def _template(name: str) -> Callable[[], str]:
    return lambda: compiled(name)


DOCUMENTS: dict[str, Callable[[], str]] = {
    "examples/gitlab.rb": example_file,
    "schema/settings.md": settings_page,
    "schema/settings.schema.json": lambda: _json(settings_schema()),
    **{f"schema/config.yml/{name}.schema.json": _config(flavour) for name, flavour in FLAVOURS.items()},
    "ctl/render/compiled/__init__.py": table,
    **{f"ctl/render/compiled/{module_name(name)}.py": _template(name) for name in TEMPLATES},
}
"""What makes each document, by its path in the repository."""


def write() -> None:
    """Write every document."""
    for name, make in DOCUMENTS.items():
        path = REPOSITORY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make())


if __name__ == "__main__":
    write()
