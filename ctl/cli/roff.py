"""Pages in the language of man(7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import wrap
from typing import Protocol

_SIGNS = {
    "\\": r"\e",
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    '"': r"\(dq",
}
_WIDTH = 78
_SENTENCE = re.compile(r"(?<=[a-z0-9/)\]'\"][.:]) (?=[A-Z])")
# What does not fit on a line, such as a list of ciphers, may go on in the next one behind a colon.
_LONG = re.compile(r"\S{60,}")
# Options, settings such as registry['dir'], and other pages.
_WORDS = r"(?<![\w-])--?[a-z][\w-]*|\b\w+(?:\['\w+'\])+|\b[a-z][\w.-]*\([1-8]\)"


def escaped(text: str) -> str:
    """Write a text so that every sign shows as itself, a hyphen as the one that shells know."""
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def bold(text: str) -> str:
    """Write a text that is typed as it stands."""
    return rf"\fB{escaped(text)}\fR"


def italic(text: str) -> str:
    """Write a text that stands for another one."""
    return rf"\fI{escaped(text)}\fR"


def quoted(text: str) -> str:
    """Write an argument of a macro."""
    return f'"{escaped(text)}"'


class Make(Protocol):
    """Begins a page by its name, the section of the manual and what it is about."""

    def __call__(self, name: str, number: int, about: str) -> Page:
        """Begin it."""
        ...


class Page:
    """A page, written from the top down.

    Args:
        name: of the page, such as ``ctl-status``.
        number: of its section of the manual.
        about: what it is, without a full stop.
        date: as it stands at the foot; empty for none.
        source: the program and its version.
        commands: the words that stand out in prose behind ``ctl``.
    """

    def __init__(
        self, name: str, number: int, about: str, *, date: str, source: str, commands: Iterable[str]
    ) -> None:
        known = "|".join(sorted(map(re.escape, commands), key=len, reverse=True))
        self._words = re.compile(rf"{_WORDS}|\bctl (?:{known})(?![\w-])")
        head = f'{quoted(name.upper())} {number} "{date}" {quoted(source)} "Manual of ctl"'
        self._lines = [
            r".\" Written by ctl from its own declarations; change those instead.",
            f".TH {head}",
            ".nr HY 0",
            ".nh",
            ".ad l",
            ".SH NAME",
            rf"{escaped(name)} \- {escaped(about)}",
        ]

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._lines.append(f".SH {escaped(text.upper())}")

    def subheading(self, text: str) -> None:
        """Begin a part of a section."""
        self._lines.append(f".SS {escaped(text)}")

    def paragraph(self, text: str) -> None:
        """Add a paragraph of prose, unless it is empty."""
        if text and not self._is_begun():
            self._lines.append(".PP")
        self._prose(text)

    def item(self, term: str, *texts: str) -> None:
        """Add a term, written already, and what it means: a paragraph each."""
        self._lines += [".TP", term]
        for index, text in enumerate(filter(None, texts)):
            if index:
                self._lines.append(".br")
            self._prose(text)

    def synopsis(self, command: str, words: Iterable[str]) -> None:
        """Add how a command is called; its words are written already."""
        self._lines += [f".SY {quoted(command)}", *words, ".YS"]

    def example(self, *lines: str) -> None:
        """Add lines that stay as they are."""
        shown = [escaped(line) for line in lines]
        self._lines += [*([] if self._is_begun() else [".PP"]), ".RS 4", ".EX"]
        self._lines += [rf"\&{line}" if line.startswith(".") else line for line in shown]
        self._lines += [".EE", ".RE"]

    def see_also(self, names: Iterable[str]) -> None:
        """Add other pages, each with the number of its section: ``ctl(1)``."""
        self.heading("See also")
        shown = [f"{bold(name[:-3])}{name[-3:]}" for name in names]
        self._lines += [*(f"{one}," for one in shown[:-1]), *shown[-1:]]

    def written(self, text: str) -> None:
        """Add text that is written already."""
        self._lines.append(text)

    def text(self) -> str:
        """Return the page."""
        return "\n".join(self._lines) + "\n"

    def prose(self, text: str) -> str:
        """Write a text in which options, settings, pages and commands stand out."""
        made, end = "", 0
        for found in self._words.finditer(text):
            made += escaped(text[end : found.start()]) + bold(found[0])
            end = found.end()
        return made + escaped(text[end:])

    def _is_begun(self) -> bool:
        """Whether a heading has just begun a paragraph."""
        return self._lines[-1].startswith((".SH", ".SS"))

    def _prose(self, text: str) -> None:
        # A line for each sentence, so that the space between two is always the same.
        for sentence in _SENTENCE.split(" ".join(text.split())):
            shown = _LONG.sub(lambda found: found[0].replace(":", r":\:"), self.prose(sentence))
            for line in wrap(shown, _WIDTH, break_long_words=False, break_on_hyphens=False):
                self._lines.append(rf"\&{line}" if line.startswith(".") else line)
