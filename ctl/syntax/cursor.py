"""The parser's view of the tokens: look ahead, take, complain, and find the next setting after a mistake."""

from __future__ import annotations

from typing import NoReturn

from ctl.diagnostics.model import Diagnostic
from ctl.regex import compile_late
from ctl.syntax.lexer import Lexer
from ctl.syntax.mistake import Mistake
from ctl.syntax.model import Limits
from ctl.syntax.source import Source
from ctl.syntax.tokens import Complaint, Kind, Token
from ctl.syntax.tree import Node

_OPENERS = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = frozenset(_OPENERS.values())

# A line that cannot be the inside of a hash or an array: a setting is assigned there.
_INDEX_SETTING = compile_late(r"[A-Za-z_]\w*(?:\[[^\]\n]{0,200}\])+[ \t]*=(?![=>~])")
_CALL_SETTING = compile_late(
    r"([a-z_]\w*)(?:[ \t]+(?:['\"\[{%:<]|ENV\b)|[ \t]*\([ \t]*['\"\[{%]|[ \t]*=(?![=>~]))"
)
BRANCH_ENDS = frozenset({"end", "else", "elsif", "when"})
_ANY_CALL = compile_late(r"\w*_url$|roles$|(?:from_file|eval|require)$")
_ASSIGNMENT = compile_late(r"[a-z_]\w*[ \t]*(?:[-+*]|\|\||&&)?=(?![=~>])")
_CAN_BEGIN = frozenset(
    {Kind.NAME, Kind.CONSTANT, Kind.KEYWORD, Kind.VARIABLE, Kind.COMMAND, Kind.BAD, Kind.END}
)


