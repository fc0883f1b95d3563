"""Commands that find out what images take, and free it."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ctl.cli.declared import Command, argument, misuse, option
from ctl.cli.epilog import LOCKED, epilog
from ctl.cli.options import Json, Root, layout_of, wants_json

if TYPE_CHECKING:
    from ctl.operations.collect.run import Report, Wish

Configuration = Annotated[
    Path | None,
    argument(
        metavar="[CONFIG]",
        help="A registry's config.yml; by default that of the registry that ctl runs here.",
    ),
]


SoleWriter = Annotated[bool, option("--sole-writer", help="Nobody else writes to this shared file system.")]
KeepSigned = Annotated[
    bool, option("--keep-signed", help="With -m: keep images that have signatures, tag or not.")
]
OrphanedSignatures = Annotated[
    bool,
    option("--orphaned-signatures", help="With -m: delete cosign's signatures of images that are nowhere."),
]
Window = Annotated[
    str,
    option(
        "--window",
        metavar="DURATION",
        help="How long pushes may be refused at a time; 0 for as long as it takes.",
    ),
]
Pause = Annotated[
    str,
    option(
        "--pause",
        metavar="DURATION",
        help="How long they are taken between two windows, at least; never less than they were refused.",
    ),
]
DEFAULT_WINDOW, DEFAULT_PAUSE = "60s", "0s"


class Engine(StrEnum):
    """Who collects."""

    NATIVE = "native"
    REGISTRY = "registry"


class Action(StrEnum):
    """What is done about the schedule."""

    SET = "set"
    SHOW = "show"
    OFF = "off"


class Order(StrEnum):
    """What usage is sorted by."""

    NAME = "name"
    TAGS = "tags"
    MANIFESTS = "manifests"
    BYTES = "bytes"
    EXCLUSIVE = "exclusive"
    RECLAIMABLE = "reclaimable"


class Grouping(StrEnum):
    """What usage is measured by."""

    REPOSITORY = "repository"
    GROUP = "group"


_COLLECT = epilog(
    ("ctl registry-garbage-collect -m --dry-run", "see what would go, and how much that frees"),
    ("ctl registry-garbage-collect -m", "delete it, after a question"),
    ("ctl registry-garbage-collect --undo", "bring back what the last run deleted"),
    (
        "ctl registry-garbage-collect --empty-trash --keep-deleted 0",
        "the disk is full: free it now; nothing of it comes back",
    ),
    exits=LOCKED,
)
_SCHEDULE = epilog(
    ("ctl registry-garbage-collect-schedule set 'Sun 04:05' -m", "every Sunday, manifests too"),
    ("ctl registry-garbage-collect-schedule show", "see what is scheduled"),
)
_USAGE = epilog(
    ("ctl registry-usage --by group --sort bytes", "who takes the most"),
    ("ctl registry-usage --sort reclaimable", "where a collection would free the most"),
)


def collect(
    config: Configuration = None,
    untagged: Annotated[
        bool,
        option(
            "-m",
            "--delete-untagged",
            "--delete-manifests",
            help="Delete manifests that no tag leads to, too.",
        ),
    ] = False,
    dry_run: Annotated[bool, option("-d", "--dry-run", help="Touch nothing; say what would go.")] = False,
    min_age: Annotated[
        str,
        option("--min-age", metavar="DURATION", help="How long everything stays after it was last written."),
    ] = "24h",
    max_delete: Annotated[
        float,
        option(
            "--max-delete", min=0, max=100, metavar="PERCENT", help="How much of all bytes may go unasked."
        ),
    ] = 50.0,
    keep_deleted: Annotated[
        str,
        option(
            "--keep-deleted",
            metavar="DURATION",
            help="How long --undo can bring it back, and it takes its room; 0 for not at all.",
        ),
    ] = "24h",
    window: Window = DEFAULT_WINDOW,
    pause: Pause = DEFAULT_PAUSE,
    yes: Annotated[bool, option("-y", "--yes", help="Do not ask.")] = False,
    sole_writer: SoleWriter = False,
    keep_signed: KeepSigned = False,
    orphaned_signatures: OrphanedSignatures = False,
    engine: Annotated[
        Engine, option("--engine", help="ctl itself, or the registry's own program.")
    ] = Engine.NATIVE,
    undo: Annotated[
        str | None,
        option("--undo", metavar="[RUN]", help="Bring back what a run deleted, by default the last."),
    ] = None,
    empty_trash: Annotated[
        bool, option("--empty-trash", help="Unlink what was deleted longer ago than --keep-deleted.")
    ] = False,
    root: Root = None,
    json: Json = False,
) -> None:
    """Delete blobs that no image needs.

    The registry serves pulls all the while. Pushes are refused only while files are renamed into a trash,
    from where --undo brings them back; nothing is freed before a later run, or --empty-trash, unlinks them.
    What takes longer than --window is done in several windows, between which pushes are taken. With --yes,
    and without a terminal, nobody is asked; a run that would delete more than --max-delete then touches
    nothing. With -m, signatures keep no image alive, and go with it.
    """
    from ctl.operations.collect.run import Wish
    from ctl.operations.collect.schedule import is_scheduled

    as_json = wants_json(json)
    wish = Wish(
        config=config,
        untagged=untagged,
        dry_run=dry_run,
        min_age=int(_seconds(min_age, "--min-age")),
        max_delete=max_delete,
        keep_deleted=int(_seconds(keep_deleted, "--keep-deleted")),
        yes=yes,
        sole_writer=sole_writer,
        keep_signed=keep_signed,
        orphaned_signatures=orphaned_signatures,
        scheduled=is_scheduled(layout_of(root)),
        window=_seconds(window, "--window"),
        pause=_seconds(pause, "--pause"),
    )
    _signatures_of_untagged(wish, engine)
    if undo is not None or empty_trash:
        _alone("--undo" if undo is not None else "--empty-trash", undo, empty_trash, dry_run, engine)
        _trash(wish, root, as_json, undo)
    elif engine is Engine.REGISTRY:
        _by_registry(wish, root)
    else:
        _native(wish, root, as_json)


def _native(wish: Wish, root: Path | None, as_json: bool) -> None:
    from ctl.console.collection import confirm, show_report
    from ctl.console.progress import Steps
    from ctl.operations.collect.run import Collection
    from ctl.process import SubprocessRunner

    steps = Steps()
    asked = sys.stdin.isatty() and sys.stderr.isatty() and not as_json

    def ask(report: Report) -> bool:
        steps.finish()
        show_report(report, wish, as_json=False, out=sys.stderr)
        return confirm()

    work = Collection(layout_of(root), SubprocessRunner(), steps, wish, ask if asked else None)
    try:
        report = work.run()
    except BaseException:
        steps.finish(good=False)
        raise
    steps.finish()
    show_report(report, wish, as_json)


def _alone(chosen: str, undo: str | None, empty_trash: bool, dry_run: bool, engine: Engine) -> None:
    """Refuse what does not go together: all of it touches the store, and nothing else than ctl's trash."""
    others = {
        "--empty-trash": undo is not None and empty_trash,
        "--dry-run": dry_run,
        "--engine registry": engine is Engine.REGISTRY,
    }
    for name, given in others.items():
        if given:
            raise misuse(f"it does not go together with {name}", chosen)


