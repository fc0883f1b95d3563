"""What is a secret: by the name of its place, and inside of a URL or a header wherever one stands."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from ctl.regex import compile_late

_SECRET = compile_late(
    r"password|passwd|passphrase|secret|token|_key|(?:private|account|access|api)key|trustid|salt|dsn"
    r"|credential|authorization|signature",
    re.IGNORECASE,
)
PUBLIC = frozenset(
    [
        "authorization_method",
        "credentials_type",
        "generate_default_secrets",
        "generate_secrets_json_file",
        "registry_key_path",
        "ssl_certificate_key",
        "ssl_password_file",
        "token_realm",
    ]
)
"""Names of settings that sound like a secret's and are declared as a path, a URL or a choice."""
_PUBLIC = compile_late(rf"\b(?:{'|'.join(sorted(PUBLIC))})\b")
_HOLDS_SECRETS = compile_late(
    r"\b(?:proxy_set_headers|env|headers|default_notifications_headers|notifications)\b"
)
_USER = compile_late(r"(?<=://)[^/?#\s'\"]+(?=@)")
_QUERY = compile_late(r"(?<=://)[^?#\s'\"]*\?([^#\s'\"]+)")
_PARAMETER = compile_late(r"(?P<name>[\w.~%-]+)=(?P<value>[^&#\s'\"]+)")
# What else of a query opens a door: signed addresses of Azure, AWS, Google and web hooks.
_SIGNED = compile_late(
    r"sig|code|auth|pass|pwd|jwt|key|x-(?:amz|goog)-(?:signature|credential|security-token)", re.I
)
# Parts of a shared access signature, and what one asks of a service, that open none.
_HARMLESS = compile_late(
    r"s[vsrpte]|srt|spr|sip|comp|restype|(?:api-)?version|region|timeout|format|db|protocol", re.I
)
_SCHEME = compile_late(r"\s*(?:Basic|Bearer|Token|Digest|ApiKey)\s+(\S+)\s*", re.IGNORECASE)
_ASSIGNED = compile_late(r"(?P<name>[A-Za-z]\w*)=(?P<value>[^;]+)")
_DIRECTIVE = compile_late(
    r"""(?:proxy_set_header|add_header|set)\s+(?P<name>\S+)\s+"""
    r"""(?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<bare>[^;\s]+))"""
)
_VARIABLES = compile_late(r"(?:\$\{?\w+\}?|[\s,:;/-])*")


def looks_secret(name: str) -> bool:
    """Tell whether a setting of this name, or a line with such names, holds what must not be shown."""
    match = _SECRET.search(name)
    return match is not None and _SECRET.search(_PUBLIC.sub("", name)) is not None


def names_secrets(line: str) -> bool:
    """Tell whether a line of a settings file begins what holds secrets under names of any kind."""
    return _HOLDS_SECRETS.search(line) is not None


def in_urls(text: str, *, own: bool = False) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a text that are secrets of URLs: who asks, and parameters that open doors.

    Args:
        text: anybody's; only parameters under names that say so count in it.
        own: whether a setting gives it; every parameter counts then that is not known to be harmless.
    """
    for match in _USER.finditer(text):
        yield match.span()
    for query in _QUERY.finditer(text):
        parameters = list(_PARAMETER.finditer(text, *query.span(1)))
        for parameter in parameters:
            if _opens(parameter["name"]) or (own and not _HARMLESS.fullmatch(parameter["name"])):
                yield parameter.span("value")
        if own and not parameters:
            yield query.span(1)


def _opens(name: str) -> bool:
    return looks_secret(name.replace("-", "_")) or _SIGNED.fullmatch(name) is not None


def secrets_of_url(url: str) -> Iterator[str]:
    """Yield the secrets of a URL that a setting gives: password or user, parameters but for harmless ones."""
    for user in _USER.finditer(url):
        name, colon, password = user[0].partition(":")
        yield from _both(password if colon else name)
        if colon:
            # As it travels: Authorization: Basic.
            yield base64.b64encode(unquote(user[0]).encode()).decode()
    users = {match.span() for match in _USER.finditer(url)}
    for start, end in in_urls(url, own=True):
        if (start, end) not in users:
            yield from _both(url[start:end])


def secrets_within(text: str) -> Iterator[str]:
    """Yield what of a secret is secret by itself: lines of a key, a header's credentials, parts of a URL."""
    yield text
    if "\n" in text:
        yield from (line.strip() for line in text.splitlines() if not line.startswith("-----"))
    scheme = _SCHEME.fullmatch(text)
    if scheme:
        yield scheme[1]
        yield from _decoded(scheme[1])
    for match in _ASSIGNED.finditer(text):
        if looks_secret(match["name"]):
            yield match["value"]
    yield from secrets_of_url(text)


def secrets_of_config(document: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the secrets of a registry's config.yml, whoever wrote it: by their names, in headers and URLs."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from secrets_of_config(value, (*path, str(name)))
    elif isinstance(document, list | tuple):
        for part in document:
            yield from secrets_of_config(part, path)
    elif document is not None and not isinstance(document, bool):
        secret = "headers" in path or any(map(looks_secret, path[-1:]))
        yield from secrets_within(str(document)) if secret else secrets_of_url(str(document))


def secrets_of_nginx(text: str) -> Iterator[str]:
    """Yield the secrets of a text in nginx's own syntax: headers and variables by their names, and URLs."""
    for match in _DIRECTIVE.finditer(text):
        value = next(part for part in (match["double"], match["single"], match["bare"]) if part is not None)
        if (_opens(match["name"]) or _SCHEME.fullmatch(value)) and not only_variables(value):
            yield from secrets_within(value)
    yield from secrets_of_url(text)


def only_variables(text: str) -> bool:
    """Whether a text of nginx says nothing by itself: it is made of variables alone."""
    return _VARIABLES.fullmatch(text) is not None


def _both(value: str) -> Iterator[str]:
    yield value
    yield unquote(value)


def _decoded(text: str) -> Iterator[str]:
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return
    if colon:
        yield f"{user}:{password}"
        yield password
