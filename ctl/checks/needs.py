"""What there is to look at, by when there is it; a probe names the one that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

    from ctl.apply.generation import Staged
    from ctl.apply.touched import Edit
    from ctl.diagnostics.model import Diagnostic
    from ctl.errors import CtlError
    from ctl.facts.certificates import Pair
    from ctl.facts.gather import Machine
    from ctl.paths import Layout
    from ctl.plan.derive import Derived
    from ctl.plan.model import Plan, RegistryPlan
    from ctl.process import Runner
    from ctl.settings.model import Settings
    from ctl.settings.places import Finder
    from ctl.supervise.status import ServiceState


class Chosen(Struct, frozen=True):
    """What settings choose among the files of this machine, before anything of it is decided.

    Args:
        settings: validated.
        derived: what follows from them.
        machine: what they are held against.
        places: where settings were given.
        pair: the vhost's certificate; None where there is no TLS.
    """

    settings: Settings
    derived: Derived
    machine: Machine
    places: Finder
    pair: Pair | None


class Hosted(Chosen, frozen=True):
    """The same where the services are to run on this machine; a run that only renders looks at less."""


class Planned(Struct, frozen=True):
    """What is about to be put in force.

    Args:
        layout: whose services.
        plan: what shall be.
        settings: what it was made of.
    """

    layout: Layout
    plan: Plan
    settings: Settings


class InForce(Planned, frozen=True):
    """The same of a plan that is in force."""


class Stored(Struct, frozen=True):
    """The store of a registry on this machine.

    Args:
        runner: runs the worker.
        registry: whose.
        read_only: whether nothing may be written to it.
        places: where settings were given.
    """

    runner: Runner
    registry: RegistryPlan
    read_only: bool
    places: Finder


class Read(Struct, frozen=True):
    """What came of reading settings.

    Args:
        path: of the settings file.
        diagnostics: what was found, apart from what other probes look at.
        problem: why it could not be read, or held against this machine, to its end.
        generation: the number in force; None before the first.
        damage: why that cannot be used.
    """

    path: Path
    diagnostics: Sequence[Diagnostic]
    problem: CtlError | None
    generation: int | None
    damage: CtlError | None


class Standing(Struct, frozen=True):
    """An installation as it stands.

    Args:
        layout: whose.
        current: the generation in force; None before the first.
        states: of its services, or of those that are asked about.
        edits: what was done by hand to the generation.
    """

    layout: Layout
    current: Staged | None
    states: Sequence[ServiceState]
    edits: Sequence[Edit] = ()
