"""Evaluates calls: methods, functions, blocks, what changes an array or a hash."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.regex import compile_late
from ctl.syntax import changes, methods, wording
from ctl.syntax.documents import Unreadable
from ctl.syntax.kinds import FrozenText, SymbolText, kind_of
from ctl.syntax.method import texts
from ctl.syntax.mistake import Jumped, Mistake, Poisoned, Refusal
from ctl.syntax.model import setting_name
from ctl.syntax.operators import bounded
from ctl.syntax.scopes import Local
from ctl.syntax.tree import (
    Binary,
    Block,
    Call,
    Constant,
    Index,
    Literal,
    Name,
    Node,
    Parameter,
    Symbol,
    TextBlock,
    Unary,
)
from ctl.syntax.values import Values
from ctl.syntax.wasted import WALKS

_FROZEN_STRINGS = compile_late(
    r"(?:[ \t]*(?:#[^\n]*)?\n)*?[ \t]*#.*frozen[_-]string[_-]literal[ \t]*:[ \t]*true", re.IGNORECASE
)
_PRINTS = frozenset({"puts", "print", "p", "pp", "printf", "warn"})
_KIND_QUESTIONS = frozenset({"is_a?", "kind_of?", "instance_of?"})
_TAKE_NAMES = frozenset({"values_at", "slice", "except"})  # of ENV, whose names are strings
_AS_OPERATOR = frozenset({"reduce", "inject"})


class Calls(Values):
    """Evaluates calls; see `References` for the arguments."""

    def from_file(self, node: Call, path: Any) -> None:
        """Read another settings file in this place."""
        raise NotImplementedError

    def evaluate_text(self, node: Call) -> None:
        """Evaluate settings that stand in a variable of the environment."""
        raise NotImplementedError

    def call(self, node: Call) -> Any:
        """Evaluate a call."""
        self.spend(1)
        place = Literal(node.name_start, node.name_end, None)
        receiver = node.receiver
        if receiver is None:
            return self._function(node, place)
        if isinstance(receiver, Constant) and not (receiver.name == "ENV" and self._walks(node)):
            return self._call_on_constant(receiver, node)
        if isinstance(receiver, Name) and not receiver.local and receiver.name in self.context.roots:
            self._no_dot(receiver, node, place)
        environment = isinstance(receiver, Constant)
        value = self.functions.whole_environment() if environment else self.value(receiver)
        if value is None and node.safe:
            return None
        return self._call_on(value, node, place)

    def _walks(self, node: Call) -> bool:
        """Tell whether a method of ENV looks at the whole environment."""
        if ("ENV", node.name) in self.functions.constants:
            return node.block is not None and node.name != "fetch"
        return node.name not in wording.CHANGES_ENVIRONMENT and node.name not in wording.OF_HASHES_ALONE

    def _no_dot(self, receiver: Name, node: Call, place: Node) -> None:
        known, value = self.store.read((receiver.name,))
        table = methods.table_of({})[1]
        if (known and not isinstance(value, dict)) or node.name in table or node.block is not None:
            return
        if node.name in changes.TABLE or any(isinstance(argument, Unary) for argument in node.arguments):
            return
        help = f"write {receiver.name}['{node.name}']"
        self.refuse(place, Refusal("unexpected", "a setting is not reached with a dot", help))

    def _call_on(self, value: Any, node: Call, place: Node) -> Any:
        if node.name in _KIND_QUESTIONS:
            return self._belongs(value, node, place)
        tainted = self.tainted
        arguments = self.arguments(node)
        location = self.store.location(value) if isinstance(value, list | dict) else None
        if location is not None and isinstance(value, dict):
            arguments = [
                str(argument) if isinstance(argument, SymbolText) else argument for argument in arguments
            ]
        if isinstance(node.receiver, Constant) and node.name in _TAKE_NAMES:
            self.checked(place, lambda: texts(arguments, node.name))
        if location is not None and isinstance(value, dict) and node.name == "merge" and not arguments:
            self.refuse(place, Refusal("wrong-arguments", ".merge takes a hash"))
        if node.name in changes.TABLE and isinstance(value, list | dict):
            return self._change(value, node, place, arguments)
        block = self._block_of(node, tainted)
        if node.name in _AS_OPERATOR and arguments and isinstance(arguments[-1], SymbolText) and not block:
            sign = str(arguments.pop())
            block = self._operator_block(sign)

        def run() -> Any:
            last = self.world.last
            result = methods.call(value, node.name, arguments, self.world, block)
            if self.world.last is not last:
                self.match_tainted = self.tainted
            return result

        rounds = self.rounds
        taken = self._taking(run, place)
        if node.block is not None and self.rounds == rounds:
            self.passed(node.block.body, wanted=node.name not in WALKS)
        return taken

    def _taking(self, run: Any, place: Node) -> Any:
        """Run a method that may call a block, which may end it."""
        try:
            result = self.checked(place, run)
        except Jumped as jump:
            if jump.word != "break":
                raise
            return jump.value
        if isinstance(result, list):
            self.spend(len(result))
        return self.made(result)

    def _operator_block(self, sign: str) -> Any:
        if sign.isidentifier():
            return lambda left, right: methods.call(left, sign, [right], self.world)
        return lambda left, right: self.operate(sign, left, right)

    def _belongs(self, value: Any, node: Call, place: Node) -> bool:
        wanted = node.arguments[0] if len(node.arguments) == 1 else None
        belongs = methods.belongs(value, wanted.name) if isinstance(wanted, Constant) else None
        if belongs is None:
            self.refuse(
                place, Refusal("wrong-arguments", f".{node.name} takes String, Hash, Array and their like")
            )
        return belongs

    def _change(self, value: Any, node: Call, place: Node, arguments: list[Any]) -> Any:
        """Call a method that changes its receiver, which may be a part of the settings."""
        self.no_frozen(value, place)
        result, content = self.checked(place, lambda: changes.TABLE[node.name](value, arguments))
        self._put_content(value, content, node)
        return value if result is changes.RECEIVER else result

    def no_frozen(self, value: Any, place: Node) -> None:
        """Refuse to change what is frozen."""
        if isinstance(value, FrozenText) or id(value) in self.world.frozen:
            self.refuse(place, Refusal("wrong-type", f"{kind_of(value)} that is frozen cannot change"))

    def _put_content(self, value: Any, content: Any, node: Node) -> None:
        self.spend(len(content) // 10)
        if len(content) > self.context.limits.parts:
            self.refuse(
                node, Refusal("limit", f"it would have more than {self.context.limits.parts} entries")
            )
        if self.store.location(value) is not None:
            place = self.source.span(node.start, node.end)
            self.checked(node, lambda: self.store.change(value, content, place, tainted=self.tainted))
            return
        value.clear()
        value.update(content) if isinstance(value, dict) else value.extend(content)
        if self.tainted:
            self.shapes.stain(value)

    def append(self, node: Binary, receiver: Any, value: Any) -> Any:
        """Evaluate ``receiver << value``."""
        place = Literal(node.sign_start, node.sign_start + 2, None)
        self.no_frozen(receiver, place)
        if isinstance(receiver, dict):
            help = f"set it first: {self._shown(node.left)} = []"
            self.refuse(place, Refusal("wrong-type", "<< cannot stand behind a hash", help))
        if isinstance(receiver, list):
            path = self.store.location(receiver)
            if path is None:
                return self._append_entry(node, receiver, value)
            key = self.source.span(node.left.start, node.left.end)
            span = self.source.span(node.right.start, node.right.end)
            target = (*path, len(receiver))
            tainted = self.tainted and self.shapes.of(value) is None
            self.checked(place, lambda: self.store.put(receiver, target, value, key, span, tainted=tainted))
            return receiver
        return self._append_text(node, place, receiver, value)

    def _append_entry(self, node: Node, receiver: list[Any], value: Any) -> list[Any]:
        if len(receiver) >= self.context.limits.parts:
            self.refuse(node, Refusal("limit", f"it would have more than {len(receiver)} entries"))
        receiver.append(value)
        if self.tainted:
            self.shapes.stain(receiver)
        return receiver

    def _shown(self, node: Node) -> str:
        located = self.path_of(node) if isinstance(node, Index | Name) else None
        return setting_name(located[0]) if located else "x"

    def _append_text(self, node: Binary, place: Node, receiver: str, value: Any) -> str:
        if not isinstance(value, str) or isinstance(value, SymbolText | type(None)):
            self.refuse(
                place, Refusal("wrong-type", f"<< joins a string with a string, not with {kind_of(value)}")
            )
        if _FROZEN_STRINGS.match(self.source.text):
            message = "<< changes a string, and this file's strings are frozen"
            self.refuse(place, Refusal("wrong-type", message, "write +="))
        name = node.left
        alone = isinstance(name, Name) and name.local and self.scopes.holders(receiver) <= 1
        if not alone or not isinstance(name, Name):
            self.refuse(
                place, Refusal("not-supported", "<< of a string works on a local variable", "write +=")
            )
        text = self.checked(place, lambda: bounded(receiver, len(value), self.context.limits) + value)
        self.scopes.assign(name.name, Local(self.made(text), self.tainted, True))
        return str(text)

    def _block_of(self, node: Call, tainted: bool) -> Any:
        """Make what a method calls of a call's block; None without one."""
        if node.block is not None:
            return self._block(node.block, tainted, wanted=node.name not in WALKS)
        last = node.arguments[-1] if node.arguments else None
        if not isinstance(last, Unary) or last.sign != "&":
            return None
        if not isinstance(last.operand, Symbol):
            self.refuse(last, Refusal("not-supported", "& takes the name of a method, as in &:strip"))
        name = last.operand.name

        def run(receiver: Any, *more: Any) -> Any:
            self.spend_round()
            return methods.call(receiver, name, list(more), self.world)

        return run

    def _block(self, node: Block, tainted: bool, *, wanted: bool) -> Any:
        def run(*arguments: Any) -> Any:
            self.spend_round()
            outer, branch = self.tainted, self.store.branch
            self.scopes.enter(node.own)
            self.blocks += 1
            self.store.branch = (*branch, -self.rounds)
            try:
                self._bind(node.parameters, list(arguments), tainted)
                return self.body(node.body, wanted=wanted)
            except Jumped as jump:
                if jump.word == "break":
                    raise
                return jump.value
            finally:
                self.store.branch = branch
                self.blocks -= 1
                self.scopes.leave()
                self.tainted = self.tainted or outer

        return run

    def _bind(self, parameters: list[Parameter], given: list[Any], tainted: bool) -> None:
        """Give a block's parameters their values; several take an array apart."""
        if len(given) == 1 and isinstance(given[0], list) and len(parameters) > 1:
            given = given[0]
        for at, parameter in enumerate(parameters):
            if isinstance(parameter, str) and parameter.startswith("*"):
                behind = len(parameters) - at - 1
                rest = given[at : len(given) - behind]
                if parameter != "*":
                    self.scopes.assign(parameter[1:], Local(rest, tainted, True))
                given = [*given[: at + 1], *given[len(given) - behind :]] if behind else given
                continue
            value = given[at] if at < len(given) else None
            if isinstance(parameter, list):
                self._bind(parameter, list(value) if isinstance(value, list) else [value], tainted)
            else:
                self.scopes.assign(parameter, Local(value, tainted, True))

    def _call_on_constant(self, constant: Constant, node: Call) -> Any:
        if constant.name in ("True", "False", "None"):
            self.refuse(constant, wording.no_value(constant.name))
        whole = Literal(constant.start, node.name_end, None)
        arguments = self.arguments(node)
        block = self._block_of(node, True)
        try:
            return self.functions.call_on(constant.name, node.name, arguments, block)
        except Unreadable as error:
            self._unreadable(node, whole, error)
        except Refusal as refusal:
            self.refuse(whole, refusal)

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
        """Evaluate what a call is given, but ``&:name``.

        Raises:
            Poisoned: at least one argument is wrong.
        """
        made: list[Any] = []
        good = True
        for argument in node.arguments:
            if type(argument) is Literal:
                made.append(argument.value)
                continue
            splat = isinstance(argument, Unary) and argument.sign == "*"
            if isinstance(argument, Unary) and argument.sign == "&":
                continue
            try:
                value = self.value(argument.operand if splat else argument)  # type: ignore[attr-defined]
                made += self._listed(argument, value) if splat else [value]
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
        if name == "eval" and node.arguments and wording.of_environment(node.arguments[0]):
            return self.evaluate_text(node)
        if name == "from_file":
            given = self.arguments(node)
            if len(given) != 1:
                self.refuse(place, Refusal("wrong-arguments", "from_file takes the path of a file"))
            return self.from_file(node, given[0])
        if name in _PRINTS:
            return self._print(node, place)
        if not self.functions.knows(name):
            self.refuse(place, wording.forbidden_call(name) or wording.no_value(name))
        arguments = self.arguments(node)
        return self.made(self.checked(place, lambda: self.functions.call(name, arguments)))

    def _print(self, node: Call, place: Node) -> Any:
        outer = self.tainted
        given = self.arguments(node)
        self.tainted = outer
        span = self.source.span(place.start, place.end)
        self.note(Diagnostic(Severity.NOTE, "prints-nothing", f"{node.name} prints nothing here", span))
        if node.name not in ("p", "pp") or not given:
            return None
        self.tainted = True  # nobody knows any more which of it came from outside
        return given if len(given) > 1 else given[0]
