"""nginx's own reading of its configuration, as far as words and quotes go: the other half of quoting."""

from __future__ import annotations

_ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}


def directives(text: str) -> list[list[str]]:
    """Split a configuration into directives, each a list of words; a block ends its directive with ``{``.

    Raises:
        ValueError: a quote is not closed, or a closing one is followed by more of a word.
    """
    statements: list[list[str]] = []
    words: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character in " \t\r\n":
            position += 1
        elif character == "#":
            position = text.find("\n", position) % (len(text) + 1)
        elif character in ";{}":
            statements.append([*words, character] if character != ";" else words)
            words = []
            position += 1
        elif character in "'\"":
            word, position = _quoted(text, position)
            words.append(word)
        else:
            word, position = _bare(text, position)
            words.append(word)
    if words:
        raise ValueError(f"unfinished directive: {words}")
    return statements


def _quoted(text: str, start: int) -> tuple[str, int]:
    quote, word, position = text[start], "", start + 1
    while position < len(text) and text[position] != quote:
        part, position = _character(text, position)
        word += part
    if position >= len(text):
        raise ValueError("a quote is not closed")
    if position + 1 < len(text) and text[position + 1] not in " \t\r\n;{)":
        raise ValueError("a quoted word goes on behind its quote")
    return word, position + 1


def _bare(text: str, start: int) -> tuple[str, int]:
    word, position = "", start
    while position < len(text) and text[position] not in " \t\r\n;{":
        part, position = _character(text, position)
        word += part
    return word, position


def _character(text: str, position: int) -> tuple[str, int]:
    if text[position] != "\\" or position + 1 == len(text):
        return text[position], position + 1
    following = text[position + 1]
    if following in "\"'\\":
        return following, position + 2
    return _ESCAPED.get(following, "\\" + following), position + 2
