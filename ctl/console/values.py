"""How settings and their values look: in columns for a person, as JSON or YAML for a script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from ctl.console.report import print_json
from ctl.console.text import safe, safe_text
from ctl.diagnostics.cells import is_unsafe

if TYPE_CHECKING:
    from ctl.operations.inspect.explain import Explained
    from ctl.operations.inspect.show_config import Shown

# Longer statements have their origin right behind them instead of in the column.
COLUMN = 64
WIDTH = 100


def show_values(values: Sequence[Shown], file: str, form: str) -> None:
    """Print values with their origins.

    Text is a settings file: one statement a line, the origin in a comment behind it.
    """
    if form == "text":
        print(f"# {safe(file)}")
        for one in values:
            print(f"{safe_text(one.statement):{COLUMN}}  # {safe(one.origin)}")
        return
    settings = {one.dotted: {"value": one.value, "origin": one.origin} for one in values}
    document = {"file": file, "settings": settings}
    if form == "json":
        print_json(document)
        return
    import yaml

    # Letters of every language stay, unless something is among them that drives the terminal.
    plain = not any(is_unsafe(one) for one in str(document))
    yaml.safe_dump(document, sys.stdout, sort_keys=False, allow_unicode=plain, width=1000)


def show_explained(found: Explained, as_json: bool) -> None:
    """Print what a setting is."""
    if as_json:
        print_json(found.as_json())
        return
    lines = [found.name, *(f"  {line}" for line in wrap(found.doc, WIDTH))] if found.name else [found.doc]
    facts = _facts(found)
    if facts:
        lines += ["", *(f"  {name:9} {value}" for name, value in facts)]
    if found.example:
        lines += ["", "  example:", *(f"    {line}" for line in found.example)]
    if found.settings:
        longest = max(len(_own(one, found)) for one in found.settings)
        lines += ["", *(f"  {_own(one, found):{longest}}  {one.doc}" for one in found.settings)]
        lines += ["", "  ctl explain NAME tells more of each"]
    print("\n".join(safe_text(line) for line in lines))


def _facts(found: Explained) -> list[tuple[str, str]]:
    facts = [("type", found.kind)] if found.kind else []
    if found.required:
        facts.append(("default", "none: it is required"))
    elif found.default is not None:
        facts.append(("default", found.default))
    for name, value in (("since", found.since), ("becomes", found.becomes)):
        if value:
            facts.append((name, value))
    return facts + [("note", one) for one in found.remarks]


def _own(one: Explained, section: Explained) -> str:
    """Return a setting's name as it goes on after its section's."""
    return one.path.removeprefix(f"{section.path}.") if section.path else one.path
