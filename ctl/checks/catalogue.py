"""Every probe there is, by what it needs; each kind is imported when it is asked for."""

from __future__ import annotations

from typing import Any

from ctl.checks.model import Probe

Probes = tuple[Probe[Any], ...]


def chosen() -> Probes:
    """Return what is held against settings before anything is changed: all of ``ctl validate``."""
    from ctl.checks import certificates, exposure, store, tokens

    return (*exposure.SECRETS, *store.PROBES, *certificates.PROBES, *exposure.KEY, *tokens.PROBES)


def planned() -> Probes:
    """Return what is asked of the machine before a plan is put in force."""
    from ctl.checks import ports

    return ports.PROBES


def stored() -> Probes:
    """Return what is tried with the store before a plan is put in force that changes it."""
    from ctl.checks import storing

    return storing.PROBES


def standing() -> Probes:
    """Return what ``ctl status`` says beside the state of each service."""
    from ctl.checks import pending, services

    return (*services.PROBES, *pending.PROBES)


def proving(*, whole: bool = True, store: bool = True) -> Probes:
    """Return what a reconfigure proves before it is done.

    Args:
        whole: whether anything was done to what serves; else it is enough that it serves.
        store: whether what ends at the store is asked; one that comes up later has no answer yet.
    """
    from ctl.checks import hops

    if not whole:
        return hops.PROOF
    from ctl.checks import realm, through

    return (*hops.PROOF, *(through.PROBES if store else ()), *realm.PROBES)


def serving() -> Probes:
    """Return the hops to a registry that serves, and what its users do there."""
    from ctl.checks import hops, listeners

    return (*proving(), *hops.USE, *listeners.PROBES)


def reading() -> Probes:
    """Return what is said of the settings file and of what is in force by reading them."""
    from ctl.checks import settings

    return settings.PROBES


def every() -> Probes:
    """Return all of them."""
    return (*reading(), *chosen(), *planned(), *stored(), *standing(), *serving())
