"""The settings while a file is evaluated: values, where they stand, which are secret, which came twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.diagnostics.secrecy import looks_secret
from ctl.syntax.documents import key_text
from ctl.syntax.kinds import Enumerator, Range, kind_of
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import SettingPath, SpanMap, Value, setting_name
from ctl.syntax.regex import MatchData, Pattern
from ctl.syntax.shapes import Shapes
from ctl.syntax.source import Source

_LONGEST_GAP = 1000


class Store:
    """Holds the settings.

    Args:
        source: the text that the offsets belong to.
        shapes: where the parts of hashes and arrays stand.
        spend: called with the number of values copied; raises when there are too many.
    """

    def __init__(self, source: Source, shapes: Shapes, spend: Callable[[int], None]) -> None:
        self.values: dict[str, Value] = {}
        self.spans = SpanMap()
        self.secrets: set[SettingPath] = set()
        self.diagnostics: list[Diagnostic] = []
        self.source = source
        self.branch: tuple[int, ...] = ()  # the branches and rounds that are being run
        self._shapes = shapes
        self._spend = spend
        self._given: dict[SettingPath, tuple[Span, tuple[int, ...]]] = {}
        self._owned: dict[int, SettingPath] = {}
        self._warned: set[tuple[SettingPath, Span]] = set()

    def location(self, container: Any) -> SettingPath | None:
        """Find where a hash or an array stands in the settings; None when it is not a part of them."""
        path = self._owned.get(id(container))
        if path is None:
            return None
        return path if self.read(path)[1] is container else None

    def container(self, path: SettingPath, places: list[tuple[int, int]]) -> Any:
        """Find the hash or array at a path; what is not there yet is made, as Ruby does.

        Args:
            path: the way to it.
            places: where each part of the path stands.

        Raises:
            Refusal: something on the way is neither a hash nor an array.
        """
        current: Any = self.values
        for depth, part in enumerate(path):
            here = path[: depth + 1]
            if isinstance(current, dict) and part not in current:
                current[str(part)] = child = self._made(here, self.source.span(*places[depth]))
            else:
                child = self._child(current, part, here)
            if not isinstance(child, dict | list):
                self._no_container(here, child)
            current = child
        return current

    def _made(self, path: SettingPath, place: Span) -> dict[str, Value]:
        made: dict[str, Value] = {}
        self._owned[id(made)] = path
        self.spans.put(path, place, None)
        return made

    def vivify(self, path: SettingPath, place: Span) -> dict[str, Value] | None:
        """Make the empty hash that reading an unset setting makes; None where there cannot be one."""
        known, parent = self.read(path[:-1]) if len(path) > 1 else (True, self.values)
        if not known or not isinstance(parent, dict):
            return None
        parent[str(path[-1])] = made = self._made(path, place)
        return made

    def _child(self, container: Any, part: str | int, path: SettingPath) -> Any:
        if isinstance(container, dict):
            return container.get(part)
        if not isinstance(part, int):
            raise Refusal(
                "wrong-type", f"{setting_name(path[:-1])} is an array; its places are numbered from 0"
            )
        return container[part] if -len(container) <= part < len(container) else None

    def _no_container(self, path: SettingPath, value: object) -> None:
        place = self.spans.value(path)
        where = f" since line {place.line}" if place else ""
        raise Refusal("wrong-type", f"{setting_name(path)} is {kind_of(value)}{where} and has no keys", None)

    def read(self, path: SettingPath) -> tuple[bool, Any]:
        """Look for a value; tell whether there is one, and which."""
        current: Any = self.values
        for part in path:
            if isinstance(current, dict):
                key = part if type(part) is str else str(part)
                if key not in current:
                    return False, None
                current = current[key]
            elif isinstance(current, list) and isinstance(part, int) and -len(current) <= part < len(current):
                current = current[part]
            else:
                return False, None
        return True, current

    def secret(self, path: SettingPath, value: Any) -> bool:
        """Tell whether a value or a part of it is secret."""
        if isinstance(value, dict):
            return any(self.secret((*path, key), item) for key, item in value.items())
        if isinstance(value, list):
            return any(self.secret((*path, key), item) for key, item in enumerate(value))
        return path in self.secrets

    def put(
        self,
        container: Any,
        path: SettingPath,
        value: Any,
        key: Span,
        place: Span,
        *,
        tainted: bool,
        again: bool = False,
    ) -> None:
        """Give a setting its value.

        Args:
            container: what `container` found for the path without its last part.
            path: the setting.
            value: the value; it is copied.
            key: where the name stands.
            place: where the value stands.
            tainted: whether it comes from the environment or a file.
            again: whether it is right that the setting has a value already, as with ``+=``.

        Raises:
            Refusal: the value cannot be stored.
        """
        part = path[-1]
        if isinstance(container, list):
            part = self._place_in(container, part, path)
            path = (*path[:-1], part)
        elif not isinstance(part, str):
            part = str(part)
            path = (*path[:-1], part)
        known, old = self.read(path)
        if known:
            if not again:
                self._again(path, old, key)
            self._forget(path, old)
        named = _named_secret(path)
        self.spans.put(path, key, place)
        self._given[path] = key, self.branch
        container[part] = self._adopt(path, value, tainted, named)

    def _place_in(self, items: list[Any], part: str | int, path: SettingPath) -> int:
        if not isinstance(part, int):
            raise Refusal(
                "wrong-type", f"{setting_name(path[:-1])} is an array; its places are numbered from 0"
            )
        place = part + len(items) if part < 0 else part
        if place < 0 or place > len(items) + _LONGEST_GAP:
            raise Refusal("wrong-value", f"{setting_name(path[:-1])} has {len(items)} entries")
        items.extend([None] * (place + 1 - len(items)))
        return place

    def _adopt(self, path: SettingPath, value: Any, tainted: bool, named: bool) -> Value:
        """Copy a value into the settings and note where its parts stand."""
        if isinstance(value, dict | list):
            tainted = tainted or self._shapes.stained(value)
            if self._shapes.lasting or self._shapes.of(value) is None:
                self._spend(len(value) + 1)
            return self._adopt_container(path, value, tainted, named)
        if (tainted or named) and value is not None and not isinstance(value, bool):
            self.secrets.add(path)
        if isinstance(value, Range | Pattern | MatchData):
            raise Refusal("wrong-type", f"{kind_of(value)} cannot be a setting")
        return str(value) if isinstance(value, str) else value

    def _adopt_container(self, path: SettingPath, value: Any, tainted: bool, named: bool) -> Value:
        if isinstance(value, Enumerator):
            raise Refusal("wrong-type", "the method needs a block here", "or write .to_a behind it")
        shape = self._shapes.of(value)
        if isinstance(value, list):
            items: list[Value] = []
            self._owned[id(items)] = path
            for index, item in enumerate(value):
                inner = (*path, index)
                stain = self._note(inner, shape.get(index), tainted) if shape else tainted
                items.append(self._adopt(inner, item, stain, named))
            return items
        pairs: dict[str, Value] = {}
        self._owned[id(pairs)] = path
        for key, item in value.items():
            text = key_text(key)
            if text is None:
                raise Refusal(
                    "wrong-type", f"the key of a hash must be a string or a symbol, not {kind_of(key)}"
                )
            inner = (*path, text)
            stain = self._note(inner, shape.get(key), tainted) if shape else tainted
            pairs[text] = self._adopt(inner, item, stain, named or looks_secret(text))
        return pairs

    def _note(self, path: SettingPath, entry: Any, tainted: bool) -> bool:
        if entry is None:
            return tainted
        key_start, key_end, start, end, stain, source = entry
        key = source.span(key_start, key_end)
        self.spans.put(path, key, source.span(start, end))
        self._given[path] = key, self.branch
        return bool(stain)

    def change(self, container: Any, content: Any, key: Span, *, tainted: bool) -> None:
        """Give a hash or an array of the settings other contents, and stay the same to those who hold it.

        Raises:
            Refusal: something in it cannot be stored.
        """
        path = self._owned[id(container)]
        for inner in self._below(path, container):
            self._drop(inner)
        named = _named_secret(path)
        made: Any = self._adopt_container(path, content, tainted, named)
        del self._owned[id(made)]
        container.clear()
        container.update(made) if isinstance(container, dict) else container.extend(made)
        self.spans.put(path, self.spans.key(path) or key, key)

    def _again(self, path: SettingPath, old: Any, key: Span) -> None:
        first = self._given.get(path)
        inner = path
        if first is None:
            inner = next((below for below in self._below(path, old) if below in self._given), ())
            first = self._given.get(inner)
        if first is None or (inner, key) in self._warned:
            return
        place, branch = first
        # A default that a branch changes is no mistake, nor is one that another file gives.
        if self.branch != branch[: len(self.branch)] or place.file != key.file:
            return
        self._warned.add((inner, key))
        if inner == path:
            message = f"{setting_name(path)} is set twice, on line {place.line} and on line {key.line}"
            help = f"the value of line {key.line} wins; remove the other one"
        else:
            lost = f"{setting_name(inner)} of line {place.line}"
            message = f"{setting_name(path)}, set as a whole on line {key.line}, discards {lost}"
            help = f"set {setting_name(path)} first, or all of it in one place"
        self.diagnostics.append(Diagnostic(Severity.WARNING, "given-twice", message, key, help))

    def _below(self, path: SettingPath, value: Any) -> list[SettingPath]:
        paths: list[SettingPath] = []
        entries: Any = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, item in entries:
            paths.append((*path, key))
            paths += self._below((*path, key), item)
        return paths

    def _forget(self, path: SettingPath, value: Any) -> None:
        for inner in [path, *self._below(path, value)]:
            self._drop(inner)

    def _drop(self, path: SettingPath) -> None:
        self.spans.drop(path)
        self.secrets.discard(path)
        self._given.pop(path, None)


def _named_secret(path: SettingPath) -> bool:
    """Tell whether one of the names on a path is a secret's; no such name holds a line break."""
    return looks_secret("\n".join([name for name in path if isinstance(name, str)]))
