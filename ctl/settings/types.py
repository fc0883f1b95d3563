"""The kinds of value a setting can have: what is accepted, what it becomes, what is said otherwise.

A value that one of the output formats cannot carry exactly is refused here, at the setting, and not
where it is rendered: nginx has no way to write a ``$`` in a string, an environment file none to write a
line break.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from ctl.settings import addresses, shapes, text
from ctl.settings.addresses import split_host_port
from ctl.settings.shapes import Shaped, shaped
from ctl.settings.text import kind_of

_DURATION = re.compile(r"(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+")
_DURATION_PART = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_BARE = re.compile(r"[0-9]{1,18}", re.ASCII)
# Nobody waits for so many seconds, nor writes so many milliseconds.
_MILLISECONDS_MEANT = 100
_NANOSECONDS_MEANT = 1_000_000
# Go counts nanoseconds in 63 bits, which is about 292 years.
_LONGEST_SECONDS = 2**63 / 1e9
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")


def _flag(value: Any) -> bool:
    if value == "true":
        return True  # what Ruby makes of it too; a remark says so
    if isinstance(value, str):
        raise ValueError(
            "a string counts as true in Ruby, whatever it says; write true or false without quotes"
        )
    if not isinstance(value, bool):
        raise ValueError(f"true or false is expected, this is {kind_of(value)}")
    return value


def seconds(duration: str) -> float:
    """Convert a duration in Go syntax, such as ``1h30m``, to seconds."""
    if duration == "0":
        return 0.0
    return sum(
        float(amount) * _UNIT_SECONDS[unit] for amount, unit in _DURATION_PART.findall(duration) if amount
    )


def _without_unit(value: int) -> str:
    """Say what a number without a unit would be, and what was probably meant, the likeliest first."""
    meant = "a bare number means nanoseconds to the registry; write "
    if value >= _NANOSECONDS_MEANT:
        whole = value % 1_000_000_000 == 0
        return f"{meant}'{value // 1_000_000_000}s'" if whole else f"{meant}'{value // 1_000_000}ms'"
    milliseconds, in_seconds = f"'{value}ms' for milliseconds", f"'{value}s' for seconds"
    likely = (milliseconds, in_seconds) if value >= _MILLISECONDS_MEANT else (in_seconds, milliseconds)
    return f"{meant}{likely[0]}, {likely[1]}"


def go_duration(value: Any) -> str:
    """Accept a duration in Go syntax; of bare numbers only 0."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value == 0:
            return "0"
        raise ValueError(_without_unit(value))
    if isinstance(value, float):
        raise ValueError(f"a duration has a unit; write '{value}s' for seconds")
    given = text.one_line(value)
    if given != "0" and _BARE.fullmatch(given):
        raise ValueError(_without_unit(int(given)))
    if given != "0" and not _DURATION.fullmatch(given):
        raise ValueError("a duration is expected, such as '500ms', '10s' or '1h30m'; the units end with h")
    if seconds(given) >= _LONGEST_SECONDS:
        raise ValueError("this duration is too long; the registry counts up to 292 years")
    return given


