"""Parses what decides or repeats: conditions, choices, blocks; refuses what is code."""

from __future__ import annotations

from typing import NoReturn

from ctl.syntax.expressions import Expressions
from ctl.syntax.mistake import Mistake
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import Block, Broken, Case, Conditional, Jump, Node, Parameter

_BLOCK_WORDS = frozenset({"while", "until", "for", "begin", "def", "class", "module"})
_OPENS_AT_BEGIN = _BLOCK_WORDS | {"if", "unless", "case"}
_CODE = "is not allowed: this file holds settings, not code"


class Branches(Expressions):
    """Parses what decides or repeats."""

    def condition(self) -> Node:
        """Parse a value with ``and`` and ``or``."""
        raise NotImplementedError

    def note(self, mistake: Mistake, begin: Token, nesting: int, brackets: int) -> None:
        """Note a mistake and go on where the next statement begins."""
        raise NotImplementedError

    def conditional(self) -> Node:
        """Parse ``if`` or ``unless`` up to its ``end``."""
        token = self.advance()
        self.deeper(token)
        node = self._branch(token)
        node.end = self._end_of(token)
        return node

    def _end_of(self, token: Token) -> int:
        """Take the ``end`` of what a word began; return where it ends.

        Raises:
            Mistake: there is none.
        """
        if not self.is_keyword("end"):
            self._no_else_if(token)
            if self.suspect is not None and self.suspect.start > token.start:
                token = self.suspect
            line = self.source.line(token.start)
            message = f"the {token.value} of line {line} has no end"
            self.fail(token, "missing-end", message, "write end on a line of its own")
        self._compare_indents(token, self.current)
        self.nesting -= 1
        return self.advance().end

    def _compare_indents(self, begin: Token, end: Token) -> None:
        """Remember the first indents that do not agree; where an end is missing later, they tell which."""
        difference = self._indent(begin) - self._indent(end)
        if difference > 0 and self.suspect is None:
            self.suspect = begin
        first = begin.value == "do" or self.source.text[: begin.start].rpartition("\n")[2].strip() == ""
        if difference < 0 and first and self.early_end is None:
            self.early_end = end

    def _indent(self, token: Token) -> int:
        """Count the blanks that the line of a token begins with."""
        text = self.source.text
        begin = text.rfind("\n", 0, token.start) + 1
        return len(text[begin : token.start]) - len(text[begin : token.start].lstrip())

    def _no_else_if(self, begin: Token) -> None:
        """Blame an ``else if``, which begins a condition with an ``end`` of its own."""
        if self.else_if is not None and self.else_if[0].start > begin.start:
            place = self.else_if[0].start, self.else_if[1].end
            raise Mistake(
                *place, "missing-end", "this else if needs an end of its own", "write elsif in its place"
            )

    def _then(self) -> None:
        crossed = self.skip_separators()
        if self.is_keyword("then"):
            self.advance()
        elif not crossed:
            self.fail(
                self.current, "unexpected", "the condition ends before this; a line break is expected here"
            )

    def no_jump(self, condition: Node) -> None:
        """Refuse ``next`` and ``break`` as what decides."""
        if isinstance(condition, Jump):
            message = f"{condition.word} has no value"
            raise Mistake(condition.start, condition.end, "unexpected", message)

    def _deciding(self, token: Token) -> Node:
        """Parse the condition behind a word; a wrong one ends its line alone: the branch keeps its end."""
        place = self.nesting, self.brackets
        try:
            condition = self.condition()
            self.no_jump(condition)
            self._then()
        except Mistake as mistake:
            self.note(mistake, token, *place)
            return Broken(token.start, self.last_end)
        return condition

    def _branch(self, token: Token) -> Conditional:
        condition = self._deciding(token)
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
            other = self.advance()
            if self.is_keyword("if"):
                self.else_if = other, self.current
            node.other = self.statements("end")
        return node

    def case(self) -> Node:
        """Parse ``case`` up to its ``end``."""
        token = self.advance()
        self.deeper(token)
        alone = self.current.kind is Kind.NEWLINE or self.is_keyword("when")
        subject = None if alone else self.expression()
        self.skip_separators()
        branches: list[tuple[list[Node], list[Node]]] = []
        while self.is_keyword("when"):
            self.advance()
            values = self.bare_arguments(command=False)
            self._then()
            branches.append((values, self.statements("end")))
        if not branches:
            self._skip_branches()
            raise Mistake(token.start, token.end, "unexpected", "this case has no when")
        other: list[Node] = []
        if self.is_keyword("else"):
            self.advance()
            other = self.statements("end")
        return Case(token.start, self._end_of(token), subject, branches, other)

    def _skip_branches(self) -> None:
        """Go behind the ``end`` of a choice without branches."""
        if self.is_keyword("end"):
            self.advance()

    def jump(self) -> Node:
        """Parse ``next`` or ``break``, which end a round of a block or all of them."""
        token = self.advance()
        word = str(token.value)
        if not self.blocks:
            self.fail(token, "unexpected", f"{word} can stand only in a block")
        if token.start not in self.statement_starts:
            self.fail(token, "unexpected", f"{word} has no value")
        follows = self.current
        ends = follows.kind in (Kind.NEWLINE, Kind.END, Kind.KEYWORD) and follows.value not in (
            "true",
            "false",
            "nil",
        )
        value = None if ends or self.is_operator("}") else self.expression()
        return Jump(token.start, self.last_end, word, value)

    def block(self, closing: str) -> Block:
        """Parse a block.

        Args:
            closing: ``}`` or ``end``.
        """
        opener = self.open_bracket() if closing == "}" else self.advance()
        if closing == "end":
            self.deeper(opener)
        outside, self.locals = self.locals, set(self.locals)
        parameters = self._parameters() if self.is_operator("|") or self.is_operator("||") else []
        own = _names(parameters)
        if _doubled(parameters):
            self.fail(opener, "unexpected", "two arguments of this block have one name")
        self.locals |= own
        self.blocks += 1
        self.has_blocks = True
        line_break, self.first_break = self.first_break, None
        begins = self.current.start
        try:
            body = self.statements(closing)
            end = self._block_end(opener, closing, begins)
        finally:
            self.first_break = line_break
            self.blocks -= 1
            made, self.locals = self.locals, outside
        return Block(opener.start, end, parameters, frozenset(made - outside | own), body)

    def _block_end(self, opener: Token, closing: str, begins: int) -> int:
        if closing == "end":
            return self._end_of(opener)
        at = self.first_break
        one_line = self.source.text.find("\n", opener.start, begins) < 0
        if not self.is_operator("}") and one_line and at is not None:
            raise Mistake(at - 1, at, "missing-bracket", "} is missing behind this, which ends the block")
        if not self.is_operator("}"):
            self.missing_closer(opener)
        return self.close_bracket()

    def _parameters(self) -> list[Parameter]:
        if self.accept("||"):
            return []
        self.advance()
        parameters = self._parameter_list("|")
        self.accept("|")
        return parameters

    def _parameter_list(self, closing: str) -> list[Parameter]:
        parameters: list[Parameter] = []
        while not self.is_operator(closing):
            star = "*" if self.accept("*") else ""
            if self.is_operator("("):
                self.deeper(self.advance())
                parameters.append(self._parameter_list(")"))
                self.nesting -= 1
                self.advance()
            elif self.current.kind is Kind.NAME:
                self.no_number(self.current)
                parameters.append(star + str(self.advance().value))
            else:
                self.fail(self.current, "unexpected", "the name of a block's argument is expected here")
            if self.is_operator("="):
                self.fail(self.current, "not-supported", "defaults of a block's arguments are not supported")
            if not self.is_operator(closing) and not self.accept(","):
                self.fail(self.current, "unexpected", f"a comma or {closing} is expected here")
            if self.is_operator(closing) and self.source.text[self.last_end - 1] == ",":
                if closing == ")":
                    self.fail(self.current, "unexpected", "a name is missing behind the comma")
                parameters.append("*")  # the comma takes an array apart, as a name behind it would
        return parameters

    def forbidden_word(self, token: Token) -> NoReturn:
        """Refuse a keyword, and skip the block that it begins.

        Raises:
            Mistake: always.
        """
        word = str(token.value)
        if word in _BLOCK_WORDS and token.kind is Kind.KEYWORD:
            self._skip_to_end()
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


def _listed(parameters: list[Parameter]) -> list[str]:
    names: list[str] = []
    for parameter in parameters:
        names += [parameter.lstrip("*")] if isinstance(parameter, str) else _listed(parameter)
    return [name for name in names if name and name[0] != "_"]


def _doubled(parameters: list[Parameter]) -> bool:
    names = _listed(parameters)
    return len(names) != len(set(names))


def _names(parameters: list[Parameter]) -> set[str]:
    names: set[str] = set()
    for parameter in parameters:
        names |= {parameter.lstrip("*")} if isinstance(parameter, str) else _names(parameter)
    return names - {""}
