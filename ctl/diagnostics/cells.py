"""How many columns of a terminal a character takes, and what stands for one that must not reach it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_TAB = 4
_MASK = "…"
_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _escape(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        # How Python keeps a byte that is not UTF-8.
        return f"\\x{point - 0xDC00:02x}"
    if point < 0x80:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def printable(text: str) -> str:
    r"""Return text of others as it may stand in a line: the one way in which names reach a terminal.

    Replaced is what could begin a line, move the cursor, hide text or turn its direction: ``\x1b``,
    ``\u202e``; and bytes that are not UTF-8: ``\xff``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(character) if is_unsafe(character) else character for character in text)


def printable_text(text: str) -> str:
    """Return a text of several lines as it may be printed: as `printable`, but line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escape(character) if is_unsafe(character) and character not in "\n\t" else character
        for character in text
    )


def is_unsafe(character: str) -> bool:
    """Whether a character does something else than to show itself."""
    return unicodedata.category(character) in _ESCAPED_CATEGORIES


def _cell(character: str, column: int) -> tuple[str, int]:
    if " " <= character <= "~":
        return character, 1
    if character == "\t":
        width = _TAB - column % _TAB
        return " " * width, width
    category = unicodedata.category(character)
    if category in _ESCAPED_CATEGORIES:
        text = _escape(character)
        return text, len(text)
    if category in ("Mn", "Me"):
        return character, 0
    return character, 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cells_of(line: str, first: int, last: int, hidden: Sequence[tuple[int, int]]) -> list[tuple[str, int]]:
    """Tell for each character of a part of a line what to print and how many columns that takes.

    Args:
        line: a line without its break.
        first: where the part begins.
        last: where it ends.
        hidden: ranges of the line to print as ellipses of the same width.
    """
    concealed = bytearray(max(0, last - first))
    for start, end in hidden:
        low, high = max(start, first) - first, min(end, last) - first
        if low < high:
            concealed[low:high] = b"\1" * (high - low)
    cells: list[tuple[str, int]] = []
    column = 0
    for position in range(first, last):
        text, width = _cell(line[position], column)
        if concealed[position - first]:
            text = _MASK * width
        cells.append((text, width))
        column += width
    return cells
