"""What the lexer hands to the parser."""

from __future__ import annotations

from typing import Final, NamedTuple

from msgspec import Struct


class Kind:
    """The sorts of token; what a token's value is stands beside each.

    Plain strings, because looking up the member of an enumeration takes eight times as long.
    """

    NAME: Final = "name"  # the name
    CONSTANT: Final = "constant"  # a name that begins with a capital
    KEYWORD: Final = "keyword"  # the word
    VARIABLE: Final = "variable"  # $x or @x
    STRING: Final = "string"  # parts
    HEREDOC: Final = "heredoc"  # parts
    COMMAND: Final = "command"  # parts, between backticks
    SYMBOL: Final = "symbol"  # parts
    LABEL: Final = "label"  # parts of the key before a colon
    WORDS: Final = "words"  # a tuple of parts
    SYMBOLS: Final = "symbols"  # a tuple of parts
    NUMBER: Final = "number"  # the number
    REGEX: Final = "regex"  # the pattern as it is written, and its flags
    OPERATOR: Final = "operator"  # its characters
    NEWLINE: Final = "newline"  # None; a semicolon is one, too, with itself as its value
    END: Final = "end"  # None
    BAD: Final = "bad"  # a Complaint


class Complaint(NamedTuple):
    """Why some text is no token."""

    code: str
    message: str
    help: str | None = None


class Code(Struct):
    """The inside of ``#{}`` in a string."""

    start: int
    end: int
    tokens: list[Token]


Parts = tuple["str | Code", ...]
"""A string: text in which every escape is resolved, and the code between."""


class Token(Struct):
    """One piece of the text.

    Not frozen for speed alone; nobody changes one.

    Args:
        kind: its sort.
        start: offset of its first character.
        end: offset behind its last character.
        value: see `Kind`.
        space: whether blanks stand before it.
    """

    kind: str
    start: int
    end: int
    value: object
    space: bool


KEYWORDS = frozenset(
    [
        "if",
        "unless",
        "elsif",
        "else",
        "end",
        "while",
        "until",
        "case",
        "when",
        "for",
        "do",
        "begin",
        "rescue",
        "ensure",
        "def",
        "class",
        "module",
        "and",
        "or",
        "not",
        "then",
        "true",
        "false",
        "nil",
        "self",
        "return",
        "next",
        "break",
        "redo",
        "retry",
        "yield",
        "in",
        "undef",
        "alias",
        "super",
        "defined?",
        "BEGIN",
        "END",
        "__FILE__",
        "__LINE__",
        "__dir__",
        "__method__",
        "__ENCODING__",
    ]
)

# After these an operator is binary; after every other keyword a value begins.
VALUE_KEYWORDS = frozenset(
    [
        "true",
        "false",
        "nil",
        "self",
        "end",
        "super",
        "__FILE__",
        "__LINE__",
        "__dir__",
        "__method__",
        "__ENCODING__",
    ]
)
