"""One masking for every text that leaves: whatever this process knows as a secret is replaced, by its value.

Deciding what is secret is `ctl.settings.secrecy`'s business and `ctl.diagnostics.secrecy`'s; here is what
comes of it. A secret has many spellings: in JSON, in a URL, in YAML, in Ruby. They are one value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

from ctl.diagnostics.secrecy import in_urls

MASK = "<masked>"
# A shorter text stands in too many places by chance, and is no secret for long either.
SHORTEST = 4
# From here on it is recognised within a word too.
DISTINCT = 8
# Keys are longer; nobody puts one into a URL.
_LONGEST_ENCODED = 200
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
        self._forms = sorted(
            {form for value in told for form in _forms(value)}, key=lambda form: (-len(form), form)
        )
        self._pattern: re.Pattern[str] | None = None

    def mask(self, text: str) -> str:
        """Return a text with every secret replaced."""
        return self._compiled().sub(MASK, text) if self._concerns(text) else text

    def ranges(self, text: str) -> list[tuple[int, int]]:
        """List the ranges of a text that are secrets."""
        return [match.span() for match in self._compiled().finditer(text)] if self._concerns(text) else []

    def _concerns(self, text: str) -> bool:
        return any(form in text for form in self._forms)

    def _compiled(self) -> re.Pattern[str]:
        if self._pattern is None:
            self._pattern = re.compile("|".join(map(_pattern_of, self._forms)))
        return self._pattern


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


def _forms(value: str) -> Iterator[str]:
    """Yield the spellings of a value in the formats that it is written in, logged in and sent in."""
    yield value
    if len(value) > _LONGEST_ENCODED:
        yield json.dumps(value)[1:-1]
        return
    for escaped in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield escaped
        # A log of JSON within JSON, as where an error quotes a quoted value.
        yield json.dumps(escaped)[1:-1]
    for safe in ("", "/", "$&+,/:;=@"):
        encoded = quote(value, safe=safe, errors="replace")
        yield encoded
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    yield quote_plus(value, errors="replace")
    yield value.replace("'", "''")
    yield value.replace("\\", "\\\\").replace("'", "\\'")


def _pattern_of(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= DISTINCT else rf"(?<!\w){escaped}(?!\w)"
