"""A probe, what it finds, and how that reads; nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from ctl.diagnostics.model import Diagnostic, Span


class Outcome(StrEnum):
    """What came of a probe; only an error says that something is not what it has to be."""

    OK = "ok"
    # Also what cannot be told from here: it is not proven, and nothing speaks against it.
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Area(StrEnum):
    """What a probe is about; ``ctl check`` takes these words."""

    SETTINGS = "settings"
    STORE = "store"
    TLS = "tls"
    AUTH = "auth"
    PROXY = "proxy"
    CLIENTS = "clients"
    SERVICES = "services"


class Finding(Struct, frozen=True):
    """What a probe found.

    Args:
        outcome: what came of it.
        message: what was found and, where it is wrong, what is expected; lower case, no full stop.
        help: what to do about it.
        evidence: what it was seen by, a line each: everything that one message sums up.
        name: what was tried, where the probe's own title does not say it.
        code: a stable, kebab-case name of what is wrong; the probe's own name where there is none.
        place: the setting that it concerns.
    """

    outcome: Outcome
    message: str
    help: str | None = None
    evidence: tuple[str, ...] = ()
    name: str = ""
    code: str = ""
    place: Span | None = None


N = TypeVar("N")


class Probe(Struct, Generic[N], frozen=True):
    """One thing that can be looked at.

    Args:
        name: a stable, kebab-case name, of one probe alone.
        area: what it is about.
        title: what is tried, as it is printed.
        matters: why it matters, a sentence without a full stop.
        needs: the type of what `run` is given; a run that has no such thing leaves the probe out.
        run: looks and changes nothing; None where there is nothing to look at.
        service: whose log tells more; empty where none does.
        after: the names of probes that have to go well first.
        seconds: how long it may take.
        late: what it means that it takes longer; an error unless others may keep us waiting.
    """

    name: str
    area: Area
    title: str
    matters: str
    needs: type[N]
    run: Callable[[N], Finding | None]
    service: str = ""
    after: tuple[str, ...] = ()
    seconds: float = 30.0
    late: Outcome = Outcome.ERROR


class Checked(Struct, frozen=True):
    """A probe and what it found."""

    probe: Probe[object]
    finding: Finding

    @property
    def name(self) -> str:
        """What was tried."""
        return self.finding.name or self.probe.title

    @property
    def is_error(self) -> bool:
        """Whether something is not what it has to be."""
        return self.finding.outcome is Outcome.ERROR

    def as_hop(self) -> dict[str, str]:
        """Return it as the JSON of a verification has it."""
        word = {Outcome.OK: "ok", Outcome.ERROR: "contradiction"}.get(self.finding.outcome, "unverifiable")
        return {"name": self.name, "outcome": word, "message": self.finding.message}

    def diagnostic(self) -> Diagnostic:
        """Return it as a remark on the settings; not for one that is well."""
        from ctl.diagnostics.model import Diagnostic, Severity

        return Diagnostic(
            Severity(self.finding.outcome),
            self.finding.code or self.probe.name,
            self.finding.message,
            self.finding.place,
            self.finding.help,
        )


def first_error(results: Iterable[Checked]) -> Checked | None:
    """Return the first of what was found that is not as it has to be."""
    return next((result for result in results if result.is_error), None)
