"""``ctl rollback``: the settings of an earlier generation, with the secrets of today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ctl.apply import generation
from ctl.apply.lock import locked
from ctl.diagnostics.known import KNOWN
from ctl.diagnostics.model import SettingsInvalid
from ctl.errors import CtlError
from ctl.operations.change import Run, attempt
from ctl.operations.reconfigure import Request, Result
from ctl.operations.source import Source
from ctl.paths import Layout
from ctl.settings.load import load
from ctl.settings.secrecy import secrets_of
from ctl.state.files import Damaged, read_object
from ctl.syntax.model import Evaluated, Inputs, SpanMap

# A key that was rotated for a reason must not come back with old settings.
# What `ctl.operations.prepare.settings_document` writes.
_SETTINGS = {"file": str, "text": str, "values": dict, "spans": list, "secrets": list}
SECRETS = ("http_secret", "internal_key", "internal_certificate")


def rollback(request: Request, number: int | None) -> Result:
    """Put the settings of an earlier generation in force again, as a new generation.

    Args:
        request: as for a reconfigure; its settings file is not read.
        number: which; the one before the current when not given.

    Raises:
        CtlError: there is no such generation, or its settings cannot be put in force.
    """
    with locked(request.layout, "rollback"):
        target = _target(request.layout, number)
        with attempt(request, f"rollback {target}"):
            run = Run(request, f"rollback {target}")
            run.request.progress.step(f"read the settings of generation {target}")
            result = run.apply(source_of(request.layout, target), rolled_back=target)
        result.notes.append(
            f"{request.settings_file} was not changed; the next ctl reconfigure puts it in force again"
        )
        return result


def _target(layout: Layout, number: int | None) -> int:
    if number is not None:
        generation.load(layout, number)
        return number
    current = generation.current_number(layout)
    earlier = [one for one in generation.numbers(layout) if current is not None and one < current]
    if not earlier:
        raise CtlError(
            "there is no earlier generation to go back to",
            help="every ctl reconfigure that changes something makes one more; change the settings file"
            " and run it",
        )
    return earlier[-1]


def _document(layout: Layout, number: int) -> dict[str, Any]:
    path = layout.generations / str(number) / generation.SETTINGS
    document = read_object(path)
    if document is None or {*_SETTINGS} - {*document}:
        raise Damaged(path, "it is gone" if document is None else "it holds no settings", generation.MENDS)
    if not all(isinstance(document[name], kind) for name, kind in _SETTINGS.items()):
        raise Damaged(path, "it holds no settings", generation.MENDS)
    return dict(document)


def source_of(layout: Layout, number: int) -> Source:
    """Return the settings of a generation, with the secrets that are in force today.

    Raises:
        CtlError: they are damaged, or this version of ctl does not accept them any more.
    """
    document = _document(layout, number)
    values = document["values"]
    current = generation.current_number(layout)
    today = _document(layout, current)["values"] if current is not None else {}
    try:
        _carry_secrets(values, today)
        spans = SpanMap.from_json(document["spans"])
        evaluated = Evaluated(
            values, spans, frozenset(tuple(path) for path in document["secrets"]), Inputs(), ()
        )
        KNOWN.learn(secrets_of(evaluated))
    except (ValueError, TypeError, AttributeError, LookupError):
        path = layout.generations / str(number) / generation.SETTINGS
        raise Damaged(path, "it holds no settings", generation.MENDS) from None
    loaded = load(evaluated)
    if loaded.settings is None:
        raise SettingsInvalid(loaded.diagnostics, {document["file"]: document["text"]})
    return Source(
        Path(document["file"]),
        document["text"],
        evaluated,
        loaded.settings,
        loaded.places,
        tuple(loaded.diagnostics),
    )


def _carry_secrets(values: dict[str, Any], today: dict[str, Any]) -> None:
    given = today.get("registry") or {}
    target = values.setdefault("registry", {})
    for name in SECRETS:
        target.pop(name, None)
        if given.get(name):
            target[name] = given[name]
