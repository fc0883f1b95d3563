"""Reads strings of every form: quoted, ``%w`` and its kin, text blocks, regular expressions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ctl.regex import compile_late
from ctl.syntax.escapes import BadEscape, resolve, resolve_raw, resolve_word
from ctl.syntax.textblocks import Piece, dedent
from ctl.syntax.tokens import Complaint, Kind, Token
from ctl.syntax.typography import TYPOGRAPHIC_QUOTE

if TYPE_CHECKING:
    from ctl.syntax.lexer import Lexer

_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_PERCENT = compile_late(r"%(?P<letter>[qQwWiIxrs]?)(?P<open>[^\w\s])")
_HEREDOC = compile_late(
    r"<<(?P<sort>[-~]?)(?:(?P<quote>['\"`])(?P<quoted>[^'\"`\n]+)(?P=quote)|(?P<name>[A-Za-z_]\w*))"
)
_CODE_MARKS = r"#\{|#(?:\$[A-Za-z_0-9!@&`'+~=/\\,;.<>*:\"?$]|@@?[A-Za-z_])"
_CODE = compile_late(r"\\(?:\r\n|.)|" + _CODE_MARKS, re.DOTALL)
_BROKEN_LINE = compile_late(r"((?<!\\)(?:\\\\)*)\\\n")  # in words it stands for the line break
_WORD = compile_late(r"(?:\\[\s\S]|[^\s\\])+")
# A backslash at the end of the last line joins it with the terminator, which then is none.
_JOINED_END = compile_late(r"(?<!\\)(?:\\\\)*\\\r?\n\Z")
_FLAGS = compile_late(r"[imxounse]*")
_REGEX = compile_late(r"/(?:\\.|\[(?:\\.|[^\]\\\n/])*\]|[^/\\\n\[])+/[imxounse]*")

# A line inside a string that is a setting: the string was never meant to come so far.
_SETTING_INSIDE = compile_late(
    r"\n[ \t]*(?:[a-z_]\w*\[(?:['\":]|[ \t]*\Z)|\w*external_url[ \t(]|roles[ \t(])"
)
_MAY_FOLLOW = compile_late(r"[\s,\])}.;#=:+*%|&?<>!-]|\Z")


@lru_cache(maxsize=64)
def _marks(opening: str, closing: str, code: bool) -> re.Pattern[str]:
    """Find what matters inside a string: escapes, its delimiters, code."""
    marks = [r"\\(?:\r\n|.)", re.escape(closing)]
    if opening != closing:
        marks.append(re.escape(opening))
    if code:
        marks.append(_CODE_MARKS)
    return re.compile("|".join(marks), re.DOTALL)


def _scan(
    lexer: Lexer, start: int, opening: str, closing: str, *, code: bool
) -> tuple[list[Piece], int] | Token | None:
    """Cut a string into its pieces, escapes still in them.

    Returns:
        The pieces and the offset of the closing delimiter; None when there is none; or a BAD token.
    """
    text, end = lexer.text, lexer.end
    marks = _marks(opening, closing, code)
    pieces: list[Piece] = []
    depth, position, begin = 0, start, start
    while (match := marks.search(text, position, end)) is not None:
        sign = match[0]
        position = match.end()
        if sign == closing:
            if depth == 0:
                pieces.append((begin, text[begin : match.start()]))
                return pieces, match.start()
            depth -= 1
        elif sign == "#{":
            inner = lexer.code(position)
            if inner is None:
                return None
            pieces += [(begin, text[begin : match.start()]), inner]
            position = begin = inner.end
        elif sign == opening:
            depth += 1
        elif sign[0] == "#":
            wrong = Complaint(
                "forbidden",
                f"{sign[:2]} inserts a Ruby variable into a string in double quotes",
                f"write \\{sign[:2]} for the characters themselves, or use single quotes",
            )
            return lexer.bad(match.start(), match.end(), wrong)
    lexer.failed_search()
    return None


def _finish(lexer: Lexer, pieces: list[Piece], raw_delimiters: str | None) -> tuple[object, ...] | Token:
    """Resolve the escapes of the pieces."""
    parts: list[object] = []
    for piece in pieces:
        if not isinstance(piece, tuple):
            parts.append(piece)
            continue
        offset, text = piece
        text = text.replace("\r\n", "\n")
        if raw_delimiters is not None:
            parts.append(resolve_raw(text, raw_delimiters))
            continue
        try:
            parts.append(resolve(text))
        except BadEscape as error:
            at = offset + error.offset
            wrong = Complaint("bad-escape", error.message, "write \\\\ for a backslash, or use single quotes")
            return lexer.bad(at, at + 2, wrong)
    return tuple(part for part in parts if part != "") or ("",)


def _unclosed(lexer: Lexer, start: int, subject: str) -> Token:
    line_end = lexer.source.line_end(start)
    line = lexer.text[start:line_end]
    other = TYPOGRAPHIC_QUOTE.search(line)
    help = "close it with a plain quote" if other else None
    wrong = Complaint("unclosed-string", f"{subject} is not closed", help)
    return lexer.bad(start, line_end, wrong)


def quoted(lexer: Lexer, start: int, quote: str, space: bool, *, symbol: bool = False) -> Token:
    """Read a string between ``'``, ``"`` or backticks, over several lines if it must be.

    Args:
        lexer: stands anywhere; is left behind the string.
        start: the offset of the opening quote.
        quote: the quote.
        space: whether blanks stand before it.
        symbol: whether a colon stands before it.
    """
    code = quote != "'"
    cut = _scan(lexer, start + 1, quote, quote, code=code)
    if isinstance(cut, Token):
        lexer.position = max(lexer.source.line_end(start), cut.end)
        return cut
    subject = {"'": "this string", '"': "this string", "`": "this command"}[quote]
    if cut is None or (lexer.text.find("\n", start, cut[1]) >= 0 and _runs_away(lexer, start, cut[1])):
        return _unclosed(lexer, start, subject)
    pieces, close = cut
    end = close + 1
    parts = _finish(lexer, pieces, None if code else "'")
    if isinstance(parts, Token):
        lexer.position = end
        return parts
    kind = Kind.COMMAND if quote == "`" else Kind.SYMBOL if symbol else Kind.STRING
    return lexer.string(kind, start - symbol, end, parts, space)


def _runs_away(lexer: Lexer, start: int, close: int) -> bool:
    """Guess whether a string over several lines lacks its closing quote and ends at somebody else's."""
    text = lexer.text
    if not _MAY_FOLLOW.match(text, close + 1):
        return True
    return _SETTING_INSIDE.search(text[start + 1 : close]) is not None


