"""Parses statements, and goes on at the next one after a mistake."""

from __future__ import annotations

from typing import NoReturn

from ctl.syntax.expressions import Expressions
from ctl.syntax.lexer import Lexer
from ctl.syntax.mistake import Mistake
from ctl.syntax.model import Limits
from ctl.syntax.source import Source
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import Binary, Call, Conditional, Constant, Index, Literal, Name, Node

_BLOCK_WORDS = frozenset({"while", "until", "for", "case", "begin", "def", "class", "module"})
_OPENS_AT_BEGIN = _BLOCK_WORDS | {"if", "unless"}
_MODIFIERS = frozenset({"if", "unless"})
_CODE = "is not allowed: this file holds settings, not code"


class Parser(Expressions):
    """Parses a settings file."""

    def statements(self, closing: str | None) -> list[Node]:
        """Parse statements up to the text's end, a branch's end or a bracket.

        Args:
            closing: the bracket that ends them; ``end`` for those of a branch; None for the text's end.
        """
        found: list[Node] = []
        while True:
            self.skip_newlines()
            token = self.current
            if token.kind is Kind.END or len(self.mistakes) > self.limits.errors:
                return found
            if closing == "end" and token.kind is Kind.KEYWORD and token.value in ("end", "else", "elsif"):
                return found
            if closing == ")" and self.is_operator(")"):
                return found
            nesting = self.nesting, self.brackets
            joined = len(self.joined)
            self.begin = token
            try:
                found.append(self._statement())
            except Mistake as mistake:
                self._note(mistake, token, *nesting)
                del self.joined[joined:]
                if closing == ")":
                    raise
            except RecursionError:
                if closing is not None:
                    raise
                self._note(self._too_deep(token), token, *nesting)

    def _too_deep(self, token: Token) -> Mistake:
        return Mistake(
            token.start, token.end, "limit", f"values are nested deeper than {self.limits.nesting}"
        )

    def _note(self, mistake: Mistake, begin: Token, nesting: int, brackets: int) -> None:
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
        branch = token.kind is Kind.KEYWORD and token.value in ("end", "else", "elsif")
        return branch or self.at_setting(token)

    def _statement(self) -> Node:
        token = self.current
        self._no_stray(token)
        node = self._condition()
        while self.current.kind is Kind.KEYWORD:
            word = self.current.value
            if word in _MODIFIERS:
                self.advance()
                condition = self._condition()
                node = Conditional(node.start, condition.end, str(word), condition, [node], [])
            elif word == "do" and isinstance(node, Call):
                node.block = self.skip_block()
            else:
                break
        self._end_of_statement(node)
        return node

    def _condition(self) -> Node:
        """Parse a value with ``and`` and ``or``."""
        node = self.expression()
        while self.current.kind is Kind.KEYWORD and self.current.value in ("and", "or"):
            token = self.advance()
            self.skip_newlines()
            right = self.expression()
            node = Binary(
                node.start, right.end, "&&" if token.value == "and" else "||", node, right, token.start
            )
        return node

    def _no_stray(self, token: Token) -> None:
        if token.kind is Kind.OPERATOR and token.value in (")", "]", "}"):
            self.fail(token, "stray-bracket", f"this {token.value} closes nothing")
        if token.kind is Kind.KEYWORD and token.value in ("end", "else", "elsif"):
            self.fail(token, "unexpected", f"this {token.value} belongs to no if")
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
        if token.kind is Kind.KEYWORD and token.value in ("end", "else", "elsif", "then"):
            return
        self._junk(node, token)

    def _junk(self, node: Node, token: Token) -> NoReturn:
        sign = token.value if token.kind is Kind.OPERATOR else None
        unset = isinstance(node, Name | Index | Constant)
        if token.kind is Kind.BAD:
            self.fail(token, "", "")
        if sign == "," and unset and self._assigns_several():
            self.fail(token, "not-supported-yet", "assigning several names at once is not supported yet")
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

    def _assigns_several(self) -> bool:
        line = self.source.text[self.current.start : self.source.line_end(self.current.start)]
        return "=" in line.replace("=>", "")

    def conditional(self) -> Node:
        """Parse ``if`` or ``unless`` up to its ``end``."""
        token = self.advance()
        self.deeper(token)
        node = self._branch(token)
        if not self.is_keyword("end"):
            line = self.source.line(token.start)
            self.fail(
                token,
                "missing-end",
                f"the {token.value} of line {line} has no end",
                "write end on a line of its own",
            )
        node.end = self.advance().end
        self.nesting -= 1
        return node

    def _branch(self, token: Token) -> Conditional:
        condition = self._condition()
        if self.is_keyword("then"):
            self.advance()
        body = self.statements("end")
        node = Conditional(token.start, self.last_end, str(token.value), condition, body, [])
        if self.is_keyword("elsif"):
            inner = self.advance()
            self.deeper(inner)
            branch = self._branch(inner)
            branch.word = "if"
            self.nesting -= 1
            node.other = [branch]
        elif self.is_keyword("else"):
            self.advance()
            node.other = self.statements("end")
        return node

    def forbidden_word(self, token: Token) -> NoReturn:
        """Refuse a keyword, and skip the block that it begins.

        Raises:
            Mistake: always.
        """
        word = str(token.value)
        if word in _BLOCK_WORDS and token.kind is Kind.KEYWORD:
            self._skip_to_end()
            if word == "case":
                raise Mistake(token.start, token.end, "not-supported-yet", "case is not supported")
            raise Mistake(token.start, token.end, "forbidden", f"{word} {_CODE}")
        if word in ("end", "else", "elsif", "then", "do", "when", "in", "and", "or", "not", "if", "unless"):
            self.fail(token, "unexpected", f"{word} cannot stand here")
        self.fail(token, "forbidden", f"{word} {_CODE}")

    def _skip_to_end(self) -> int:
        """Go behind the ``end`` of the block whose first word is the current token; return its offset."""
        depth = 0
        begins = True
        loop = False
        while self.current.kind is not Kind.END:
            token = self.advance()
            if token.kind is Kind.KEYWORD:
                if token.value == "end":
                    depth -= 1
                elif token.value in _OPENS_AT_BEGIN and begins:
                    depth += 1
                    loop = token.value in ("while", "until", "for")
                elif token.value == "do" and not loop:
                    depth += 1
                elif token.value == "do":
                    loop = False
                if depth == 0:
                    return token.end
            begins = token.kind is Kind.NEWLINE or (
                token.kind is Kind.OPERATOR and token.value in ("=", "(", "||=")
            )
            loop = loop and token.kind is not Kind.NEWLINE
        return self.last_end

    def skip_block(self) -> tuple[int, int]:
        """Skip ``do ... end``; return where it stands."""
        start = self.current.start
        return start, self._skip_to_end()

    def skip_braces(self) -> tuple[int, int]:
        """Skip ``{ ... }``; return where it stands."""
        start = self.current.start
        depth = 0
        while self.current.kind is not Kind.END:
            token = self.advance()
            if token.kind is Kind.OPERATOR and token.value in ("{", "}"):
                depth += 1 if token.value == "{" else -1
                if depth == 0:
                    break
        return start, self.last_end


def _begins_value(token: Token) -> bool:
    if token.kind is Kind.OPERATOR:
        return token.value in ("[", "{", "(", "-")
    if token.kind is Kind.KEYWORD:
        return token.value in ("true", "false", "nil")
    return token.kind in (Kind.STRING, Kind.NUMBER, Kind.NAME, Kind.CONSTANT, Kind.HEREDOC)


def parse(source: Source, limits: Limits, roots: frozenset[str]) -> tuple[list[Node], Parser]:
    """Parse a settings file.

    Args:
        source: the text.
        limits: see `Limits`.
        roots: the names of the top level; they help to find the next setting after a mistake.

    Returns:
        The statements without a mistake, and the parser, which holds the mistakes and the names of the
        local variables.
    """
    parser = Parser(source, limits, roots, Lexer(source, limits))
    return parser.statements(None), parser
