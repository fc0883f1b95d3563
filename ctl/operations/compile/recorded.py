"""The settings that a generation came from, with the secrets of today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ctl.apply import generation
from ctl.apply.manifest import MENDS
from ctl.diagnostics.known import KNOWN
from ctl.diagnostics.model import SettingsInvalid
from ctl.operations.compile.source import Source
from ctl.paths import Layout
from ctl.plan.derive import derive
from ctl.settings.load import load
from ctl.settings.secrecy import secrets_of
from ctl.state.files import Damaged, read_object
from ctl.syntax.model import Evaluated, Inputs, SpanMap

# A key that was rotated for a reason must not come back with old settings.
# What `ctl.operations.compile.prepare.settings_document` writes.
_SETTINGS = {"file": str, "text": str, "values": dict, "spans": list, "secrets": list}
SECRETS = ("http_secret", "internal_key", "internal_certificate")


def _document(layout: Layout, number: int) -> dict[str, Any]:
    path = layout.generations / str(number) / generation.SETTINGS
    document = read_object(path)
    if document is None or {*_SETTINGS} - {*document}:
        raise Damaged(path, "it is gone" if document is None else "it holds no settings", MENDS)
    if not all(isinstance(document[name], kind) for name, kind in _SETTINGS.items()):
        raise Damaged(path, "it holds no settings", MENDS)
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
        raise Damaged(path, "it holds no settings", MENDS) from None
    loaded = load(evaluated)
    if loaded.settings is None:
        raise SettingsInvalid(loaded.diagnostics, {document["file"]: document["text"]})
    return Source(
        Path(document["file"]),
        document["text"],
        evaluated,
        loaded.settings,
        derive(loaded.settings),
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
