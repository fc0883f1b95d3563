"""Parses values: operators by precedence, indexes and calls, strings."""

from __future__ import annotations

from ctl.regex import compile_late
from ctl.syntax.invocations import Invocations
from ctl.syntax.mistake import Mistake
from ctl.syntax.precedence import BINDS as _BINDS
from ctl.syntax.precedence import UNARY as _UNARY
from ctl.syntax.precedence import UNARY_MINUS as _UNARY_MINUS
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import (
    Assign,
    Binary,
    Call,
    Conditional,
    Constant,
    Group,
    Index,
    Literal,
    Name,
    Node,
    Ternary,
    Unary,
    Variable,
)
from ctl.syntax.wording import CONSTANTS

_ASSIGNS = frozenset({"=", "||=", "&&=", "+=", "-=", "*=", "/=", "%=", "**=", "|=", "&=", "^=", "<<=", ">>="})
_ALONE = frozenset({"==", "!=", "===", "=~", "!~", "<=>", "..", "..."})
_ASSIGNS_BEHIND = frozenset({0, _BINDS["||"] + 1, _BINDS["&&"] + 1})
_ARROW_BEHIND = compile_late(r"[ \t]*=>")
_LITERAL_WORDS: dict[object, bool | None] = {"true": True, "false": False, "nil": None}


