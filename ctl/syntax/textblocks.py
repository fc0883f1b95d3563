"""The indentation of text blocks, ``<<~EOS``."""

from __future__ import annotations

from typing import TypeAlias

from ctl.syntax.tokens import Code

Piece: TypeAlias = "tuple[int, str] | Code"
"""A part of a string as it is written: text with its offset, or code."""

_TAB = 8
_ALL = 1 << 30


def _width(line: str) -> int:
    """Count the columns that a line is indented by; a tab goes on to the next multiple of eight."""
    width = 0
    for character in line:
        if character == " ":
            width += 1
        elif character == "\t":
            width += _TAB - width % _TAB
        else:
            break
    return width


def _lines(pieces: list[Piece]) -> list[tuple[int, int, str, bool]]:
    """List what stands at a line's begin: piece, place in it, the line, whether code follows."""
    found: list[tuple[int, int, str, bool]] = []
    for index, piece in enumerate(pieces):
        if not isinstance(piece, tuple):
            continue
        position = 0
        for number, line in enumerate(piece[1].split("\n")):
            if number or index == 0:
                last = position + len(line) == len(piece[1])
                found.append((index, position, line, last and index + 1 < len(pieces)))
            position += len(line) + 1
    return found


def _cut(line: str, width: int) -> int:
    """Count the characters that make up an indentation, at most so many columns."""
    column = 0
    for count, character in enumerate(line):
        step = 1 if character == " " else _TAB - column % _TAB if character == "\t" else 0
        if not step or column + step > width:
            return count
        column += step
    return len(line)


def dedent(pieces: list[Piece]) -> list[Piece]:
    """Take away the indentation that all lines share; lines of blanks alone do not count.

    Ruby before 3.2 adds the blanks of such a line to the next one's; that mistake is not copied.
    """
    lines = _lines(pieces)
    widths = [_width(line) for _, _, line, code in lines if line.strip(" \t\r") or code]
    least = min(widths, default=_ALL)
    # The last line is what stands before the terminator: nothing.
    cuts: dict[int, list[tuple[int, int]]] = {}
    for index, position, line, _ in lines:
        cuts.setdefault(index, []).append((position, _cut(line, least)))
    result: list[Piece] = []
    for index, piece in enumerate(pieces):
        if not isinstance(piece, tuple):
            result.append(piece)
            continue
        kept, begin = [], 0
        for position, count in cuts.get(index, []):
            kept.append(piece[1][begin:position])
            begin = position + count
        kept.append(piece[1][begin:])
        result.append((piece[0], "".join(kept)))
    return result
