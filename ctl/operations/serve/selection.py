"""Which services a command is about, and what to say of a name that is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ctl.errors import CtlError
from ctl.paths import STANDBY, Layout
from ctl.supervise.directories import defined, enabled, spelled
from ctl.supervise.status import process_of


def selected(layout: Layout, service: str | None) -> list[str]:
    """Return the services that a command is about: one that was named, or all that run at rest.

    Raises:
        CtlError: the name is unknown or disabled, or there are no services.
    """
    return [known(layout, service)] if service is not None else _some(at_rest(layout))


def shown(layout: Layout, service: str | None) -> list[str]:
    """Return the services that a list shows: the standby instance only when it is up, or was named.

    Raises:
        CtlError: the name is unknown or disabled, or there are no services.
    """
    if service is not None:
        return [known(layout, service)]
    names = enabled(layout)
    return _some([name for name in names if name != STANDBY or process_of(layout, name).pid])


def at_rest(layout: Layout) -> list[str]:
    """Return the enabled services that run at rest: all but the standby instance."""
    return [name for name in enabled(layout) if name != STANDBY]


def known(layout: Layout, name: str) -> str:
    """Return the name of an enabled service.

    Raises:
        CtlError: there is none of that name, or it is disabled.
    """
    names = enabled(layout)
    if name in names:
        return name
    if name in defined(layout):
        raise CtlError(f"the service {name} is disabled", help="enable it in gitlab.rb, then ctl reconfigure")
    raise unknown(name, names)


def unknown(name: str, names: list[str]) -> CtlError:
    """Return the error for a name that is none of these, with the one that was probably meant."""
    import difflib

    names = [known for known in names if known != STANDBY]
    close = difflib.get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names) or 'none yet'}"
    return CtlError(f"there is no service {spelled(name)}", help=hint)


@contextmanager
def permitted(layout: Layout) -> Iterator[None]:
    """Say clearly that services belong to somebody else, whichever file of theirs was refused.

    Raises:
        CtlError: that was so.
    """
    try:
        yield
    except PermissionError as error:
        raise CtlError(
            f"the services of {layout.root} belong to another account", help="run this as root"
        ) from error


def _some(names: list[str]) -> list[str]:
    if not names:
        raise CtlError("there are no services yet", help="ctl reconfigure makes them")
    return names
