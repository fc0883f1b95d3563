"""Write values as a settings file would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ctl.regex import compile_late
from ctl.syntax.model import SettingPath, setting_name

_PLAIN = compile_late(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*")
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "#": "\\#"}


def literal(value: Any) -> str:
    """Write a value of strings, numbers, booleans, arrays and hashes on one line."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{literal(str(name))} => {literal(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    return str(value)


def _string(text: str) -> str:
    """Write in single quotes what shows as it is, and in double quotes what takes escapes."""
    if _PLAIN.fullmatch(text):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    return character if _PLAIN.fullmatch(character) else f"\\u{{{ord(character):x}}}"


def assignment(path: SettingPath, text: str) -> str:
    """Write the statement that sets a setting: ``registry['dir'] = …``, ``external_url …``."""
    return f"{setting_name(path)} {text}" if len(path) == 1 else f"{setting_name(path)} = {text}"
