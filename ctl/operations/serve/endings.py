"""Why a service ended: its own words, and the setting that they are about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ctl.apply import generation
from ctl.errors import CtlError
from ctl.flavours.refusals import spoken_of
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.supervise.last_words import last_words
from ctl.supervise.status import process_of
from ctl.syntax.model import SettingPath, setting_name

# runsv waits a second before it starts again what has ended.
ENDED_SECONDS = 2.0
_ENV = ("registry", "env")


def ending(layout: Layout, service: str, lines: Sequence[str]) -> str | None:
    """Say in a line or two why a service ended; None where it runs, or its log does not tell.

    Args:
        layout: whose service.
        service: its name.
        lines: the end of its log.
    """
    words = last_words(lines)
    if words is None:
        return None
    state = process_of(layout, service)
    if state.is_up and state.since > ENDED_SECONDS:
        return None
    told = f"{service} ended with: {words}"
    place = _place(layout, words) if service in (REGISTRY, STANDBY) else None
    return f"{told}\n{place}" if place else told


def _place(layout: Layout, words: str) -> str | None:
    """Say which setting the words are about, and where it stands."""
    from ctl.operations.compile.recorded import source_of

    try:
        number = generation.current_number(layout)
        if number is None:
            return None
        source = source_of(layout, number)
    except CtlError:
        return None
    variables = frozenset(source.settings.registry.env)
    path = _named(layout, words, source.evaluated.values) or spoken_of(
        words, source.derived.driver, variables
    )
    if path is None:
        return None
    given = _given(source.evaluated.values, source.places.written(path))
    told = f"that is about {setting_name(path)}"
    span = source.places.value(path)
    if given < 2 or span is None:
        return f"{told}, which is given nowhere"
    return f"{told}, at {span}" if given == len(path) else f"{told}, which is missing at {span}"


def _given(values: Any, path: SettingPath) -> int:
    """Return how many parts of a path the settings hold."""
    for length, part in enumerate(path):
        try:
            values = values[part]
        except (LookupError, TypeError):
            return length
    return len(path)


def _named(layout: Layout, words: str, values: dict[str, Any]) -> SettingPath | None:
    """Return the setting whose value is a path that the words hold."""
    places = [(path, value) for path, value in _texts(values, ()) if value.startswith("/") and len(value) > 1]
    return next(
        (
            path
            for path, value in places
            if _holds(words, str(layout.under(value))) or (path[:2] == _ENV and _holds(words, value))
        ),
        None,
    )


def _holds(words: str, path: str) -> bool:
    before, _, after = words.partition(path)
    return before != words and not after[:1].isalnum() and after[:1] not in ("/", ".", "-", "_")


def _texts(value: Any, path: SettingPath) -> Iterator[tuple[SettingPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))
