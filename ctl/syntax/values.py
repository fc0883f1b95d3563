"""Evaluates values: literals, names, indexes, operators, and what decides between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ctl.syntax import comparing, methods, operators, searching, wording
from ctl.syntax.comparing import truthy
from ctl.syntax.defined import defined
from ctl.syntax.indexing import indexed
from ctl.syntax.kinds import Enumerator, Range, SymbolText, holds, kind_of, measured, to_s
from ctl.syntax.mistake import Jumped, Mistake, Poisoned, Refusal
from ctl.syntax.model import Context
from ctl.syntax.references import References
from ctl.syntax.shapes import Entry
from ctl.syntax.source import Source
from ctl.syntax.tree import (
    Array,
    Assign,
    Binary,
    Broken,
    Call,
    Case,
    Command,
    Conditional,
    Constant,
    Group,
    Hash,
    Index,
    Interpolated,
    Jump,
    Literal,
    Name,
    Node,
    Regex,
    Several,
    Symbol,
    Ternary,
    TextBlock,
    Unary,
    Variable,
)


class Values(References):
    """Evaluates values; see `References` for the arguments."""

    def __init__(self, source: Source, context: Context) -> None:
        super().__init__(source, context)
        self._table: dict[type[Node], Callable[[Any], Any]] = {
            Literal: lambda node: node.value,
            Broken: self._broken_node,
            Symbol: lambda node: SymbolText(node.name),
            Interpolated: self._interpolated,
            TextBlock: lambda node: self.value(node.content),
            Array: self._array,
            Hash: self._hash,
            Name: self._name,
            Constant: self._constant,
            Variable: self.variable,
            Command: self.command_output,
            Index: self._index,
            Call: self.call,
            Unary: self._unary,
            Binary: self._binary,
            Ternary: self._ternary,
            Group: lambda node: self.body(node.body),
            Conditional: self.conditional,
            Case: self.case,
            Assign: self.assign,
            Several: self.assign_several,
            Jump: self._jump,
            Regex: self._regex,
        }

    # What the classes above this one evaluate.
    def call(self, node: Call) -> Any:
        """Evaluate a call."""
        raise NotImplementedError

    def assign(self, node: Assign) -> Any:
        """Evaluate an assignment."""
        raise NotImplementedError

    def assign_several(self, node: Several) -> Any:
        """Evaluate an assignment of several values."""
        raise NotImplementedError

    def conditional(self, node: Conditional) -> Any:
        """Evaluate a condition and the branch that it chooses."""
        raise NotImplementedError

    def case(self, node: Case) -> Any:
        """Evaluate a choice."""
        raise NotImplementedError

    def body(self, statements: list[Node], *, wanted: bool = True) -> Any:
        """Evaluate statements; the value is that of the last one."""
        raise NotImplementedError

    def append(self, node: Binary, receiver: Any, value: Any) -> Any:
        """Evaluate ``receiver << value`` where the receiver is changed by it."""
        raise NotImplementedError

    def value(self, node: Node) -> Any:
        """Evaluate a value.

        Raises:
            Mistake: something in it is wrong.
            Poisoned: something in it is wrong and has been reported.
        """
        return self._table[type(node)](node)

    def _regex(self, node: Regex) -> Any:
        from ctl.syntax.patterns import compile_pattern  # most files hold none

        return self.checked(node, lambda: compile_pattern(node.pattern, node.flags))

    def _interpolated(self, node: Interpolated) -> str:
        made: list[str] = []
        length = 0
        for part in node.parts:
            text = part if isinstance(part, str) else self._text_of(node, part)
            length += len(text)
            if length > self.context.limits.string:
                self.refuse(node, Refusal("limit", "the string would be too long"))
            made.append(text)
        self.spend(1)
        return str(self.made("".join(made)))

    def _text_of(self, node: Interpolated, body: list[Node]) -> str:
        value = self.body(body)
        return str(self.checked(node, lambda: to_s(measured(value, self.context.limits))))

    def _broken_node(self, node: Broken) -> NoReturn:
        raise Poisoned

    def part(self, node: Node) -> tuple[bool, Any, bool]:
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
        source = self.source
        for item in node.items:
            splat = isinstance(item, Unary) and item.sign == "*"
            worked, value, stain = self.part(item.operand if splat else item)  # type: ignore[attr-defined]
            good = good and worked
            for element in self._listed(item, value) if splat else [value]:
                entries[len(made)] = Entry(item.start, item.end, item.start, item.end, stain, source)
                made.append(element)
        if not good:
            raise Poisoned
        self.shapes.note(made, entries)
        return made

    def _listed(self, node: Node, value: Any) -> Any:
        return self.checked(node, lambda: self.world.listed(value))

    def _hash(self, node: Hash) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        entries: dict[Any, Entry] = {}
        literal: set[Any] = set()
        good = True
        source = self.source
        for key_node, value_node in node.pairs:
            if isinstance(key_node, Unary) and key_node.sign == "**":
                good = self._merged(key_node, made, entries) and good
                continue
            known, key, _ = self._key(key_node)
            worked, value, stain = self.part(value_node)
            good = good and known and worked
            if not known:
                continue
            if key in made and not holds(made, key):
                self.refuse(key_node, Refusal("not-supported", "1, 1.0 and true cannot be keys of one hash"))
            if key in made and key in entries:
                self._twice(key_node, key, entries[key])
                if key in literal and _names_itself(key_node):
                    del made[key]  # Ruby drops the first of two that it can tell are the same
            if _names_itself(key_node):
                literal.add(key)
            made[key] = value
            entries[key] = Entry(
                key_node.start, key_node.end, value_node.start, value_node.end, stain, source
            )
        if not good:
            raise Poisoned
        self.shapes.note(made, entries)
        return made

    def _merged(self, node: Unary, made: dict[Any, Any], entries: dict[Any, Entry]) -> bool:
        worked, value, stain = self.part(node.operand)
        if not worked:
            return False
        if not isinstance(value, dict):
            self.refuse(node, Refusal("wrong-type", f"** stands before a hash, not before {kind_of(value)}"))
        made.update(value)
        for key in value:
            entries[key] = Entry(node.start, node.end, node.start, node.end, stain, self.source)
        return True

    def _key(self, node: Node) -> tuple[bool, Any, bool]:
        if type(node) is Symbol:
            return True, SymbolText(node.name), False
        worked, key, stain = self.part(node)
        if not isinstance(key, str | int | float | None):
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
        if node.local:
            local = self.scopes.get(name)
            if not local.known:
                raise Poisoned
            self.tainted = self.tainted or local.tainted or self.shapes.stained(local.value)
            return local.value
        if name in self.context.roots and name != "node":
            return self.read((name,), node)
        self.refuse(node, wording.forbidden_call(name) or wording.no_value(name))

    def _constant(self, node: Constant) -> Any:
        if node.name == "ENV":
            help = "write ENV['...'], or ENV.to_h"
            self.refuse(node, Refusal("unexpected", "ENV as a whole is not a value", help))
        self.refuse(node, wording.no_value(node.name))

    def _index(self, node: Index) -> Any:
        target = node.target
        if isinstance(target, Constant) and target.name == "ENV":
            return self.checked(node, lambda: self.functions.environment(self._single(node)))
        if isinstance(target, Constant) and target.name == "Dir":
            patterns = [self.value(argument) for argument in node.arguments]
            return self.checked(node, lambda: self.functions.files_like(patterns))
        if isinstance(target, Constant) and target.name == "Hash":
            pairs = self._single(node)
            return self.checked(node, lambda: methods.call(pairs, "to_h", [], self.world))
        if isinstance(target, Name) and target.name == "node" and not target.local:
            return self.checked(node, lambda: self.functions.node(self._single(node)))
        located = self.path_of(node)
        if located is not None:
            return self.read(located[0], node)
        outer, self.tainted = self.tainted, False
        receiver = self.value(target)
        stain, self.tainted = self.tainted, outer
        keys = [self.value(key) for key in node.arguments]
        if isinstance(keys[0], Range) and self.store.location(receiver) and isinstance(receiver, dict):
            self.refuse(node.arguments[0], Refusal("wrong-type", "a key must be a string, not a range"))
        value = self.checked(node, lambda: indexed(receiver, keys, self.world))
        shape = self.shapes.of(receiver)
        if shape is not None and len(keys) == 1 and isinstance(keys[0], str | int) and keys[0] in shape:
            stain = shape[keys[0]].tainted
        self.tainted = self.tainted or stain
        return value

    def _single(self, node: Index) -> Any:
        if len(node.arguments) != 1:
            self.refuse(node, Refusal("unexpected", "one key is expected between brackets"))
        return self.value(node.arguments[0])

    def decide(self, node: Node) -> bool:
        """Evaluate what decides; where it comes from says nothing about what it chooses."""
        outer = self.tainted
        value = self.value(node)
        self.tainted = outer
        if wording.decides_otherwise(node):
            self.refuse(node, Refusal("not-supported", "a range or a regular expression cannot decide"))
        if isinstance(node, Interpolated | TextBlock) or (
            isinstance(node, Literal) and isinstance(node.value, str)
        ):
            self.warn(
                node, "always-true", "a string counts as true, whatever it holds", "compare it: == 'true'"
            )
        return truthy(value)

    def _ternary(self, node: Ternary) -> Any:
        chosen, other = (node.yes, node.no) if self.decide(node.condition) else (node.no, node.yes)
        self.not_taken([other], node)
        return self.value(chosen)

    def _jump(self, node: Jump) -> Any:
        raise Jumped(node.word, None if node.value is None else self.value(node.value))

    def _unary(self, node: Unary) -> Any:
        sign = node.sign
        if sign in ("!", "not"):
            return not self.decide(node.operand)
        if sign == "defined?":
            return self.checked(node, lambda: defined(node.operand, self.context.roots))
        if sign == ":":
            return SymbolText(self.value(node.operand))
        if sign == "*":
            return self.world.listed(self.value(node.operand))
        value = self.value(node.operand) if sign in ("-", "+", "~") else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            if sign == "~" and isinstance(value, int):
                return ~value
            if sign != "~":
                return -value if sign == "-" else value
        if sign in ("&", "**"):
            self.refuse(node, Refusal("unexpected", f"{sign} cannot stand here"))
        self.refuse(node, Refusal("wrong-type", f"{sign} cannot stand before {kind_of(value)}"))

    def _binary(self, node: Binary) -> Any:
        # A long chain leans to the left; it is walked, not recursed into.
        spine: list[Binary] = []
        left: Node = node
        while isinstance(left, Binary):
            spine.append(left)
            left = left.left
        value = self.value(left)
        for binary in reversed(spine):
            value = self._step(binary, value)
        return value

    def _step(self, node: Binary, left: Any) -> Any:
        """Apply one operator of a chain."""
        sign = node.sign
        self.spend(1)
        if sign == "&&" or sign == "||":
            if truthy(left) != (sign == "||"):
                return self.value(node.right)
            self.not_taken([node.right], node)
            return left
        right = self.value(node.right)
        if sign == "<<" and isinstance(left, list | str | dict) and not isinstance(left, Enumerator):
            return self.append(node, left, right)
        place = Literal(node.sign_start, node.sign_start + len(sign), None)
        value = self.checked(place, lambda: self.operate(sign, left, right))
        if isinstance(value, list):
            self.spend(len(value))
        return self.made(value)

    def operate(self, sign: str, left: Any, right: Any) -> Any:
        """Apply an operator to two values.

        Raises:
            Refusal: they do not go together.
        """
        limits = self.context.limits
        if isinstance(left, Enumerator) or isinstance(right, Enumerator):
            raise Refusal("wrong-type", f"{sign} takes no list without .to_a behind it")
        if sign in ("=~", "!~"):
            self.match_tainted = self.tainted
            match = searching.match(left, right, self.world) if left is not None else None
            return match is None if sign == "!~" else (None if match is None else match.start)
        if sign in comparing.EQUALITY or sign in comparing.ORDERING:
            return comparing.compare(sign, left, right, limits)
        if sign == "<=>":
            return comparing.order(left, right)
        if sign in ("..", "..."):
            return self._range(left, right, sign)
        if sign == "*" and isinstance(left, list) and isinstance(right, str):
            return methods.call(left, "join", [right], self.world)
        return operators.apply(sign, left, right, limits)

    def _range(self, first: Any, last: Any, sign: str) -> Range:
        for end in (first, last):
            if not isinstance(end, str | int | float | None) or isinstance(end, bool):
                raise Refusal("wrong-type", f"a range cannot begin or end with {kind_of(end)}")
        if first is not None and last is not None and comparing.order(first, last) is None:
            raise Refusal("wrong-type", f"a range cannot go from {kind_of(first)} to {kind_of(last)}")
        return Range(first, last, sign == "...")


def _names_itself(key: Node) -> bool:
    """Tell whether the key of a hash is a string, a symbol or a number that is written out."""
    if type(key) is Symbol:
        return True
    return type(key) is Literal and key.value is not None and not isinstance(key.value, bool)
