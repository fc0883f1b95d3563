"""Parses values: operators by precedence, indexes and calls, strings."""

from __future__ import annotations

import re

from ctl.syntax.mistake import Mistake
from ctl.syntax.texts import Texts
from ctl.syntax.tokens import Complaint, Kind, Parts, Token
from ctl.syntax.tree import (
    Array,
    Assign,
    Binary,
    Call,
    Command,
    Constant,
    Group,
    Index,
    Literal,
    Name,
    Node,
    Regex,
    Symbol,
    Ternary,
    TextBlock,
    Unary,
    Variable,
)

# How strongly operators bind; all but ** from the left. What stands in a hash's key binds above `ARROW`.
_BINDS = {
    "..": 2,
    "...": 2,
    "||": 3,
    "&&": 4,
    "<=>": 5,
    "==": 5,
    "===": 5,
    "!=": 5,
    "=~": 5,
    "!~": 5,
    "<": 6,
    "<=": 6,
    ">": 6,
    ">=": 6,
    "|": 7,
    "^": 7,
    "&": 8,
    "<<": 9,
    ">>": 9,
    "+": 10,
    "-": 10,
    "*": 11,
    "/": 11,
    "%": 11,
    "**": 13,
}
_UNARY_MINUS = 12
_UNARY = 14
_ASSIGNS = frozenset({"=", "||=", "&&=", "+=", "-=", "*=", "/=", "%=", "**=", "|=", "&=", "^=", "<<=", ">>="})
_ARGUMENT = frozenset(
    {
        Kind.STRING,
        Kind.NUMBER,
        Kind.NAME,
        Kind.CONSTANT,
        Kind.SYMBOL,
        Kind.LABEL,
        Kind.WORDS,
        Kind.SYMBOLS,
        Kind.HEREDOC,
        Kind.COMMAND,
        Kind.REGEX,
        Kind.VARIABLE,
        Kind.BAD,
    }
)
_ARGUMENT_WORDS = frozenset({"true", "false", "nil", "self", "defined?", "not"})
_LITERAL_WORDS: dict[object, bool | None] = {"true": True, "false": False, "nil": None}
_SPACED_INDEX = re.compile(r"(?:\[[^\]\n]*\][ \t]*)+=(?![=>~])")
# Words beside each other are text without quotes, unless the first one is a function.
_WORDS = frozenset({Kind.NAME, Kind.CONSTANT, Kind.NUMBER})
_TAKES_WORDS = frozenset(
    [
        "eval",
        "Integer",
        "Float",
        "String",
        "Array",
        "system",
        "exec",
        "spawn",
        "require",
        "lambda",
        "proc",
        "raise",
        "rand",
    ]
)