class Cursor:
    """Stands before a token.

    Args:
        source: the text.
        limits: see `Limits`.
        roots: the names of the top level.
        lexer: where tokens come from.
        tokens: the tokens of ``#{}``, which are read already.
    """

    def __init__(
        self,
        source: Source,
        limits: Limits,
        roots: frozenset[str],
        lexer: Lexer,
        tokens: list[Token] | None = None,
    ) -> None:
        self.source = source
        self.limits = limits
        self.roots = roots
        self.lexer = lexer
        self.nesting = 0
        self.brackets = 0
        self.outer_do = 0  # calls without parentheses around this place: a do belongs to the outermost
        self.saved_do: list[int] = []
        self.command_starts: set[int] = set()  # where a call without parentheses may begin
        self.statement_starts: set[int] = set()  # where a statement or a condition begins
        self.star: Token | None = None  # the token that may be a star that takes an array apart
        self.mistakes: list[Diagnostic] = []
        self.last_end = 0
        self.at_line_begin = True
        self._tokens = tokens
        self._at = 0
        self.current: Token = lexer.token() if tokens is None else tokens[0]

    def advance(self) -> Token:
        """Take the current token."""
        taken = self.current
        self.at_line_begin = taken.kind is Kind.NEWLINE
        if not self.at_line_begin:
            self.last_end = taken.end
        tokens = self._tokens
        if tokens is None:
            self.current = self.lexer.token()
        else:
            self._at = min(self._at + 1, len(tokens) - 1)
            self.current = tokens[self._at]
        return taken

    def take_line(self, token: Token, end: int) -> bool:
        """Take the current token and the rest of its line; tell whether the statement ends with the line.

        Args:
            token: the current token, a name.
            end: the offset behind the last character that is no blank and no comment.
        """
        if self._tokens is not None:
            return False
        self.lexer.go_to(token, end)
        self.current = self.lexer.token()
        if self.current.kind is not Kind.NEWLINE and self.current.kind is not Kind.END:
            self.lexer.go_to(token, token.end)  # the value goes on, with a dot on the next line
            self.current = token
            return False
        self.last_end = end
        self.at_line_begin = False
        return True

    def is_operator(self, sign: str) -> bool:
        """Tell whether the current token is this sign."""
        return self.current.kind is Kind.OPERATOR and self.current.value == sign

    def is_keyword(self, word: str) -> bool:
        """Tell whether the current token is this keyword."""
        return self.current.kind is Kind.KEYWORD and self.current.value == word

    def accept(self, sign: str) -> bool:
        """Take the current token if it is this sign."""
        if self.current.kind is Kind.OPERATOR and self.current.value == sign:
            self.advance()
            return True
        return False

    def skip_newlines(self) -> bool:
        """Take line breaks; tell whether there were some."""
        skipped = False
        while self.current.kind is Kind.NEWLINE and self.current.value is None:
            self.advance()
            skipped = True
        return skipped

    def skip_separators(self) -> bool:
        """Take line breaks and semicolons; tell whether there were some."""
        skipped = False
        while self.current.kind is Kind.NEWLINE:
            self.advance()
            skipped = True
        return skipped

    def no_number(self, name: Node | Token) -> None:
        """Refuse a variable that has the name of an argument that Ruby numbers: ``_1`` to ``_9``.

        Raises:
            Mistake: it has.
        """
        word = self.source.text[name.start : name.end]
        if len(word) == 2 and word[0] == "_" and word[1] in "123456789":
            message = f"{word} is what Ruby calls an argument of a block; it cannot be assigned"
            raise Mistake(name.start, name.end, "reserved-name", message, f"choose another name than {word}")

    def fail(self, token: Token, code: str, message: str, help: str | None = None) -> NoReturn:
        """End the statement at a token; text that is no token says itself what is wrong with it.

        Raises:
            Mistake: always.
        """
        if isinstance(token.value, Complaint):
            code, message, help = token.value
        raise Mistake(token.start, token.end, code, message, help)

    def at_foreign_label(self) -> bool:
        """Tell whether a key with a colon follows that is no name of the top level."""
        token = self.current
        name = token.value[0] if token.kind is Kind.LABEL and isinstance(token.value, tuple) else None
        return token.kind is Kind.LABEL and name not in self.roots

    def lost_brace(self, sign: Token) -> NoReturn:
        """Say that the brace before pairs was lost.

        Args:
            sign: what stands before it.

        Raises:
            Mistake: always.
        """
        self.brackets += 1  # what was meant to close it is skipped with the statement
        message = f"{{ is missing behind this {sign.value}: pairs of a hash follow"
        help = "write { before the pairs and } behind"
        raise Mistake(sign.start, sign.end, "missing-bracket", message, help)

    def deeper(self, token: Token) -> None:
        """Note that a value begins inside another one.

        Raises:
            Mistake: it is one too many.
        """
        self.nesting += 1
        if self.nesting > self.limits.nesting:
            self.fail(token, "limit", f"values are nested deeper than {self.limits.nesting}")

    def open_bracket(self) -> Token:
        """Take an opening bracket.

        Raises:
            Mistake: it is one too many.
        """
        opener = self.advance()
        self.brackets += 1
        self.saved_do.append(self.outer_do)
        self.outer_do = 0
        self.deeper(opener)
        return opener

    def close_bracket(self) -> int:
        """Take a closing bracket and return where it ends."""
        self.brackets -= 1
        self.nesting -= 1
        self.outer_do = self.saved_do.pop() if self.saved_do else 0
        return self.advance().end

    def at_setting(self, token: Token) -> bool:
        """Tell whether the line that a token begins can only be a setting of its own."""
        if token.kind not in (Kind.NAME, Kind.CONSTANT):
            return False
        text = self.source.text
        if _INDEX_SETTING.match(text, token.start):
            return True
        call = _CALL_SETTING.match(text, token.start)
        return call is not None and (call[1] in self.roots or _ANY_CALL.match(call[1]) is not None)

    def at_statement(self, token: Token) -> bool:
        """Tell whether the line that a token begins looks like a statement of its own."""
        if token.kind is Kind.KEYWORD:
            return token.value in ("if", "unless", "end", "else", "elsif", "case", "when")
        return self.at_assignment(token)

    def at_assignment(self, token: Token) -> bool:
        """Tell whether the line that a token begins sets something, be it a local variable."""
        return self.at_setting(token) or _ASSIGNMENT.match(self.source.text, token.start) is not None

    def recover(self, depth: int) -> None:
        """Go on to where the next statement begins.

        Args:
            depth: how many brackets of the broken statement are open.
        """
        while self.current.kind is not Kind.END:
            token = self.advance()
            if token.kind is Kind.OPERATOR:
                if token.value in _OPENERS:
                    depth += 1
                elif token.value in _CLOSERS:
                    depth = max(0, depth - 1)
            elif (
                token.kind is Kind.NEWLINE
                and (depth == 0 or self.at_setting(self.current) or self.ends_branch())
                and self._begins()
            ):
                return

    def ends_branch(self) -> bool:
        """Tell whether the current token ends a branch, which no bracket goes beyond."""
        return self.current.kind is Kind.KEYWORD and self.current.value in BRANCH_ENDS

    def _begins(self) -> bool:
        """Tell whether the current token can begin a statement, or is the rest of a broken one."""
        token = self.current
        if token.kind is Kind.LABEL:
            name = token.value[0] if isinstance(token.value, tuple) else None
            return isinstance(name, str) and name in self.roots
        return token.kind in _CAN_BEGIN
