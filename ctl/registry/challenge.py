"""Reading ``WWW-Authenticate`` headers strictly, so that a wrong one is noticed before docker meets it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from ctl.regex import compile_late

# Source: RFC 9110, sections 5.6 and 11.
_TOKEN = compile_late(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TOKEN68 = compile_late(r"[0-9A-Za-z._~+/-]+=*(?=[ \t]*(?:,|$))")
_QUOTED = compile_late(r'"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\t \x21-\x7e\x80-\U0010ffff])*)"')
_BLANK = compile_late(r"[ \t]*")
_SEPARATORS = compile_late(r"[ \t,]*")
_ESCAPE = compile_late(r"\\(.)", re.DOTALL)


class ChallengeError(ValueError):
    """A header that no client can understand; says at which column, counted from 1."""


class AnyChallenge(Struct, frozen=True):
    """One challenge of whatever scheme; scheme and names in lower case.

    ``token`` holds what follows the scheme where that is no list of parameters.
    """

    scheme: str
    parameters: Mapping[str, str]
    token: str | None = None


class Challenge(Struct, frozen=True):
    """A Bearer challenge: where to get a token (realm), for whom (service), for what, and what was wrong."""

    realm: str
    service: str | None = None
    scope: str | None = None
    error: str | None = None


def bearer(headers: Iterable[str]) -> Challenge | None:
    """Find the Bearer challenge in the values of all ``WWW-Authenticate`` headers of an answer.

    Returns:
        None where other schemes are offered only, or nothing.

    Raises:
        ChallengeError: a header is malformed, two Bearer challenges stand there, or one has no realm.
    """
    bearers = [challenge for header in headers for challenge in parse(header) if challenge.scheme == "bearer"]
    if not bearers:
        return None
    if len(bearers) > 1:
        raise ChallengeError(f"{len(bearers)} Bearer challenges were found, one is expected")
    values = bearers[0].parameters
    if not values.get("realm"):
        raise ChallengeError("the Bearer challenge has no realm")
    return Challenge(values["realm"], values.get("service"), values.get("scope"), values.get("error"))


def parse(header: str) -> tuple[AnyChallenge, ...]:
    """Parse the value of one header into its challenges.

    Raises:
        ChallengeError: it does not follow RFC 9110.
    """
    return tuple(_Parser(header).challenges())


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def challenges(self) -> Iterable[AnyChallenge]:
        self._separators()
        while self._at < len(self._text):
            yield self._challenge()

    def _challenge(self) -> AnyChallenge:
        scheme = self._expect(_TOKEN, "a scheme such as Bearer")[0].lower()
        if not self._blank():
            if self._at < len(self._text) and self._text[self._at] != ",":
                raise self._error("a space")
            self._separators()
            return AnyChallenge(scheme, {})
        if not self._parameter_follows():
            match = _TOKEN68.match(self._text, self._at)
            if match:
                self._at = match.end()
                self._end_of_element()
                return AnyChallenge(scheme, {}, match[0])
        return AnyChallenge(scheme, self._parameters())

    def _parameters(self) -> dict[str, str]:
        parameters: dict[str, str] = {}
        separated = self._separators()
        if not (separated or self._at == len(self._text) or self._parameter_follows()):
            raise self._error("a parameter")
        while self._parameter_follows():
            start = self._at
            name = self._expect(_TOKEN, "a name")[0].lower()
            if name in parameters:
                self._at = start
                raise self._error(f"no second '{name}'")
            self._blank()
            self._at += 1  # the equals sign, which _parameter_follows has seen
            self._blank()
            parameters[name] = self._value()
            self._end_of_element()
        return parameters

    def _parameter_follows(self) -> bool:
        name = _TOKEN.match(self._text, self._at)
        if not name:
            return False
        behind = self._text[name.end() :].lstrip(" \t")
        # "abc=" and "abc==" are a token68; a parameter has a value.
        return behind.startswith("=") and behind[1:].lstrip(" \t")[:1] not in ("", "=", ",")

    def _value(self) -> str:
        if self._text[self._at : self._at + 1] == '"':
            return _ESCAPE.sub(r"\1", self._expect(_QUOTED, "a closing quote")[1])
        return self._expect(_TOKEN, "a value")[0]

    def _end_of_element(self) -> None:
        self._blank()
        if self._at < len(self._text) and self._text[self._at] != ",":
            raise self._error("a comma")
        self._separators()

    def _separators(self) -> bool:
        """Skip blanks and commas, of which a list may have several; return whether there was a comma."""
        start = self._at
        match = _SEPARATORS.match(self._text, start)
        self._at = match.end() if match else start
        return "," in self._text[start : self._at]

    def _blank(self) -> bool:
        match = _BLANK.match(self._text, self._at)
        start, self._at = self._at, match.end() if match else self._at
        return self._at > start

    def _expect(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        match = pattern.match(self._text, self._at)
        if not match:
            raise self._error(expected)
        self._at = match.end()
        return match

    def _error(self, expected: str) -> ChallengeError:
        return ChallengeError(f"malformed at column {self._at + 1}: {expected} is expected")
