"""One masking for every text that leaves: whatever this process knows as a secret is replaced, by its value.

Deciding what is secret is `ctl.settings.secrecy`'s business and `ctl.diagnostics.secrecy`'s; here is what
comes of it. A secret has many spellings: in JSON, in a URL, in YAML, in Ruby. They are one value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ctl.diagnostics.secrecy import in_urls
from ctl.regex import compile_late

MASK = "<masked>"
# A shorter text stands in too many places by chance, and is no secret for long either.
SHORTEST = 4
# From here on it is recognised within a word too.
DISTINCT = 8
# Keys are longer; nobody puts one into a URL.
_LONGEST_ENCODED = 200
_OF_KEYS = ("+", "/", "=", " ")
# What is spelled alike in every format, and what may be spelled in others.
_PLAIN = compile_late(r"[A-Za-z0-9_.~-]+")
_PARTS = compile_late(r"[A-Za-z0-9_.~-]+|\\+|'+|.", re.DOTALL)
# A log of JSON within JSON, as where an error quotes a quoted value, has a backslash twice, or four times.
_DEEPEST = 8
_ESCAPES = rf"\\{{1,{_DEEPEST}}}"
_OTHERWISE = {
    '"': (rf'{_ESCAPES}"',),
    # Of YAML and of Ruby, then of a shell.
    "'": ("''", rf"{_ESCAPES}'", rf"'{_ESCAPES}''"),
    "/": (rf"{_ESCAPES}/",),
    " ": (r"\+",),
    "\n": (rf"{_ESCAPES}n",),
    "\r": (rf"{_ESCAPES}r",),
    "\t": (rf"{_ESCAPES}t",),
}
# A password that is one of these is masked in its own place alone: everything else would become unreadable.
_WORDS = frozenset(
    {"registry", "gitlab", "nginx", "container_registry", "password", "secret", "localhost", "http", "https"}
    | {"true", "false", "null", "none", "admin", "root", "info", "error", "warning", "running", "reconfigure"}
)


class Masker:
    """Replaces secrets, the longest first.

    Args:
        values: the secrets; what is too short or too common to be told from other text is left out.
    """

    def __init__(self, values: Iterable[str]) -> None:
        told = {value for value in values if len(value) >= SHORTEST and value.lower() not in _WORDS}
        self._anchors = {
            value: _anchor(value) for value in sorted(told, key=lambda value: (-len(value), value))
        }
        self._patterns: dict[tuple[str, ...], re.Pattern[str]] = {}

    def mask(self, text: str) -> str:
        """Return a text with every secret replaced."""
        pattern = self._pattern_for(text)
        return text if pattern is None else pattern.sub(MASK, text)

    def ranges(self, text: str) -> list[tuple[int, int]]:
        """List the ranges of a text that are secrets."""
        pattern = self._pattern_for(text)
        return [] if pattern is None else [match.span() for match in pattern.finditer(text)]

    def _pattern_for(self, text: str) -> re.Pattern[str] | None:
        """Return what finds those secrets that a text may hold; compiling the others would take long."""
        concerned = tuple(value for value, anchor in self._anchors.items() if anchor in text)
        if concerned and concerned not in self._patterns:
            self._patterns[concerned] = re.compile("|".join(map(_pattern_of, concerned)), re.DOTALL)
        return self._patterns[concerned] if concerned else None


class Known:
    """The secrets that this process has come to know.

    Attributes:
        revealed: whether the caller asked to see secrets; nothing is masked then.
    """

    def __init__(self) -> None:
        self.revealed = False
        self._values: set[str] = set()
        self._find: Callable[[], Iterable[str]] | None = None
        self._masker: Masker | None = None

    def learn(self, values: Iterable[str]) -> None:
        """Add secrets."""
        new = set(values) - self._values
        if new:
            self._values |= new
            self._masker = None

    def look_up(self, find: Callable[[], Iterable[str]]) -> None:
        """Have further secrets looked up when the first text is to be masked."""
        self._find = find
        self._masker = None

    @property
    def masker(self) -> Masker:
        """What masks all that is known by now."""
        if self._find is not None:
            find, self._find = self._find, None
            self.learn(find())
        if self._masker is None:
            self._masker = Masker(self._values)
        return self._masker

    def mask(self, text: str) -> str:
        """Return a text without secrets, or as it is where secrets were asked for."""
        return text if self.revealed else self.masker.mask(text)


KNOWN = Known()
"""Of this process; what reads settings or secrets adds to it, what prints or keeps a text asks it."""


def mask_urls(text: str, *, own: bool = False) -> str:
    """Return a text without what its URLs hold of secrets, known or not; see `in_urls`."""
    if "://" not in text:
        return text
    for start, end in sorted(in_urls(text, own=own), reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def _anchor(value: str) -> str:
    """Return the longest part of a value that is spelled alike everywhere."""
    return max(_PLAIN.findall(value), key=len, default="")


def _pattern_of(value: str) -> str:
    """Return what matches a value in every format that it is written in, logged in and sent in."""
    parts = "".join(_spellings(part, value) for part in _PARTS.findall(value))
    return parts if len(value) >= DISTINCT else rf"(?<!\w){parts}(?!\w)"


def _spellings(part: str, value: str) -> str:
    """Return what matches a part of a value: plain text, backslashes, quotes, or one other character."""
    if _PLAIN.fullmatch(part) or (len(value) > _LONGEST_ENCODED and part in _OF_KEYS):
        return re.escape(part)
    character, count = part[0], len(part)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(rf"{_ESCAPES}u{units[at : at + 4]}" for at in range(0, len(units), 4))
    sent = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    spellings = [f"(?i:{escaped}|{sent}|{_ESCAPES}(?:x{ord(character):02x}|U{ord(character):08x}))"]
    if character != "\\":
        spellings += [re.escape(character), *_OTHERWISE.get(character, ())]
    # Runs count as a whole, so that the ways to read one do not multiply.
    ways = [f"(?:{spelling}){{{count}}}" if count > 1 else spelling for spelling in spellings]
    if character == "\\":
        ways.append(rf"\\{{{count},{_DEEPEST * count}}}")
    return f"(?:{'|'.join(ways)})"
