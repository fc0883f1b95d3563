"""Editing one value of a JSON document and leaving every other byte of it as it was.

gitlab-secrets.json belongs to all of GitLab: the keys of other sections decrypt its database. Reading
it and writing it anew would be right only as long as no number, escape or repeated key is lost.
"""

from __future__ import annotations

import json
import re

from msgspec import field

from ctl.credentials.hidden import Hidden
from ctl.regex import compile_late

_INDENT = "  "
_BLANK = compile_late(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class _Object(Hidden, frozen=True):
    """Where a JSON object lies: its braces, and for every key the range of its (last) value.

    ``members`` holds every member in order, repeated ones too: key, where it starts, where its value ends.
    """

    start: int
    end: int
    last: int
    values: dict[str, tuple[int, int]] = field(default_factory=dict)
    members: tuple[tuple[str, int, int], ...] = ()


def with_member(text: str, section: str, key: str, value: str) -> str:
    """Return the document with ``document[section][key] = value``.

    Args:
        text: a valid JSON document whose outermost value is an object.
        section: a key of the outermost object; added at its end when missing or null.
        key: a key of the section, added at its end when missing.
        value: the new value, a string.
    """
    outer = _scan(text, _BLANK.match(text, 0).end())  # type: ignore[union-attr]
    span = outer.values.get(section)
    if span is None or text[slice(*span)] == "null":
        text = _set(text, outer, section, "{}", 1)
        outer = _scan(text, outer.start)
    inner = _scan(text, outer.values[section][0])
    return _set(text, inner, key, _encode(value), 2)


def without_member(text: str, section: str, key: str) -> str:
    """Return the document without ``document[section][key]``; unchanged where that is not there.

    Arguments as for `with_member`.
    """
    while (place := _section(text, section)) is not None:
        indexes = [index for index, member in enumerate(place.members) if member[0] == key]
        if not indexes:
            return text
        # The last of a repeated key counts, so the one before would come back if it stayed.
        text = _cut(text, place, indexes[-1])
    return text


def _section(text: str, section: str) -> _Object | None:
    outer = _scan(text, _skip(text, 0))
    span = outer.values.get(section)
    return _scan(text, span[0]) if span and text[span[0]] == "{" else None


def _cut(text: str, place: _Object, index: int) -> str:
    """Remove one member with the comma that belongs to it and the blanks around."""
    if index:
        start, end = place.members[index - 1][2], place.members[index][2]
    elif len(place.members) > 1:
        start, end = place.members[0][1], place.members[1][1]
    else:
        start, end = place.start + 1, place.end - 1
    return text[:start] + text[end:]


def _encode(value: str) -> str:
    # Half of a surrogate pair has no UTF-8 form, in JSON it can stand escaped.
    encoded = json.dumps(value, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", encoded)


def _set(text: str, place: _Object, key: str, value: str, depth: int) -> str:
    if key in place.values:
        start, end = place.values[key]
        return text[:start] + value + text[end:]
    entry = f"{_INDENT * depth}{_encode(key)}: {value}"
    if place.values:
        return f"{text[: place.last]},\n{entry}{text[place.last :]}"
    return f"{text[: place.start]}{{\n{entry}\n{_INDENT * (depth - 1)}}}{text[place.end :]}"


def _scan(text: str, start: int) -> _Object:
    """Walk over the members of the object whose brace is at ``start``; the text is known to be valid."""
    values: dict[str, tuple[int, int]] = {}
    members: list[tuple[str, int, int]] = []
    at, last = _skip(text, start + 1), start + 1
    while text[at] != "}":
        if text[at] == ",":
            at = _skip(text, at + 1)
        key_start = at
        key, at = _DECODER.raw_decode(text, at)
        value_start = _skip(text, _skip(text, at) + 1)
        _, last = _DECODER.raw_decode(text, value_start)
        values[key] = (value_start, last)
        members.append((key, key_start, last))
        at = _skip(text, last)
    return _Object(start, at + 1, last, values, tuple(members))


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at
