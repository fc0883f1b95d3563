"""Quoting filters: one for each format, exact or an error.

Every scalar that reaches a template goes through one of them, so that no value can become syntax.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ctl.errors import CtlError
from ctl.plan.address import ListenAddress
from ctl.regex import compile_late

_CONTROL = compile_late(r"[\x00-\x1f\x7f]")
# JSON's escapes are YAML's, but JSON leaves some characters bare that YAML calls unprintable.
_YAML_UNPRINTABLE = compile_late(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = compile_late(r"[\ud800-\udfff]")
# A digit after the sign would be the capture of a regular expression, of which there is none.
_NGINX_VARIABLE = compile_late(r"\$(?![A-Za-z_]|\{[A-Za-z_][A-Za-z_0-9]*\})")
_NGINX_BARE = compile_late(r"[A-Za-z0-9_.:*/\[\]%=-]+(?: [A-Za-z0-9_.:*/\[\]%=-]+)*")
# YAML's short form of a key; the registry's parser looks no further for the colon.
_LONGEST_KEY = 1000


class Unrepresentable(CtlError):
    """A value that the format cannot carry exactly."""


def yaml_value(value: Any) -> str:
    """Write a value as one line of YAML 1.1: strings in double quotes, hashes and lists in flow style.

    Raises:
        Unrepresentable: the value holds a lone surrogate or is of a type that YAML does not have.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _yaml_number(value)
    if isinstance(value, str):
        return _yaml_string(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_yaml_key(name)}: {yaml_value(item)}" for name, item in value.items())
        return "{" + inner + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(yaml_value(item) for item in value) + "]"
    raise Unrepresentable(f"YAML cannot represent a {type(value).__name__}")


def _yaml_number(value: float) -> str:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise Unrepresentable("YAML readers do not agree on a number of more than 64 bits")
        return str(int(value))
    if not math.isfinite(value):
        raise Unrepresentable("YAML cannot represent this number")
    # YAML 1.1 demands a point in a number with an exponent.
    digits, exponent, power = repr(float(value)).partition("e")
    return digits + ("" if "." in digits else ".0") + exponent + power


def _yaml_key(name: object) -> str:
    key = _yaml_string(str(name))
    if len(key.encode()) > _LONGEST_KEY:
        raise Unrepresentable(f"YAML cannot represent a key of more than {_LONGEST_KEY} bytes on one line")
    return key


def _yaml_string(text: str) -> str:
    if _SURROGATE.search(text):
        raise Unrepresentable("YAML cannot represent a lone surrogate")
    quoted = json.dumps(str(text), ensure_ascii=False)
    return _YAML_UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)


def nginx_string(value: object) -> str:
    """Write a string for nginx, in double quotes.

    Raises:
        Unrepresentable: it holds a ``$``, which nginx would expand, or a control character.
    """
    text = str(value)
    if "$" in text:
        raise Unrepresentable("nginx cannot represent a $ in a string")
    return _nginx_quoted(text)


def nginx_expression(value: object) -> str:
    """Write a string for nginx in which ``$name`` and ``${name}`` are nginx's variables.

    Raises:
        Unrepresentable: a ``$`` starts no variable, or there is a control character.
    """
    text = str(value)
    if _NGINX_VARIABLE.search(text):
        raise Unrepresentable("nginx cannot represent a $ that starts no variable")
    return _nginx_quoted(text)


def _nginx_quoted(text: str) -> str:
    if _CONTROL.search(text) or _SURROGATE.search(text):
        raise Unrepresentable("nginx cannot represent a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shell_word(value: object) -> str:
    """Write a string as one word of a POSIX shell, in single quotes.

    Raises:
        Unrepresentable: it holds a control character; a run script has one command a line.
    """
    text = str(value)
    if _CONTROL.search(text) or _SURROGATE.search(text):
        raise Unrepresentable("a run script cannot represent a control character")
    if re.fullmatch(r"[A-Za-z0-9_@%+=:,./-]+", text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def environment_file(value: object) -> str:
    """Write the file of one variable for chpst's environment directory.

    chpst reads the first line, takes blanks off its end and turns NUL into a line break.

    Raises:
        Unrepresentable: the value has more than one line, a NUL or a blank at its end.
    """
    text = str(value)
    if re.search(r"[\x00\n]", text) or text != text.rstrip(" \t") or _SURROGATE.search(text):
        raise Unrepresentable("an environment file cannot represent this value")
    return text + "\n"


def plain_line(value: object) -> str:
    """Write a value that stands bare on a line of its own, as svlogd's settings do.

    Raises:
        Unrepresentable: it holds a control character.
    """
    text = str(value)
    if _CONTROL.search(text) or _SURROGATE.search(text):
        raise Unrepresentable("a line of a service's log settings cannot represent a control character")
    return text


def nginx_words(value: object) -> str:
    """Write the words of a string as one parameter of nginx each.

    Raises:
        Unrepresentable: as `nginx_string`.
    """
    return " ".join(nginx_string(word) for word in str(value).split(" ") if word)


def nginx_bare(value: object) -> str:
    """Write words that need no quotes as they are: addresses, levels, on and off.

    Raises:
        Unrepresentable: it holds a character that such words do not have.
    """
    text = str(value)
    if not _NGINX_BARE.fullmatch(text):
        raise Unrepresentable("nginx cannot represent this value without quotes")
    return text


def nginx_listen(address: ListenAddress) -> str:
    """Write an address with the words of nginx's directive ``listen``.

    Raises:
        Unrepresentable: as `nginx_bare`.
    """
    words = {
        "proxy_protocol": address.proxy_protocol,
        "ssl": address.tls,
        "http2": address.http2,
        "ipv6only=off": address.ipv4_too,
        "default_server": address.default,
    }
    return nginx_bare(" ".join((str(address), *(word for word, said in words.items() if said))))


def nginx_host_pattern(names: Sequence[str]) -> str:
    """Write nginx's pattern for a host header that holds one of some names, with whatever port.

    Raises:
        Unrepresentable: as `nginx_string`.
    """
    return nginx_string(rf"~*^(?:{'|'.join(map(re.escape, names))})(?::[0-9]+)?\z")


def logrotate_logs(value: object) -> str:
    """Write the pattern of the logs in a directory for logrotate, in double quotes.

    Raises:
        Unrepresentable: the directory holds a quote, a backslash, a pattern or control character.
    """
    text = str(value)
    if _CONTROL.search(text) or re.search(r'["\\*?\[\]{}]', text) or _SURROGATE.search(text):
        raise Unrepresentable("logrotate cannot represent this path")
    return f'"{text}/*.log"'
