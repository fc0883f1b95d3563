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
        print_json(
            {"findings": [_document(checked) for checked in report.checked], "left_out": report.left_out}
        )
        return
    for area, group in groupby(report.checked, key=lambda checked: checked.probe.area):
        print(f"{area}:")
        for checked in group:
            print("\n".join(_lines(checked)))
    if report.left_out:
        print(f"not checked (--offline): {', '.join(report.left_out)}", file=sys.stderr)
    if not report.checked:
        print("nothing to look at here")
        return
    words = [
        counted(number, noun)
        for noun in ("error", "warning", "note")
        if (number := sum(checked.finding.outcome == noun for checked in report.checked))
    ]
    print(f"{len(report.checked)} checked: {', '.join(words) or 'all is well'}")


def _document(checked: Checked) -> dict[str, Any]:
    finding = checked.finding
    return {
        "area": checked.probe.area,
        "probe": checked.probe.name,
        "name": checked.name,
        "outcome": finding.outcome,
        "message": finding.message,
        "why": checked.probe.matters,
        "help": finding.help,
        "evidence": list(finding.evidence),
    }


def _lines(checked: Checked) -> Iterator[str]:
    finding = checked.finding
    yield f"  {finding.outcome:8} {safe(checked.name)}: {safe(finding.message)}"
    if "; ".join(finding.evidence) != finding.message:
        yield from (" " * _INDENT + safe(line) for line in finding.evidence)
    if finding.outcome in ("warning", "error"):
        yield f"{' ' * _INDENT}why: {safe(checked.probe.matters)}"
        if finding.help:
            first, *rest = safe_text(finding.help).split("\n")
            yield f"{' ' * _INDENT}help: {first}"
            yield from (f"{' ' * (_INDENT + 6)}{line}" for line in rest)
