"""The functions that a settings file can call: ``ENV``, ``File.read``, ``YAML.load`` and their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ctl.syntax import documents
from ctl.syntax.methods import integer
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Context, Inputs, ReadRefused
from ctl.syntax.operators import SymbolText, kind_of, to_s
from ctl.syntax.wording import forbidden_call, forbidden_constant

# Loading these changes nothing for a settings file.
_HARMLESS = frozenset(
    [
        "yaml",
        "json",
        "psych",
        "uri",
        "set",
        "ostruct",
        "erb",
        "openssl",
        "base64",
        "digest",
        "time",
        "date",
        "English",
        "pathname",
    ]
)
_READS = frozenset(
    {("File", "read"), ("IO", "read"), ("File", "exist?"), ("File", "exists?"), ("File", "file?")}
)


class Functions:
    """Calls functions and remembers what they looked at.

    Args:
        context: see `Context`.
        taint: called when a value comes from outside the settings file.
    """

    def __init__(self, context: Context, taint: Callable[[], None]) -> None:
        self.inputs = Inputs()
        self._context = context
        self._taint = taint
        self._constants: dict[tuple[str, str], Callable[[list[Any]], Any]] = {
            ("ENV", "fetch"): self._fetch,
            ("File", "read"): self._read,
            ("IO", "read"): self._read,
            ("File", "join"): self._join,
            ("YAML", "load"): self._yaml,
            ("YAML", "safe_load"): self._yaml,
            ("Psych", "load"): self._yaml,
            ("Psych", "safe_load"): self._yaml,
            ("JSON", "parse"): self._json,
            ("JSON", "load"): self._json,
        }
        self._plain: dict[str, Callable[[list[Any]], Any]] = {
            "require": self._require,
            "Integer": lambda arguments: integer(_only(arguments, "Integer")),
            "String": lambda arguments: to_s(_only(arguments, "String")),
        }

    def knows(self, name: str) -> bool:
        """Tell whether there is a function of this name."""
        return name in self._plain

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Call a function without a receiver.

        Raises:
            Refusal: it is not allowed, or does not take these arguments.
        """
        if name == "from_file":
            raise Refusal(
                "not-supported-yet", "from_file is not supported yet", "put the settings into this file"
            )
        found = self._plain.get(name)
        if found is None:
            raise forbidden_call(name) or Refusal("unknown-name", f"{name} is not known here")
        return found(arguments)

    def call_on(self, constant: str, method: str, arguments: list[Any]) -> Any:
        """Call a function of a constant: ``File.read('...')``.

        Raises:
            Refusal: it is not allowed, or does not take these arguments.
        """
        found = self._constants.get((constant, method))
        if found is not None:
            return found(arguments)
        if (constant, method) in _READS:
            raise Refusal("not-supported-yet", f"{constant}.{method} is not supported yet")
        if constant in ("YAML", "Psych", "JSON"):
            supported = "JSON.parse" if constant == "JSON" else f"{constant}.load"
            raise Refusal(
                "unknown-method", f"{constant}.{method} is not supported", f"supported is {supported}"
            )
        raise forbidden_constant(constant, method)

    def environment(self, name: Any) -> str | None:
        """Look a variable up.

        Raises:
            Refusal: its name is not a string.
        """
        key = _text(name, "ENV")
        value = self._context.environment.get(key)
        self.inputs.environment[key] = value
        self._taint()
        return value

    def node(self, name: Any) -> str:
        """Look a fact of the machine up.

        Raises:
            Refusal: it is not known.
        """
        key = str(name) if isinstance(name, str) else ""
        value = self._context.node.get(key)
        if value is None:
            known = ", ".join(sorted(self._context.node)) or "none"
            raise Refusal("unknown-name", "this fact of node is not known", f"known are {known}")
        self.inputs.node[key] = value
        return value

    def _fetch(self, arguments: list[Any]) -> Any:
        if not 1 <= len(arguments) <= 2:
            raise Refusal("wrong-arguments", "ENV.fetch takes a name and perhaps a default")
        value = self.environment(arguments[0])
        if value is not None:
            return value
        if len(arguments) == 2:
            return arguments[1]
        raise Refusal(
            "environment-not-set",
            f"the environment variable {arguments[0]} is not set",
            "set it, or give a default: ENV.fetch('X', 'default')",
        )

    def _read(self, arguments: list[Any]) -> str:
        path = _text(_only(arguments, "File.read"), "File.read")
        if path not in self.inputs.files:
            try:
                content = self._context.read_file(path)
            except ReadRefused as error:
                raise Refusal(
                    "read-refused", f"the file cannot be read: {error.reason}", error.help
                ) from None
            if len(content) > self._context.limits.string:
                limit = self._context.limits.string
                raise Refusal("limit", f"the file is longer than {limit} characters")
            self.inputs.files[path] = content
        self._taint()
        return self.inputs.files[path]

    def _join(self, arguments: list[Any]) -> str:
        made = ""
        for index, argument in enumerate(arguments):
            part = _text(argument, "File.join")
            made = part if index == 0 else f"{made.rstrip('/')}/{part.lstrip('/')}"
        return made

    def _yaml(self, arguments: list[Any]) -> Any:
        return documents.load_yaml(_text(_only(arguments, "YAML.load"), "YAML.load"), self._context.limits)

    def _json(self, arguments: list[Any]) -> Any:
        return documents.load_json(_text(_only(arguments, "JSON.parse"), "JSON.parse"), self._context.limits)

    def _require(self, arguments: list[Any]) -> None:
        name = _text(_only(arguments, "require"), "require")
        if name not in _HARMLESS:
            raise Refusal(
                "forbidden", "require is not allowed: this file holds settings, not code", "remove it"
            )


def _only(arguments: list[Any], name: str) -> Any:
    if len(arguments) != 1:
        raise Refusal("wrong-arguments", f"{name} takes one argument here, not {len(arguments)}")
    return arguments[0]


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or isinstance(value, SymbolText):
        raise Refusal("wrong-type", f"{name} takes a string, not {kind_of(value)}")
    return value
