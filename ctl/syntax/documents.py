"""Reads the YAML and JSON texts that a settings file holds."""

from __future__ import annotations

import math
from typing import Any, NoReturn

from ctl.syntax.kinds import SymbolText
from ctl.syntax.mistake import Refusal
from ctl.syntax.model import Limits
from ctl.syntax.scalars import plain, tagged

_CODE = "unreadable-document"
_MERGE = "<<"


class Unreadable(Refusal):
    """A text is not what it should be.

    Args:
        message: what is wrong.
        line: the line of the text, counted from 0.
        column: the column, counted from 0.
        help: what to do about it.
    """

    def __init__(self, message: str, line: int, column: int, help: str | None = None) -> None:
        super().__init__(_CODE, message, help)
        self.line = line
        self.column = column


class _Builder:
    """Makes values of YAML's events, without recursion."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: list[Any] = []
        self._keys: list[list[Any]] = []
        self.result: Any = None

    def start(self, container: Any, event: Any) -> None:
        if len(self._open) >= self._limits.nesting:
            _fail(f"the text is nested deeper than {self._limits.nesting}", event)
        self._open.append(container)
        self._keys.append([])

    def end(self, event: Any) -> None:
        self._keys.pop()
        self.value(self._open.pop(), event)

    def value(self, value: Any, event: Any) -> None:
        if not self._open:
            self.result = value
            return
        container, waiting = self._open[-1], self._keys[-1]
        if isinstance(container, list):
            container.append(value)
        elif not waiting:
            if isinstance(value, list | dict):
                _fail("a list or a mapping cannot be a key", event)
            waiting.append(value)
        else:
            self._pair(container, waiting.pop(), value)

    def _pair(self, container: dict[Any, Any], key: Any, value: Any) -> None:
        if key == _MERGE and isinstance(value, dict):
            container.update(value)
        else:
            container[key] = value


def _fail(message: str, event: Any) -> NoReturn:
    mark = event.start_mark
    raise Unreadable(message, mark.line, mark.column)


def load_yaml(text: str, limits: Limits) -> Any:
    """Read the first document of a YAML text as Ruby would.

    Raises:
        Unreadable: the text is no YAML, or uses what Ruby refuses: aliases, dates, objects.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(limits)
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            _take(yaml, builder, event)
    except yaml.YAMLError as error:
        _not_yaml(error)
    return builder.result


def _take(yaml: Any, builder: _Builder, event: Any) -> None:
    if isinstance(event, yaml.ScalarEvent):
        try:
            builder.value(_scalar(event), event)
        except Refusal as error:
            raise Unreadable(
                error.message, event.start_mark.line, event.start_mark.column, error.help
            ) from None
    elif isinstance(event, yaml.MappingStartEvent):
        if event.tag and (event.tag.startswith("!ruby/") or event.tag.rpartition(":")[2] in ("set", "omap")):
            _fail("a Ruby object cannot be a value", event)
        builder.start({}, event)
    elif isinstance(event, yaml.SequenceStartEvent):
        builder.start([], event)
    elif isinstance(event, yaml.CollectionEndEvent):
        builder.end(event)
    elif isinstance(event, yaml.AliasEvent):
        _fail("an alias (*name) cannot be used; write the value out", event)


def _scalar(event: Any) -> Any:
    if event.tag and event.tag != "!":
        return tagged(event.tag, event.value)
    if not event.style:
        return plain(event.value)
    return event.value


def _not_yaml(error: Any) -> NoReturn:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "a character that cannot stand in it"
    line, column = (mark.line, mark.column) if mark else (0, 0)
    raise Unreadable(f"the text is not valid YAML at its line {line + 1}: {problem}", line, column) from None


def load_json(text: str, limits: Limits) -> Any:
    """Read a JSON text.

    Raises:
        Unreadable: the text is no JSON.
    """
    import json

    def refuse(word: str) -> NoReturn:
        raise Unreadable(f"{word} cannot be a value", 0, 0)

    try:
        return json.loads(text, parse_constant=refuse, parse_float=_finite)
    except json.JSONDecodeError as error:
        problem = error.msg[:1].lower() + error.msg[1:]
        message = f"the text is not valid JSON at its line {error.lineno}: {problem}"
        raise Unreadable(message, error.lineno - 1, error.colno - 1) from None
    except RecursionError:
        raise Unreadable(f"the text is nested deeper than {limits.nesting}", 0, 0) from None
    except ValueError:
        raise Unreadable("the text holds a number that is too long", 0, 0) from None


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unreadable("the text holds a number that is too large", 0, 0)
    return value


def key_text(key: object) -> str | None:
    """Turn the key of a hash into the string it is in the settings; None when it cannot be one."""
    if isinstance(key, SymbolText):
        return str(key)
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    return None
