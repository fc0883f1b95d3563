"""How the results of reconfigure and its kin look."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ctl.console.report import print_json, show_diagnostics
from ctl.console.text import safe, safe_text

if TYPE_CHECKING:
    from ctl.operations.change.preview import Preview
    from ctl.operations.change.request import Result


# Below what an entry of the history begins with.
_INDENT = " " * 7


def show_result(result: Result, as_json: bool) -> None:
    """Print what a run came to."""
    if as_json:
        print_json(result.as_json())
        return
    if result.diagnostics:
        show_diagnostics(result.diagnostics, result.sources, as_json=False)
    for note in result.notes:
        print(f"note: {safe(note)}", file=sys.stderr)
    if result.edits:
        print("what was changed by hand:", file=sys.stderr)
        for line in result.edits.splitlines():
            print(f"  {safe(line)}", file=sys.stderr)
    if not result.changed:
        print(f"nothing to do: generation {result.generation} is in force and its services are running")
        return
    for hop in result.hops:
        if hop["outcome"] == "ok":
            print(f"verified: {safe(hop['name'])}: {safe(hop['message'])}")
    if result.gitlab:
        print(safe_text(result.gitlab))
    services = f"; {safe(result.services)}" if result.services else ""
    print(f"generation {result.generation} is in force{services}")


def show_preview(preview: Preview, as_json: bool, plan: bool, diff: bool) -> None:
    """Print what a run would do: the list, the diff or both."""
    if as_json:
        document: dict[str, Any] = {
            "files": preview.files,
            "services": preview.services,
            "secrets": preview.secrets,
        }
        if diff:
            document["diff"] = preview.diff
        print_json(document)
        return
    if preview.diagnostics:
        show_diagnostics(preview.diagnostics, preview.sources, as_json=False)
    if diff:
        sys.stdout.write(safe_text(preview.diff))
    if plan:
        _show_plan(preview)


def _show_plan(preview: Preview) -> None:
    if preview.secrets:
        print("new secrets: will be generated")
    for path, word in preview.files.items():
        print(f"{word:8} {safe(path)}")
    for name, word in preview.services.items():
        print(f"{word:8} {safe(name)}")
    if not (preview.files or preview.services or preview.secrets):
        print("nothing would change")


def show_history(
    entries: Sequence[dict[str, Any]],
    generations: Sequence[int],
    current: int | None,
    width: int | None = None,
) -> None:
    """Print the history as a table, newest last, with a star at the generation in force.

    Args:
        entries: as they were recorded.
        generations: the numbers of those that are kept.
        current: the one in force.
        width: columns of the terminal, in which no line is longer; None for one line an entry.
    """
    if not entries:
        print("nothing has been done yet")
        return
    last = {str(entry.get("generation")): index for index, entry in enumerate(entries)}
    for index, entry in enumerate(entries):
        number = entry.get("generation")
        kept = number in generations and last[str(number)] == index
        mark = "*" if number is not None and number == current and kept else " "
        shown = str(number) if number is not None else "-"
        time, who, command, result, summary = (
            str(entry.get(name, "")) for name in ("time", "who", "command", "result", "what")
        )
        start = f"{mark}{shown:>4}  {time:25}  {who:12}  {command:14}  {result:7}"
        if width is None:
            print(safe(f"{start}  {summary}".rstrip()))
        else:
            print("\n".join(_fitted(safe(start.rstrip()), safe(summary), width)))


def _fitted(start: str, summary: str, width: int) -> list[str]:
    """Return an entry in lines that fit: what was done stands below the rest."""
    lines = textwrap.wrap(start, width, subsequent_indent=_INDENT, drop_whitespace=False)
    below = textwrap.wrap(
        summary, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
    )
    return [line.rstrip() for line in (*lines, *below)]
