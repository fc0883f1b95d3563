"""Evaluates assignments: to settings, to local variables, to entries of what they hold."""

from __future__ import annotations

from typing import Any, NoReturn

from ctl.diagnostics.suggest import closest
from ctl.syntax import wording
from ctl.syntax.calls import Calls
from ctl.syntax.comparing import truthy
from ctl.syntax.indexing import indexed
from ctl.syntax.kinds import kind_of
from ctl.syntax.list_methods import key_of
from ctl.syntax.method import whole
from ctl.syntax.mistake import Mistake, Poisoned, Refusal
from ctl.syntax.model import SettingPath, setting_name
from ctl.syntax.scopes import UNKNOWN, Local
from ctl.syntax.shapes import Entry
from ctl.syntax.tree import (
    Assign,
    Call,
    Command,
    Constant,
    Index,
    Literal,
    Name,
    Node,
    Several,
    Unary,
    Variable,
)
from ctl.syntax.wording import without_keys

_DECIDES = frozenset({"||=", "&&="})


class Assignments(Calls):
    """Evaluates assignments; see `References` for the arguments."""

    def never_read(self, name: str) -> bool:
        """Tell whether nothing in the text reads a local variable."""
        raise NotImplementedError

    def assign(self, node: Assign) -> Any:
        """Evaluate an assignment; its value is the one that is assigned."""
        target = node.target
        if isinstance(target, Name) and not self.is_root(target):
            return self._assign_local(target, node)
        self._refuse_target(target)
        located = self.path_of(target)
        if located is None:
            return self._assign_entry(target, node)
        return self._assign_setting(*located, node)

    def is_root(self, target: Name) -> bool:
        """Refuse a setting that is assigned like a local variable."""
        name = target.name
        if name in self.context.roots and (name.endswith("_url") or self.never_read(name)):
            message = f"this makes a Ruby local variable; {name} is not set"
            help = f"remove the =: {name} 'value'"
            raise Mistake(target.start, target.end, "assignment-to-local", message, help)
        return False

    def _assign_setting(self, path: SettingPath, places: list[tuple[int, int]], node: Assign) -> Any:
        outer = self.tainted
        self._no_nil(path, node.target)
        container = (
            self.store.values
            if len(path) == 1
            else self.checked(node.target, lambda: self.store.container(path[:-1], places))
        )
        self.tainted = False
        again = node.sign != "="
        if again:
            goes_on, value = self._operated(node, lambda: self._current(path, node), path)
            if not goes_on:
                return value
        else:
            value = node.value.value if type(node.value) is Literal else self.value(node.value)
        key = self.source.span(*places[-1])
        place = self.source.span(node.value.start, node.value.end)
        tainted = self.tainted and self.all_tainted(value)
        self.checked(
            node.target,
            lambda: self.store.put(container, path, value, key, place, tainted=tainted, again=again),
        )
        self._no_line_break(path, value, node.value)
        self.tainted = self.tainted or outer
        return value

    def _no_nil(self, path: SettingPath, target: Node) -> None:
        """Refuse the keys of a name that holds no hash."""
        if len(path) > 1 and without_keys(path[0]) and not self.store.read(path[:1])[0]:
            message, help = f"{path[0]} has no keys", f"write {path[0]} 'value'"
            self.refuse(target, Refusal("wrong-type", message, help))

    def all_tainted(self, value: Any) -> bool:
        """Tell whether taint concerns the whole value; what is written out knows it of each entry."""
        return self.shapes.of(value) is None

    def _current(self, path: SettingPath, node: Assign) -> Any:
        known, value = self.store.read(path)
        if known:
            self.tainted = self.tainted or self.store.secret(path, value)
            return value
        shown = setting_name(path)
        if isinstance(path[-1], str) and isinstance(self.store.read(path[:-1])[1], list):
            message = f"{setting_name(path[:-1])} is an array; its places are numbered from 0"
            self.refuse(node.target, Refusal("wrong-type", message))
        if node.sign == "||=":
            message = f"this never sets {shown}: reading what is not set makes it {{}}, which counts as true"
            self.warn(node.target, "never-set", message, f"write {shown} = ...")
        if node.sign in _DECIDES:
            self.store.vivify(path, self.source.span(node.target.start, node.target.end))
            return {}
        message = f"{shown} is not set yet, so {node.sign} has nothing to go on from"
        self.refuse(node.target, Refusal("wrong-type", message, f"write {shown} = ..."))

    def _operated(self, node: Assign, current: Any, path: SettingPath | None = None) -> tuple[bool, Any]:
        """Evaluate ``op=``: whether something is to be assigned, and the value."""
        old = current()
        if node.sign in _DECIDES:
            if truthy(old) == (node.sign == "||="):
                return False, old
            return True, self.value(node.value)
        new = self.value(node.value)
        sign = node.sign[:-1]
        place = Literal(node.target.end, node.value.start, None)
        if sign == "<<":
            self.refuse(place, Refusal("not-supported", "<<= is not supported", "write <<"))
        value = self.checked(place, lambda: self.operate(sign, old, new))
        if isinstance(value, list):
            self.spend(len(value))
        return True, self.made(value)

    def _assign_local(self, target: Name, node: Assign) -> Any:
        outer, self.tainted = self.tainted, False
        try:
            if node.sign == "=":
                value = self.value(node.value)
            else:
                goes_on, value = self._operated(node, lambda: self._read_local(target))
                if not goes_on:
                    return value
        except (Mistake, Poisoned):
            self.scopes.assign(target.name, UNKNOWN)
            raise
        self.scopes.assign(target.name, Local(value, self.tainted, True))
        self.tainted = self.tainted or outer
        return value

    def _read_local(self, target: Name) -> Any:
        local = self.scopes.get(target.name)
        if not local.known:
            raise Poisoned
        self.tainted = self.tainted or local.tainted
        return local.value

    def _refuse_target(self, target: Node) -> None:
        if isinstance(target, Variable):
            self.refuse(target, wording.variable(target.name))
        if isinstance(target, Constant):
            self.refuse(target, wording.assign_constant(target.name))
        if isinstance(target, Call):
            receiver = target.receiver
            help = f"write {receiver.name}['{target.name}'] = ..." if isinstance(receiver, Name) else None
            message = "a setting is not reached with a dot"
            raise Mistake(target.start, target.end, "unexpected", message, help)

    def _assign_entry(self, target: Node, node: Assign) -> Any:
        """Assign to an entry of an array or a hash that is no part of the settings."""
        if not isinstance(target, Index) or not self._local_base(target):
            self.no_target(target)
        container = self.value(target.target)
        keys = [self.value(argument) for argument in target.arguments]
        self.tainted = False
        if node.sign == "=":
            value = self.value(node.value)
        else:
            goes_on, value = self._operated(node, lambda: self._entry(target, container, keys))
            if not goes_on:
                return value
        self.no_frozen(container, target)
        self.checked(target, lambda: self._set_entry(container, keys, value))
        self._note_entry(container, keys, target, node)
        return value

    def _entry(self, target: Node, container: Any, keys: list[Any]) -> Any:
        return self.checked(target, lambda: indexed(container, keys, self.world))

    def _local_base(self, node: Node) -> bool:
        while isinstance(node, Index):
            node = node.target
        return isinstance(node, Name) and node.local

    def _set_entry(self, container: Any, keys: list[Any], value: Any) -> None:
        if len(keys) != 1:
            raise Refusal("not-supported", "a part of an array cannot be assigned")
        key = keys[0]
        if isinstance(container, dict):
            container[key_of(key)] = value
            return
        if not isinstance(container, list):
            kind = "is not supported" if isinstance(container, str) else "has no keys"
            raise Refusal("wrong-type", f"{kind_of(container)} {kind} here")
        at = whole(key, "[]=")
        at += len(container) if at < 0 else 0
        if not 0 <= at <= len(container) + 1000:
            raise Refusal("wrong-value", f"the array has {len(container)} entries")
        container.extend([None] * (at + 1 - len(container)))
        container[at] = value

    def _note_entry(self, container: Any, keys: list[Any], target: Index, node: Assign) -> None:
        shape = self.shapes.of(container)
        if shape is not None:
            key, value = target.arguments[0], node.value
            stain = self.tainted and not isinstance(value, Literal)
            shape[keys[0]] = Entry(key.start, key.end, value.start, value.end, stain, self.source)
        elif self.tainted:
            self.shapes.stain(container)

    def assign_several(self, node: Several) -> Any:
        """Evaluate ``a, b = 1, 2``."""
        self._make_way(node.targets)
        try:
            values: list[Any] = []
            for item in node.values:
                splat = isinstance(item, Unary) and item.sign == "*"
                value = self.value(item.operand if splat else item)  # type: ignore[attr-defined]
                values += self._listed(item, value) if splat else [value]
            only = values[0] if len(node.values) == 1 and not splat else values
            values = only if type(only) is list else values
        except (Mistake, Poisoned):
            for target in node.targets:
                name = target.operand if isinstance(target, Unary) else target
                if isinstance(name, Name):
                    self.scopes.assign(name.name, UNKNOWN)
            raise
        star = next((at for at, target in enumerate(node.targets) if isinstance(target, Unary)), None)
        behind = 0 if star is None else len(node.targets) - star - 1
        for at, target in enumerate(node.targets):
            if at == star and isinstance(target, Unary):
                self._give(target.operand, values[at : max(at, len(values) - behind)], node)
            else:
                place = at if star is None or at < star else max(at, len(values) - (len(node.targets) - at))
                self._give(target, values[place] if place < len(values) else None, node)
        return only

    def _make_way(self, targets: list[Node]) -> None:
        """Make the way to the settings that are about to be given, before the values are evaluated."""
        for item in targets:
            target = item.operand if isinstance(item, Unary) else item
            located = self.path_of(target) if isinstance(target, Index) else None
            if located is not None:
                path, places = located
                self._no_nil(path, target)
                self.checked(target, lambda: self.store.container(path[:-1], places))  # noqa: B023 - run at once

    def _give(self, target: Node, value: Any, node: Several) -> None:
        """Assign one of several values."""
        if isinstance(target, Name):
            if not self.is_root(target):
                self.scopes.assign(target.name, Local(value, self.tainted, True))
            return
        located = self.path_of(target)
        if located is None:
            if not isinstance(target, Index) or not self._local_base(target):
                self.no_target(target)
            keys = [self.value(argument) for argument in target.arguments]
            container = self.value(target.target)
            self.checked(target, lambda: self._set_entry(container, keys, value))
            return
        path, places = located
        self._no_nil(path, target)
        container = self.checked(target, lambda: self.store.container(path[:-1], places))
        key = self.source.span(*places[-1])
        span = self.source.span(node.values[0].start, node.values[-1].end)
        tainted = self.tainted and self.all_tainted(value)
        self.checked(target, lambda: self.store.put(container, path, value, key, span, tainted=tainted))

    def no_target(self, node: Node) -> NoReturn:
        """Refuse what cannot be assigned to."""
        while isinstance(node, Index):
            inner = node.target
            if isinstance(inner, Constant) and inner.name == "Gitlab":
                root = node.arguments[0]
                name = self.path_key(root)
                self.unknown(str(name), root.start, root.end)
            node = inner
        if isinstance(node, Constant):
            self.refuse(node, wording.assign_constant(node.name))
        if isinstance(node, Name):
            if node.name == "node":
                self.refuse(node, wording.assign_constant("node"))
            self.unknown(node.name, node.start, node.end)
        raise Mistake(node.start, node.end, "unexpected", "this is not a setting")

    def unknown(self, name: str, start: int, end: int) -> NoReturn:
        """Refuse a name that is neither a setting nor a function."""
        refusal = wording.forbidden_call(name)
        if refusal is None and name in wording.RESERVED:
            refusal = Refusal("reserved-name", f"{name} is reserved and cannot be a setting")
        if refusal is None:
            near = closest(name, self.context.roots)
            help = f"did you mean {near}?" if near else None
            if not name.isascii():
                help = f"a letter of it is not Latin{'; ' + help if help else ''}"
            refusal = Refusal("unknown-name", f"{name} is not a setting", help)
        raise Mistake(start, end, refusal.code, refusal.message, refusal.help)

    def _no_line_break(self, path: SettingPath, value: Any, node: Node) -> None:
        read = isinstance(node, Call) and node.name == "read" and isinstance(node.receiver, Constant)
        if not read and not isinstance(node, Command):
            return
        if isinstance(value, str) and value.endswith("\n") and value.count("\n") == 1:
            origin, form = ("file", "File.read('...')") if read else ("command's output", "`hostname`")
            message = f"the {origin} ends with a line break, which becomes a part of {setting_name(path)}"
            self.warn(node, "trailing-line-break", message, f"write {form}.strip")
