"""Parses strings: those beside each other, those with code in them, those whose opening quote was lost."""

from __future__ import annotations

from ctl.syntax.brackets import Brackets
from ctl.syntax.mistake import Mistake, Refusal
from ctl.syntax.tokens import Code, Complaint, Kind, Parts, Token
from ctl.syntax.tree import (
    Array,
    Command,
    Interpolated,
    Literal,
    Node,
    Regex,
    Symbol,
    TextBlock,
    Unary,
    Variable,
)

_QUOTES = frozenset("'\"")


class Texts(Brackets):
    """Parses strings."""

    def string_literal(self, *, adjacent: bool) -> Node:
        """Parse a string; those that stand beside each other on a line are one.

        Args:
            adjacent: whether to join them.
        """
        first = token = self.advance()
        node: Node = self.text(token, token.value)
        if not adjacent or self.current.kind is not Kind.STRING:
            return node
        parts: list[str | list[Node]] = []
        while True:
            parts += node.parts if isinstance(node, Interpolated) else [str(node.value)]  # type: ignore[attr-defined]
            if self.current.kind is not Kind.STRING:
                break
            token = self.current
            self.joined.append((token.start, token.end, self.last_end))
            node = self.text(self.advance(), token.value)
        start = first.start
        if all(isinstance(part, str) for part in parts):
            return Literal(start, token.end, "".join(part for part in parts if isinstance(part, str)))
        return Interpolated(start, token.end, parts)

    def text(self, token: Token, value: object) -> Literal | Interpolated:
        """Make a node of a string's parts."""
        parts: tuple[str | Code, ...] = value  # type: ignore[assignment]
        if len(parts) == 1 and isinstance(parts[0], str):
            return Literal(token.start, token.end, parts[0])
        made: list[str | list[Node]] = []
        for part in parts:
            made.append(part if isinstance(part, str) else self.inner(part))
        return Interpolated(token.start, token.end, made)

    def inner(self, code: Code) -> list[Node]:
        """Parse the code of ``#{}``."""
        nested = type(self)(self.source, self.limits, self.roots, self.lexer, code.tokens)
        nested.locals = self.locals
        nested.unread = self.unread
        nested.blocks = self.blocks
        nested.nesting = self.nesting + 1
        body = nested.statements(None)
        if nested.mistakes:
            first = nested.first
            assert first is not None  # noqa: S101 - each mistake in the list has been kept as the first
            raise first
        return body

    def no_quote_behind(self, token: Token) -> None:
        """Refuse ``word'``, whose opening quote or bracket was lost."""
        following = self.current
        if following.space or following.start != token.end:
            return
        if (
            following.kind is not Kind.STRING
            and following.kind is not Kind.BAD
            and following.kind is not Kind.LABEL
        ):
            return
        if self.source.text[following.start : following.start + 1] not in _QUOTES:
            return
        if token.value in self.roots and following.kind is Kind.STRING:
            raise Mistake(token.end, token.end + 1, "missing-bracket", f"a [ is missing behind {token.value}")
        raise Mistake(
            token.start, following.start + 1, "missing-quote", "the opening quote of this text is missing"
        )

    def literal(self, token: Token) -> Node:
        """Parse a literal that is neither a plain string nor a number; refuse what is none."""
        kind = token.kind
        if kind is Kind.HEREDOC:
            self.advance()
            block: tuple[Parts, int, int] = token.value  # type: ignore[assignment]
            return TextBlock(token.start, token.end, self.text(token, block[0]), block[1])
        if kind is Kind.SYMBOL:
            self.advance()
            return self._symbol(token, token.value)
        if kind is Kind.WORDS or kind is Kind.SYMBOLS:
            self.advance()
            make = self.text if kind is Kind.WORDS else self._symbol
            words: tuple[object, ...] = token.value  # type: ignore[assignment]
            return Array(token.start, token.end, [make(token, word) for word in words])
        if kind is Kind.COMMAND:
            self.advance()
            only: object = token.value[0]  # type: ignore[index]
            return Command(token.start, token.end, only if isinstance(only, str) else None)
        if kind is Kind.VARIABLE:
            name = str(token.value)
            if name[1].isdigit() and not name[1:].isdigit():
                self.fail(token, "unexpected", "a number is expected behind $")
            self.advance()
            return Variable(token.start, token.end, str(token.value))
        if kind is Kind.REGEX:
            self.advance()
            written: tuple[str, str] = token.value  # type: ignore[assignment]
            self._check_regex(token, *written)
            return Regex(token.start, token.end, *written)
        self.fail(token, *self.no_value(token))

    def _check_regex(self, token: Token, pattern: str, flags: str) -> None:
        """Refuse a regular expression that is not valid, be it in a branch that is not taken."""
        from ctl.syntax.patterns import compile_pattern  # most files hold none

        try:
            compile_pattern(pattern, flags)
        except Refusal as refusal:
            self.fail(token, refusal.code, refusal.message, refusal.help)

    def _symbol(self, token: Token, parts: object) -> Node:
        text = self.text(token, parts)
        if isinstance(text, Literal):
            return Symbol(token.start, token.end, str(text.value))
        return Unary(token.start, token.end, ":", text)

    def no_value(self, token: Token) -> tuple[str, str, str | None]:
        """Say what stands where a value is expected."""
        if isinstance(token.value, Complaint):
            return token.value
        if token.kind is Kind.END or token.kind is Kind.NEWLINE:
            return "missing-value", "a value is missing here", None
        if token.kind is Kind.LABEL:
            return "unexpected", "a key with a colon can stand only in a hash", "write { key: value }"
        if token.value == ",":
            return "missing-value", "a value is missing before this comma", None
        if token.value in (")", "]", "}"):
            return (
                "stray-bracket",
                f"a value is missing before this {token.value}, or it closes nothing",
                None,
            )
        return "unexpected", f"a value is expected here, not {token.value}", "text stands in quotes: '...'"
