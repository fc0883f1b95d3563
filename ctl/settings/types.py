"""The kinds of value a setting can have: what is accepted, what it becomes, what is said otherwise.

A value that one of the output formats cannot carry exactly is refused here, at the setting, and not
where it is rendered: nginx has no way to write a ``$`` in a string, an environment file none to write a
line break.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*\.?",
    re.IGNORECASE,
)
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9._-]+)?\]")
_DURATION = re.compile(r"(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+")
_DURATION_PART = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Python's own names of types mean nothing to who writes a gitlab.rb.
_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a string"}


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


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a string is expected, this is {kind_of(value)}")
    return value


def _one_line(value: Any) -> str:
    text = _text(value)
    found = _CONTROL.search(text)
    if found:
        raise ValueError(f"a control character (U+{ord(found.group()):04X}) cannot stand here")
    return text


def _flag(value: Any) -> bool:
    if isinstance(value, str):
        raise ValueError(
            "a string counts as true in Ruby, whatever it says; write true or false without quotes"
        )
    if not isinstance(value, bool):
        raise ValueError(f"true or false is expected, this is {kind_of(value)}")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"a number is expected, this is {kind_of(value)}")
    if abs(value) >= 2**63:
        raise ValueError("this number is too large")
    return value


def _port(value: Any) -> int:
    port = _integer(value)
    if not 1 <= port <= 65535:
        raise ValueError(f"a port is between 1 and 65535, this is {port}")
    return port


def _path(value: Any) -> str:
    text = _one_line(value)
    if not text.startswith("/"):
        raise ValueError("an absolute path is expected, one that starts with /")
    if ".." in text.split("/"):
        raise ValueError("a path must not contain ..")
    return text.rstrip("/") or "/"


def _nginx_path(value: Any) -> str:
    return _nginx_text(_path(value))


def _nginx_text(value: Any) -> str:
    text = _one_line(value)
    if "$" in text:
        raise ValueError("nginx cannot represent a $ in this place")
    return text


def _nginx_expression(value: Any) -> str:
    text = _one_line(value)
    if re.search(r"\$(?![A-Za-z_0-9]|\{[A-Za-z_0-9]+\})", text):
        raise ValueError("a $ must start the name of an nginx variable; nginx cannot represent a bare $")
    return text


def _host_name(text: str) -> str:
    if not (_HOST.fullmatch(text) or _IPV6.fullmatch(text)):
        raise ValueError("this is not a host name or address")
    return text


def split_host_port(text: str) -> tuple[str, int]:
    """Take ``host:port`` apart; the host of ``:5000`` is empty, an IPv6 address keeps its brackets.

    Raises:
        ValueError: there is no port, or either half is not one.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        raise ValueError("a port is missing; host:port is expected, such as 127.0.0.1:5000")
    if host:
        _host_name(host)
    return host, _port(port if port.isascii() else "x")


def _host_port(value: Any) -> str:
    text = _one_line(value)
    # Omnibus means to take a scheme off this value and forgets to use the result.
    text = text.removeprefix("http://").removesuffix("/") if text.startswith("http://") else text
    if "://" in text:
        raise ValueError("host:port is expected without a scheme, such as 127.0.0.1:5000")
    split_host_port(text)
    return text


def _url(value: Any) -> str:
    text = _one_line(value)
    if "$" in text or " " in text or '"' in text or "\\" in text:
        raise ValueError("a URL must not contain blanks, quotes, backslashes or $")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"this is not a URL: {str(error).lower()}") from None
    if not parts.netloc or not parts.hostname:
        raise ValueError("the URL must include a scheme and a host, such as https://registry.example.com")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"unsupported scheme {parts.scheme}; http or https is expected")
    if port == 0:
        raise ValueError("a port is between 1 and 65535, this is 0")
    _host_name(f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname)
    return text


def _plain_url(value: Any) -> str:
    text = _url(value)
    parts = urlsplit(text)
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL must not contain a user name or password")
    if "?" in text or "#" in text:
        raise ValueError("the URL must not contain a query (?) or fragment (#)")
    return text


def _registry_url(value: Any) -> str:
    text = _plain_url(value)
    path = urlsplit(text).path
    if path not in ("", "/"):
        raise ValueError(f"unsupported path {path}; a registry cannot be served below a path")
    return text


