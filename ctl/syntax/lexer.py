"""From text to tokens. Strings and text blocks are read by `ctl.syntax.strings`."""

from __future__ import annotations

import re

from ctl.regex import compile_late
from ctl.syntax import strings
from ctl.syntax.model import Limits
from ctl.syntax.source import Source
from ctl.syntax.tokens import KEYWORDS, VALUE_KEYWORDS, Code, Complaint, Kind, Token
from ctl.syntax.typography import complain

_EMPTY_LINES = compile_late(r"(?:[ \t\r\f\v]*(?:#[^\n]*)?\n)+")
# Lines of comments may stand before it, empty lines may not.
_LEADING_DOT = compile_late(r"((?:[ \t\r\f\v]*#[^\n]*\n)*[ \t\r\f\v]*)(?:&\.|\.(?!\.))")
_TOKEN = compile_late(
    r"((?:[ \t\r\f\v]+|\\\r?\n)*)(?:"
    r"(?P<name>[^\W\d]\w*(?:[?!](?!=))?)"
    r"|'(?P<single>[^'\\\n\r]*)'"
    r'|"(?P<double>[^"\\\n\r#]*)"'
    r"|(?P<quote>['\"`])"
    r"|(?P<newline>\n)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<number>\d)"
    r"|(?P<variable>\$(?:\w+|[!-~])|@@?\w+)"
    r"|(?P<operator>\*\*=|<=>|===|\.\.\.|<<=|>>=|&&=|\|\|=|\*\*|==|!=|>=|<=|&&|\|\||=~|!~|=>|->|\.\.|::"
    r"|\+=|-=|\*=|/=|%=|\|=|&=|\^=|<<|>>|&\.|[-+*/%=<>!&|^~?:,.;()\[\]{}])"
    r"|(?P<nothing>))"
)
_NUMBER = compile_late(
    r"(?P<radix>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|0[dD][0-9_]+)"
    r"|(?P<float>\d[\d_]*(?:\.\d[\d_]*(?:[eE][+-]?\d[\d_]*)?|[eE][+-]?\d[\d_]*))"
    r"|(?P<whole>\d[\d_]*)"
)
_NUMBER_GOES_ON = compile_late(r"\w|\.\d|:[\d/]")
_WORD = compile_late(r"[^\s,\])}'\"]+")
_PATH = compile_late(r"/[\w.@+-]+(?:/[\w.@+-]*)+(?=[\s,\])}#]|$)")
_MATCH_BEHIND = compile_late(r"[ \t]*[=!]~")
_INDEX_BEFORE = compile_late(r"[\w'\"\])]\[\Z")
_METHOD_BEFORE = compile_late(r"\.[a-z_]+[?!]?[ \t]+\Z")
_PLACEHOLDER = compile_late(r"<[A-Za-z][\w .:/-]*>")
_BLOCK_COMMENT = compile_late(r"=begin(?=[\s]|$)")
_BLOCK_COMMENT_END = compile_late(r"^=end(?:[ \t\r\f\v][^\n]*)?$", re.MULTILINE)
_DATA = compile_late(r"__END__\r?(?:\n|$)")
_CHARACTER = compile_late(r"\?(?:[^\s\\])(?!\w)")
_SYMBOL = compile_late(
    r":([^\W\d]\w*[?!=]?)(?![=~>])|:([^\W\d]\w*)|:(\*\*|<=>|==|<=|>=|<<|>>|\[\]|[-+*/%<>&|^])(?=[ \t]*[,)])"
)
_EMPTY_REGEX = compile_late(r"//(?=[ \t]*[,)])")

_CLOSERS = frozenset(")]}")
_SIMPLE = frozenset("[](){},=+-*>!&|^~")

# A file whose quotes are all open would be searched to its end once a quote.
_MOST_FAILED_SEARCHES = 50