class Expressions(Invocations):
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
                and least in _ASSIGNS_BEHIND
                and isinstance(left, Name | Index | Call | Constant | Variable)
            ):
                return self._assign(left, token, sign)
            else:
                return left

    def _binary(self, left: Node, token: Token, sign: str, binds: int) -> Node:
        self.advance()
        ends = self.is_operator("]") or self.is_operator(")") or self.is_keyword("then")
        if sign in ("..", "...") and ends:
            return Binary(left.start, token.end, sign, left, Literal(token.end, token.end, None), token.start)
        crossed = self.skip_newlines()
        if self.current.kind is Kind.END or (crossed and self._goes_on_without()):
            raise Mistake(token.start, token.end, "missing-value", f"a value is missing after {sign}")
        self.deeper(token)
        right = self.expression(binds if sign == "**" else binds + 1)
        self.nesting -= 1
        follows = self.current
        alone = sign in _ALONE and follows.kind is Kind.OPERATOR and follows.value in _ALONE
        if alone and binds == _BINDS[str(follows.value)]:
            self.fail(follows, "unexpected", f"{follows.value} cannot follow {sign} without parentheses")
        return Binary(left.start, right.end, sign, left, right, token.start)

    def _goes_on_without(self) -> bool:
        """Tell whether a line cannot be the right side of an operator that ends the line before."""
        token = self.current
        pair = token.kind is Kind.LABEL or _ARROW_BEHIND.match(self.source.text, token.end) is not None
        return pair or self.at_statement(token)

    def _ternary(self, condition: Node, token: Token) -> Node:
        self.advance()
        self.skip_newlines()
        self.deeper(token)
        if self.current.kind is Kind.LABEL:
            yes = self._label_as_value()
        else:
            yes = self.expression(1)
            end, crossed = self.last_end, self.skip_newlines()
            self._no_symbol(yes)
            if not self.accept(":"):
                message = "the : of this choice is missing"
                if crossed or self.current.kind is Kind.END:
                    raise Mistake(end - 1, end, "unexpected", message)
                self.fail(self.current, "unexpected", message)
        self.skip_newlines()
        no = self.expression(1)
        self.nesting -= 1
        return Ternary(condition.start, no.end, condition, yes, no)

    def _no_symbol(self, node: Node) -> None:
        """Refuse ``name :value``, which is a call with a symbol to Ruby."""
        colon = self.current
        glued = not self.source.text[colon.end : colon.end + 1].isspace()
        word = isinstance(node, Name) and not node.local and colon.space
        if isinstance(node, Call):
            word = node.end == node.name_end and node.block is None
        if word and self.is_operator(":") and glued:
            self.fail(colon, "unexpected", "a blank is missing behind this :")

    def _label_as_value(self) -> Node:
        """Parse ``'a':`` between ``?`` and ``:``, where it is a value and the colon."""
        token = self.advance()
        value = self.text(token, token.value)
        value.end -= 1
        name = self.source.text[token.start : value.end]
        if name[0] in "'\"":
            return value
        if name in _LITERAL_WORDS:
            return Literal(token.start, value.end, _LITERAL_WORDS[name])
        self.unread.pop(name, None)
        return Name(token.start, value.end, name, name in self.locals)

    def _assign(self, target: Node, token: Token, sign: str) -> Node:
        if isinstance(target, Call) and (target.receiver is None or target.arguments):
            self.fail(token, "unexpected", f"{sign} cannot stand behind a call")
        constant = isinstance(target, Constant) and target.name not in CONSTANTS
        if constant and sign not in ("=", "||=") and target.name not in self.locals:  # type: ignore[attr-defined]
            self.fail(token, "unexpected", f"{sign} needs a constant that has a value")
        if isinstance(target, Constant) and constant:
            target = Name(target.start, target.end, target.name, True)
        if isinstance(target, Name) and target.name[-1] in "?!":
            self.fail(token, "unexpected", f"a name that ends with {target.name[-1]} cannot be assigned")
        if isinstance(target, Name) and not constant:
            self.declare(target)
        self.advance()
        self.deeper(token)
        self.need_value(token, sign)
        if target.start in self.statement_starts:
            self.star = self.current
        self.command_starts.add(self.current.start)
        value = self.expression()
        self.nesting -= 1
        if self.is_operator("=>"):
            self.lost_brace(token)
        if isinstance(target, Name) and constant:
            self.declare(target)
        if sign != "=" and isinstance(target, Name):
            self.unread.pop(target.name, None)
        return Assign(target.start, value.end, target, sign, value)

    def declare(self, target: Name) -> None:
        """Note that a local variable is known from here on."""
        self.no_number(target)
        if target.name not in self.locals:
            self.locals.add(target.name)
            self.unread[target.name] = (target.start, target.end)

    def operand(self) -> Node:
        """Parse a value without binary operators: a literal, a name, what is indexed or called on it."""
        token = self.current
        kind = token.kind
        if kind is Kind.STRING:
            node = self.string_literal(adjacent=True)
        elif kind is Kind.NAME or kind is Kind.CONSTANT:
            node = self.named(token)
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
            node = self.literal(token)
        sign = self.current
        if sign.kind is Kind.OPERATOR and (sign.value in ("[", ".", "&.", "::")):
            return self.postfix(node)
        return node

    def _signed(self, token: Token) -> Node:
        sign = str(token.value)
        if sign == "(":
            return self.postfix(self._group(token))
        if sign in ("..", "..."):
            self.advance()
            last = self.expression(_BINDS[sign] + 1)
            return Binary(
                token.start, last.end, sign, Literal(token.start, token.start, None), last, token.start
            )
        if sign not in ("-", "+", "!", "~", "*", "**", "&"):
            if sign == "->":
                self.fail(token, "forbidden", "-> is not allowed: this file holds settings, not code")
            self.fail(token, *self.no_value(token))
        if sign in ("*", "**", "&") and token is not self.star:
            self.fail(token, *self.no_value(token))
        self.advance()
        if sign == "!":
            self.command_starts.add(self.current.start)
        if sign == "-" and self.current.kind is Kind.NUMBER and not self.current.space:
            return self._negative(token)
        self.deeper(token)
        if sign == "&" and self.current.kind is Kind.SYMBOL:
            operand = self.operand()
        elif sign == "*":
            operand = self.expression(1)
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
        return self.postfix(Literal(sign.start, token.end, -number))

    def _group(self, token: Token) -> Group:
        self.open_bracket()
        body = self.statements(")")
        if not self.is_operator(")"):
            self.missing_closer(token)
        return Group(token.start, self.close_bracket(), body)

    def _one_value(self, group: Group) -> None:
        """Refuse statements where one value is expected."""
        only = group.body[0] if group.body else None
        modified = isinstance(only, Conditional) and only.body and only.body[0].start == only.start
        if len(group.body) > 1 or modified:
            raise Mistake(group.start, group.end, "unexpected", "one value is expected in parentheses")

    def _word(self, token: Token) -> Node:
        word = token.value
        if word in _LITERAL_WORDS:
            self.advance()
            return Literal(token.start, token.end, _LITERAL_WORDS[word])
        if word in ("__FILE__", "__dir__"):
            self.advance()
            path = self.source.file
            return Literal(
                token.start, token.end, path if word == "__FILE__" else path.rpartition("/")[0] or "."
            )
        if word == "__LINE__":
            self.advance()
            return Literal(token.start, token.end, self.source.line(token.start))
        if word in ("not", "defined?"):
            self.advance()
            here = token.start in self.statement_starts and not (
                self.is_operator("[") and not self.current.space
            )
            bracket = self.is_operator("(") and not self.current.space
            if word == "not" and bracket:
                group = self._group(self.current)
                self._one_value(group)
                return Unary(token.start, group.end, "not", group)
            if word == "not" and (not here or self.is_operator("{")):
                self.fail(token, "unexpected", "not can stand only before a whole condition", "write !")
            self.begins_statement()
            self.deeper(token)
            operand = self.expression(1)
            self.nesting -= 1
            return Unary(token.start, operand.end, str(word), operand)
        if word in ("if", "unless"):
            return self.conditional()
        if word == "case":
            return self.case()
        if word in ("next", "break"):
            return self.jump()
        return self.forbidden_word(token)