def _signatures_of_untagged(wish: Wish, engine: Engine) -> None:
    """Refuse options about signatures where they would do nothing."""
    _needs_untagged(wish.untagged, wish.keep_signed, wish.orphaned_signatures)
    if engine is Engine.REGISTRY and (wish.keep_signed or wish.orphaned_signatures):
        hint = "--keep-signed" if wish.keep_signed else "--orphaned-signatures"
        raise misuse("it does not go together with --engine registry", hint)


def _needs_untagged(untagged: bool, keep_signed: bool, orphaned_signatures: bool) -> None:
    for given, name in ((keep_signed, "--keep-signed"), (orphaned_signatures, "--orphaned-signatures")):
        if given and not untagged:
            raise misuse("it needs -m", name)


def _trash(wish: Wish, root: Path | None, as_json: bool, undo: str | None) -> None:
    from ctl.console.collection import show_emptied, show_undone
    from ctl.console.progress import Steps
    from ctl.operations.collect.trash import bring_back, empty

    steps = Steps()
    layout = layout_of(root)
    try:
        if undo is None:
            show = partial(show_emptied, empty(layout, steps, wish))
        else:
            show = partial(show_undone, bring_back(layout, steps, wish, undo or None))
    except BaseException:
        steps.finish(good=False)
        raise
    steps.finish()
    show(as_json)


