"""``ctl reconfigure``: make the machine what the settings file says, and prove it."""

from __future__ import annotations

from ctl.apply.damage import mend, mend_places
from ctl.apply.lock import locked
from ctl.operations.change.request import Request, Result
from ctl.operations.change.unchanged import unchanged
from ctl.state import reserve


def reconfigure(request: Request) -> Result:
    """Make the machine what the settings file says.

    Raises:
        SettingsInvalid: the settings hold errors; nothing was changed.
        CtlError: something failed; what was running before runs again.
    """
    mended = mend_places(request.layout)
    with locked(request.layout, "reconfigure", changes=False):
        mended += mend(request.layout)
        try:
            result = _changed(request)
        except BaseException:
            for note in mended:
                request.progress.note(note)
            raise
        reserve.fill(request.layout)
    result.notes[:0] = mended
    return result


def _changed(request: Request) -> Result:
    number = unchanged(request.layout, request.settings_file, request.environment)
    if number is not None:
        return Result(number)
    from ctl.operations.change.attempt import change

    return change(request)
