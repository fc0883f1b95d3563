"""Settings and facts become a plan.

Source: Omnibus's derivation rules, of which the comments name those that are departed from on purpose
(``Bn`` a rule, ``Tn`` something that Omnibus gets wrong).
"""

from __future__ import annotations

from collections.abc import Collection

from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.plan.gitlab import gitlab_plan
from ctl.plan.model import Facts, Plan
from ctl.plan.registry import registry_plan, sockets_plan
from ctl.plan.vhost import vhost_plan
from ctl.settings.model import Settings
from ctl.syntax.model import SettingPath


def resolve(
    settings: Settings,
    derived: Derived,
    facts: Facts,
    layout: Layout,
    tainted: Collection[SettingPath] = frozenset(),
) -> Plan:
    """Decide every value.

    Args:
        settings: validated.
        derived: what follows from them alone.
        facts: of this machine.
        layout: where the root lies; every path of the plan is below it.
        tainted: paths of settings whose values came from a file or the environment.
    """
    public, enabled = derived.public, derived.registry_enabled
    sockets = sockets_plan(settings, derived, facts, layout)
    return Plan(
        registry=registry_plan(settings, derived, facts, layout, sockets, tainted) if enabled else None,
        vhost=vhost_plan(settings, derived, facts, layout, public, sockets, tainted)
        if public and derived.vhost_enabled
        else None,
        gitlab=gitlab_plan(settings, derived, facts, layout),
        registry_url=public.url if public and enabled else None,
        log_root=str(layout.logs),
        home=str(layout.home),
        keep_generations=settings.ctl.keep_generations,
        storage_directories=tuple(settings.ctl.storage_directories),
    )
