"""Parses statements, and goes on at the next one after a mistake."""

from __future__ import annotations

from typing import NoReturn

from ctl.syntax.cursor import BRANCH_ENDS
from ctl.syntax.lexer import Lexer
from ctl.syntax.mistake import Mistake
from ctl.syntax.model import Limits
from ctl.syntax.plain import PlainSettings
from ctl.syntax.source import Source
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import (
    Binary,
    Call,
    Conditional,
    Constant,
    Group,
    Index,
    Literal,
    Name,
    Node,
    Several,
    Unary,
)

_MODIFIERS = frozenset({"if", "unless"})


class Parser(PlainSettings):
    """Parses a settings file."""

    def statements(self, closing: str | None) -> list[Node]:
        """Parse statements up to the text's end, a branch's end or a bracket.

        Args:
            closing: the bracket that ends them; ``end`` for those of a branch; None for the text's end.
        """
        nodes: list[Node] = []
        while True:
            end = self.last_end
            self.skip_separators()
            token = self.current
            if nodes and self.first_break is None and self.source.text.find("\n", end, token.start) >= 0:
                self.first_break = end
            if token.kind is Kind.END or len(self.mistakes) > self.limits.errors:
                return nodes
            if closing and token.kind is Kind.KEYWORD and token.value in BRANCH_ENDS:
                return nodes
            if closing and self.is_operator(closing):
                return nodes
            plain = self.plain_setting(token)
            if plain is not None:
                nodes.append(plain)
                continue
            nesting = self.nesting, self.brackets
            joined, outer = len(self.joined), (self.outer_do, len(self.saved_do))
            self.begin = token
            self.outer_do = 0
            if closing is None:
                self.command_starts.clear()
                self.statement_starts.clear()
            self.star = token
            try:
                nodes.append(self._statement())
            except Mistake as mistake:
                self.note(mistake, token, *nesting)
                del self.joined[joined:]
                del self.saved_do[outer[1] :]
                if closing == ")" or closing == "}":
                    raise
            except RecursionError:
                if closing is not None:
                    raise
                self.note(self._too_deep(token), token, *nesting)
            finally:
                self.outer_do = outer[0]

    def _too_deep(self, token: Token) -> Mistake:
        return Mistake(
            token.start, token.end, "limit", f"values are nested deeper than {self.limits.nesting}"
        )

    def note(self, mistake: Mistake, begin: Token, nesting: int, brackets: int) -> None:
        """Note a mistake and go on where the next statement begins."""
        self.first = self.first or mistake
        self.mistakes.append(mistake.diagnostic(self.source))
        depth = max(0, self.brackets - brackets)
        if mistake.code == "unclosed-heredoc":
            depth = self.limits.nesting  # its lines may look like anything but a setting
        else:
            self.lexer.skip_text_block(mistake.start)
        self.nesting, self.brackets = nesting, brackets
        if self.current is begin or not self.at_line_begin or not self._continues():
            self.recover(depth)

    def _continues(self) -> bool:
        """Tell whether the current token begins a statement or ends a branch: nothing needs skipping."""
        token = self.current
        branch = token.kind is Kind.KEYWORD and token.value in BRANCH_ENDS
        return branch or self.at_setting(token)

    def _statement(self) -> Node:
        token = self.current
        self._no_stray(token)
        node = self.condition()
        if self.is_operator(",") and (several := self._several(node)) is not None:
            node = several
        if isinstance(node, Unary) and node.sign in ("*", "**", "&"):
            raise Mistake(node.start, node.end, "unexpected", f"{node.sign} cannot stand here")
        while self.current.kind is Kind.KEYWORD:
            word = self.current.value
            if word in _MODIFIERS:
                self.advance()
                condition = self.condition()
                self.no_jump(condition)
                node = Conditional(node.start, condition.end, str(word), condition, [node], [])
            elif word == "do" and isinstance(node, Call) and node.block is None:
                node.block = self.block("end")
                node.end = self.last_end
            else:
                break
        self._end_of_statement(node)
        return node

    def condition(self) -> Node:
        """Parse a value with ``and`` and ``or``."""
        self.begins_statement()
        node = self.expression()
        while self.current.kind is Kind.KEYWORD and self.current.value in ("and", "or"):
            token = self.advance()
            self.skip_newlines()
            self.begins_statement()
            right = self.expression()
            node = Binary(
                node.start, right.end, "&&" if token.value == "and" else "||", node, right, token.start
            )
        return node

    def _no_stray(self, token: Token) -> None:
        if token.kind is Kind.OPERATOR and token.value in (")", "]", "}"):
            self.fail(token, "stray-bracket", f"this {token.value} closes nothing")
        if token.kind is Kind.KEYWORD and token.value in BRANCH_ENDS:
            early, self.early_end = self.early_end, None
            if early is not None:
                self.fail(early, "unexpected", "this end is one too many: no word of its indent is open")
            begin = "case" if token.value == "when" else "if"
            self.fail(token, "unexpected", f"this {token.value} belongs to no {begin}")
        if token.kind is Kind.LABEL:
            parts: tuple[object, ...] = token.value  # type: ignore[assignment]
            name = parts[0] if isinstance(parts[0], str) else ""
            form = f"{name} 'value'" if name.endswith("url") or name == "roles" else f"{name}['key'] = value"
            help = f"write {form}" if name in self.roots else None
            self.fail(token, "yaml-style", "a setting is not written with a colon", help)

    def _end_of_statement(self, node: Node) -> None:
        token = self.current
        if token.kind is Kind.NEWLINE or token.kind is Kind.END:
            return
        if token.kind is Kind.OPERATOR and token.value in (")", "}") and self.nesting:
            return
        if token.kind is Kind.KEYWORD and (token.value in BRANCH_ENDS or token.value == "then"):
            return
        self._junk(node, token)

    def _junk(self, node: Node, token: Token) -> NoReturn:
        sign = token.value if token.kind is Kind.OPERATOR else None
        unset = isinstance(node, Name | Index | Constant)
        if token.kind is Kind.BAD:
            self.fail(token, "", "")
        if sign == ",":
            self.fail(
                token,
                "stray-comma",
                "a setting ends here, without a comma",
                "several values stand in brackets: [a, b]",
            )
        if sign in (")", "]", "}"):
            self.fail(token, "stray-bracket", f"this {sign} closes nothing")
        if unset and sign in ("=>", ":", "::"):
            self.fail(token, "missing-equals", f"= is expected between a setting and its value, not {sign}")
        if isinstance(node, Index) and _begins_value(token):
            self.fail(token, "missing-equals", "= is missing before this value")
        if token.kind is Kind.KEYWORD:
            self.forbidden_word(token)
        if isinstance(node, Literal) and sign == "=":
            self.fail(
                token,
                "unexpected",
                "a value cannot be given another value",
                "the setting's name stands left of =",
            )
        self.fail(token, "unexpected", "the setting ends before this; a line break is expected here")

    def _several(self, first: Node) -> Node | None:
        """Parse ``, b = 1, 2`` behind a first name; None when this is no assignment of several names."""
        line = self.source.text[self.current.start : self.source.line_end(self.current.start)]
        if not isinstance(first, Name | Index | Unary | Group) or "=" not in line.replace("=>", ""):
            return None
        targets = [self._target(first)]
        while self.accept(","):
            if self.is_operator("="):
                break
            self.star = self.current
            targets.append(self._target(self.expression(1)))
        sign = self.current
        if not self.accept("="):
            self.fail(sign, "unexpected", f"= is expected behind {len(targets)} names")
        self.need_value(sign, "=")
        self.star = self.current
        self.command_starts.add(self.current.start)
        values = [self.expression()]
        while self.accept(","):
            self.skip_newlines()
            self.star = self.current
            values.append(self.expression())
        return Several(first.start, self.last_end, targets, values)

    def _target(self, node: Node) -> Node:
        """Make a target of a node; the names in it are local variables from here on."""
        if isinstance(node, Unary) and node.sign == "*":
            return Unary(node.start, node.end, "*", self._target(node.operand))
        if isinstance(node, Name):
            self.declare(node)
        elif not isinstance(node, Index):
            raise Mistake(node.start, node.end, "not-supported", "this cannot be assigned beside others")
        return node


def _begins_value(token: Token) -> bool:
    if token.kind is Kind.OPERATOR:
        return token.value in ("[", "{", "(", "-")
    if token.kind is Kind.KEYWORD:
        return token.value in ("true", "false", "nil")
    return token.kind in (Kind.STRING, Kind.NUMBER, Kind.NAME, Kind.CONSTANT, Kind.HEREDOC)


def parse(
    source: Source, limits: Limits, roots: frozenset[str], known: frozenset[str] = frozenset()
) -> tuple[list[Node], Parser]:
    """Parse a settings file.

    Args:
        source: the text.
        limits: see `Limits`.
        roots: the names of the top level; they help to find the next setting after a mistake.
        known: local variables that are known before the first line.

    Returns:
        The statements without a mistake, and the parser, which holds the mistakes and the names of the
        local variables.
    """
    parser = Parser(source, limits, roots, Lexer(source, limits))
    parser.locals |= known
    return parser.statements(None), parser
