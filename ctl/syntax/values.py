"""Evaluates values: every node but statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ctl.syntax import methods, operators, wording
from ctl.syntax.documents import Unreadable
from ctl.syntax.mistake import Mistake, Poisoned, Refusal
from ctl.syntax.model import Context
from ctl.syntax.operators import SymbolText, kind_of
from ctl.syntax.references import References
from ctl.syntax.shapes import Entry
from ctl.syntax.source import Source
from ctl.syntax.tree import (
    Array,
    Assign,
    Binary,
    Call,
    Command,
    Conditional,
    Constant,
    Group,
    Hash,
    Index,
    Interpolated,
    Literal,
    Name,
    Node,
    Regex,
    Symbol,
    Ternary,
    TextBlock,
    Unary,
    Variable,
)

_LATER = {
    Ternary: "a choice with ? and :",
    Conditional: "a condition",
    Regex: "a regular expression",
    Assign: "an assignment inside a value",
}


class Values(References):
    """Evaluates values; see `References` for the arguments."""

    def __init__(self, source: Source, context: Context, locals: set[str]) -> None:
        super().__init__(source, context, locals)
        self._table: dict[type[Node], Callable[[Any], Any]] = {
            Literal: lambda node: node.value,
            Symbol: lambda node: SymbolText(node.name),
            Interpolated: self._interpolated,
            TextBlock: lambda node: self.value(node.content),
            Array: self._array,
            Hash: self._hash,
            Name: self._name,
            Constant: self._constant,
            Variable: lambda node: self.refuse(node, wording.variable(node.name)),
            Command: lambda node: self.refuse(node, wording.command(node.text)),
            Index: self._index,
            Call: self._call,
            Unary: self._unary,
            Binary: self._binary,
            Group: self._group,
        }

    def value(self, node: Node) -> Any:
        """Evaluate a value.

        Raises:
            Mistake: something in it is wrong.
            Poisoned: something in it is wrong and has been reported.
        """
        run = self._table.get(type(node))
        if run is None:
            what = _LATER.get(type(node), "this")
            start, end = node.start, node.end
            raise Mistake(start, end, "not-supported-yet", f"{what} is not supported yet")
        return run(node)

    def _interpolated(self, node: Interpolated) -> str:
        made: list[str] = []
        length = 0
        for part in node.parts:
            text = part if isinstance(part, str) else operators.to_s(self._last(part))
            length += len(text)
            if length > self.context.limits.string:
                self.refuse(node, Refusal("limit", "the string would be too long"))
            made.append(text)
        self.spend(1)
        return "".join(made)

    def _last(self, body: list[Node]) -> Any:
        result = None
        for statement in body:
            result = self.value(statement)
        return result

    def _group(self, node: Group) -> Any:
        return self._last(node.body)

    def _part(self, node: Node) -> tuple[bool, Any, bool]:
        """Evaluate an entry: whether that worked, the value, whether it comes from outside."""
        if type(node) is Literal:
            return True, node.value, False
        outer, self.tainted = self.tainted, False
        try:
            value = self.value(node)
        except Mistake as mistake:
            self.report(mistake)
            return False, None, False
        except Poisoned:
            return False, None, False
        finally:
            inner, self.tainted = self.tainted, self.tainted or outer
        return True, value, inner

    def _array(self, node: Array) -> list[Any]:
        made: list[Any] = []
        entries: dict[Any, Entry] = {}
        good = True
        for index, item in enumerate(node.items):
            if isinstance(item, Unary):
                self._splat(item)
            worked, value, stain = self._part(item)
            good = good and worked
            made.append(value)
            entries[index] = Entry(item.start, item.end, item.start, item.end, stain)
        if not good:
            raise Poisoned
        self.shapes.note(made, entries)
        return made

    def _splat(self, node: Unary) -> None:
        if node.sign in ("*", "**", "&"):
            self.refuse(
                node, Refusal("not-supported-yet", f"`{node.sign}` before a value is not supported yet")
            )

    def _hash(self, node: Hash) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        entries: dict[Any, Entry] = {}
        good = True
        for key_node, value_node in node.pairs:
            known, key, _ = self._key(key_node)
            worked, value, stain = self._part(value_node)
            good = good and known and worked
            if not known:
                continue
            if key in made:
                self._twice(key_node, key, entries[key])
            made[key] = value
            entries[key] = Entry(key_node.start, key_node.end, value_node.start, value_node.end, stain)
        if not good:
            raise Poisoned
        self.shapes.note(made, entries)
        return made

    def _key(self, node: Node) -> tuple[bool, Any, bool]:
        if type(node) is Symbol:
            return True, SymbolText(node.name), False
        worked, key, stain = self._part(node)
        if isinstance(key, list | dict):
            self.report(
                Mistake(node.start, node.end, "wrong-type", f"the key of a hash cannot be {kind_of(key)}")
            )
            worked = False
        return worked, key, stain

    def _twice(self, node: Node, key: Any, first: Entry) -> None:
        line, again = self.source.line(first.key_start), self.source.line(node.start)
        message = f"the key '{key}' stands twice in this hash, on line {line} and on line {again}"
        self.warn(node, "given-twice", message, f"the value of line {again} wins; remove the other one")

    def _name(self, node: Name) -> Any:
        name = node.name
        if name in self.context.roots and name != "node":
            return self.read((name,), node)
        if name in self.locals:
            raise Poisoned
        self.refuse(node, wording.forbidden_call(name) or wording.no_value(name))

    def _constant(self, node: Constant) -> Any:
        if node.name == "ENV":
            self.refuse(
                node, Refusal("not-supported-yet", "ENV as a whole is not supported yet", "write ENV['...']")
            )
        self.refuse(node, wording.no_value(node.name))

    def _index(self, node: Index) -> Any:
        target = node.target
        if isinstance(target, Constant) and target.name == "ENV":
            return self._checked(node, lambda: self.functions.environment(self._single(node)))
        if isinstance(target, Name) and target.name == "node":
            return self._checked(node, lambda: self.functions.node(self._single(node)))
        found = self.path_of(node)
        if found is not None:
            return self.read(found[0], node)
        receiver = self.value(target)
        key = self._single(node)
        if isinstance(receiver, dict):
            return receiver.get(key)
        if isinstance(receiver, list) and isinstance(key, int):
            return receiver[key] if -len(receiver) <= key < len(receiver) else None
        if isinstance(receiver, str):
            self.refuse(node, Refusal("not-supported-yet", "[] on a string is not supported yet"))
        self.refuse(node, Refusal("wrong-type", f"{kind_of(receiver)} has no key that is {kind_of(key)}"))

    def _single(self, node: Index) -> Any:
        if len(node.arguments) != 1:
            self.refuse(node, Refusal("unexpected", "one key is expected between brackets"))
        return self.value(node.arguments[0])

    def _checked(self, node: Node, run: Callable[[], Any]) -> Any:
        try:
            return run()
        except Refusal as refusal:
            self.refuse(node, refusal)

    def _call(self, node: Call) -> Any:
        self.spend(1)
        if node.block is not None:
            raise Mistake(*node.block, "not-supported-yet", "a block is not supported yet")
        place = Literal(node.name_start, node.name_end, None)
        receiver = node.receiver
        if receiver is None:
            return self._function(node, place)
        if isinstance(receiver, Constant):
            self._known_constant(receiver, node)
            arguments = self.arguments(node)
            whole = Literal(receiver.start, node.name_end, None)
            try:
                return self.functions.call_on(receiver.name, node.name, arguments)
            except Unreadable as error:
                self._unreadable(node, whole, error)
            except Refusal as refusal:
                self.refuse(whole, refusal)
        if isinstance(receiver, Name) and receiver.name in self.context.roots and not node.arguments:
            known, value = self.store.read((receiver.name,))
            if not known or isinstance(value, dict):
                help = f"write {receiver.name}['{node.name}']"
                self.refuse(place, Refusal("unexpected", "a setting is not reached with a dot", help))
        value = self.value(receiver)
        arguments = self.arguments(node)
        return self._checked(place, lambda: methods.call(value, node.name, arguments, self.context.limits))

    def _known_constant(self, constant: Constant, node: Call) -> None:
        if constant.name in ("True", "False", "None"):
            self.refuse(constant, wording.no_value(constant.name))

    def _unreadable(self, node: Call, place: Node, error: Unreadable) -> NoReturn:
        """Show the line of the text block at fault, if the text is one."""
        argument = node.arguments[0]
        while isinstance(argument, Call) and argument.receiver is not None:
            argument = argument.receiver
        if isinstance(argument, TextBlock) and isinstance(argument.content, Literal):
            start = argument.body
            for _ in range(error.line):
                start = self.source.line_end(start) + 1
            end = self.source.line_end(start)
            blank = len(self.source.text[start:end]) - len(self.source.text[start:end].lstrip())
            raise Mistake(start + blank, end, error.code, error.message, error.help)
        self.refuse(place, error)

    def arguments(self, node: Call) -> list[Any]:
        """Evaluate what a call is given.

        Raises:
            Poisoned: at least one argument is wrong.
        """
        made: list[Any] = []
        good = True
        for argument in node.arguments:
            if isinstance(argument, Unary):
                self._splat(argument)
            if type(argument) is Literal:
                made.append(argument.value)
                continue
            try:
                made.append(self.value(argument))
            except Mistake as mistake:
                self.report(mistake)
                good = False
        if not good:
            raise Poisoned
        return made

    def _function(self, node: Call, place: Node) -> Any:
        name = node.name
        if name in self.context.roots:
            self.refuse(place, Refusal("unexpected", f"{name} cannot be set inside a value"))
        if name == "eval" and node.arguments and _is_environment(node.arguments[0]):
            self.refuse(place, Refusal("not-supported-yet", "eval of an ENV value is not supported yet"))
        if not self.functions.knows(name):
            self.refuse(place, self._no_function(name))
        arguments = self.arguments(node)
        return self._checked(place, lambda: self.functions.call(name, arguments))

    def _no_function(self, name: str) -> Refusal:
        if name == "from_file":
            return Refusal(
                "not-supported-yet", "from_file is not supported yet", "put the settings into this file"
            )
        return wording.forbidden_call(name) or wording.no_value(name)

    def _unary(self, node: Unary) -> Any:
        self._splat(node)
        if node.sign not in ("-", "+"):
            self.refuse(node, Refusal("not-supported-yet", f"`{node.sign}` is not supported yet"))
        value = self.value(node.operand)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return -value if node.sign == "-" else value
        self.refuse(node, Refusal("wrong-type", f"{node.sign} cannot stand before {kind_of(value)}"))

    def _binary(self, node: Binary) -> Any:
        # A long chain leans to the left; it is walked, not recursed into.
        spine: list[Binary] = []
        left: Node = node
        while isinstance(left, Binary):
            spine.append(left)
            left = left.left
        for one in reversed(spine):
            if one.sign not in operators.ARITHMETIC:
                place = Literal(one.sign_start, one.sign_start + len(one.sign), None)
                self.refuse(place, Refusal("not-supported-yet", f"`{one.sign}` is not supported yet"))
        value = self.value(left)
        for one in reversed(spine):
            self.spend(1)
            right = self.value(one.right)
            try:
                value = operators.apply(one.sign, value, right, self.context.limits)
            except Refusal as refusal:
                self.refuse(Literal(one.sign_start, one.sign_start + len(one.sign), None), refusal)
            if isinstance(value, list):
                self.spend(len(value))
        return value


def _is_environment(node: Node) -> bool:
    return isinstance(node, Index) and isinstance(node.target, Constant) and node.target.name == "ENV"