def _pem(kind: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        # A key pasted on one line with \n in single quotes is the documented way that goes wrong.
        given = text.lines(value).replace("\\n", "\n")
        if not re.search(rf"-----BEGIN (?:[A-Z ]+ )?{kind}-----", given):
            raise ValueError(f"PEM text is expected, with a line -----BEGIN … {kind}-----")
        return given

    return check


def _account(value: Any) -> str:
    given = text.one_line(value)
    if not _ACCOUNT.fullmatch(given):
        raise ValueError("an account name is expected: lower-case letters, digits, _ and -")
    return given


def _variable(value: Any) -> str:
    given = text.one_line(value)
    if not _VARIABLE.fullmatch(given):
        raise ValueError("the name of an environment variable holds letters, digits and _ only")
    return given


def _environment_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    given = text.string(value)
    if "\n" in given or "\0" in given:
        raise ValueError("a variable of the environment directory cannot hold a line break or NUL")
    if given != given.rstrip(" \t"):
        raise ValueError("a variable of the environment directory cannot end with a blank")
    return text.one_line(given)


Flag = Annotated[bool, BeforeValidator(_flag), shapes.FLAG]
Integer = Annotated[int, BeforeValidator(addresses.integer), shapes.INTEGER]
Port = Annotated[int, BeforeValidator(addresses.port), shapes.PORT]
Text = Annotated[str, BeforeValidator(text.one_line), shapes.TEXT]
Name = Annotated[str, BeforeValidator(text.name), shapes.NAME]
NginxText = Annotated[str, BeforeValidator(text.nginx_text), shapes.NAME]
NginxExpression = Annotated[str, BeforeValidator(text.nginx_expression), shapes.TEXT]
NginxPath = Annotated[str, BeforeValidator(text.nginx_path), shapes.ABSOLUTE_PATH]
NginxLogDirectory = Annotated[str, BeforeValidator(text.nginx_log_directory), shapes.ABSOLUTE_PATH]
HeaderName = Annotated[str, BeforeValidator(text.header_name), shapes.HEADER]
RawText = Annotated[str, BeforeValidator(text.lines), shapes.LINES]
YamlOptions = Annotated[dict[str, Any], AfterValidator(text.yaml_options), shapes.HASH]
AbsolutePath = Annotated[str, BeforeValidator(text.path), shapes.ABSOLUTE_PATH]
ImageDirectory = Annotated[str, BeforeValidator(text.image_directory), shapes.ABSOLUTE_PATH]
HostPort = Annotated[str, BeforeValidator(addresses.host_port), shapes.HOST_PORT]
UdpAddress = Annotated[str, BeforeValidator(addresses.udp_address), shapes.UDP_ADDRESS]
HostName = Annotated[str, BeforeValidator(text.name), AfterValidator(addresses.host_name), shapes.HOST]
Url = Annotated[str, BeforeValidator(addresses.url), shapes.URL]
PlainUrl = Annotated[str, BeforeValidator(addresses.plain_url), shapes.PLAIN_URL]
RegistryUrl = Annotated[str, BeforeValidator(addresses.registry_url), shapes.ORIGIN_URL]
RealmUrl = Annotated[str, BeforeValidator(addresses.realm_url), shapes.PLAIN_URL]
ApiUrl = Annotated[str, BeforeValidator(addresses.api_url), shapes.API_URL]
Duration = Annotated[str, BeforeValidator(go_duration), shapes.DURATION]
Account = Annotated[str, BeforeValidator(_account), shapes.ACCOUNT]
ListenAddress = Annotated[str, BeforeValidator(addresses.listen_address), shapes.LISTEN_ADDRESS]
EnvironmentName = Annotated[str, BeforeValidator(_variable), shapes.VARIABLE]
EnvironmentValue = Annotated[str, BeforeValidator(_environment_value), shapes.VARIABLE_VALUE]
SecretText = Annotated[SecretStr, BeforeValidator(text.name), shapes.SECRET]
PrivateKeyPem = Annotated[SecretStr, BeforeValidator(_pem("PRIVATE KEY")), shapes.PRIVATE_KEY]
CertificatePem = Annotated[str, BeforeValidator(_pem("CERTIFICATE")), shapes.CERTIFICATE]


def setting(default: Any = None, *, output: str = "", since: str = "", idle: str = "") -> Any:
    """Declare a setting.

    Args:
        default: its value where the file says nothing; None where it is derived from others.
        output: what it becomes: ``config.yml:http.addr``, ``vhost:listen``.
        since: the first version of GitLab's Linux package that had it; empty for always.
        idle: why it has no effect, where it is accepted for the sake of existing files only.
    """
    return Field(default, json_schema_extra={"output": output, "since": since, "idle": idle})


def choice(*names: str) -> Shaped[str]:
    """Return a validator that accepts just these words."""

    @shaped(shapes.words(*names))
    def check(value: Any) -> str:
        given = text.string(value)
        if given not in names:
            raise ValueError(f"one of {', '.join(names)} is expected")
        return given

    return check


__all__ = [
    "AbsolutePath",
    "Account",
    "ApiUrl",
    "CertificatePem",
    "Duration",
    "EnvironmentName",
    "EnvironmentValue",
    "Flag",
    "HeaderName",
    "HostName",
    "HostPort",
    "ImageDirectory",
    "Integer",
    "ListenAddress",
    "Name",
    "NginxExpression",
    "NginxLogDirectory",
    "NginxPath",
    "NginxText",
    "PlainUrl",
    "Port",
    "PrivateKeyPem",
    "RawText",
    "RealmUrl",
    "RegistryUrl",
    "SecretText",
    "Text",
    "UdpAddress",
    "Url",
    "YamlOptions",
    "choice",
    "go_duration",
    "kind_of",
    "seconds",
    "setting",
    "split_host_port",
]
