"""What a kind of value looks like, in words and as JSON Schema; read off by the reference.

A shape stands in the metadata of an annotated type, or on the validator function itself. It describes what
the validator beside it accepts and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

Result = TypeVar("Result")


class Shape(Struct, frozen=True, eq=False):
    """The look of a kind of value.

    Args:
        words: its name as the documentation has it, such as ``port``.
        schema: JSON Schema of the form in which it is kept and written.
        also: JSON Schema of further spellings that a settings file may use.
        example: one value of the kind.
    """

    words: str
    schema: Mapping[str, Any]
    also: tuple[Mapping[str, Any], ...] = ()
    example: Any = None


class Shaped(Struct, Generic[Result], frozen=True, eq=False):
    """A validator together with the shape of what it accepts."""

    check: Callable[[Any], Result]
    shape: Shape

    def __call__(self, value: Any) -> Result:
        """Validate a value."""
        return self.check(value)


def shaped(shape: Shape) -> Callable[[Callable[[Any], Result]], Shaped[Result]]:
    """Decorate a validator with the shape of what it accepts."""
    return lambda check: Shaped(check, shape)


def shape_of(metadata: tuple[Any, ...]) -> Shape | None:
    """Return the shape in an annotated type's metadata, or on a validator there; the first one counts."""
    for item in metadata:
        if isinstance(item, Shape):
            return item
        check = getattr(item, "func", None)
        if isinstance(check, Shaped):
            return check.shape
    return None


def words(*names: str) -> Shape:
    """Return the shape of a choice between words."""
    spelled = [f"'{name}'" for name in names]
    return Shape(" or ".join([", ".join(spelled[:-1]), spelled[-1]]), {"enum": list(names)}, (), names[0])


def number(low: int, high: int, text: str | None = None) -> Shape:
    """Return the shape of a whole number between two bounds, written with digits or as a string of them."""
    schema = {"type": "integer", "minimum": low, "maximum": high}
    return Shape(text or f"whole number from {low} to {high}", schema, (DIGITS,), low)


def matching(text: str, pattern: str, example: str) -> Shape:
    """Return the shape of a string that a pattern covers whole."""
    return Shape(text, {"type": "string", "pattern": f"^(?:{pattern})$"}, (), example)


# The patterns are no stricter than the validators; what they let pass the validators may still refuse.
DIGITS: Mapping[str, Any] = {"type": "string", "pattern": "^[0-9]{1,18}$"}
_DURATION = r"0|((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+"
_HOST = r"\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]|[A-Za-z0-9_.-]+"
_NO_CONTROL = r"[^\u0000-\u001f\u007f]"

FLAG = Shape("true or false", {"type": "boolean"}, ({"const": "true"},), True)
INTEGER = number(0, 2**63 - 1, "whole number")
PORT = number(1, 65535, "port")
TEXT = matching("string", f"{_NO_CONTROL}*", "text")
NAME = matching("string", f"{_NO_CONTROL}+", "text")
LINES = Shape("string of one or more lines", {"type": "string"}, (), "text")
ABSOLUTE_PATH = matching("absolute path", f"/{_NO_CONTROL}*", "/srv/registry")
HOST_PORT = Shape(
    "host:port",
    {"type": "string", "pattern": f"^(?:{_HOST})?:[0-9]{{1,5}}$"},
    ({"type": "string", "pattern": f"^http://(?:{_HOST})?:[0-9]{{1,5}}/?$"},),
    "127.0.0.1:5000",
)
HOST = matching("host name or address", _HOST, "registry.example.com")
LISTEN_ADDRESS = matching("address", r"\*|[0-9A-Fa-f:.%]+|" + _HOST, "*")
UDP_ADDRESS = matching("IPv4 address, with a port", r"(?:[0-9.]+(?::[0-9]{1,5})?)?", "192.0.2.1:514")
IPV4_ADDRESS = matching("IPv4 address", r"[0-9.]+", "192.0.2.1")
URL = matching("URL", r"https?://[^\s\"\\$<>^`{|}]+", "https://events.example.com/registry")
PLAIN_URL = matching(
    "URL without user, query and fragment", r"https?://[^\s?#@]+", "https://gitlab.example.com"
)
API_URL = matching("URL without user, query and fragment", r"https?://[^\s?#@]+", "http://127.0.0.1:5000")
ORIGIN_URL = matching("URL without a path", r"https?://[^\s?#@/]+/?", "https://registry.example.com")
DURATION = Shape(
    "duration such as '10s'",
    {"type": "string", "pattern": f"^(?:{_DURATION})$"},
    ({"const": 0},),
    "10s",
)
ACCOUNT = matching("account name", r"[a-z_][a-z0-9_-]{0,31}", "registry")
HEADER = matching("header name", r"[A-Za-z0-9!#%&'*+.^_|~-]{1,200}", "X-Header")
VARIABLE = matching("variable name", r"[A-Za-z_][A-Za-z0-9_]{0,199}", "NAME")
VARIABLE_VALUE = Shape(
    "string, number, true or false",
    {"type": "string", "pattern": r"^[^\u0000\n]*$"},
    ({"type": ["boolean", "number"]},),
    "text",
)
SECRET = Shape("secret string", {"type": "string", "minLength": 1}, (), "secret")
PRIVATE_KEY = Shape(
    "secret PEM text of a private key",
    {"type": "string", "pattern": "-----BEGIN ([A-Z ]+ )?PRIVATE KEY-----"},
    (),
    "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----\n",
)
CERTIFICATE = Shape(
    "PEM text of a certificate",
    {"type": "string", "pattern": "-----BEGIN ([A-Z ]+ )?CERTIFICATE-----"},
    (),
    "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
)
HASH = Shape("hash", {"type": "object"}, (), {})
