"""The functions that a settings file can call: ``ENV``, ``File.read``, ``YAML.load`` and their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ctl.syntax import documents
from ctl.syntax.conversion import fraction, integer
from ctl.syntax.kinds import SymbolText, kind_of, measured, to_s
from ctl.syntax.method import World
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Context, Inputs, ReadRefused
from ctl.syntax.operators import bounded
from ctl.syntax.text_methods import lines
from ctl.syntax.wording import forbidden_call, forbidden_constant

_MOST_DIGITS = 300
_SYMBOLIZE = SymbolText("symbolize_names")
_CHOMP = SymbolText("chomp")
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


class Functions:
    """Calls functions and remembers what they looked at.

    Args:
        context: see `Context`.
        taint: called when a value comes from outside the settings file.
    """

    def __init__(self, context: Context, taint: Callable[[], None]) -> None:
        self.inputs = Inputs()
        self._texts: dict[str, str] = {}
        self._context = context
        self._taint = taint
        self.constants: dict[tuple[str, str], Callable[[list[Any]], Any]] = {
            ("ENV", "fetch"): self._fetch,
            ("File", "read"): self._read,
            ("IO", "read"): self._read,
            ("File", "join"): self._join,
            ("File", "exist?"): self._exists,
            ("File", "exists?"): self._exists,
            ("File", "basename"): self._basename,
            ("File", "dirname"): self._dirname,
            ("File", "extname"): self._extname,
            ("ENV", "key?"): self._set,
            ("ENV", "has_key?"): self._set,
            ("ENV", "include?"): self._set,
            ("ENV", "member?"): self._set,
            ("YAML", "load"): self._yaml,
            ("YAML", "safe_load"): self._safe_yaml,
            ("Psych", "load"): self._yaml,
            ("Psych", "safe_load"): self._safe_yaml,
            ("YAML", "load_file"): self._yaml_file,
            ("YAML", "safe_load_file"): lambda arguments: _without_symbols(self._yaml_file(arguments)),
            ("File", "readlines"): self._lines,
            ("JSON", "load_file"): self._json_file,
            ("JSON", "parse"): self._json,
            ("Hash", "new"): lambda arguments: _empty({}, arguments),
            ("Array", "new"): lambda arguments: _empty([], arguments),
            ("JSON", "load"): self._json,
            ("Dir", "glob"): self.files_like,
        }
        self._plain: dict[str, Callable[[list[Any]], Any]] = {
            "require": self._require,
            "Integer": self._integer,
            "Float": lambda arguments: fraction(_only(arguments, "Float")),
            "String": lambda arguments: to_s(measured(_only(arguments, "String"), context.limits)),
            "Array": lambda arguments: World(context.limits).listed(_only(arguments, "Array")),
            "format": self._format,
            "sprintf": self._format,
        }

    def knows(self, name: str) -> bool:
        """Tell whether there is a function of this name."""
        return name in self._plain

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Call a function without a receiver.

        Raises:
            Refusal: it is not allowed, or does not take these arguments.
        """
        function = self._plain.get(name)
        if function is None:
            raise forbidden_call(name) or Refusal("unknown-name", f"{name} is not known here")
        return function(arguments)

    def call_on(self, constant: str, method: str, arguments: list[Any], block: Any = None) -> Any:
        """Call a function of a constant: ``File.read('...')``.

        Raises:
            Refusal: it is not allowed, or does not take these arguments.
        """
        function = self.constants.get((constant, method))
        if (constant, method) == ("Dir", "glob") and block is not None:
            for path in self.files_like(arguments):
                block(path)
            return None
        if function is not None and block is not None:
            if (constant, method) != ("ENV", "fetch"):
                raise Refusal("wrong-arguments", f"{constant}.{method} takes no block")
            value = self.environment(_only(arguments, "ENV.fetch with a block"))
            return block(arguments[0]) if value is None else value
        if function is not None:
            return function(arguments)
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

    def whole_environment(self) -> dict[Any, Any]:
        """Return all variables; each of them counts as asked for."""
        self.inputs.environment.update(self._context.environment)
        self._taint()
        return dict(self._context.environment)

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

    def _set(self, arguments: list[Any]) -> bool:
        return self.environment(_only(arguments, "ENV.key?")) is not None

    def _exists(self, arguments: list[Any]) -> bool:
        path = _text(_only(arguments, "File.exist?"), "File.exist?")
        self.inputs.files.setdefault(path, "")
        look = self._context.exists
        try:
            if look is not None:
                return look(path)
            self._context.read_file(path)
        except ReadRefused as error:
            if look is not None:
                raise Refusal("read-refused", f"{error.reason}", error.help) from None
            return False
        return True

    def _basename(self, arguments: list[Any]) -> str:
        if not 1 <= len(arguments) <= 2:
            raise Refusal("wrong-arguments", "File.basename takes a path and perhaps an ending")
        path = _text(arguments[0], "File.basename")
        name = path.rstrip("/").rpartition("/")[2] or path[:1]
        ending = _text(arguments[1], "File.basename") if len(arguments) > 1 else ""
        if ending == ".*":
            return name[: len(name) - len(_ending(name))]
        return name.removesuffix(ending) if name != ending else name

    def _dirname(self, arguments: list[Any]) -> str:
        path = _text(_only(arguments, "File.dirname"), "File.dirname")
        stripped = path.rstrip("/")
        head, slash, _ = stripped.rpartition("/")
        if not slash:
            return "/" if path.startswith("/") else "."
        return head.rstrip("/") or "/"

    def _extname(self, arguments: list[Any]) -> str:
        return _ending(_text(_only(arguments, "File.extname"), "File.extname").rpartition("/")[2])

    def _format(self, arguments: list[Any]) -> str:
        if not arguments:
            raise Refusal("wrong-arguments", "format takes a text and the values for its fields")
        from ctl.syntax.formatting import format_text  # seldom needed

        return format_text(_text(arguments[0], "format"), arguments[1:], self._context.limits)

    def _read(self, arguments: list[Any]) -> str:
        return self.read(_text(_only(arguments, "File.read"), "File.read"))

    def read(self, path: str) -> str:
        """Read a file.

        Raises:
            Refusal: it may not or cannot be read.
        """
        if path not in self._texts:
            try:
                content = self._context.read_file(path)
            except ReadRefused as error:
                raise Refusal(
                    "read-refused", f"the file cannot be read: {error.reason}", error.help
                ) from None
            if len(content) > self._context.limits.string:
                limit = self._context.limits.string
                raise Refusal("limit", f"the file is longer than {limit} characters")
            self._texts[path] = self.inputs.files[path] = content
        self._taint()
        return self._texts[path]

    def files_like(self, patterns: list[Any]) -> list[str]:
        """Do what ``Dir.glob`` and ``Dir[]`` do: list files by patterns, those of each pattern in order.

        Raises:
            Refusal: a pattern is none, or leads where the settings may not look.
        """
        look = self._context.list_files
        if look is None:
            raise forbidden_constant("Dir", "glob")
        given = patterns[0] if len(patterns) == 1 and isinstance(patterns[0], list) else patterns
        paths: list[str] = []
        for value in given:
            pattern = _text(value, "Dir.glob")
            if pattern not in self.inputs.listings:
                try:
                    self.inputs.listings[pattern] = look(pattern)
                except ReadRefused as error:
                    raise Refusal("read-refused", error.reason, error.help) from None
            paths += self.inputs.listings[pattern]
        return paths

    def _join(self, arguments: list[Any]) -> str:
        made: str | None = None
        for argument in arguments:
            part = self._join(argument) if isinstance(argument, list) else _text(argument, "File.join")
            if made is None:
                made = part
            elif part.startswith("/"):
                made = made.rstrip("/") + part
            else:
                made = made + part if made.endswith("/") else f"{made}/{part}"
            bounded(made, 0, self._context.limits)
        return made or ""

    def _yaml(self, arguments: list[Any]) -> Any:
        return documents.load_yaml(_text(_only(arguments, "YAML.load"), "YAML.load"), self._context.limits)

    def _safe_yaml(self, arguments: list[Any]) -> Any:
        return _without_symbols(self._yaml(arguments))

    def _yaml_file(self, arguments: list[Any]) -> Any:
        path = _text(_only(arguments, "YAML.load_file"), "YAML.load_file")
        return documents.load_yaml(self.read(path), self._context.limits)

    def _json(self, arguments: list[Any]) -> Any:
        symbols = arguments[1:] == [{_SYMBOLIZE: True}]
        text = _text(_only(arguments[:1] if symbols else arguments, "JSON.parse"), "JSON.parse")
        value = documents.load_json(text, self._context.limits)
        return _symbolized(value) if symbols else value

    def _json_file(self, arguments: list[Any]) -> Any:
        path = _text(arguments[0] if arguments else None, "JSON.load_file")
        return self._json([self.read(path), *arguments[1:]])

    def _lines(self, arguments: list[Any]) -> list[str]:
        bare = arguments[1:] == [{_CHOMP: True}]
        path = _text(_only(arguments[:1] if bare else arguments, "File.readlines"), "File.readlines")
        all_lines = lines(self.read(path))
        return [line.removesuffix("\n").removesuffix("\r") for line in all_lines] if bare else all_lines

    def _integer(self, arguments: list[Any]) -> int:
        if len(arguments) != 2:
            return integer(_only(arguments, "Integer"))
        text = _text(arguments[0], "Integer with a base")
        if arguments[1] != 10 or not text.isdecimal() or not text.isascii() or len(text) > _MOST_DIGITS:
            raise Refusal("not-supported", "Integer() with a base takes decimal digits and 10")
        return int(text)

    def _require(self, arguments: list[Any]) -> None:
        name = _text(_only(arguments, "require"), "require")
        if name not in _HARMLESS:
            raise Refusal(
                "forbidden", "require is not allowed: this file holds settings, not code", "remove it"
            )


