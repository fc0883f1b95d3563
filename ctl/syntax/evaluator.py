"""From the text of a settings file to its values; the one function that everybody else calls."""

from __future__ import annotations

import re
from typing import Any

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.diagnostics.suggest import closest
from ctl.syntax import wording
from ctl.syntax.mistake import Exhausted, Mistake, Poisoned, Refusal
from ctl.syntax.model import Context, Evaluated, Inputs, SettingPath, SpanMap, written
from ctl.syntax.parser import parse
from ctl.syntax.source import Source
from ctl.syntax.tree import (
    Assign,
    Call,
    Conditional,
    Constant,
    Index,
    Interpolated,
    Literal,
    Name,
    Node,
    TextBlock,
    Variable,
)
from ctl.syntax.values import Values

_SURROGATE = re.compile("[\ud800-\udfff]")


class _Evaluator(Values):
    """Evaluates statements."""

    def run(self, statements: list[Node]) -> None:
        """Evaluate a file's statements; each mistake ends its own statement alone."""
        for statement in statements:
            self.shapes.clear()
            self.tainted = False
            try:
                self.spend(1)
                self._statement(statement)
            except Mistake as mistake:
                self.report(mistake)
            except Refusal as refusal:
                start, end = statement.start, statement.end
                self.report(Mistake(start, end, refusal.code, refusal.message, refusal.help))
            except Poisoned:
                continue
            except RecursionError:
                self.report(Mistake(statement.start, statement.end, "limit", "this is nested too deeply"))
            except Exhausted:
                steps = self.context.limits.steps
                message = f"the file takes more than {steps} steps; the rest was not read"
                self.report(Mistake(statement.start, statement.end, "limit", message))
                return

    def _statement(self, node: Node) -> None:
        if isinstance(node, Assign):
            self._assign(node)
        elif isinstance(node, Call) and node.receiver is None:
            self._command(node)
        elif isinstance(node, Conditional):
            start = node.start
            if node.body and node.body[0].start == start:
                # The word stands behind the statement that it decides about.
                start = self.source.text.rindex(node.word, node.body[0].end, node.condition.start)
            end = start + len(node.word)
            raise Mistake(start, end, "not-supported-yet", f"`{node.word}` is not supported yet")
        elif isinstance(node, Name):
            self._lonely(node)
        elif isinstance(node, Index) and (found := self.path_of(node)) is not None:
            place = node.start, node.end
            raise Mistake(
                *place, "missing-value", f"{written(found[0])} is given no value", "write = and the value"
            )
        else:
            self.value(node)
            if isinstance(node, Literal | Interpolated | TextBlock):
                raise Mistake(node.start, node.end, "unexpected", "this value belongs to no setting")

    def _lonely(self, node: Name) -> None:
        name = node.name
        if name in self.context.roots:
            raise Mistake(
                node.start, node.end, "missing-value", f"{name} is given no value", f"write {name} 'value'"
            )
        if name in self.locals:
            raise Poisoned
        self._unknown(name, node.start, node.end)

    def _unknown(self, name: str, start: int, end: int) -> None:
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

    def _command(self, node: Call) -> None:
        name = node.name
        if name not in self.context.roots or name == "node":
            if self.functions.knows(name) or name in ("from_file", "eval"):
                self._call(node)
                return
            self._unknown(name, node.name_start, node.name_end)
        if node.block is not None:
            raise Mistake(*node.block, "not-supported-yet", "a block is not supported yet")
        if not node.arguments:
            raise Mistake(
                node.start, node.end, "missing-value", f"{name} is given no value", f"write {name} 'value'"
            )
        arguments = self.arguments(node)
        first, last = node.arguments[0], node.arguments[-1]
        value = arguments[0] if len(arguments) == 1 else arguments
        place = self.source.span(first.start, last.end)
        key = self.source.span(node.name_start, node.name_end)
        self.store.put(self.store.values, (name,), value, key, place, tainted=self._all_tainted(value))

    def _all_tainted(self, value: Any) -> bool:
        """Tell whether taint concerns the whole value; what is written out knows it of each entry."""
        return self.tainted and self.shapes.of(value) is None

    def _assign(self, node: Assign) -> None:
        chain: list[Assign] = [node]
        while isinstance(chain[-1].value, Assign):
            chain.append(chain[-1].value)
        targets = []
        for one in chain:
            path, places = self._target(one)
            container = self.store.container(path[:-1], places) if len(path) > 1 else self.store.values
            targets.append((path, places, container))
        value_node = chain[-1].value
        value = value_node.value if type(value_node) is Literal else self.value(value_node)
        place = self.source.span(value_node.start, value_node.end)
        tainted = self.tainted and self._all_tainted(value)
        for path, places, container in reversed(targets):
            key = self.source.span(*places[-1])
            self.store.put(container, path, value, key, place, tainted=tainted)
            self._no_line_break(path, value, value_node)

    def _target(self, node: Assign) -> tuple[SettingPath, list[tuple[int, int]]]:
        target = node.target
        if node.sign != "=":
            start = target.end
            raise Mistake(start, node.value.start, "not-supported-yet", f"`{node.sign}` is not supported yet")
        if isinstance(target, Name):
            self._local(target)
        if isinstance(target, Variable):
            self.refuse(target, wording.variable(target.name))
        if isinstance(target, Constant):
            self.refuse(target, Refusal("forbidden", f"{target.name} = would define a constant", None))
        if isinstance(target, Call):
            self._dotted(target)
        found = self.path_of(target)
        if found is None:
            self._no_target(target)
        return found  # type: ignore[return-value]

    def _local(self, target: Name) -> None:
        name = target.name
        if name in self.context.roots:
            message = f"this makes a Ruby local variable; {name} is not set"
            raise Mistake(
                target.start, target.end, "assignment-to-local", message, f"remove the =: {name} 'value'"
            )
        near = closest(name, self.context.roots)
        help = f"did you mean the setting {near}, which is written without =?" if near else None
        raise Mistake(
            target.start, target.end, "not-supported-yet", "local variables are not supported yet", help
        )

    def _dotted(self, target: Call) -> None:
        receiver = target.receiver
        help = None
        if isinstance(receiver, Name):
            help = f"write {receiver.name}['{target.name}'] = ..."
        raise Mistake(target.start, target.end, "unexpected", "a setting is not reached with a dot", help)

    def _no_target(self, node: Node) -> None:
        while isinstance(node, Index):
            inner = node.target
            if isinstance(inner, Constant) and inner.name == "Gitlab":
                root = node.arguments[0]
                name = self.path_key(root)
                self._unknown(str(name), root.start, root.end)
            node = inner
        if isinstance(node, Constant):
            self.refuse(node, wording.assign_constant(node.name))
        if isinstance(node, Name):
            if node.name == "node":
                self.refuse(node, wording.assign_constant("node"))
            if node.name in self.locals:
                raise Poisoned
            self._unknown(node.name, node.start, node.end)
        raise Mistake(node.start, node.end, "unexpected", "this is not a setting")

    def _no_line_break(self, path: SettingPath, value: Any, node: Node) -> None:
        read = isinstance(node, Call) and node.name == "read" and isinstance(node.receiver, Constant)
        if read and isinstance(value, str) and value.endswith("\n") and value.count("\n") == 1:
            message = f"the file ends with a line break, which becomes a part of {written(path)}"
            self.warn(node, "trailing-line-break", message, "write File.read('...').strip")