def percent(lexer: Lexer, start: int, space: bool) -> Token | None:
    """Read ``%w(a b)``, ``%q(a)`` and their kin; None when this is a remainder's sign."""
    match = _PERCENT.match(lexer.text, start, lexer.end)
    if match is None or (match["open"] == "=" and not match["letter"]):
        return None
    letter, opening = match["letter"], match["open"]
    closing = _PAIRS.get(opening, opening)
    code = letter in ("", "Q", "W", "I", "x", "r")
    cut = _scan(lexer, match.end(), opening, closing, code=code)
    if isinstance(cut, Token):
        lexer.position = lexer.source.line_end(start)
        return cut
    if cut is None or _SETTING_INSIDE.search(lexer.text[match.end() : cut[1]]):
        return _unclosed(lexer, start, f"this %{letter}{opening}")
    pieces, close = cut
    end = close + 1
    lexer.position = end
    if letter == "r":
        return _percent_regex(lexer, pieces, start, end, space)
    if letter in ("w", "i", "W", "I"):
        return _words(lexer, letter, pieces, opening + closing, (start, end), space)
    parts = _finish(lexer, pieces, None if code else opening + closing)
    if isinstance(parts, Token):
        lexer.position = end
        return parts
    kind = {"x": Kind.COMMAND, "s": Kind.SYMBOL}.get(letter, Kind.STRING)
    return Token(kind, start, end, parts, space)


def _percent_regex(lexer: Lexer, pieces: list[Piece], start: int, end: int, space: bool) -> Token:
    flags = _FLAGS.match(lexer.text, end)
    end = flags.end() if flags else end
    only = pieces[0]
    if len(pieces) > 1 or not isinstance(only, tuple):
        return _code_in_regex(lexer, start, end, space)
    lexer.position = end
    return Token(Kind.REGEX, start, end, (only[1], flags[0] if flags else ""), space)


def _code_in_regex(lexer: Lexer, start: int, end: int, space: bool) -> Token:
    wrong = Complaint("not-supported", "#{} in a regular expression is not supported")
    return lexer.bad(start, end, wrong, space)


def _words(
    lexer: Lexer, letter: str, pieces: list[Piece], delimiters: str, place: tuple[int, int], space: bool
) -> Token:
    start, end = place
    words: list[list[object]] = []
    goes_on = False
    for piece in pieces:
        if not isinstance(piece, tuple):
            if not goes_on:
                words.append([])
            words[-1].append(piece)
            goes_on = True
            continue
        text = piece[1].replace("\r\n", "\n")
        # A blank behind a backslash belongs to the word, so words are found, not split.
        for match in _WORD.finditer(text):
            if match.start() or not goes_on:
                words.append([])
            try:
                written = match[0] if letter in "wi" else _BROKEN_LINE.sub(r"\1\n", match[0])
                words[-1].append(resolve_word(written, delimiters) if letter in "wi" else resolve(written))
            except BadEscape as error:
                at = piece[0] + match.start() + error.offset
                wrong = Complaint("bad-escape", error.message, "write \\\\ for a backslash")
                made = lexer.bad(at, at + 2, wrong)
                lexer.position = end
                return made
            goes_on = match.end() == len(text)
        if text[-1:].isspace():
            goes_on = False
    value = tuple(tuple(word) for word in words)
    return Token(Kind.SYMBOLS if letter in "iI" else Kind.WORDS, start, end, value, space)


