"""The indentation of text blocks, ``<<~EOS``."""

from __future__ import annotations

from typing import TypeAlias

from ctl.syntax.tokens import Code

Piece: TypeAlias = "tuple[int, str] | Code"
"""A part of a string as it is written: text with its offset, or code."""

_TAB = 8
_ALL = 1 << 30


def _width(line: str, width: int = 0) -> int:
    """Count the columns that a line is indented by; a tab goes on to the next multiple of eight.

    Args:
        line: the line.
        width: where counting begins.
    """
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
    lines: list[tuple[int, int, str, bool]] = []
    for index, piece in enumerate(pieces):
        if not isinstance(piece, tuple):
            continue
        position = 0
        for number, line in enumerate(piece[1].split("\n")):
            if number or index == 0:
                last = position + len(line) == len(piece[1])
                lines.append((index, position, line, last and index + 1 < len(pieces)))
            position += len(line) + 1
    return lines


def _cut(line: str, width: int) -> int:
    """Count the characters that make up an indentation, at most so many columns."""
    column = 0
    for count, character in enumerate(line):
        step = 1 if character == " " else _TAB - column % _TAB if character == "\t" else 0
        if not step or column + step > width:
            return count
        column += step
    return len(line)


def _shared(lines: list[tuple[int, int, str, bool]], raw: bool) -> int:
    """Count the columns that all lines are indented by; lines of blanks alone do not count.

    Ruby up to 3.1 goes on counting from such a line to the next one, unless the block holds no code.
    """
    least, carried = _ALL, 0
    for _, _, line, code in lines:
        width = _width(line, carried)
        blank = not line.strip(" \t\r") and not code
        least = least if blank else min(least, width)
        carried = width if blank and not raw else 0
    return least


def dedent(pieces: list[Piece], *, raw: bool) -> list[Piece]:
    """Take away the indentation that all lines share.

    Args:
        pieces: the text as it is written.
        raw: whether nothing in it is code, as in ``<<~'EOS'``.
    """
    lines = _lines(pieces)
    least = _shared(lines, raw)
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