def _empty(value: Any, arguments: list[Any]) -> Any:
    if arguments:
        help = "write {} and .fetch(key, default)" if value == {} else "write [value] * count"
        raise Refusal("not-supported", ".new takes no arguments here", help)
    return value


def _without_symbols(value: Any) -> Any:
    """Refuse symbols, which ``YAML.safe_load`` does not make."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, SymbolText):
            raise Refusal("unreadable-document", "YAML.safe_load takes no symbols", "write YAML.load")
        if isinstance(part, dict):
            waiting += [*part, *part.values()]
        elif isinstance(part, list):
            waiting += part
    return value


def _symbolized(value: Any) -> Any:
    if isinstance(value, list):
        return [_symbolized(item) for item in value]
    if isinstance(value, dict):
        return {SymbolText(key): _symbolized(item) for key, item in value.items()}
    return value


def _only(arguments: list[Any], name: str) -> Any:
    if len(arguments) != 1:
        raise Refusal("wrong-arguments", f"{name} takes one argument here, not {len(arguments)}")
    return arguments[0]


def _ending(name: str) -> str:
    """Give what a file's name ends with from its last dot on; nothing for a hidden file."""
    plain = name.lstrip(".")
    head, dot, end = plain.rpartition(".")
    return dot + end if dot and head else ""


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or isinstance(value, SymbolText):
        raise Refusal("wrong-type", f"{name} takes a string, not {kind_of(value)}")
    return value
