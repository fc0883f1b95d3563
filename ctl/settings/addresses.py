"""Host names, ports and URLs: what is accepted, what is said otherwise.

Messages never repeat a URL, which may hold a password.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ctl.regex import compile_late
from ctl.settings.text import kind_of, name, one_line

# Without re.ASCII a case-blind [a-z] also matches the Kelvin sign and the long s.
_HOST = compile_late(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\.?",
    re.IGNORECASE | re.ASCII,
)
_IPV6 = compile_late(r"\[([0-9A-Fa-f:.]{2,45})(%[A-Za-z0-9._-]+)?\]")
_PORT = compile_late(r"[0-9]{1,18}")
_WITH_PORT = compile_late(r"(?:[^:/\[\]]+|\[[^\]]*\]):[0-9]+")
_NO_URL = compile_late(r"[\s\"\\$<>^`{|}]")


def integer(value: Any) -> int:
    """Accept a whole number of 0 or more, also as a string of digits."""
    if isinstance(value, str) and _PORT.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"a whole number is expected, this is {kind_of(value)}")
    if value < 0:
        raise ValueError("a number of 0 or more is expected")
    if value >= 2**63:
        raise ValueError("this number is too large")
    return value


def port(value: Any) -> int:
    """Accept the number of a port."""
    number = integer(value)
    if not 1 <= number <= 65535:
        raise ValueError(f"a port is between 1 and 65535, this is {number}")
    return number


def host_name(text: str) -> str:
    """Accept a host name, an IPv4 address, or an IPv6 address in brackets."""
    if "://" in text:
        raise ValueError("a host name is expected without a scheme, such as registry.example.com")
    if _WITH_PORT.fullmatch(text):
        raise ValueError("a host name is expected without a port, which is a setting of its own")
    address = _IPV6.fullmatch(text)
    try:
        if address:
            IPv6Address(address[1])
        elif not _HOST.fullmatch(text):
            raise ValueError
        elif re.fullmatch(r"[0-9.]+", text):
            IPv4Address(text)
    except ValueError:
        raise ValueError("this is not a host name or address") from None
    return text


def listen_address(value: Any) -> str:
    """Accept an address that nginx listens on; an IPv6 address gets its brackets."""
    text = name(value)
    if text == "*":
        return text
    if text.count(":") > 1 and not text.startswith("["):
        text = f"[{text}]"
    return _shortest(host_name(text))


def _shortest(host: str) -> str:
    """Return a host in the one spelling by which addresses are compared: every address is ``[::]``.

    An address of IPv6 that stands for one of IPv4 is that one.
    """
    address = _IPV6.fullmatch(host)
    if address is None:
        return host
    number = IPv6Address(address[1])
    if number.ipv4_mapped is not None:
        return str(number.ipv4_mapped)
    return f"[{number.compressed}{address[2] or ''}]"


def ipv4_address(value: Any) -> str:
    """Accept an IPv4 address, where svlogd sends lines to."""
    text = one_line(value)
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise ValueError("an IPv4 address is expected, such as '192.0.2.1'; svlogd knows no names") from None


def udp_address(value: Any) -> str:
    """Accept where svlogd sends lines to; an empty string stands for nowhere."""
    text = one_line(value)
    host, colon, digits = text.partition(":")
    try:
        if text:
            IPv4Address(host)
            port(digits if colon else 514)
    except ValueError:
        raise ValueError(
            "an IPv4 address is expected, such as '192.0.2.1:514'; svlogd knows no names"
        ) from None
    return text


def split_host_port(text: str) -> tuple[str, int]:
    """Take ``host:port`` apart; the host of ``:5000`` is empty, an IPv6 address keeps its brackets.

    Raises:
        ValueError: there is no port, or either half is not one.
    """
    host, colon, digits = text.rpartition(":")
    if not colon or not _PORT.fullmatch(digits):
        raise ValueError("a port is missing; host:port is expected, such as 127.0.0.1:5000")
    if host:
        host_name(host)
    return host, port(digits)


def host_port(value: Any) -> str:
    """Accept ``host:port``; the scheme that Omnibus means to take off and does not is taken off."""
    text = name(value)
    if text.startswith("http://"):
        text = text.removeprefix("http://").removesuffix("/")
    if "://" in text:
        raise ValueError("host:port is expected without a scheme, such as 127.0.0.1:5000")
    host, number = split_host_port(text)
    return f"{_shortest(host)}:{number}" if host.startswith("[") else text


def _split(text: str) -> SplitResult:
    # What urlsplit says would repeat a part of the URL.
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("this is not a URL") from None
    try:
        number = parts.port
    except ValueError:
        raise ValueError("the port of a URL is a number between 1 and 65535") from None
    if number == 0 or parts.netloc.endswith(":"):
        raise ValueError("the port of a URL is a number between 1 and 65535")
    return parts


def _url(value: Any, example: str) -> str:
    text = name(value)
    if _NO_URL.search(text):
        raise ValueError("a URL must not contain blanks, quotes, backslashes or one of $ < > ^ ` { | }")
    parts = _split(text)
    if not parts.scheme or not parts.hostname:
        raise ValueError(f"the URL must include a scheme and a host, such as {example}")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"unsupported scheme {parts.scheme}; http or https is expected")
    host_name(f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname)
    return text


def url(value: Any) -> str:
    """Accept an http or https URL."""
    return _url(value, "https://events.example.com/registry")


def plain_url(value: Any, example: str = "https://gitlab.example.com") -> str:
    """Accept a URL of scheme, host, port and path alone."""
    text = _url(value, example)
    parts = urlsplit(text)
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL must not contain a user name or password")
    if "?" in text or "#" in text:
        raise ValueError("the URL must not contain a query (?) or fragment (#)")
    return text


def registry_url(value: Any) -> str:
    """Accept a URL without a path."""
    text = plain_url(value, "https://registry.example.com")
    path = urlsplit(text).path
    if path not in ("", "/"):
        raise ValueError(f"unsupported path {path}; a registry cannot be served below a path")
    return text


def realm_url(value: Any) -> str:
    """Accept GitLab's URL, to which the path of its tokens is added."""
    text = plain_url(value)
    if text.rstrip("/").endswith("/jwt/auth"):
        raise ValueError("GitLab's URL is expected without /jwt/auth, which is added to it")
    return text


def api_url(value: Any) -> str:
    """Accept where GitLab reaches a registry; it adds the path of the API."""
    text = plain_url(value, "http://127.0.0.1:5000")
    if text.rstrip("/").endswith("/v2"):
        raise ValueError("the registry's URL is expected without /v2, which GitLab adds to it")
    return text