class Expressions(Texts):
    """Parses values."""

    def expression(self, least: int = 0) -> Node:
        """Parse a value.

        Args:
            least: operators that bind less strongly end the value; above 0 nothing is assigned in it.
        """
        left = self.operand()
        while True:
            token = self.current
            if token.kind is not Kind.OPERATOR:
                return left
            sign = str(token.value)
            binds = _BINDS.get(sign)
            if binds is not None and binds >= max(least, 2):
                left = self._binary(left, token, sign, binds)
            elif sign == "?" and least <= 1:
                left = self._ternary(left, token)
            elif (
                sign in _ASSIGNS
                and least == 0
                and isinstance(left, Name | Index | Call | Constant | Variable)
            ):
                return self._assign(left, token, sign)
            else:
                return left

    def _binary(self, left: Node, token: Token, sign: str, binds: int) -> Node:
        self.advance()
        self.skip_newlines()
        self.deeper(token)
        right = self.expression(binds if sign == "**" else binds + 1)
        self.nesting -= 1
        return Binary(left.start, right.end, sign, left, right, token.start)

    def _ternary(self, condition: Node, token: Token) -> Node:
        self.advance()
        self.skip_newlines()
        self.deeper(token)
        if self.current.kind is Kind.LABEL:
            self.fail(self.current, "unexpected", "a blank is missing before the : of this choice")
        yes = self.expression(1)
        self.skip_newlines()
        if not self.accept(":"):
            self.fail(self.current, "unexpected", "the : of this choice is missing")
        self.skip_newlines()
        no = self.expression(1)
        self.nesting -= 1
        return Ternary(condition.start, no.end, condition, yes, no)

    def _assign(self, target: Node, token: Token, sign: str) -> Node:
        if isinstance(target, Call) and (target.receiver is None or target.arguments):
            self.fail(token, "unexpected", f"{sign} cannot stand behind a call")
        if isinstance(target, Name):
            self.locals.add(target.name)
        self.advance()
        self.deeper(token)
        self.need_value(token, sign)
        value = self.expression()
        self.nesting -= 1
        return Assign(target.start, value.end, target, sign, value)

    def operand(self) -> Node:
        """Parse a value without binary operators: a literal, a name, what is indexed or called on it."""
        token = self.current
        kind = token.kind
        if kind is Kind.STRING:
            node = self.string_literal(adjacent=True)
        elif kind is Kind.NAME or kind is Kind.CONSTANT:
            node = self._named(token)
        elif kind is Kind.NUMBER:
            self.advance()
            node = Literal(token.start, token.end, token.value)  # type: ignore[arg-type]
            self.no_quote_behind(token)
        elif kind is Kind.OPERATOR:
            if token.value == "[":
                node = self.array()
            elif token.value == "{":
                node = self.hash()
            else:
                return self._signed(token)
        elif kind is Kind.KEYWORD:
            node = self._word(token)
        else:
            node = self._rare(token)
        sign = self.current
        if sign.kind is Kind.OPERATOR and (sign.value in ("[", ".", "&.", "::")):
            return self._postfix(node)
        return node

    def _postfix(self, node: Node) -> Node:
        for _ in range(self.limits.nesting):
            token = self.current
            if token.kind is not Kind.OPERATOR:
                return node
            if token.value == "[" and not token.space:
                node = self.index(node)
            elif token.value in (".", "&."):
                node = self._method(node)
            elif token.value == "::":
                self.advance()
                name = self.current
                if name.kind is not Kind.CONSTANT:
                    self.fail(name, "unexpected", "a name that begins with a capital is expected behind ::")
                self.advance()
                node = Call(node.start, name.end, node, str(name.value), [], name.start, name.end, None)
            else:
                return node
        self.fail(
            self.current, "limit", f"more than {self.limits.nesting} calls or indexes hang on each other"
        )

    def _method(self, receiver: Node) -> Node:
        dot = self.advance()
        if dot.value == "&.":
            self.fail(dot, "not-supported-yet", "&. is not supported yet", "write a plain dot")
        self.skip_newlines()
        name = self.current
        if name.kind not in (Kind.NAME, Kind.CONSTANT, Kind.KEYWORD):
            self.fail(name, "unexpected", "a method's name is expected behind the dot")
        self.advance()
        return self._arguments_of(receiver, name)

    def _named(self, token: Token) -> Node:
        self.advance()
        following = self.current
        name = str(token.value)
        self.no_quote_behind(token)
        if following.kind is Kind.OPERATOR:
            if following.value == "(" and not following.space:
                return self._arguments_of(None, token)
            if following.value == "[" and following.space and name not in self.locals:
                return self._spaced_bracket(token, following)
            if following.value == "{" and token.kind is Kind.NAME:
                return self._arguments_of(None, token)
        if self.begins_argument(following) and name not in self.locals:
            if following.kind in _WORDS and token is not self.begin and name not in _TAKES_WORDS:
                complaint = "unquoted-value", "these words are not a value; text must stand in quotes"
                raise Mistake(token.start, following.end, *complaint, "write '...' around them")
            return self._arguments_of(None, token)
        if token.kind is Kind.CONSTANT:
            return Constant(token.start, token.end, name)
        return Name(token.start, token.end, name)

    def _spaced_bracket(self, token: Token, bracket: Token) -> Node:
        if _SPACED_INDEX.match(self.source.text, bracket.start):
            raise Mistake(
                token.end,
                bracket.start,
                "space-before-bracket",
                "no space may stand before the [ of a setting",
                f"write {token.value}[...]",
            )
        return self._arguments_of(None, token)

    def begins_argument(self, token: Token) -> bool:
        """Tell whether a token behind a name makes the name a call: ``external_url 'x'``."""
        if not token.space:
            return False
        if token.kind is Kind.KEYWORD:
            return token.value in _ARGUMENT_WORDS
        if token.kind is Kind.OPERATOR:
            return token.value == "["
        return token.kind in _ARGUMENT

    def _arguments_of(self, receiver: Node | None, name: Token) -> Node:
        """Parse what a name is called with; a block's inside is skipped."""
        arguments: list[Node] = []
        if self.is_operator("(") and not self.current.space:
            arguments = self.parenthesised()
        elif self.begins_argument(self.current):
            self.deeper(name)
            arguments = self.bare_arguments()
            self.nesting -= 1
        start = name.start if receiver is None else receiver.start
        node = Call(start, self.last_end, receiver, str(name.value), arguments, name.start, name.end, None)
        if self.is_operator("{"):
            node.block = self.skip_braces()
        elif self.is_keyword("do"):
            node.block = self.skip_block()
        return node

    def _signed(self, token: Token) -> Node:
        sign = str(token.value)
        if sign == "(":
            return self._postfix(self._group(token))
        if sign not in ("-", "+", "!", "~", "*", "**", "&"):
            if sign == "->":
                self.fail(token, "forbidden", "-> is not allowed: this file holds settings, not code")
            self.fail(token, *self.no_value(token))
        self.advance()
        if sign == "-" and self.current.kind is Kind.NUMBER and not self.current.space:
            return self._negative(token)
        self.deeper(token)
        if sign == "&" and self.current.kind is Kind.SYMBOL:
            operand = self.operand()
        else:
            operand = self.expression(_UNARY_MINUS if sign == "-" else _UNARY)
        self.nesting -= 1
        return Unary(token.start, operand.end, sign, operand)

    def _negative(self, sign: Token) -> Node:
        """Parse a number behind a minus; ``-2.abs`` is 2, but ``-2 ** 2`` is -4."""
        token = self.advance()
        number: int | float = token.value  # type: ignore[assignment]
        if self.is_operator("**"):
            power = self._binary(Literal(token.start, token.end, number), self.current, "**", _BINDS["**"])
            return Unary(sign.start, power.end, "-", power)
        self.no_quote_behind(token)
        return self._postfix(Literal(sign.start, token.end, -number))

    def _group(self, token: Token) -> Node:
        self.open_bracket()
        body = self.statements(")")
        if not self.is_operator(")"):
            self.missing_closer(token)
        return Group(token.start, self.close_bracket(), body)

    def _word(self, token: Token) -> Node:
        word = token.value
        if word in _LITERAL_WORDS:
            self.advance()
            return Literal(token.start, token.end, _LITERAL_WORDS[word])
        if word in ("not", "defined?"):
            self.advance()
            self.deeper(token)
            operand = self.expression(1)
            self.nesting -= 1
            return Unary(token.start, operand.end, str(word), operand)
        if word in ("if", "unless"):
            return self.conditional()
        return self.forbidden_word(token)

    def _rare(self, token: Token) -> Node:
        kind = token.kind
        if kind is Kind.HEREDOC:
            self.advance()
            block: tuple[Parts, int, int] = token.value  # type: ignore[assignment]
            return TextBlock(token.start, token.end, self.text(token, block[0]), block[1])
        if kind is Kind.SYMBOL:
            self.advance()
            text = self.text(token, token.value)
            if not isinstance(text, Literal):
                self.fail(token, "not-supported-yet", "#{} in a symbol is not supported yet")
            return Symbol(token.start, token.end, str(text.value))
        if kind is Kind.WORDS or kind is Kind.SYMBOLS:
            self.advance()
            make = Literal if kind is Kind.WORDS else Symbol
            words: tuple[tuple[str]] = token.value  # type: ignore[assignment]
            return Array(token.start, token.end, [make(token.start, token.end, word[0]) for word in words])
        if kind is Kind.COMMAND:
            self.advance()
            only: object = token.value[0]  # type: ignore[index]
            return Command(token.start, token.end, only if isinstance(only, str) else None)
        if kind is Kind.VARIABLE:
            self.advance()
            return Variable(token.start, token.end, str(token.value))
        if kind is Kind.REGEX:
            self.advance()
            return Regex(token.start, token.end)
        self.fail(token, *self.no_value(token))

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
