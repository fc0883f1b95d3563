"""Parses the line that most settings files are full of, ``section['key'] = 'value'``, at one glance.

It means the same as when it is parsed token by token, which takes three times as long; a test compares both.
"""

from __future__ import annotations

import re

from ctl.regex import compile_late
from ctl.syntax.branches import Branches
from ctl.syntax.tokens import Kind, Token
from ctl.syntax.tree import Assign, Index, Literal, Name, Node

_STRING = r"""'[^'\\\n\r]*'|"[^"\\\n\r\#]*\""""
_PLAIN = compile_late(
    rf"""([a-z_][a-z0-9_]*)\[({_STRING})\][ \t]*=[ \t]*"""
    rf"""(?:({_STRING})|(true|false|nil)|(0|[1-9][0-9]{{0,8}}))(?=[ \t\r]*(?:[ \t]\#[^\n]*)?(?:\n|\Z))"""
)
_WORDS = {"true": True, "false": False, "nil": None}


class PlainSettings(Branches):
    """Parses settings whose section, key and value hold no code."""

    def plain_setting(self, token: Token) -> Node | None:
        """Parse a setting that takes a line of its own; None when it is not as plain as that.

        Args:
            token: the current token, which begins a statement.
        """
        if token.kind is not Kind.NAME or token.value in self.locals or token.value not in self.roots:
            return None
        match = _PLAIN.match(self.source.text, token.start)
        if match is None or self.nesting >= self.limits.nesting or not self.take_line(token, match.end()):
            return None
        self.unread.pop(match[1], None)
        key_start, key_end = match.span(2)
        start, end = match.span(match.lastindex or 0)
        key = Literal(key_start, key_end, match[2][1:-1])
        target = Index(token.start, key_end + 1, Name(token.start, token.end, match[1]), [key])
        return Assign(token.start, end, target, "=", Literal(start, end, _value(match)))


def _value(match: re.Match[str]) -> bool | int | str | None:
    if match[3] is not None:
        return match[3][1:-1]
    return _WORDS[match[4]] if match[4] is not None else int(match[5])
