"""What reading a settings file takes and gives: values, where they stand, what they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Struct, field

from ctl.diagnostics.model import Diagnostic, Severity, Span

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
"""What a setting can be; symbols have become strings."""

SettingPath: TypeAlias = tuple[str | int, ...]
"""The way to a value: ``('registry', 'storage', 's3', 'bucket')``; places in an array count from 0."""


def setting_name(path: SettingPath) -> str:
    """Write a path as the settings language does: ``registry['storage']['s3']``."""
    keys = "".join(f"[{key}]" if isinstance(key, int) else f"['{key}']" for key in path[1:])
    return f"{path[0]}{keys}" if path else ""


class SpanMap:
    """Where each setting stands: the place of its key and the place of its value.

    A setting that a function such as ``YAML.load`` made has no place of its own; asking for it answers
    with the nearest one around it.
    """

    def __init__(self) -> None:
        self._places: dict[SettingPath, tuple[Span | None, Span | None]] = {}

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[SettingPath]:
        return iter(self._places)

    def __contains__(self, path: object) -> bool:
        return path in self._places

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpanMap) and self._places == other._places

    __hash__ = None  # type: ignore[assignment]

    def put(self, path: SettingPath, key: Span | None, value: Span | None) -> None:
        """Note where a setting stands; a later note replaces an earlier one."""
        self._places[path] = (key, value)

    def drop(self, path: SettingPath) -> None:
        """Forget a setting that is no longer set; one that was never noted is no mistake."""
        self._places.pop(path, None)

    def nearest(self, path: SettingPath) -> SettingPath | None:
        """Find the longest beginning of a path that has a place, the path itself included."""
        while path:
            if path in self._places:
                return path
            path = path[:-1]
        return None

    def key(self, path: SettingPath) -> Span | None:
        """Tell where the name stands: the last key of an index, the key in a hash, the name of a call."""
        return self._find(path, 0)

    def value(self, path: SettingPath) -> Span | None:
        """Tell where the value stands; the name's place when the value has none."""
        return self._find(path, 1)

    def _find(self, path: SettingPath, which: int) -> Span | None:
        while (near := self.nearest(path)) is not None:
            places = self._places[near]
            span = places[which] or places[1 - which]
            if span is not None:
                return span
            path = near[:-1]
        return None

    def to_json(self) -> list[dict[str, Any]]:
        """Return what `from_json` takes, made of lists, objects, strings and numbers alone."""
        return [
            {"path": list(path), "key": _flat(key), "value": _flat(value)}
            for path, (key, value) in self._places.items()
        ]

    @classmethod
    def from_json(cls, entries: list[dict[str, Any]]) -> SpanMap:
        """Rebuild the map that `to_json` described.

        Raises:
            KeyError, TypeError: the entries are not what `to_json` gives.
        """
        made = cls()
        for entry in entries:
            key, value = entry["key"], entry["value"]
            made.put(tuple(entry["path"]), key and Span(*key), value and Span(*value))
        return made


def _flat(span: Span | None) -> list[Any] | None:
    if span is None:
        return None
    return [span.file, span.line, span.column, span.end_line, span.end_column]


class ReadRefused(Exception):
    """A file that the settings name may not or cannot be read.

    Args:
        reason: lower case, no full stop, such as ``permission denied``; it names the file if that helps.
        help: what to do about it.
    """

    def __init__(self, reason: str, help: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help = help


class Limits(Struct, frozen=True):
    """How much a settings file may ask of the machine; beyond it stands one error.

    Args:
        text: characters of a file.
        nesting: brackets inside each other.
        steps: statements, calls and operations of all blocks and their rounds together; what stands outside
            of a block is as long as the file and not counted.
        copies: values that are copied into settings, all together.
        parts: of one array or hash that is computed, or walked as a whole.
        made: characters of all strings together that an evaluation makes.
        string: characters of a string that an evaluation makes.
        integer_bits: size of a whole number that an evaluation makes.
        interpolation: ``#{}`` inside each other.
        iterations: rounds of all blocks together.
        include_depth: settings files that read each other.
        errors: after so many the rest is not reported.
    """

    text: int = 4 * 1024 * 1024
    nesting: int = 150
    steps: int = 200_000
    copies: int = 500_000
    parts: int = 100_000
    made: int = 64 * 1024 * 1024
    string: int = 1024 * 1024
    integer_bits: int = 1024
    interpolation: int = 10
    iterations: int = 10_000
    include_depth: int = 3
    errors: int = 200


class Context(Struct, frozen=True):
    """The world as a settings file sees it.

    Args:
        environment: the variables behind ``ENV``.
        read_file: gives the text of the file behind ``File.read``; raises `ReadRefused`.
        node: the facts behind ``node``, such as ``fqdn`` and ``hostname``.
        roots: the names that may stand at the top level.
        limits: see `Limits`.
        exists: tells whether there is such a file or directory, for ``File.exist?``; raises `ReadRefused`
            where the settings may not look. Without it, what cannot be read does not exist.
        list_files: gives the files behind ``Dir.glob``, in Ruby's order, for a pattern; raises `ReadRefused`
            where the settings may not look. Without it, there is no ``Dir``.
    """

    environment: Mapping[str, str]
    read_file: Callable[[str], str]
    node: Mapping[str, str]
    roots: frozenset[str]
    limits: Limits = Limits()
    exists: Callable[[str], bool] | None = None
    list_files: Callable[[str], list[str]] | None = None


class Inputs(Struct, frozen=True):
    """What a settings file was made of beside its own text; the same inputs give the same values.

    Args:
        environment: the variables that were asked for and what they were; None where one was not set.
        files: path and text of every file that was read; of one that was only looked for, an empty text.
        node: the facts that were asked for.
        listings: the patterns of ``Dir.glob`` and the files that they found.
    """

    environment: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    node: dict[str, str | None] = field(default_factory=dict)
    listings: dict[str, list[str]] = field(default_factory=dict)


class Evaluated(Struct, frozen=True):
    """A settings file, read.

    Args:
        values: the settings below their top-level names, in the order in which Ruby would keep them; an
            explicit nil is None.
        spans: where they stand.
        secrets: every string or number that a secret's name or origin (a file, the environment) marks.
        inputs: see `Inputs`.
        diagnostics: what was found, sorted by place. With an error among them the values are incomplete.
        sources: the text of every file that a place can name: the settings file itself, those that
            ``from_file`` read, and what ``eval ENV['X']`` evaluated, as ``ENV['X']``.
    """

    values: dict[str, Value]
    spans: SpanMap
    secrets: frozenset[SettingPath]
    inputs: Inputs
    diagnostics: tuple[Diagnostic, ...]
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether no diagnostic is an error."""
        return all(diagnostic.severity is not Severity.ERROR for diagnostic in self.diagnostics)
