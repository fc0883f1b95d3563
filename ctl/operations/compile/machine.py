"""What the files of this machine say to settings, before anything is decided."""

from __future__ import annotations

from ctl.checks.catalogue import chosen
from ctl.checks.model import Outcome
from ctl.checks.needs import Chosen, Hosted
from ctl.checks.runner import run
from ctl.diagnostics.model import Diagnostic
from ctl.facts.certificates import Pair
from ctl.facts.gather import Machine
from ctl.operations.compile.source import Source


def held_against(source: Source, machine: Machine, pair: Pair | None) -> list[Diagnostic]:
    """Return what is wrong on this machine with what settings choose; offline nothing of it counts.

    Args:
        source: the settings.
        machine: what they are held against; a run that only renders looks at less.
        pair: the vhost's certificate; None where there is no TLS.
    """
    if machine.offline:
        return []
    needs = Hosted if machine.programs else Chosen
    checked = run(chosen(), needs(source.settings, source.derived, machine, source.places, pair))
    return [result.diagnostic() for result in checked if result.finding.outcome is not Outcome.OK]