def seconds(duration: str) -> float:
    """Convert a duration in Go syntax, such as ``1h30m``, to seconds."""
    if duration == "0":
        return 0.0
    return sum(
        float(amount) * _UNIT_SECONDS[unit] for amount, unit in _DURATION_PART.findall(duration) if amount
    )


def _duration(value: Any) -> str:
    if value == 0 and not isinstance(value, bool) and isinstance(value, int):
        return "0"
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f"a bare number means nanoseconds to the registry; write '{value}s' for seconds")
    text = _one_line(value)
    if text != "0" and not _DURATION.fullmatch(text):
        raise ValueError("a duration is expected, such as '500ms', '10s' or '1h30m'; the units end with h")
    return text


def _pem(kind: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        # A key pasted on one line with \n in single quotes is the documented way that goes wrong.
        text = _text(value).replace("\\n", "\n")
        if f"-----BEGIN {kind}" not in text and not re.search(rf"-----BEGIN [A-Z ]*{kind}", text):
            raise ValueError(f"PEM text is expected, with a line -----BEGIN … {kind}-----")
        return text

    return check


def _account(value: Any) -> str:
    text = _one_line(value)
    if not _ACCOUNT.fullmatch(text):
        raise ValueError("an account name is expected: lower-case letters, digits, _ and -")
    return text


def _variable(value: Any) -> str:
    text = _one_line(value)
    if not _VARIABLE.fullmatch(text):
        raise ValueError("the name of an environment variable holds letters, digits and _ only")
    return text


def _environment_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    text = _text(value)
    if "\n" in text or "\0" in text:
        raise ValueError("a variable of the environment directory cannot hold a line break or NUL")
    if text != text.rstrip(" \t"):
        raise ValueError("a variable of the environment directory cannot end with a blank")
    return _one_line(text)


def _listen_address(value: Any) -> str:
    text = _one_line(value)
    if text == "*":
        return text
    if ":" in text and not text.startswith("["):
        text = f"[{text}]"
    return _host_name(text)


Flag = Annotated[bool, BeforeValidator(_flag)]
Integer = Annotated[int, BeforeValidator(_integer)]
Port = Annotated[int, BeforeValidator(_port)]
Text = Annotated[str, BeforeValidator(_one_line)]
NginxText = Annotated[str, BeforeValidator(_nginx_text)]
NginxExpression = Annotated[str, BeforeValidator(_nginx_expression)]
NginxPath = Annotated[str, BeforeValidator(_nginx_path)]
RawText = Annotated[str, BeforeValidator(_text)]
AbsolutePath = Annotated[str, BeforeValidator(_path)]
HostPort = Annotated[str, BeforeValidator(_host_port)]
HostName = Annotated[str, BeforeValidator(_one_line), AfterValidator(_host_name)]
Url = Annotated[str, BeforeValidator(_url)]
PlainUrl = Annotated[str, BeforeValidator(_plain_url)]
RegistryUrl = Annotated[str, BeforeValidator(_registry_url)]
Duration = Annotated[str, BeforeValidator(_duration)]
Account = Annotated[str, BeforeValidator(_account)]
ListenAddress = Annotated[str, BeforeValidator(_listen_address)]
EnvironmentName = Annotated[str, BeforeValidator(_variable)]
EnvironmentValue = Annotated[str, BeforeValidator(_environment_value)]
SecretText = Annotated[SecretStr, BeforeValidator(_one_line)]
PrivateKeyPem = Annotated[SecretStr, BeforeValidator(_pem("PRIVATE KEY"))]
CertificatePem = Annotated[str, BeforeValidator(_pem("CERTIFICATE"))]


def setting(default: Any = None, *, output: str = "", since: str = "") -> Any:
    """Declare a setting.

    Args:
        default: its value where the file says nothing; None where it is derived from others.
        output: what it becomes: ``config.yml:http.addr``, ``vhost:listen``.
        since: the first version of GitLab's Linux package that had it; empty for always.
    """
    return Field(default, json_schema_extra={"output": output, "since": since})


def choice(*names: str) -> Callable[[Any], str]:
    """Return a validator that accepts just these words."""

    def check(value: Any) -> str:
        text = _text(value)
        if text not in names:
            raise ValueError(f"one of {', '.join(names)} is expected")
        return text

    return check
