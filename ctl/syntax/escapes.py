"""Backslashes in strings, as Ruby resolves them."""

from __future__ import annotations

import re

from ctl.regex import compile_late

_ESCAPE = compile_late(
    r"\\(?:"
    r"(?P<bytes>(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3})(?:\\(?:x[0-9A-Fa-f]{1,2}|[0-7]{1,3}))*)"
    r"|u(?P<unit>[0-9A-Fa-f]{4})"
    r"|u\{[ \t]*(?P<points>[0-9A-Fa-f]{1,6}(?:[ \t]+[0-9A-Fa-f]{1,6})*)[ \t]*\}"
    r"|(?:c|C-)(?P<control>\\?.)"
    r"|(?P<wrong>[xu]|[cC]|M-?)"
    r"|(?P<joined>\r?\n)"
    r"|(?P<other>.)"
    r")",
    re.DOTALL,
)
_BYTE = compile_late(r"\\?(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3}))")
_NAMED = {"n": "\n", "t": "\t", "s": " ", "r": "\r", "e": "\x1b", "a": "\a", "b": "\b", "v": "\v", "f": "\f"}
_RAW = compile_late(r"\\(.)", re.DOTALL)


class BadEscape(Exception):
    """A backslash sequence without a meaning.

    Args:
        offset: where it begins, counted from the begin of the text given.
        message: what is wrong with it.
    """

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def _resolve(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "other":
        return _NAMED.get(match["other"], match["other"])
    if kind == "joined":
        return ""
    if kind == "bytes":
        octets = bytes(
            int(digits, 16) if digits else int(octal, 8) & 0xFF
            for digits, octal in _BYTE.findall("\\" + match["bytes"])
        )
        try:
            return octets.decode()
        except UnicodeDecodeError:
            raise BadEscape(match.start(), "these bytes are not UTF-8") from None
    if kind in ("unit", "points"):
        return "".join(_character(match, digits) for digits in match[kind].split())
    if kind == "control":
        return "\x7f" if match["control"] == "?" else chr(ord(match["control"][-1]) & 0x9F)
    raise BadEscape(match.start(), f"\\{match['wrong']} begins an escape that does not go on")


def _character(match: re.Match[str], digits: str) -> str:
    point = int(digits, 16)
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise BadEscape(match.start(), f"there is no character U+{digits.upper()}")
    return chr(point)


def resolve(text: str) -> str:
    """Resolve the escapes of a double-quoted text.

    Raises:
        BadEscape: one of them has no meaning, or its bytes are not UTF-8.
    """
    return _ESCAPE.sub(_resolve, text) if "\\" in text else text


def resolve_raw(text: str, delimiters: str) -> str:
    r"""Resolve the only escapes of a single-quoted text: ``\\`` and the delimiters."""
    if "\\" not in text:
        return text
    allowed = delimiters + "\\"
    return _RAW.sub(lambda match: match[1] if match[1] in allowed else match[0], text)


def resolve_word(text: str, delimiters: str) -> str:
    r"""Resolve the escapes of a word in ``%w``: blanks, ``\\`` and the delimiters."""
    return resolve_raw(text, delimiters + " \t\r\n\v\f")