def regex(lexer: Lexer, start: int, space: bool) -> Token:
    """Read a regular expression between slashes; it may not cross a line."""
    text = lexer.text
    line_end = lexer.source.line_end(start)
    match = _REGEX.match(text, start, line_end)
    if match is None:
        wrong = Complaint(
            "unquoted-value", "a value cannot begin with /; a path must stand in quotes", "write '/...'"
        )
        return lexer.bad(start, line_end, wrong, space)
    if text[match.end() : match.end() + 1].isalnum():
        wrong = Complaint("bad-regex", "a letter stands behind this regular expression that it does not know")
        return lexer.bad(start, match.end(), wrong, space)
    if re.search(r"(?<!\\)#\{", match[0]):
        return _code_in_regex(lexer, start, match.end(), space)
    lexer.position = match.end()
    pattern, _, flags = match[0][1:].rpartition("/")
    return Token(Kind.REGEX, start, match.end(), (pattern.replace("\\/", "/"), flags), space)


def heredoc(lexer: Lexer, start: int, space: bool) -> Token | None:
    """Read a text block, ``<<~EOS``; None when this is a shift's sign."""
    text = lexer.text
    match = _HEREDOC.match(text, start, lexer.end)
    if match is None:
        return None
    name = match["quoted"] or match["name"]
    line_end = text.find("\n", match.end())
    body = max(line_end + 1, lexer.heredocs_end) if line_end >= 0 else len(text)
    closing = _terminator(match["sort"], name).search(text, body)
    if closing is None:
        return _unclosed_heredoc(lexer, start, match, name, body)
    raw = match["quote"] == "'"
    if not raw and _JOINED_END.search(text, body, closing.start()):
        return _unclosed_heredoc(lexer, start, match, name, body)
    lexer.heredocs_end = min(closing.end() + 1, len(text))
    lexer.position = match.end()
    pieces = _body(lexer, body, closing.start(), raw)
    if isinstance(pieces, Token):
        lexer.position = match.end()
        return pieces
    if match["sort"] == "~":
        pieces = dedent(pieces, raw=raw)
    parts = _finish(lexer, pieces, "" if raw else None) if not raw else _raw_body(pieces)
    lexer.position = match.end()
    if isinstance(parts, Token):
        return parts
    kind = Kind.COMMAND if match["quote"] == "`" else Kind.HEREDOC
    return Token(kind, start, match.end(), (parts, body, closing.start()), space)


def end_of_text_block(text: str, start: int, end: int) -> int | None:
    """Find where the text block ends whose ``<<`` stands between two offsets; None when none stands there."""
    match = _HEREDOC.search(text, start, end)
    if match is None:
        return None
    closing = _terminator(match["sort"], match["quoted"] or match["name"]).search(text, end)
    return min(closing.end() + 1, len(text)) if closing else None


@lru_cache(maxsize=64)
def _terminator(sort: str, name: str) -> re.Pattern[str]:
    indent = r"[ \t\r\f\v]*" if sort else ""
    return re.compile(rf"^{indent}{re.escape(name)}\r?$", re.MULTILINE)


def _raw_body(pieces: list[Piece]) -> tuple[object, ...]:
    return tuple(piece[1].replace("\r\n", "\n") for piece in pieces if isinstance(piece, tuple)) or ("",)


def _body(lexer: Lexer, start: int, end: int, raw: bool) -> list[Piece] | Token:
    text = lexer.text
    if raw:
        return [(start, text[start:end])]
    pieces: list[Piece] = []
    position = begin = start
    while (match := _CODE.search(text, position, end)) is not None:
        position = match.end()
        if match[0] == "#{":
            inner = lexer.code(position)
            if inner is None or inner.end > end:
                wrong = Complaint("unclosed-string", "this #{ has no }")
                return lexer.bad(match.start(), match.end(), wrong)
            pieces += [(begin, text[begin : match.start()]), inner]
            position = begin = inner.end
        elif match[0][0] == "#":
            wrong = Complaint(
                "forbidden",
                f"{match[0][:2]} inserts a Ruby variable into a text block",
                f"write \\{match[0][:2]}",
            )
            return lexer.bad(match.start(), match.end(), wrong)
    pieces.append((begin, text[begin:end]))
    return pieces


def _unclosed_heredoc(lexer: Lexer, start: int, match: re.Match[str], name: str, body: int) -> Token:
    lexer.failed_search()
    indented = re.compile(rf"^[ \t]+{re.escape(name)}[ \t\r]*$", re.MULTILINE).search(lexer.text, body)
    help = f"end it by a line that holds nothing but {name}"
    if indented and not match["sort"]:
        line = lexer.source.line(indented.end())
        help = f"the {name} of line {line} is indented: write <<~{name} or move it to the line's begin"
    wrong = Complaint("unclosed-heredoc", f"the text block {match[0]} is not closed", help)
    return lexer.bad(start, match.end(), wrong)
