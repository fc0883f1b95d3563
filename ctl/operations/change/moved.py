"""Whether the registry would serve from another store than before: no setting moves images silently."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from ctl.apply.generation import Staged
from ctl.apply.manifest import StoreMark
from ctl.checks.needs import Stored
from ctl.checks.store import images_named_by
from ctl.checks.storing import ask_worker
from ctl.diagnostics.model import Diagnostic, Severity
from ctl.errors import CtlError
from ctl.operations.change.request import Request
from ctl.operations.compile.registry_config import StoreConfig, read_config
from ctl.paths import REGISTRY, Layout
from ctl.plan.model import RegistryPlan
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.storage.backends.place import place_of, spoken
from ctl.storage.events import Failed, Identified
from ctl.syntax.model import SettingPath
from ctl.targets.runit.places import CONFIGS, ENVIRONMENT

# Who compares two stores compares all of them.
COMPARE_SECONDS = 3600.0
_NO_ID = "0" * 32
_NOTHING = Identified("", 0, 0, True, "")
_ANYWAY = "where it is the store that is wanted all the same: ctl reconfigure --new-store"


class Before(Struct, frozen=True):
    """The store in force.

    Args:
        layout: whose.
        mark: which it is.
        after: the store that comes; its account is that of the one in force as well.
    """

    layout: Layout
    mark: StoreMark
    after: Stored

    def stored(self) -> Stored:
        """Return how to get at it."""
        config = _config(self.layout)
        storage = replace(
            self.after.registry.storage,
            driver=config.driver,
            parameters=config.parameters,
            directory=str(config.root) if config.root else None,
        )
        files = sorted((self.layout.current / ENVIRONMENT).iterdir())
        environment = tuple((file.name, file.read_text().removesuffix("\n")) for file in files)
        return replace(
            self.after, registry=replace(self.after.registry, storage=storage, environment=environment)
        )


def in_force(layout: Layout, previous: Staged | None, stored: Stored) -> Before | None:
    """Return the store in force; see `mark_in_force`.

    Args:
        layout: whose.
        previous: the generation in force.
        stored: the store that comes.
    """
    mark = mark_in_force(layout, previous)
    return None if mark is None else Before(layout, mark, stored)


def foreseen(
    layout: Layout, previous: Staged | None, registry: RegistryPlan, settings: Settings, places: Finder
) -> Diagnostic | None:
    """Warn of a store in another place than the one in force, as far as the settings tell.

    Args:
        layout: whose.
        previous: the generation in force.
        registry: that shall be.
        settings: that say so.
        places: where settings were given.
    """
    mark = mark_in_force(layout, previous)
    place = place_of(registry.storage.driver, registry.storage.parameters)
    if mark is None or mark.place == place:
        return None
    other: SettingPath = ("registry", "storage", registry.storage.driver)
    path = images_named_by(settings) if registry.storage.directory else other
    return Diagnostic(
        Severity.WARNING,
        "store-moves",
        f"the registry would serve from another store: now it is {spoken(mark.place)}, then {spoken(place)}",
        places.value(path),
        "ctl reconfigure looks into both, and stops where that would hide an image",
    )


def mark_in_force(layout: Layout, previous: Staged | None) -> StoreMark | None:
    """Return which store is in force; None where nothing serves from one that outlives it.

    Args:
        layout: whose.
        previous: the generation in force.
    """
    if previous is None or CONFIGS[REGISTRY, False] not in previous.manifest.files:
        return None
    mark = previous.manifest.store
    if mark is None:
        config = _config(layout)
        mark = StoreMark(place_of(config.driver, config.parameters), None)
    return None if mark.place[0] == "inmemory" else mark


def _config(layout: Layout) -> StoreConfig:
    return read_config(layout.current / CONFIGS[REGISTRY, False])


def check(
    request: Request, before: Before | None, stored: Stored, place: tuple[str, ...], *, is_there: bool
) -> tuple[str, str]:
    """Make sure that a plan's store is the one in force, a copy of it, or one that may take its place.

    Args:
        request: of the run.
        before: the store in force.
        stored: the plan's.
        place: where that is.
        is_there: whether its directory exists.

    Returns:
        Its id, empty where it has none; and what the administrator should know of.

    Raises:
        CtlError: it is another store, or it is gone.
    """
    own = identified(stored) if is_there else _NOTHING
    if before is None or request.new_store:
        return own.id, ""
    if place == before.mark.place:
        if before.mark.id not in (None, own.id):
            raise _other(identified(stored, counted=True) if is_there else None, place)
        return own.id, ""
    if own.id and own.id == before.mark.id:
        return own.id, _compared(request, before, stored, place)
    refuse_silence(request, before, place, stored if is_there else None)
    return own.id, ""


def refuse_silence(
    request: Request, before: Before | None, place: tuple[str, ...], stored: Stored | None
) -> None:
    """Stop where the store in force holds images that another one would not serve.

    Args:
        request: of the run.
        before: the store in force.
        place: where the other one is.
        stored: the other one; None where there is nothing yet.

    Raises:
        CtlError: it does, or that cannot be told.
    """
    if before is None or request.new_store:
        return
    try:
        held = identified(before.stored(), counted=True)
    except CtlError as error:
        raise _moved(before, place, stored, f"what that holds cannot be told: {error.message}") from error
    if held.repositories or not held.complete:
        raise _moved(before, place, stored, f"that holds {_said(held)}")


def identified(
    stored: Stored, proposed: str = _NO_ID, *, adopt: bool = False, counted: bool = False, whole: bool = False
) -> Identified:
    """Ask the worker which store it is.

    Args:
        stored: the store.
        proposed: the id that it gets where it has none.
        adopt: whether it gets one.
        counted: whether it is said what it holds, as far as that is counted in seconds.
        whole: whether all of it is counted.

    Raises:
        CtlError: it cannot be told.
    """
    request = {"do": "identify", "name": proposed, "adopt": adopt, "counted": counted, "whole": whole}
    answer = ask_worker(stored, request, COMPARE_SECONDS if whole else 60.0)
    if isinstance(answer, Failed):
        if answer.code == "not-expressible":
            return replace(_NOTHING, complete=False)
        raise CtlError(answer.message, help=answer.help)
    assert isinstance(answer, Identified)  # noqa: S101 - nothing else answers this
    return answer


def _other(own: Identified | None, place: tuple[str, ...]) -> CtlError:
    if own is None:
        what = f"{spoken(place)} is gone, with all its images; nothing empty takes its place"
    elif own.id:
        what = f"{spoken(place)} is another store than it was: it has another id, and holds {_said(own)}"
    else:
        what = f"{spoken(place)} is not the store that it was: it has no id any more, and holds {_said(own)}"
    return CtlError(
        f"{what}; nothing has been changed",
        help=f"is its file system mounted, or was it put aside?\n{_ANYWAY}",
    )


def _compared(request: Request, before: Before, stored: Stored, place: tuple[str, ...]) -> str:
    """Accept a copy of the store in force that has all of its repositories."""
    request.progress.step("compare both stores")
    old, new = (identified(each, whole=True) for each in (before.stored(), stored))
    if old.digest != new.digest:
        raise CtlError(
            f"{spoken(place)} is a copy of {spoken(before.mark.place)}, but not of all of it: it holds"
            f" {_said(new)}, and not the same as the other's {_said(old)}; nothing has been changed",
            help=f"copy it once more while the registry is read-only (ctl set-readonly on)\n{_ANYWAY}",
        )
    return f"{spoken(place)} is a copy of {spoken(before.mark.place)}: both hold {_said(old)}"


def _moved(before: Before, place: tuple[str, ...], stored: Stored | None, why: str) -> CtlError:
    try:
        own = identified(stored, counted=True) if stored is not None else _NOTHING
        there = f"holds {_said(own)}"
    except CtlError as error:
        there = f"does not say what it holds: {error.message}"
    return CtlError(
        f"the registry would serve from another store: now it is {spoken(before.mark.place)}, and {why};"
        f" {spoken(place)} {there}; nothing has been changed",
        help="to take the images along: ctl set-readonly on, copy all of the old store to the new one, also"
        " ctl-store-id, then ctl reconfigure, ctl set-readonly off\n"
        "to leave them behind: ctl reconfigure --new-store",
    )


def _said(held: Identified) -> str:
    if not held.repositories:
        return "no repository" if held.complete else "what only the registry can tell"
    count = f"{held.repositories} {'repository' if held.repositories == 1 else 'repositories'}"
    size = f"{held.bytes / 1024**3:.1f} GiB" if held.bytes >= 1024**3 else f"{held.bytes / 1024**2:.1f} MiB"
    return f"{count} ({size})" if held.complete else f"at least {count} ({size})"
