"""Parses regular expressions; `ctl.syntax.regex` runs them."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct, field

from ctl.regex import compile_late
from ctl.syntax.mistake import Refusal
from ctl.syntax.regex import Pattern, Program, Step, Test, is_word

_COUNT = compile_late(r"\{(\d*)(?:(,)(\d*))?\}")
_MOST_REPEATS = 200
_MOST_NESTED = 30
_CLASSES: dict[str, Test] = {
    "d": lambda char: "0" <= char <= "9",
    "w": is_word,
    "s": lambda char: char in " \t\r\n\f\v",
    "h": lambda char: char in "0123456789abcdefABCDEF",
}
_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b"}
_NAMED: dict[str, Test] = {
    "alpha": str.isalpha,
    "digit": lambda char: char.isdecimal(),
    "alnum": str.isalnum,
    "space": str.isspace,
    "upper": str.isupper,
    "lower": str.islower,
    "punct": lambda char: char.isascii() and char.isprintable() and not char.isalnum() and char != " ",
    "xdigit": _CLASSES["h"],
    "word": lambda char: char.isalnum() or char == "_",
}


class Piece(Struct):
    """A part of a pattern: a test, an anchor, a group, a sequence, a choice or a repetition."""

    kind: str
    test: Test | None = None
    sign: str = ""
    parts: list[Piece] = field(default_factory=list)
    least: int = 0
    most: int | None = None
    lazy: bool = False
    number: int = 0


def _no(construct: str) -> Refusal:
    return Refusal("not-supported", f"{construct} in a regular expression is not supported")


def _wrong(message: str) -> Refusal:
    return Refusal("bad-regex", f"the regular expression is not valid: {message}")


class _Reader:
    """Reads a pattern, recursively."""

    def __init__(self, source: str, flags: str) -> None:
        self.source = source
        self.at = 0
        self.groups = 0
        self.depth = 0
        self.fold = "i" in flags
        self.dots = "m" in flags
        self.extended = "x" in flags

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _take(self) -> str:
        self.at += 1
        return self.source[self.at - 1 : self.at]

    def choice(self) -> Piece:
        """Read what stands between bars."""
        parts = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Piece("choice", parts=parts)

    def _sequence(self) -> Piece:
        parts: list[Piece] = []
        while (sign := self._peek()) and sign not in "|)":
            if self.extended and (sign.isspace() or sign == "#"):
                self._comment()
                continue
            parts.append(self._repeated(self._atom()))
        return Piece("sequence", parts=parts)

    def _comment(self) -> None:
        if self._take() == "#":
            end = self.source.find("\n", self.at)
            self.at = len(self.source) if end < 0 else end

    def _repeated(self, piece: Piece) -> Piece:
        while (sign := self._peek()) and sign in "*+?{":
            count = _COUNT.match(self.source, self.at) if sign == "{" else None
            if sign == "{" and (count is None or not (count[1] or count[3])):
                return piece
            if piece.kind == "look":
                raise _wrong("nothing that could be repeated stands before its sign")
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign, (0, None))
            if count is not None:
                least, most = _bounds(count)
                self.at = count.end()
            else:
                self.at += 1
            lazy = self._peek() == "?" and count is None
            if self._peek() == "+" or (lazy and sign == "{"):
                raise _no("a repetition of a repetition")
            self.at += lazy
            piece = Piece("repeat", parts=[piece], least=least, most=most, lazy=lazy)
        return piece

    def _atom(self) -> Piece:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return Piece("test", test=self._folded(self._set()))
        if sign == "\\":
            return self._escape()
        if sign == ".":
            return Piece("test", test=(lambda char: True) if self.dots else (lambda char: char != "\n"))
        if sign in "^$":
            return Piece("look", sign=sign)
        if sign in "*+?" or (sign == "{" and _COUNT.match(self.source, self.at - 1)):
            raise _wrong("nothing that could be repeated stands before its sign")
        return self._character(sign)

    def _character(self, character: str) -> Piece:
        return Piece("test", test=self._folded(lambda char: char == character))

    def _folded(self, test: Test) -> Test:
        if not self.fold:
            return test
        return lambda char: test(char) or test(char.lower()) or test(char.upper())

    def _group(self) -> Piece:
        self.depth += 1
        if self.depth > _MOST_NESTED:
            raise _wrong("its groups are nested too deeply")
        number = 0
        if self._peek() == "?":
            if self.source[self.at : self.at + 2] != "?:":
                raise _no("(?")
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        inner = self.choice()
        if self._take() != ")":
            raise _wrong("a ) is missing")
        self.depth -= 1
        return Piece("group", parts=[inner], number=number)

    def _escape(self) -> Piece:
        sign = self._take()
        if not sign:
            raise _wrong("it ends with a backslash")
        if sign in "AzZbB":
            return Piece("look", sign=sign)
        test = _class(sign)
        if test is not None:
            return Piece("test", test=test)
        if sign in _CHARACTERS:
            return self._character(_CHARACTERS[sign])
        if sign.isalnum():
            raise _no(f"\\{sign}")
        return self._character(sign)

    def _set(self) -> Test:
        negated = self._peek() == "^"
        self.at += negated
        tests: list[Test] = []
        first = True
        while self._peek() != "]" or first:
            if not self._peek():
                raise _wrong("a ] is missing")
            if first and self._peek() == "]":
                raise _wrong("a class is empty")
            tests.append(self._member())
            first = False
        self.at += 1
        return (
            (lambda char: not any(test(char) for test in tests))
            if negated
            else (lambda char: any(test(char) for test in tests))
        )

    def _member(self) -> Test:
        if self.source.startswith("[:", self.at):
            return self._named_class()
        sign = self._take()
        if sign == "[" or (sign == "&" and self._peek() == "&"):
            raise _no(f"{sign} in a class")
        if sign == "\\":
            sign = self._take()
            test = _class(sign)
            if test is not None:
                if self._peek() == "-" and self.source[self.at + 1 : self.at + 2] != "]":
                    raise _wrong("a range of a class is empty or odd")
                return test
            if sign.isalnum() and sign not in _CHARACTERS:
                raise _no(f"\\{sign} in a class")
            sign = _CHARACTERS.get(sign, sign)
        if self._peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            last = self._take()
            if last == "\\":
                last = _CHARACTERS.get(self._peek(), self._peek())
                self.at += 1
            if last == "[" or last.isalnum() != sign.isalnum() or last < sign:
                raise _wrong("a range of a class is empty or odd")
            return lambda char: sign <= char <= last
        return lambda char: char == sign

    def _named_class(self) -> Test:
        end = self.source.find(":]", self.at)
        name = self.source[self.at + 2 : end]
        test = _NAMED.get(name.removeprefix("^")) if end >= 0 else None
        if test is None:
            raise _no("this class")
        self.at = end + 2
        return (lambda char: not test(char)) if name.startswith("^") else test


def _class(sign: str) -> Test | None:
    test = _CLASSES.get(sign.lower())
    if test is None or sign.islower():
        return test
    return lambda char: not test(char)


def _bounds(count: re.Match[str]) -> tuple[int, int | None]:
    least = int(count[1][:9] or 0)
    most = least if count[2] is None else (int(count[3][:9]) if count[3] else None)
    if max(least, most or 0) > _MOST_REPEATS:
        raise Refusal("limit", f"a regular expression repeats more than {_MOST_REPEATS} times")
    if most is not None and most < least:
        raise _no("{n,m} with m less than n")
    return least, most


def _emit(program: Program, piece: Piece) -> None:
    if piece.kind == "test":
        program.add(Step("test", test=piece.test))
    elif piece.kind == "look":
        program.add(Step("look", sign=piece.sign))
    elif piece.kind == "sequence":
        for part in piece.parts:
            _emit(program, part)
    elif piece.kind == "group":
        if piece.number:
            program.add(Step("save", to=(2 * piece.number,)))
        _emit(program, piece.parts[0])
        if piece.number:
            program.add(Step("save", to=(2 * piece.number + 1,)))
    elif piece.kind == "choice":
        _emit_choice(program, piece.parts)
    else:
        _emit_repeat(program, piece)


def _emit_choice(program: Program, parts: list[Piece]) -> None:
    ends: list[int] = []
    for part in parts[:-1]:
        split = program.add(Step("split"))
        _emit(program, part)
        ends.append(program.add(Step("jump")))
        program.steps[split] = Step("split", to=(split + 1, len(program.steps)))
    _emit(program, parts[-1])
    for end in ends:
        program.steps[end] = Step("jump", to=(len(program.steps),))


def _emit_repeat(program: Program, piece: Piece) -> None:
    inner = piece.parts[0]
    for _ in range(piece.least):
        _emit(program, inner)

    def split(here: int, there: int) -> Step:
        return Step("split", to=(there, here) if piece.lazy else (here, there))

    if piece.most is None:
        at = program.add(Step("split"))
        _emit(program, inner)
        program.add(Step("jump", to=(at,)))
        program.steps[at] = split(at + 1, len(program.steps))
        return
    places: list[int] = []
    for _ in range(piece.most - piece.least):
        places.append(program.add(Step("split")))
        _emit(program, inner)
    for at in places:
        program.steps[at] = split(at + 1, len(program.steps))


@lru_cache(maxsize=128)
def compile_pattern(source: str, flags: str) -> Pattern:
    """Make a pattern ready to run.

    Args:
        source: the pattern as it stands between its slashes.
        flags: the letters behind it; ``i``, ``m`` and ``x`` count.

    Raises:
        Refusal: it is not valid, or uses what is not supported.
    """
    reader = _Reader(source, flags)
    tree = reader.choice()
    if reader.at < len(source):
        raise _wrong("a ) closes nothing")
    program = Program()
    program.add(Step("save", to=(0,)))
    _emit(program, tree)
    program.add(Step("save", to=(1,)))
    program.add(Step("match"))
    return Pattern(source, flags, program.steps, reader.groups)