def _refused(source_span: Span, code: str, message: str, help: str | None = None) -> Evaluated:
    wrong = Diagnostic(Severity.ERROR, code, message, source_span, help)
    return Evaluated({}, SpanMap(), frozenset(), Inputs(), (wrong,))


def _first_refusal(text: str, file: str, context: Context) -> Evaluated | None:
    """Refuse a text that is not worth reading."""
    if len(text) > context.limits.text:
        message = f"the file has {len(text)} characters; at most {context.limits.text} are read"
        return _refused(Span(file, 1, 1, 1, 2), "limit", message)
    found = _SURROGATE.search(text) if not text.isascii() else None
    if found:
        span = Source(file, text).span(found.start(), found.end())
        return _refused(span, "not-utf-8", "a byte stands here that is not UTF-8", "save the file as UTF-8")
    return None


def _evaluate(text: str, file: str, context: Context, found: list[Diagnostic]) -> Evaluated:
    refused = _first_refusal(text, file, context)
    if refused is not None:
        return refused
    source = Source(file, text)
    statements, parser = parse(source, context.limits, context.roots)
    found += parser.mistakes
    for start, end, _ in parser.joined:
        message = "this string is joined to the one before it; a comma may be missing"
        found.append(Diagnostic(Severity.WARNING, "joined-strings", message, source.span(start, end)))
    evaluator = _Evaluator(source, context, parser.locals)
    evaluator.run(statements)
    found += evaluator.diagnostics + evaluator.store.diagnostics
    store = evaluator.store
    return Evaluated(
        store.values,
        store.spans,
        frozenset(store.secrets),
        evaluator.functions.inputs,
        _sorted(found, context.limits.errors),
    )


def _sorted(found: list[Diagnostic], most: int) -> tuple[Diagnostic, ...]:
    found = sorted(found, key=lambda one: one.position)
    if len(found) <= most:
        return tuple(found)
    message = f"{len(found) - most} more findings are not shown"
    if any(one.severity is Severity.ERROR for one in found[most:]):
        return (*found[:most], Diagnostic(Severity.ERROR, "too-many-errors", message, found[most].span))
    return (*found[:most], Diagnostic(Severity.NOTE, "too-many-errors", message, found[most].span))


def evaluate(text: str, file: str, context: Context) -> Evaluated:
    """Read a settings file. Ruby is not run, and nothing but what the context hands in is looked at.

    Args:
        text: its contents; bytes that are not UTF-8 may stand in it as surrogates.
        file: the name to show in diagnostics.
        context: see `Context`.

    Returns:
        The values and all that is wrong. Bad input never raises.
    """
    found: list[Diagnostic] = []
    try:
        return _evaluate(text, file, context, found)
    except RecursionError:
        return _refused(Span(file, 1, 1, 1, 2), "limit", "the file is nested too deeply")
    except Exception as error:  # the one border: what is thrown here is a fault of ours, not of the file
        message = f"internal error while reading the settings: {type(error).__name__}"
        return _refused(Span(file, 1, 1, 1, 2), "internal-error", message, "please report it")