def _by_registry(wish: Wish, root: Path | None) -> None:
    from ctl.console.progress import Steps
    from ctl.console.text import safe
    from ctl.operations.collect.registry_engine import collect_by_registry
    from ctl.process import SubprocessRunner

    steps, layout = Steps(), layout_of(root)
    try:
        collect_by_registry(layout, SubprocessRunner(), steps, wish, lambda line: print(safe(line)))
    except BaseException:
        steps.finish(good=False)
        raise
    steps.finish()


def usage(
    config: Configuration = None,
    by: Annotated[Grouping, option("--by", help="A line for each of these.")] = Grouping.REPOSITORY,
    sort: Annotated[Order, option("--sort", help="What to sort by.")] = Order.NAME,
    csv: Annotated[bool, option("--csv", help="Print comma-separated values.")] = False,
    root: Root = None,
    json: Json = False,
) -> None:
    """Show what every repository takes.

    What a repository takes "alone" is needed by no other one; "free" is what a collection frees that the
    repository has to do with, "free -m" the same when manifests without a tag go too. Of groups there is a
    line at every depth; what the repositories of a group share counts once in it.
    """
    from ctl.console.progress import Steps
    from ctl.console.usage import show_usage
    from ctl.operations.collect.usage import measure

    steps = Steps()
    try:
        measured = measure(layout_of(root), steps, config, by.value, sort.value)
    except BaseException:
        steps.finish(good=False)
        raise
    steps.finish()
    show_usage(measured, wants_json(json), csv)


def schedule(
    action: Annotated[Action, argument(metavar="set|show|off", help="What to do.", show_default=False)],
    when: Annotated[
        str | None, argument(metavar="[WHEN]", help="'Sun 04:05', '04:05' or cron's five fields.")
    ] = None,
    untagged: Annotated[
        bool, option("-m", "--delete-untagged", help="Delete manifests that no tag leads to, too.")
    ] = False,
    sole_writer: SoleWriter = False,
    keep_signed: KeepSigned = False,
    orphaned_signatures: OrphanedSignatures = False,
    window: Window = DEFAULT_WINDOW,
    pause: Pause = DEFAULT_PAUSE,
    root: Root = None,
    json: Json = False,
) -> None:
    """Collect regularly, by systemd or cron.

    It is a systemd timer, or a line of cron where there is no systemd. The runs are those of ctl
    registry-garbage-collect, and like it serve pulls.
    """
    from datetime import UTC, datetime

    from ctl.console.collection import show_schedule
    from ctl.operations.collect.schedule import Schedule, next_run, scheduled
    from ctl.process import SubprocessRunner

    layout, current = layout_of(root), None
    work = Schedule(layout, SubprocessRunner())
    if action is Action.OFF:
        print("nothing is scheduled any more" if work.off() else "nothing was scheduled")
        return
    if action is Action.SET:
        if when is None:
            raise misuse("say when, such as 'Sun 04:05'", "WHEN")
        given = {
            "-m": untagged,
            "--sole-writer": sole_writer,
            "--keep-signed": keep_signed,
            "--orphaned-signatures": orphaned_signatures,
        }
        _needs_untagged(untagged, keep_signed, orphaned_signatures)
        words = [word for word, is_given in given.items() if is_given]
        for option, value, usual in (("--window", window, DEFAULT_WINDOW), ("--pause", pause, DEFAULT_PAUSE)):
            _seconds(value, option)
            words += [f"{option}={value}"] if value != usual else []
        current = work.set(when, words)
    else:
        current = scheduled(layout)
    following = next_run(current, datetime.now(UTC)) if current else None
    show_schedule(current, following, wants_json(json), layout.root)


def _seconds(text: str, option: str) -> float:
    from ctl.settings.durations import go_duration, seconds

    try:
        return seconds(go_duration(text))
    except ValueError as error:
        raise misuse(str(error), option) from None


def _collect_command() -> Any:
    from ctl.cli.undoing import CollectCommand

    return CollectCommand


COMMANDS = (
    Command("registry-garbage-collect", collect, _COLLECT, kind=_collect_command),
    Command("registry-garbage-collect-schedule", schedule, _SCHEDULE),
    Command("registry-usage", usage, _USAGE),
)
