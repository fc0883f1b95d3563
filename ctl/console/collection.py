"""How a collection and its schedule answer."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from msgspec import to_builtins

from ctl.console.report import print_json
from ctl.console.text import counted, safe
from ctl.console.usage import size

if TYPE_CHECKING:
    from ctl.operations.collect.report import Marked, Report
    from ctl.operations.collect.run import Wish
    from ctl.operations.collect.schedule import Scheduled
    from ctl.operations.collect.trash import Emptied, Undone

# More than this nobody reads; --json has all of them.
MOST_LINES = 50


def show_report(report: Report, wish: Wish, as_json: bool, out: TextIO | None = None) -> None:
    """Print what a collection found, and what it did."""
    out = out or sys.stdout
    if as_json:
        print_json(report.document())
        return
    for finding in report.findings[:MOST_LINES]:
        print(f"{finding.consequence}: {safe(finding.path)}: {safe(finding.message)}", file=out)
    for note in report.notes:
        print(f"note: {safe(note)}", file=out)
    if report.marked is not None:
        _show_marked(report, report.marked, wish, out)
    _show_done(report, wish, out)


def _show_marked(report: Report, marked: Marked, wish: Wish, out: TextIO) -> None:
    going = [figures for figures in report.repositories if figures.untagged or figures.blobs]
    going.sort(key=lambda figures: figures.bytes, reverse=True)
    for figures in going[:MOST_LINES]:
        print(
            f"{safe(figures.repository)}: {figures.untagged} of {counted(figures.manifests, 'manifest')},"
            f" {counted(figures.blobs, 'blob')}, {size(figures.bytes)}, of which"
            f" {size(figures.exclusive_bytes)} nobody else has",
            file=out,
        )
    if len(going) > MOST_LINES:
        print(f"and {len(going) - MOST_LINES} repositories more; --json shows all", file=out)
    print(_needed(marked), file=out)
    print(_going(report, marked, wish, out is sys.stderr), file=out)
    if marked.spared_last:
        print(_spared(marked), file=out)


def _needed(marked: Marked) -> str:
    return (
        f"{counted(marked.repositories, 'repository', 'repositories')}, {counted(marked.tags, 'tag')},"
        f" {counted(marked.manifests, 'manifest')}, {counted(marked.blobs, 'blob')},"
        f" {size(marked.bytes)}; of these are needed {counted(marked.live_blobs, 'blob')},"
        f" {size(marked.live_bytes)}"
    )


def _going(report: Report, marked: Marked, wish: Wish, is_asked: bool) -> str:
    """Say what would go, or what went; that nothing does is no figure."""
    if report.swept is not None:
        moved = report.swept.moved
        return f"went: {_counts(moved.manifests, moved.layer_links, moved.blobs, moved.bytes)}"
    figures = (marked.going_manifests, marked.going_layer_links, marked.going_blobs, marked.going_bytes)
    if not wish.dry_run and not is_asked and not any(figures):
        return "there is nothing to delete"
    return f"would go: {_counts(*figures)} ({marked.percent} %)"


def _counts(manifests: int, layer_links: int, blobs: int, bytes_: int) -> str:
    links = counted(layer_links, "link to a layer", "links to layers")
    return f"{counted(manifests, 'manifest')}, {links}, {counted(blobs, 'blob')}, {size(bytes_)}"


def _spared(marked: Marked) -> str:
    first, last = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M UTC")
        for moment in (marked.spared_first, marked.spared_last)
    )
    return (
        f"spared for their age: {counted(marked.spared_manifests, 'manifest')},"
        f" {counted(marked.spared_blobs, 'blob')},"
        f" {size(marked.spared_bytes)}; the first may go from {first}, all from {last}"
    )


def _show_done(report: Report, wish: Wish, out: TextIO) -> None:
    swept, freed = report.swept, size(report.freed)
    if swept is not None:
        if swept.left:
            print(f"left where it is, on another mount: {counted(swept.left, 'file')}", file=out)
        print(f"deleted {size(swept.moved.bytes)}; freed {freed}", file=out)
        if wish.keep_deleted > 0:
            print(
                f"what was deleted takes its room until the trash is emptied, by a run in {_kept(wish)} or by"
                " --empty-trash --keep-deleted 0; until then --undo brings it back"
                f" ({safe(swept.run)})",
                file=out,
            )
    elif report.freed:
        print(f"freed {freed} of what was deleted before", file=out)
    if report.refused_seconds is not None:
        print(f"pushes were refused {_how_long(report)}", file=out)


def _kept(wish: Wish) -> str:
    hours, seconds = divmod(wish.keep_deleted, 3600)
    return f"{wish.keep_deleted} s" if seconds else f"{hours} h"


def _how_long(report: Report) -> str:
    seconds = f"for {report.refused_seconds:.1f} s"
    if report.windows < 2:
        return seconds
    longest = report.longest_refused_seconds
    return f"{report.windows} times, for {longest:.1f} s at most, {seconds} in all"


def confirm() -> bool:
    """Ask whether to go on; anything but a plain yes is a no."""
    print("delete this? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def show_undone(undone: Undone, as_json: bool) -> None:
    """Print what was brought back."""
    if as_json:
        print_json(to_builtins(undone))
        return
    restored = undone.restored
    print(
        f"brought back {counted(restored.manifests, 'manifest')} and {counted(restored.blobs, 'blob')},"
        f" {size(restored.bytes)}, of {safe(undone.run)}"
    )
    if undone.present:
        print(f"{undone.present} of them had been pushed again already")
    if undone.homeless:
        entries = counted(undone.homeless, "entry", "entries")
        print(f"not brought back: {entries} of histories of tags that are gone")


def show_emptied(emptied: Emptied, as_json: bool) -> None:
    """Print what was unlinked."""
    if as_json:
        print_json(to_builtins(emptied))
    elif emptied.runs:
        files = counted(emptied.files, "file")
        print(f"freed {size(emptied.bytes)} in {files} of {safe(', '.join(emptied.runs))}")
    elif emptied.left:
        print(
            f"none of {counted(emptied.left, 'run')} in the trash is old enough; --keep-deleted 0 takes all"
        )
    else:
        print("there is nothing in the trash")


def show_schedule(
    scheduled: Scheduled | None, following: datetime | None, as_json: bool, root: Path = Path("/")
) -> None:
    """Print what is scheduled, and when it runs next.

    Args:
        scheduled: what is scheduled; None for nothing.
        following: when it runs next; None when that cannot be told.
        as_json: whether as one document.
        root: the directory that stands for /.
    """
    if scheduled is not None and root != Path("/"):
        place = safe(f"{root}{scheduled.path}")
        print(f"note: cron reads / alone: link {place} into /etc/cron.d", file=sys.stderr)
    if as_json:
        moment = following.isoformat() if following else None
        print_json({**to_builtins(scheduled), "next": moment} if scheduled else None)
    elif scheduled is None:
        print("nothing is scheduled")
    else:
        moment = f", next on {following:%Y-%m-%d %H:%M %Z}" if following else ""
        print(safe(f"{scheduled.when} by {scheduled.by} ({scheduled.path}){moment}: {scheduled.command}"))
