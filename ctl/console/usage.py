"""How ``ctl registry-usage`` answers."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING
from unicodedata import normalize

from msgspec import to_builtins

from ctl.console.report import print_json
from ctl.console.text import safe

if TYPE_CHECKING:
    from ctl.operations.collect.usage import Measured

COLUMNS = (
    ("tags", "tags"),
    ("manifests", "manifests"),
    ("pushed_bytes", "as pushed"),
    ("bytes", "takes"),
    ("exclusive_bytes", "alone"),
    ("reclaimable_bytes", "free"),
    ("reclaimable_untagged_bytes", "free -m"),
)
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def show_usage(measured: Measured, as_json: bool, as_csv: bool) -> None:
    """Print what a store takes, as a table, JSON or comma-separated values."""
    if as_json:
        print_json(to_builtins(measured))
        return
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["repository", *(name for name, _ in COLUMNS)])
        for row in measured.rows:
            writer.writerow([_harmless(safe(row.repository)), *(getattr(row, name) for name, _ in COLUMNS)])
        return
    width = max([len("repository"), *(len(safe(row.repository)) for row in measured.rows)])
    print("repository".ljust(width) + "".join(f"{title:>11}" for _, title in COLUMNS))
    for row in measured.rows:
        cells = "".join(f"{_cell(name, getattr(row, name)):>11}" for name, _ in COLUMNS)
        print(safe(row.repository).ljust(width) + cells)
    totals = measured.totals
    print(
        f"{totals.repositories} repositories take {size(totals.bytes)} for"
        f" {size(totals.pushed_bytes)} as pushed, {totals.ratio} times as much;"
        f" a collection frees {size(totals.going_bytes)}, with -m"
        f" {size(totals.going_untagged_bytes)}"
    )


def size(count: int) -> str:
    """Write a number of bytes for a person, in powers of ten."""
    value = float(count)
    for unit in _UNITS[:-1]:
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} {_UNITS[-1]}"


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; no name that the registry serves begins so."""
    # Some take blanks before a sign for nothing, and its wide form for the sign.
    sign = normalize("NFKC", cell.lstrip()[:1])
    return f"'{cell}" if sign in ("=", "+", "-", "@") else cell


def _cell(name: str, value: int) -> str:
    return size(value) if name.endswith("bytes") else f"{value:,}"
