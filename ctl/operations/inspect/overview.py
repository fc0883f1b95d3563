"""``ctl status`` for a person: services, what they take, and what is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from ctl.apply import touched
from ctl.apply.applied import recorded
from ctl.apply.generation import Staged, load_current
from ctl.checks.catalogue import standing
from ctl.checks.needs import Standing
from ctl.credentials.certificate import CredentialError, blocks, read_der
from ctl.operations.collect.schedule import Scheduled, next_run, scheduled
from ctl.operations.inspect.pending import asked_of_services, service_pending
from ctl.operations.serve.condition import reads_read_only
from ctl.operations.serve.due import Dues
from ctl.operations.serve.selection import permitted, shown
from ctl.operations.serve.status import summed, troubles
from ctl.paths import Layout
from ctl.state import collection, readonly
from ctl.state.collection import Collected
from ctl.state.readonly import ReadOnly
from ctl.supervise import incidents, runsvdir
from ctl.supervise.directories import spelled
from ctl.supervise.incidents import Incident
from ctl.supervise.orphans import working
from ctl.supervise.sockets import traffic
from ctl.supervise.status import ServiceState, log_process_of, process_of
from ctl.supervise.usage import Usage, usage

_MAXIMUM_BYTES = 1024 * 1024
_BEGIN = "-----BEGIN CERTIFICATE-----"


class ServiceView(Struct, frozen=True):
    """One service.

    Args:
        name: as it may be printed.
        state: of its process.
        log: the state of its log service; None when it has none.
        on_purpose: whether an administrator has stopped it.
        usage: what it takes; None when it does not run.
        has_socket: whether it listens on its socket between nginx and the registry.
        pending: ``restart``, ``reload``, or None.
    """

    name: str
    state: ServiceState
    log: ServiceState | None
    on_purpose: bool
    usage: Usage | None
    has_socket: bool
    pending: str | None


class Expiry(Struct, frozen=True):
    """When a certificate ends; ``days`` are whole ones, negative afterwards."""

    path: str
    ends: datetime
    days: int


class Upcoming(Struct, frozen=True):
    """The regular collection, and when it runs next; None where its file does not tell."""

    schedule: Scheduled
    following: datetime | None


class Overview(Struct, frozen=True):
    """All services and what is due.

    Args:
        services: in the order of their names.
        read_only: who wanted the registry to refuse pushes; None when it has to take them.
        refuses_pushes: whether its process was started read-only.
        pending: what the next reconfigure would apply, in words.
        expiries: of the certificates in use, the next one first.
        code: gitlab-ctl's exit code.
        collected: how the last collection ended; None when there was none.
        upcoming: the regular collection; None when nothing is scheduled.
        supervisor_died: whether runsvdir ended without being told to, and nobody has started it again.
        incidents: what has happened in the last day without being asked for.
    """

    services: list[ServiceView]
    read_only: ReadOnly | None
    refuses_pushes: bool
    pending: list[str]
    expiries: list[Expiry]
    code: int
    collected: Collected | None = None
    upcoming: Upcoming | None = None
    supervisor_died: bool = False
    incidents: tuple[Incident, ...] = ()


def overview(layout: Layout, service: str | None, now: datetime) -> Overview:
    """Gather everything.

    Args:
        layout: whose services.
        service: the only one to show; None for all.
        now: with a time zone.

    Raises:
        CtlError: the service is unknown or disabled, no service is there, or they belong to somebody else.
    """
    with permitted(layout):
        current = load_current(layout)
        edits = touched.edits(layout, current) if current else []
        states = [process_of(layout, name) for name in shown(layout, service)]
        schedule = scheduled(layout)
        asked = asked_of_services(layout, current, edits)
        return Overview(
            services=[_view(layout, state, asked) for state in states],
            read_only=readonly.in_force(layout),
            refuses_pushes=reads_read_only(layout),
            pending=troubles(standing(), Standing(layout, current, states, edits)),
            expiries=sorted(_expiries(layout, current, now), key=lambda expiry: (expiry.ends, expiry.path)),
            code=summed(layout, states),
            collected=collection.read(layout),
            upcoming=Upcoming(schedule, next_run(schedule, now)) if schedule else None,
            supervisor_died=runsvdir.has_died(layout),
            incidents=tuple(incidents.recent(layout, now)),
        )


def _view(layout: Layout, state: ServiceState, asked: Dues) -> ServiceView:
    return ServiceView(
        name=spelled(state.name),
        state=state,
        log=log_process_of(layout, state.name),
        on_purpose=state.name in asked.on_purpose,
        usage=usage(working(layout, state.name)) if state.pid else None,
        has_socket=bool(state.pid) and traffic(layout.instance_socket(state.name)).listening,
        pending=service_pending(asked, state),
    )


def _expiries(layout: Layout, current: Staged | None, now: datetime) -> Iterator[Expiry]:
    """Yield the end of every certificate that the last run has read, and of what tokens are held against."""
    mine = (
        [current.path / name for name in current.manifest.files if name.endswith(".crt")] if current else []
    )
    last = recorded(layout)
    for path in [*mine, *(Path(file) for file in (last.files if last else ()))]:
        ends = _ends(path)
        if ends is not None:
            yield Expiry(spelled(str(path)), ends, (ends - now).days)


def _ends(path: Path) -> datetime | None:
    """Return when the first certificate of a file ends; None when there is none in it."""
    try:
        if path.stat().st_size > _MAXIMUM_BYTES or not path.is_file():
            return None
        text = path.read_text("latin-1")
        # At the start of a line: a secrets file holds certificates as well, inside its strings.
        if not text.startswith(_BEGIN) and f"\n{_BEGIN}" not in text:
            return None
        return next(read_der(block.der()).not_after for block in blocks(text) if block.label == "CERTIFICATE")
    except (OSError, CredentialError, StopIteration):
        return None


__all__ = [
    "Collected",
    "Expiry",
    "Incident",
    "Overview",
    "ServiceState",
    "ServiceView",
    "Upcoming",
    "overview",
]
