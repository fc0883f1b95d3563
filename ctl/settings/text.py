"""What a string has to be like so that its place in an output can carry it exactly."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ctl.regex import compile_late

_CONTROL = compile_late(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NO_TEXT = compile_late(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BARE_DOLLAR = compile_late(r"\$(?![A-Za-z_]|\{[A-Za-z_][A-Za-z_0-9]*\})")
_HEADER = compile_late(r"[A-Za-z0-9!#%&'*+.^_|~-]{1,200}")
_LOG_PATTERN = compile_late(r'["\\*?\[\]{}]')
# The registry's account becomes the owner of the directory of images; of these it must not.
_SHARED = """
    /etc /etc/gitlab /home /lost+found /media /opt /opt/gitlab /root /run /snap /srv /tmp /usr /usr/bin
    /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/libx32 /usr/local /usr/local/bin
    /usr/local/etc /usr/local/lib /usr/local/sbin /usr/local/share /usr/sbin /usr/share /usr/src /var
    /var/backups /var/cache /var/lib /var/local /var/lock /var/log /var/log/gitlab /var/mail /var/opt
    /var/opt/gitlab /var/run /var/spool /var/tmp
"""
_SHARED_DIRECTORIES = frozenset(_SHARED.split())
# Nothing that is kept belongs anywhere below these; ctl's own directories go when its package is purged.
_SYSTEM_DIRECTORY = compile_late(
    r"/(?:bin|boot|dev|lib|lib32|lib64|libx32|proc|sbin|sys|opt/gitlab/(?:sv|service)|var/(?:opt|log)/gitlab/ctl)"
    r"(?:/|$)"
)
# nginx reads its configuration by 4096 bytes and demands that a parameter fits into them.
_NGINX_LONGEST = 4000
# Longer keys would need YAML's explicit form; nothing in a registry's configuration has such keys.
_LONGEST_KEY = 200

# Python's own names of types mean nothing to who writes a gitlab.rb.
_KINDS = {int: "a number", float: "a decimal number", str: "a string"}


EMPTY = "this must not be empty; leave the setting out or give it a value"


def kind_of(value: object) -> str:
    """Name the type of a value as a settings file's author would: ``a string``, ``nil``."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a hash"
    if isinstance(value, list):
        return "an array"
    return _KINDS.get(type(value), "another kind of value")


def string(value: Any) -> str:
    """Accept any string."""
    if not isinstance(value, str):
        raise ValueError(f"a string is expected, this is {kind_of(value)}")
    return value


def one_line(value: Any) -> str:
    """Accept a string without line breaks and other control characters."""
    text = string(value)
    match = _CONTROL.search(text)
    if match:
        raise ValueError(f"a control character (U+{ord(match.group()):04X}) cannot stand here")
    return text


def name(value: Any) -> str:
    """Accept one line that says something."""
    text = one_line(value)
    if not text.strip():
        raise ValueError(EMPTY)
    return text


def lines(value: Any) -> str:
    """Accept text of several lines, with tabs."""
    text = string(value)
    match = _NO_TEXT.search(text)
    if match:
        raise ValueError(f"a control character (U+{ord(match.group()):04X}) cannot stand here")
    return text


def path(value: Any) -> str:
    """Accept an absolute path; it is returned in its shortest spelling."""
    text = name(value)
    if not text.startswith("/"):
        raise ValueError("an absolute path is expected, one that starts with /")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError("a path must not contain ..")
    if not parts:
        raise ValueError("a path below / is expected")
    if any(part != part.strip() for part in parts):
        # Nobody sees such a name, and it is soon taken for its neighbour's.
        raise ValueError("a name in this path begins or ends with a blank")
    return "/" + "/".join(parts)


def image_directory(value: Any) -> str:
    """Accept an absolute path of a directory that can belong to the registry's account alone."""
    given = path(value)
    if given in _SHARED_DIRECTORIES or _SYSTEM_DIRECTORY.match(given):
        raise ValueError(
            "this directory belongs to the system; choose one for images alone, such as /srv/registry"
        )
    return given


def _fits_nginx(text: str) -> str:
    if len(text.replace("\\", "\\\\").replace('"', '\\"').encode()) > _NGINX_LONGEST:
        raise ValueError(f"nginx cannot represent a text of more than {_NGINX_LONGEST} bytes")
    return text


def nginx_text(value: Any) -> str:
    """Accept what nginx can hold in a string and will not expand."""
    text = name(value)
    if "$" in text:
        raise ValueError("nginx cannot represent a $ in this place")
    return _fits_nginx(text)


def nginx_path(value: Any) -> str:
    """Accept an absolute path that nginx can hold."""
    return nginx_text(path(value))


def nginx_log_directory(value: Any) -> str:
    """Accept a directory whose logs both nginx and logrotate can name."""
    text = nginx_path(value)
    if _LOG_PATTERN.search(text):
        raise ValueError('logrotate cannot represent a path with one of the characters " \\ * ? [ ] { }')
    return text


def nginx_expression(value: Any) -> str:
    """Accept what nginx can hold in a string where it expands variables."""
    text = one_line(value)
    if _BARE_DOLLAR.search(text):
        raise ValueError("a $ must start the name of an nginx variable; nginx cannot represent a bare $")
    return _fits_nginx(text)


def header_name(value: Any) -> str:
    """Accept the name of an HTTP header."""
    text = string(value)
    if not _HEADER.fullmatch(text):
        raise ValueError("the name of a header is expected: letters, digits and -")
    return text


def yaml_options(value: Any) -> Any:
    """Accept a value of hashes, arrays, strings and numbers that YAML can hold."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if len(str(key)) > _LONGEST_KEY:
                raise ValueError(f"a key has more than {_LONGEST_KEY} characters")
            yaml_options(str(key))
            yaml_options(item)
    elif isinstance(value, str):
        if re.search(r"[\ud800-\udfff]", value):
            raise ValueError("half a surrogate pair cannot stand here")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number is expected")
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ValueError("this number is too large")
    elif isinstance(value, Sequence):
        for item in value:
            yaml_options(item)
    return value
