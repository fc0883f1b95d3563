"""Parses what stands between brackets: hashes, arrays, indexes, arguments."""

from __future__ import annotations

from typing import NoReturn

from ctl.syntax.cursor import BRANCH_ENDS, Cursor
from ctl.syntax.lexer import Lexer
from ctl.syntax.mistake import Mistake
from ctl.syntax.model import Limits
from ctl.syntax.source import Source
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import Array, Block, Hash, Index, Literal, Name, Node, Symbol, Unary

_CLOSER = {"(": ")", "[": "]", "{": "}"}
_ARROW = 7
_BEGINS_ITEM = frozenset(
    {Kind.STRING, Kind.LABEL, Kind.SYMBOL, Kind.NUMBER, Kind.NAME, Kind.CONSTANT, Kind.WORDS, Kind.HEREDOC}
)


class Brackets(Cursor):
    """Parses what stands between brackets."""

    def __init__(
        self,
        source: Source,
        limits: Limits,
        roots: frozenset[str],
        lexer: Lexer,
        tokens: list[Token] | None = None,
    ) -> None:
        super().__init__(source, limits, roots, lexer, tokens)
        self.locals: set[str] = set()  # the local variables known at this place
        self.unread: dict[str, tuple[int, int]] = {}  # those that nothing has read yet, where they are given
        self.joined: list[tuple[int, int, int]] = []  # start, end, where the string before it ends
        self.blocks = 0  # blocks around this place
        self.has_blocks = False
        self.first_break: int | None = None  # where the first line of a block's statements ends
        self.begin: Token | None = None
        self.arrow: Token | None = None  # of the pair that was read last
        self.suspect: Token | None = None  # begins what seems to have got the end of what stands around it
        self.early_end: Token | None = None  # seems to be one too many
        self.else_if: tuple[Token, Token] | None = None  # the last one that was seen
        self.first: Mistake | None = None

    # What the classes above this one parse.
    def expression(self, least: int = 0) -> Node:
        """Parse a value."""
        raise NotImplementedError

    def string_literal(self, *, adjacent: bool) -> Node:
        """Parse a string."""
        raise NotImplementedError

    def statements(self, closing: str | None) -> list[Node]:
        """Parse statements."""
        raise NotImplementedError

    def text(self, token: Token, value: object) -> Node:
        """Make a node of a string's parts."""
        raise NotImplementedError

    def conditional(self) -> Node:
        """Parse ``if`` or ``unless``."""
        raise NotImplementedError

    def case(self) -> Node:
        """Parse ``case``."""
        raise NotImplementedError

    def jump(self) -> Node:
        """Parse ``next`` or ``break``."""
        raise NotImplementedError

    def forbidden_word(self, token: Token) -> Node:
        """Refuse a keyword."""
        raise NotImplementedError

    def skip_braces(self) -> tuple[int, int]:
        """Skip a block in braces."""
        raise NotImplementedError

    def block(self, closing: str) -> Block:
        """Parse a block."""
        raise NotImplementedError

    def need_value(self, sign: Token, shown: str) -> None:
        """Go to the value behind ``=`` or ``=>``; it may stand on a later line.

        Raises:
            Mistake: none is there.
        """
        crossed = self.skip_newlines()
        token = self.current
        if crossed and shown == "=" and self.at_foreign_label():
            self.lost_brace(sign)
        missing = (
            token.kind is Kind.END
            or (crossed and (self.at_assignment(token) or token.kind is Kind.LABEL))
            or (token.kind is Kind.OPERATOR and token.value in (",", "}", "]", ")"))
            or (token.kind is Kind.KEYWORD and token.value in BRANCH_ENDS)
        )
        if missing:
            raise Mistake(sign.start, sign.end, "missing-value", f"a value is missing after {shown}")

    def missing_closer(self, opener: Token) -> NoReturn:
        """Say that a bracket is not closed, or closed by another one.

        Raises:
            Mistake: always.
        """
        token, sign = self.current, str(opener.value)
        closer = _CLOSER[sign]
        line = self.source.line(opener.start)
        if token.kind is Kind.OPERATOR and token.value in (")", "]", "}"):
            if sign == "(" and self.source.line(token.start) > line:
                raise Mistake(opener.start, opener.end, "missing-bracket", "this ( is not closed")
            self.fail(
                token, "missing-bracket", f"{closer} is expected here, not {token.value}", _opened(sign, line)
            )
        if token.kind is Kind.BAD:
            self.fail(token, "", "")
        at = self.last_end
        raise Mistake(
            max(at - 1, 0), at, "missing-bracket", f"{closer} is missing behind this", _opened(sign, line)
        )

    def _between(self, opener: Token, closer: str, *, entry: str) -> bool:
        """Go on behind an entry: to the next one (True) or to the closing bracket (False).

        Raises:
            Mistake: neither stands there.
        """
        if self.is_operator(",") or self.is_operator(closer):
            return self.accept(",")
        crossed = self.skip_newlines()
        token = self.current
        if token.kind is Kind.OPERATOR and token.value == closer:
            return False
        if token.kind is Kind.END or (crossed and self.at_setting(token)):
            self.missing_closer(opener)
        if token.kind is Kind.OPERATOR:
            self._wrong_sign(token, opener, entry)
        if token.kind in _BEGINS_ITEM or token.kind is Kind.KEYWORD or token.kind is Kind.OPERATOR:
            if not crossed and token.kind in (Kind.NAME, Kind.CONSTANT):
                self.fail(
                    token,
                    "unexpected",
                    f"a comma or {closer} is expected here",
                    "text stands in quotes: '...'",
                )
            at = self.last_end
            raise Mistake(max(at - 1, 0), at, "missing-comma", "a comma is missing behind this")
        self.missing_closer(opener)

    def _wrong_sign(self, token: Token, opener: Token, entry: str) -> None:
        if entry == "pair" and opener.value == "[" and token.value == "}":
            self.lost_brace(opener)
        if token.value in (")", "]", "}"):
            self.missing_closer(opener)
        if token.value == "=>":
            if entry == "value":
                last = self.joined[-1] if self.joined else None
                if self.arrow is not None and (last is None or last[1] != self.last_end):
                    self.lost_brace(self.arrow)
                at = last[2] if last and last[1] == self.last_end else self.last_end
                raise Mistake(
                    max(at - 1, 0),
                    at,
                    "missing-comma",
                    "a comma is missing between this and the entry before",
                )
            self.fail(token, "unexpected", "=> can stand only between a key and its value")
        if token.value == "," or token.value not in ("[", "{", "-", "("):
            self.fail(
                token,
                "unexpected",
                f"a comma or {_CLOSER[str(opener.value)]} is expected here, not {token.value}",
            )

    def _no_entry_missing(self, opener: Token) -> None:
        """Refuse a comma, a setting or the text's end where an entry or the closing bracket is expected."""
        token = self.current
        if token.kind is Kind.OPERATOR and token.value == ",":
            self.fail(token, "missing-value", "a value is missing before this comma")
        other = token.kind is Kind.OPERATOR and token.value in (")", "]", "}")
        if token.kind is Kind.END or other or self.ends_branch() or self.at_setting(token):
            self.missing_closer(opener)

    def array(self) -> Node:
        """Parse ``[...]``; pairs at its end are a hash without braces."""
        opener = self.open_bracket()
        items: list[Node] = []
        self._items(opener, "]", items)
        return Array(opener.start, self.close_bracket(), items)

    def _items(self, opener: Token, closer: str, items: list[Node]) -> None:
        """Parse entries up to the closing bracket, which stays the current token."""
        more = True
        while True:
            crossed = self.skip_newlines()
            if self.is_operator(closer):
                return
            if not more:
                self.missing_closer(opener)
            if crossed or self.current.kind is Kind.END or self.is_operator(","):
                self._no_entry_missing(opener)
            self._item(items)
            last = items[-1]
            bare = isinstance(last, Hash) and not last.braces
            more = self._between(opener, closer, entry="pair" if bare else "item")
            if more and isinstance(last, Unary) and last.sign == "&":
                raise Mistake(last.start, last.end, "unexpected", "nothing can stand behind this argument")
            if not more:
                return

    def _item(self, items: list[Node]) -> None:
        """Parse one entry of an array or one argument; a pair goes into the hash that ends the list."""
        self.star = self.current
        if self.current.kind is Kind.LABEL:
            pair = self._labelled()
        else:
            value = self.expression()
            if not self.is_operator("=>"):
                self._no_pair_before(items, value)
                items.append(value)
                return
            arrow = self.advance()
            self.need_value(arrow, "=>")
            pair = (value, self.expression())
        last = items[-1] if items else None
        if isinstance(last, Hash) and not last.braces:
            last.pairs.append(pair)
            last.end = pair[1].end
        else:
            items.append(Hash(pair[0].start, pair[1].end, [pair], False))

    def _no_pair_before(self, items: list[Node], value: Node) -> None:
        last = items[-1] if items else None
        if (
            isinstance(last, Hash)
            and not last.braces
            and not (isinstance(value, Unary) and value.sign == "&")
        ):
            raise Mistake(value.start, value.end, "unexpected", "pairs can stand only at the end")

    def begins_statement(self) -> None:
        """Note that a statement or a condition begins at the current token."""
        self.statement_starts.add(self.current.start)
        self.command_starts.add(self.current.start)

    def _labelled(self) -> tuple[Node, Node]:
        token = self.advance()
        parts: tuple[object, ...] = token.value  # type: ignore[assignment]
        if len(parts) == 1 and isinstance(parts[0], str):
            key: Node = Symbol(token.start, token.end - 1, parts[0])
        else:
            key = Unary(token.start, token.end - 1, ":", self.text(token, token.value))
        short = self._variable_of_key(key)
        if short is not None:
            return key, short
        self.need_value_of_key(token)
        value = self.expression()
        if self.is_operator("=>"):
            raise Mistake(token.start, token.end, "missing-value", "this key has no value")
        return key, value

    def _variable_of_key(self, key: Node) -> Node | None:
        """Give the local variable that ``{ key:, ... }`` means; None where a value follows."""
        if not isinstance(key, Symbol) or key.name not in self.locals:
            return None
        if not (self.is_operator(",") or self.is_operator("}")):
            return None
        self.unread.pop(key.name, None)
        return Name(key.start, key.end, key.name, True)

    def need_value_of_key(self, label: Token) -> None:
        """Go to the value behind ``key:``.

        Raises:
            Mistake: none is there.
        """
        try:
            self.need_value(label, ":")
        except Mistake as error:
            raise Mistake(label.start, label.end, error.code, "this key has no value") from None

    def hash(self) -> Node:
        """Parse ``{...}``."""
        opener = self.open_bracket()
        pairs: list[tuple[Node, Node]] = []
        while True:
            self.skip_newlines()
            if self.is_operator("}"):
                break
            self._no_entry_missing(opener)
            self.star = self.current
            pairs.append(self._labelled() if self.current.kind is Kind.LABEL else self._pair(opener))
            if not self._between(opener, "}", entry="value"):
                break
        return Hash(opener.start, self.close_bracket(), pairs, True)

    def _pair(self, opener: Token) -> tuple[Node, Node]:
        begin = self.current
        if begin.kind is Kind.OPERATOR and begin.value in ("]", ")"):
            self.missing_closer(opener)
        # Two strings beside each other are a key and a value whose arrow was lost.
        text = begin.kind is Kind.STRING
        key = self.string_literal(adjacent=False) if text else self.expression(_ARROW)
        if isinstance(key, Unary) and key.sign == "**":
            return key, key
        token = self.current
        if not (token.kind is Kind.OPERATOR and token.value == "=>"):
            self._no_arrow(key, token)
        self.advance()
        self.need_value(token, "=>")
        value = self.expression()
        self.arrow = token
        return key, value

    def _no_arrow(self, key: Node, token: Token) -> NoReturn:
        code = "missing-arrow"
        if token.kind is Kind.OPERATOR and token.value in ("=", ">", ">=", ":", "->", "==", "-", "==="):
            self.fail(token, code, f"=> is expected between key and value, not {token.value}")
        if token.kind is Kind.BAD:
            self.fail(token, code, "")
        if token.kind in (Kind.NEWLINE, Kind.END) or (
            token.kind is Kind.OPERATOR and token.value in (",", "}")
        ):
            raise Mistake(key.start, key.end, code, "this key has no value: => is missing behind it")
        self.fail(token, code, "=> is missing before this value")

    def index(self, target: Node) -> Node:
        """Parse ``[...]`` behind a value."""
        opener = self.open_bracket()
        arguments: list[Node] = []
        if self.is_operator("]"):
            self.fail(self.current, "missing-value", "a key is missing between the brackets")
        while True:
            argument = self.expression()
            arguments.append(argument)
            if not self.accept(","):
                break
        token = self.current
        if not self.is_operator("]"):
            self._no_bracket(argument, token, opener)
        return Index(target.start, self.close_bracket(), target, arguments)

    def _no_bracket(self, key: Node, token: Token, opener: Token) -> NoReturn:
        text = key.value if isinstance(key, Literal) and isinstance(key.value, str) else ""
        if "]" in text:
            at = key.start
            raise Mistake(at, at + 1, "missing-quote", "the closing quote of this key is missing")
        if token.kind is Kind.BAD:
            self.fail(token, "", "")
        raise Mistake(max(key.end - 1, 0), key.end, "missing-bracket", "] is missing behind this key")

    def parenthesised(self) -> list[Node]:
        """Parse ``(...)`` behind a name."""
        opener = self.open_bracket()
        items: list[Node] = []
        self.command_starts.add(self.current.start)
        self._items(opener, ")", items)
        self.close_bracket()
        return items

    def bare_arguments(self, *, command: bool = True) -> list[Node]:
        """Parse the arguments of a call without parentheses; a comma lets them go on on the next line.

        Args:
            command: whether the first one can be such a call itself.
        """
        items: list[Node] = []
        if command:
            self.command_starts.add(self.current.start)
        self.outer_do += 1
        while True:
            self._item(items)
            if not self.is_operator(","):
                self.outer_do -= 1
                return items
            comma = self.advance()
            self.need_argument(comma)

    def need_argument(self, comma: Token) -> None:
        """Go to the argument behind a comma.

        Raises:
            Mistake: the statement ends with the comma.
        """
        crossed = self.skip_newlines()
        token = self.current
        if token.kind is Kind.END or (crossed and self.at_setting(token)):
            raise Mistake(comma.start, comma.end, "stray-comma", "a setting cannot end with a comma")


def _opened(sign: str, line: int) -> str:
    return f"the {sign} of line {line} is not closed"