class Lexer:
    """Gives the tokens of a text one after the other.

    Args:
        source: the text.
        limits: how deep ``#{}`` may stand inside itself.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.text = source.text
        self.position = 0
        self.end = len(source.text)
        self.heredocs_end = 0  # behind the text blocks that began on this line
        self._limits = limits
        self._depth = 0
        self._failed = 0
        self._value_next = True
        self._last: Token | None = None

    def failed_search(self) -> None:
        """Note that the end of something was searched in vain."""
        self._failed += 1

    def token(self) -> Token:
        """Give the next token; at the end of the text END, again and again."""
        if self._failed > _MOST_FAILED_SEARCHES and not self._depth:
            self._failed = 0
            self.position = self.end
            wrong = Complaint("unclosed-string", "too much is not closed from here on; the rest was not read")
            return Token(Kind.BAD, self.end, self.end, wrong, False)
        self._last = made = self._read()
        kind = made.kind
        if kind is Kind.OPERATOR:
            self._value_next = made.value not in _CLOSERS
        elif kind is Kind.KEYWORD:
            self._value_next = made.value not in VALUE_KEYWORDS
        else:
            self._value_next = kind is Kind.NEWLINE or kind is Kind.LABEL
        return made

    def go_to(self, name: Token, position: int) -> None:
        """Go to an offset on the line of a name, the last token: behind the name or behind its value."""
        self.position, self._last, self._value_next = position, name, False

    def skip_text_block(self, start: int) -> None:
        """Go past the text block of a broken line, so that its lines are not taken for settings.

        Args:
            start: an offset on the line, before the ``<<``.
        """
        end = self.source.line_end(start)
        if self.heredocs_end <= end:
            self.heredocs_end = strings.end_of_text_block(self.text, start, end) or self.heredocs_end

    def code(self, start: int) -> Code | None:
        """Read what stands between ``#{`` and its ``}``; None when it does not end.

        Args:
            start: the offset behind the ``#{``.
        """
        if self._depth >= self._limits.interpolation:
            return None
        saved = (self.position, self._value_next, self._last)
        self.position, self._value_next, self._last = start, True, None
        self._depth += 1
        try:
            return self._code(start)
        finally:
            self._depth -= 1
            self.position, self._value_next, self._last = saved

    def _code(self, start: int) -> Code | None:
        tokens: list[Token] = []
        open_braces = 0
        while True:
            made = self.token()
            if made.kind is Kind.END:
                self.failed_search()
                return None
            if _unclosed(made) or self._failed > _MOST_FAILED_SEARCHES:
                return None  # or each string that follows would be tried at each depth
            if made.kind is Kind.OPERATOR:
                if made.value == "{":
                    open_braces += 1
                elif made.value == "}":
                    if not open_braces:
                        tokens.append(Token(Kind.END, made.start, made.start, None, False))
                        return Code(start, made.end, tokens)
                    open_braces -= 1
            tokens.append(made)

    @property
    def _after_name(self) -> bool:
        last = self._last
        return last is not None and last.kind in (Kind.NAME, Kind.CONSTANT)

    def _read(self) -> Token:
        text = self.text
        begin = self.position
        if begin == 0 or text[begin - 1] == "\n":
            special = self._line_start(begin)
            if special is not None:
                return special
            begin = self.position
        match = _TOKEN.match(text, begin, self.end)
        assert match is not None  # noqa: S101 - the pattern matches nothing as well
        kind = match.lastgroup
        start = match.end(1)
        space = start > begin
        self.position = end = match.end()
        if kind == "operator":
            return self._operator(match[kind], start, end, space)
        if kind == "name":
            return self._name(match[kind], start, end, space)
        if kind == "single" or kind == "double":
            parts = (match[kind],)
            if text.startswith(":", end):
                return self.string(Kind.STRING, start, end, parts, space)
            return Token(Kind.STRING, start, end, parts, space)
        if kind == "newline":
            return self._newline(start, end)
        return self._seldom(match, start, end, space)

    def _seldom(self, match: re.Match[str], start: int, end: int, space: bool) -> Token:
        kind = match.lastgroup
        if kind == "comment":
            return self._read()
        if kind == "number":
            return self._number(start, space)
        if kind == "quote":
            return strings.quoted(self, start, match["quote"], space)
        if kind == "nothing":
            return self._unknown(start, space)
        return Token(Kind.VARIABLE, start, end, match["variable"], space)

    def string(self, kind: str, start: int, end: int, parts: object, space: bool) -> Token:
        """Finish a string: one with a colon directly behind it is the key of a hash."""
        text = self.text
        if (
            kind is Kind.STRING
            and text.startswith(":", end)
            and not text.startswith("::", end)
            and (self._value_next or self._after_name)
        ):
            kind = Kind.LABEL
            end += 1
        self.position = end
        return Token(kind, start, end, parts, space)

    def bad(self, start: int, end: int, complaint: Complaint, space: bool = False) -> Token:
        """Make a token of text that is none, and go on behind it."""
        self.position = end
        return Token(Kind.BAD, start, max(end, start), complaint, space)

    def _line_start(self, begin: int) -> Token | None:
        text = self.text
        if text.startswith("_", begin) and _DATA.match(text, begin):
            self.position = self.end
            return Token(Kind.END, begin, begin, None, False)
        if text.startswith("=", begin) and _BLOCK_COMMENT.match(text, begin):
            match = _BLOCK_COMMENT_END.search(text, begin)
            if match is None:
                self.failed_search()
                wrong = Complaint(
                    "unclosed-comment", "this =begin has no =end", "write =end on a line of its own"
                )
                return self.bad(begin, self.source.line_end(begin), wrong)
            self.position = min(match.end() + 1, self.end)
        return None

    def _newline(self, start: int, end: int) -> Token:
        text = self.text
        if self.heredocs_end > end:
            end = self.heredocs_end
        dot = _LEADING_DOT.match(text, end, self.end)
        if dot and not self._value_next:
            self.position = dot.end(1)
            return self._read()
        match = _EMPTY_LINES.match(text, end, self.end)
        self.position = match.end() if match is not None else end
        return Token(Kind.NEWLINE, start, start + 1, None, False)

    def _unknown(self, start: int, space: bool) -> Token:
        if start >= self.end:
            self.position = self.end
            return Token(Kind.END, self.end, self.end, None, space)
        return self.bad(start, start + 1, complain(self.text[start]), space)

    def _name(self, name: str, start: int, end: int, space: bool) -> Token:
        text = self.text
        last = self._last
        if last is not None and last.kind is Kind.OPERATOR and last.value in (".", "&."):
            return Token(Kind.NAME, start, end, name, space)
        if text.startswith(":", end):
            if text.startswith("://", end):
                return self._bare(start, "a URL must stand in quotes", space)
            if not text.startswith("::", end):
                self.position = end + 1
                return Token(Kind.LABEL, start, end + 1, (name,), space)
        if name in KEYWORDS:
            return Token(Kind.KEYWORD, start, end, name, space)
        kind = Kind.CONSTANT if name[0].isupper() else Kind.NAME
        return Token(kind, start, end, name, space)

    def _bare(self, start: int, message: str, space: bool) -> Token:
        match = _WORD.match(self.text, start, self.end)
        end = match.end() if match else start + 1
        complaint = Complaint("unquoted-value", message, "text stands in quotes: '...'")
        return self.bad(start, end, complaint, space)

    def _number(self, start: int, space: bool) -> Token:
        match = _NUMBER.match(self.text, start, self.end)
        end = match.end() if match else start + 1
        if match is None or _NUMBER_GOES_ON.match(self.text, end, self.end):
            return self._bare(start, "this is not a number; text must stand in quotes", space)
        digits = match[0]
        try:
            value = _number_value(digits, match.lastgroup or "")
        except ValueError:
            wrong = Complaint("unquoted-value", "this is not a number", "text stands in quotes: '...'")
            return self.bad(start, end, wrong, space)
        self.position = end
        return Token(Kind.NUMBER, start, end, value, space)

    def _operator(self, sign: str, start: int, end: int, space: bool) -> Token:
        first = sign[0]
        if first in _SIMPLE:
            return Token(Kind.OPERATOR, start, end, sign, space)
        if first == ";":
            return Token(Kind.NEWLINE, start, end, ";", space)
        if first in "/%<:?." and sign not in ("::", ".", "<=", "<=>"):
            text = self.text
            follows = text[end : end + 1]
            argument = (
                space and not follows.isspace() and (self._after_name or sign == "<<") and follows != "="
            )
            if self._value_next or argument:
                made = self._value(sign, start, space)
                if made is not None:
                    return made
        self.position = end
        return Token(Kind.OPERATOR, start, end, sign, space)

    def _value(self, sign: str, start: int, space: bool) -> Token | None:
        """Read a value that begins like an operator."""
        text = self.text
        if sign == "<<":
            return strings.heredoc(self, start, space)
        if sign[0] == "%":
            return strings.percent(self, start, space)
        if sign[0] == "/":
            return self._slash(start, space)
        if sign == ":":
            return self._symbol(start, space)
        if sign == "<":
            match = _PLACEHOLDER.match(text, start, self.end)
            if match:
                wrong = Complaint(
                    "placeholder", "this is a placeholder, not a value", "put the value in its place"
                )
                return self.bad(start, match.end(), wrong, space)
        if sign == "...":
            wrong = Complaint("elision", "this is an elision, as pasted from documentation", "remove it")
            return self.bad(start, start + 3, wrong, space)
        if sign == "?":
            match = _CHARACTER.match(text, start, self.end)
            if match:
                self.position = match.end()
                return Token(Kind.STRING, start, match.end(), (text[start + 1],), space)
        return None

    def _symbol(self, start: int, space: bool) -> Token | None:
        quote = self.text[start + 1 : start + 2]
        if quote and quote in "'\"":
            return strings.quoted(self, start + 1, quote, space, symbol=True)
        match = _SYMBOL.match(self.text, start, self.end)
        if match is None:
            return None
        self.position = match.end()
        return Token(Kind.SYMBOL, start, match.end(), (match[1] or match[2] or match[3],), space)

    def _matches(self, start: int, end: int) -> bool:
        """Tell whether what looks like a path stands where a regular expression can stand."""
        last = self._last
        text = self.text
        if last is not None and last.value in ("=~", "!~", "(", "when"):
            return True
        if _INDEX_BEFORE.search(text, max(0, start - 3), start) and text[end - 1] == "/":
            return True
        return _MATCH_BEHIND.match(text, end) is not None or _behind_method(text, start)

    def _slash(self, start: int, space: bool) -> Token:
        text = self.text
        if _EMPTY_REGEX.match(text, start) and self._last is not None and self._last.value == "(":
            self.position = start + 2
            return Token(Kind.REGEX, start, start + 2, ("", ""), space)
        if text.startswith(("//", "/*"), start):
            wrong = Complaint(
                "unexpected", f"{text[start : start + 2]} is not a comment", "comments begin with #"
            )
            return self.bad(start, self.source.line_end(start), wrong, space)
        path = _PATH.match(text, start, self.end)
        if path and not self._matches(start, path.end()):
            return self._bare(start, "a path must stand in quotes", space)
        return strings.regex(self, start, space)


def _behind_method(text: str, start: int) -> bool:
    """Tell whether a method's name stands before an offset: ``.gsub /a/, 'b'``."""
    return _METHOD_BEFORE.search(text, max(0, start - 40), start) is not None


def _unclosed(token: Token) -> bool:
    return isinstance(token.value, Complaint) and token.value.code == "unclosed-string"


def _number_value(digits: str, kind: str) -> int | float:
    if digits.endswith("_") or "__" in digits or "_." in digits or "._" in digits:
        raise ValueError(digits)
    plain = digits.replace("_", "")
    if kind == "float":
        if digits[0] == "0" and digits[1] not in ".eE":
            raise ValueError(digits)
        return float(plain)
    if kind == "radix":
        return int(plain[2:], {"x": 16, "b": 2, "o": 8, "d": 10}[plain[1].lower()])
    if len(plain) > 1 and plain[0] == "0":
        return int(plain, 8)
    return int(plain)
