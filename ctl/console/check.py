"""How ``ctl check`` answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ctl.console.report import print_json
from ctl.console.text import counted, safe, safe_text

if TYPE_CHECKING:
    from ctl.checks.model import Checked
    from ctl.operations.inspect.check import Report

_INDENT = 11


def show_check(report: Report, as_json: bool) -> None:
    """Print what was found, by area, and where it is not well why that matters and what helps."""
    if as_json:
        print_json({"findings": [_document(one) for one in report.checked], "left_out": report.left_out})
        return
    for area, group in groupby(report.checked, key=lambda one: one.probe.area):
        print(f"{area}:")
        for one in group:
            print("\n".join(_lines(one)))
    if report.left_out:
        print(f"not checked (--offline): {', '.join(report.left_out)}", file=sys.stderr)
    if not report.checked:
        print("nothing to look at here")
        return
    words = [
        counted(number, noun)
        for noun in ("error", "warning", "note")
        if (number := sum(one.finding.outcome == noun for one in report.checked))
    ]
    print(f"{len(report.checked)} checked: {', '.join(words) or 'all is well'}")


def _document(one: Checked) -> dict[str, Any]:
    found = one.finding
    return {
        "area": one.probe.area,
        "probe": one.probe.name,
        "name": one.name,
        "outcome": found.outcome,
        "message": found.message,
        "why": one.probe.matters,
        "help": found.help,
        "evidence": list(found.evidence),
    }


def _lines(one: Checked) -> Iterator[str]:
    found = one.finding
    yield f"  {found.outcome:8} {safe(one.name)}: {safe(found.message)}"
    if "; ".join(found.evidence) != found.message:
        yield from (" " * _INDENT + safe(line) for line in found.evidence)
    if found.outcome in ("warning", "error"):
        yield f"{' ' * _INDENT}why: {safe(one.probe.matters)}"
        if found.help:
            first, *rest = safe_text(found.help).split("\n")
            yield f"{' ' * _INDENT}help: {first}"
            yield from (f"{' ' * (_INDENT + 6)}{line}" for line in rest)
