"""What a run would do, and how generations differ; nothing is changed, no secret is made or shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from ctl.apply import generation, touched
from ctl.apply.generation import Staged
from ctl.apply.manifest import MENDS, Manifest, described
from ctl.apply.touched import Edit, How
from ctl.diagnostics.known import KNOWN
from ctl.diagnostics.model import Diagnostic
from ctl.errors import CtlError
from ctl.facts.gather import Machine
from ctl.facts.host import has_accounts
from ctl.operations.change.request import Request
from ctl.operations.compile.prepare import masked_twin, now, prepare
from ctl.operations.compile.source import read_source
from ctl.operations.serve.due import dues
from ctl.operations.serve.hand_edits import Kept, as_edited, owing
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.settings.secrecy import secret_values
from ctl.state.files import Damaged, read_object
from ctl.targets.runit.places import CONFIGS


class Preview(Struct, frozen=True):
    """What a run would do.

    Args:
        files: paths that would be added, changed, removed, or restored after an edit by hand, with that word.
        services: what would happen to each service, by name.
        secrets: whether new secrets would be made.
        diff: the change as a unified diff of the masked files.
        diagnostics: of the settings.
        sources: the text of the settings file by its name.
    """

    files: dict[str, str]
    services: dict[str, str]
    secrets: bool
    diff: str
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str]


def preview(request: Request) -> Preview:
    """Find out what a reconfigure would do.

    Raises:
        SettingsInvalid: the settings hold errors.
        CtlError: the settings file or a program cannot be used.
    """
    source = read_source(request.layout, request.settings_file, request.environment)
    machine = Machine(request.layout, request.runner, now(), accounts=has_accounts(request.layout))
    prepared = prepare(source, machine, make_secrets=False)
    current = generation.load_current(request.layout)
    new = {file.path: file.content for file in masked_twin(prepared, request.layout).files}
    edits = touched.edits(request.layout, current) if current else []
    written = masked_files(current) if current else {}
    old = as_edited(request.layout, written, current, edits) if current else {}
    manifest = described(prepared.rendered, lambda reader: -1)
    registry, moves = prepared.plan.registry, None
    if registry is not None:
        from ctl.operations.change.moved import foreseen

        moves = foreseen(request.layout, current, registry, source.settings, source.places)
    digests, before = manifest.digests, current.manifest.digests if current else {}
    return Preview(
        files=_changes(before, digests, edits),
        services=_services(request.layout, manifest, current, edits),
        secrets=prepared.secrets_unmade,
        diff=difference(old, new, _secretly(before, digests, written, new)),
        diagnostics=(*prepared.diagnostics, *([moves] if moves else [])),
        sources={str(source.path): source.text},
    )


def shown_paths(paths: Iterable[str]) -> list[str]:
    """Return paths in order, of config.yml's forms only the first, which differs where another does."""
    shown = set(paths)
    if CONFIGS[REGISTRY, False] in shown:
        shown -= {*CONFIGS.values()} - {CONFIGS[REGISTRY, False]}
    return sorted(shown)


def _changes(old: Mapping[str, str], new: Mapping[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    words = {edit.path: "restored" for edit in edits if edit.how is not How.TOUCHED}
    for path in shown_paths({*old, *new}):
        if old.get(path) != new.get(path):
            words[path] = "added" if path not in old else "removed" if path not in new else "changed"
    return words


def _secretly(
    old: Mapping[str, str], new: Mapping[str, str], shown_old: Mapping[str, str], shown_new: Mapping[str, str]
) -> list[str]:
    """Return the files that differ in nothing but a secret."""
    return [
        path
        for path in shown_paths({*old} & {*new})
        if old[path] != new[path] and shown_old.get(path) == shown_new.get(path)
    ]


def _services(
    layout: Layout, manifest: Manifest, current: Staged | None, edits: Iterable[Edit]
) -> dict[str, str]:
    asked = dues(layout, manifest.services, owing(layout, current, edits) if current else None)
    return {name: str(due) for name, due in asked.all().items() if name != STANDBY}


def masked_files(staged: Staged) -> dict[str, str]:
    """Return the masked twin of a generation's files.

    Raises:
        CtlError: it cannot be read.
    """
    path = staged.path / generation.MASKED
    files = read_object(path)
    if files is None or not all(isinstance(text, str) for text in files.values()):
        raise Damaged(path, "it is gone" if files is None else "it holds no files", MENDS)
    # What made it may have known fewer secrets.
    KNOWN.learn(_secrets_of(staged))
    return dict(files)


def _secrets_of(staged: Staged) -> list[str]:
    """Return the secrets of the settings that a generation was made from.

    Raises:
        Damaged: they cannot be read.
    """
    path = staged.path / generation.SETTINGS
    settings = read_object(path)
    if settings is None:
        raise Damaged(path, "it is gone", MENDS)
    try:
        return list(secret_values(settings["values"], {tuple(place) for place in settings["secrets"]}))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Damaged(path, "it holds no settings", MENDS) from None


def difference(old: Mapping[str, str], new: Mapping[str, str], secretly: list[str]) -> str:
    """Return a unified diff of two sets of masked files; files that differ in a secret only are named."""
    import difflib

    parts: list[str] = []
    for path in shown_paths({*old, *new}):
        before, after = old.get(path, ""), new.get(path, "")
        parts.extend(
            difflib.unified_diff(
                before.splitlines(keepends=True),
                after.splitlines(keepends=True),
                f"a/{path}" if path in old else "/dev/null",
                f"b/{path}" if path in new else "/dev/null",
            )
        )
        if path in secretly:
            parts.append(f"a/{path} and b/{path} differ in a secret\n")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n" for line in parts)


def edited(layout: Layout) -> str:
    """Return what was changed by hand in the files in force, against what ctl wrote there.

    Raises:
        CtlError: there is no generation in force, or its masked files cannot be read.
    """
    number = generation.current_number(layout)
    if number is None:
        raise CtlError("there is no generation yet", help="ctl reconfigure makes the first")
    staged = generation.load(layout, number)
    return hand_difference(layout, staged, touched.edits(layout, staged))


def hand_difference(layout: Layout, staged: Staged, edits: Sequence[Edit]) -> str:
    """Return as a unified diff what edits by hand did to the files of a generation; secrets are masked."""
    written = masked_files(staged)
    now = as_edited(layout, written, staged, edits)
    secretly = [
        edit.path
        for edit in edits
        if edit.how is How.CHANGED and edit.path in now and now[edit.path] == written.get(edit.path)
    ]
    return difference(written, now, secretly)


def shown_edits(layout: Layout, staged: Staged, kept: Sequence[Kept]) -> str:
    """Return as a unified diff what a run is about to put right; empty where that cannot be told."""
    if not kept:
        return ""
    try:
        return hand_difference(layout, staged, [entry.edit for entry in kept])
    except CtlError:
        return ""


def compare(layout: Layout, first: int | None, second: int | None) -> str:
    """Return how two generations differ; by default the one before the current and the current.

    Raises:
        CtlError: there is no such generation.
    """
    current = generation.current_number(layout)
    if current is None:
        raise CtlError("there is no generation yet", help="ctl reconfigure makes the first")
    if first is None:
        earlier = [number for number in generation.numbers(layout) if number < current]
        if not earlier:
            return ""
        first = earlier[-1]
    old, new = generation.load(layout, first), generation.load(layout, current if second is None else second)
    digests = old.manifest.digests, new.manifest.digests
    shown = masked_files(old), masked_files(new)
    return difference(*shown, _secretly(*digests, *shown))
