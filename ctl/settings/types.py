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

from ctl.regex import compile_late
from ctl.settings import addresses, shapes, text
from ctl.settings.addresses import split_host_port
from ctl.settings.durations import go_duration as go_duration
from ctl.settings.durations import seconds as seconds
from ctl.settings.shapes import Shaped, shaped
from ctl.settings.text import kind_of

_ACCOUNT = compile_late(r"[a-z_][a-z0-9_-]{0,31}")
_VARIABLE = compile_late(r"[A-Za-z_][A-Za-z0-9_]{0,199}")


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
