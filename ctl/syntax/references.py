"""What the names and indexes of a settings file refer to; the state of an evaluation."""

from __future__ import annotations

from typing import Any, NoReturn

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.syntax.functions import Functions
from ctl.syntax.mistake import Exhausted, Mistake, Refusal
from ctl.syntax.model import Context, SettingPath, written
from ctl.syntax.operators import kind_of
from ctl.syntax.shapes import Shapes
from ctl.syntax.source import Source
from ctl.syntax.store import Store
from ctl.syntax.tree import Constant, Index, Literal, Name, Node


class References:
    """Knows what names refer to.

    Args:
        source: the text.
        context: see `Context`.
        locals: the names that are assigned like local variables anywhere in the file.
    """

    def __init__(self, source: Source, context: Context, locals: set[str]) -> None:
        self.source = source
        self.context = context
        self.locals = locals
        self.tainted = False
        self.shapes = Shapes()
        self.store = Store(source, self.shapes, self.spend)
        self.functions = Functions(context, self._taint)
        self.diagnostics: list[Diagnostic] = []
        self._steps = 0

    def value(self, node: Node) -> Any:
        """Evaluate a value."""
        raise NotImplementedError

    def _taint(self) -> None:
        self.tainted = True

    def spend(self, steps: int) -> None:
        """Count steps.

        Raises:
            Exhausted: there were too many.
        """
        self._steps += steps
        if self._steps > self.context.limits.steps:
            raise Exhausted

    def report(self, mistake: Mistake) -> None:
        """Note a mistake."""
        self.diagnostics.append(mistake.diagnostic(self.source))

    def warn(self, node: Node, code: str, message: str, help: str | None = None) -> None:
        """Note a warning."""
        span = self.source.span(node.start, node.end)
        self.diagnostics.append(Diagnostic(Severity.WARNING, code, message, span, help))

    def refuse(self, node: Node, refusal: Refusal) -> NoReturn:
        """Give a refusal a place.

        Raises:
            Mistake: always.
        """
        raise Mistake(node.start, node.end, refusal.code, refusal.message, refusal.help) from None

    def read(self, path: SettingPath, node: Node) -> Any:
        """Read a setting; one that is not set yet is an empty hash, as in Ruby, and a warning."""
        known, value = self.store.read(path)
        if known:
            self.tainted = self.tainted or self.store.secret(path, value)
            return value
        self.warn(
            node, "read-before-set", f"{written(path)} is read before it is set", "set it on a line above"
        )
        return None if len(path) == 1 else {}

    def path_of(self, node: Node) -> tuple[SettingPath, list[tuple[int, int]]] | None:
        """Find the path that an index or a name means; None when it does not begin with a setting.

        Returns:
            The path, and where each part of it stands.
        """
        keys: list[tuple[Any, Node]] = []
        while isinstance(node, Index):
            if len(node.arguments) != 1:
                self.refuse(node.arguments[1], Refusal("unexpected", "one key is expected between brackets"))
            keys.append((node, node.arguments[0]))
            node = node.target
        keys.reverse()
        if isinstance(node, Constant) and node.name == "Gitlab" and keys:
            root_node = keys.pop(0)[1]
            root = self.path_key(root_node)
            if root not in self.context.roots:
                return None
            node = root_node
        elif isinstance(node, Name) and node.name in self.context.roots and node.name != "node":
            root = node.name
        else:
            return None
        path: list[str | int] = [root]
        places = [(node.start, node.end)]
        for _, key in keys:
            path.append(self.path_key(key))
            places.append((key.start, key.end))
        return tuple(path), places

    def path_key(self, node: Node) -> str | int:
        """Evaluate a key between brackets.

        Raises:
            Mistake: it is no key.
        """
        if type(node) is Literal and isinstance(node.value, str):
            return node.value
        if isinstance(node, Name | Constant) and node.name not in self.locals:
            self.refuse(
                node, Refusal("unquoted-value", "this key must stand in quotes", f"write '{node.name}'")
            )
        key = self.value(node)
        if isinstance(key, str):
            return str(key)
        if isinstance(key, int) and not isinstance(key, bool):
            return key
        self.refuse(node, Refusal("wrong-type", f"a key must be a string, not {kind_of(key)}"))
