"""Parses names, and the calls and indexes that hang on a value."""

from __future__ import annotations

from ctl.regex import compile_late
from ctl.syntax.mistake import Mistake
from ctl.syntax.texts import Texts
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import Call, Constant, Name, Node, Unary
from ctl.syntax.wording import forbidden_call, without_keys

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
_SPACED_INDEX = compile_late(r"(?:\[[^\]\n]*\][ \t]*)+=(?![=>~])")
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
_SIGNS = frozenset({"+", "-", "*", "&", "**", "::"})


class Invocations(Texts):
    """Parses names, calls and indexes."""

    def postfix(self, node: Node) -> Node:
        """Parse the indexes and calls behind a value."""
        for _ in range(self.limits.nesting):
            token = self.current
            if token.kind is not Kind.OPERATOR:
                return node
            if token.value == "[" and (not token.space or (isinstance(node, Name) and node.local)):
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
        self.skip_newlines()
        name = self.current
        if name.kind not in (Kind.NAME, Kind.CONSTANT, Kind.KEYWORD):
            self.fail(name, "unexpected", "a method's name is expected behind the dot")
        self.advance()
        made = self._arguments_of(receiver, name)
        made.safe = dot.value == "&."
        return made

    def named(self, token: Token) -> Node:
        """Parse a name, and what it is called with."""
        self.advance()
        following = self.current
        name = str(token.value)
        self.no_quote_behind(token)
        if following.kind is Kind.OPERATOR:
            if following.value == "(" and not following.space:
                return self._arguments_of(None, token)
            if following.value == "[" and following.space and name not in self.locals:
                return self._spaced_bracket(token, following)
            if following.value == "{" and token.kind is Kind.NAME and name not in self.locals:
                self.skip_braces()
                refusal = forbidden_call(name)
                if refusal is not None:
                    raise Mistake(token.start, token.end, refusal.code, refusal.message, refusal.help)
                help = f"write {name}({{ ... }})" if name in self.roots else None
                message = "Ruby takes this { for a block"
                raise Mistake(following.start, following.end, "unexpected", message, help)
        local = name in self.locals and token.kind is not Kind.CONSTANT
        if self.begins_argument(following) and not local:
            if following.kind in _WORDS and token is not self.begin and name not in _TAKES_WORDS:
                complaint = "unquoted-value", "these words are not a value; text must stand in quotes"
                raise Mistake(token.start, following.end, *complaint, "write '...' around them")
            return self._arguments_of(None, token)
        if token.kind is Kind.CONSTANT and name not in self.locals:
            return Constant(token.start, token.end, name)
        self.unread.pop(name, None)
        if name not in self.locals or token.kind is Kind.CONSTANT:
            self.no_sign_argument()
        return Name(token.start, token.end, name, name in self.locals)

    def _spaced_bracket(self, token: Token, bracket: Token) -> Node:
        name = str(token.value)
        section = token is self.begin and name in self.roots and not without_keys(name)
        if section or _SPACED_INDEX.match(self.source.text, bracket.start):
            raise Mistake(
                token.end,
                bracket.start,
                "space-before-bracket",
                "no space may stand before the [ of a setting",
                f"write {name}[...]",
            )
        return self._arguments_of(None, token)

    def begins_argument(self, token: Token) -> bool:
        """Tell whether a token behind a name makes the name a call: ``external_url 'x'``."""
        if not token.space:
            return False
        if token.kind is Kind.KEYWORD:
            return token.value in _ARGUMENT_WORDS
        if token.kind is Kind.OPERATOR:
            return token.value == "[" or token.value == "("
        return token.kind in _ARGUMENT

    def _arguments_of(self, receiver: Node | None, name: Token) -> Call:
        """Parse what a name is called with."""
        arguments: list[Node] = []
        bare = False
        if self.is_operator("(") and not self.current.space:
            arguments = self.parenthesised()
        elif self.begins_argument(self.current):
            begin = name.start if receiver is None else receiver.start
            if begin not in self.command_starts:
                message = "a call inside a value needs parentheses"
                raise Mistake(name.start, name.end, "unexpected", message, f"write {name.value}(...)")
            self.deeper(name)
            arguments, bare = self.bare_arguments(), True
            self.nesting -= 1
        else:
            self.no_sign_argument()
        start = name.start if receiver is None else receiver.start
        node = Call(start, self.last_end, receiver, str(name.value), arguments, name.start, name.end, None)
        if self.is_operator("{") and not bare:
            node.block = self.block("}")
        elif self.is_keyword("do") and not self.outer_do:
            node.block = self.block("end")
        given = arguments[-1] if arguments else None
        if node.block is not None and isinstance(given, Unary) and given.sign == "&":
            self.fail(self.current, "unexpected", f"{name.value} takes one block, not two")
        node.end = self.last_end
        return node

    def no_sign_argument(self) -> None:
        """Refuse ``name -1``, which is a call with -1 to Ruby."""
        sign = self.current
        glued = sign.space and not self.source.text[sign.end : sign.end + 1].isspace()
        if glued and sign.kind is Kind.OPERATOR and sign.value in _SIGNS:
            message = f"Ruby takes this {sign.value} for the begin of an argument"
            self.fail(sign, "unexpected", message, "write blanks on both sides of it, or none")
