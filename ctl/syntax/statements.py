"""Evaluates statements: those of the file, of branches and blocks, of other files that it reads."""

from __future__ import annotations

from typing import Any

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.diagnostics.suggest import closest
from ctl.syntax import comparing, methods, searching
from ctl.syntax.comparing import truthy
from ctl.syntax.mistake import Exhausted, Jumped, Mistake, Poisoned, Refusal
from ctl.syntax.model import Context, setting_name
from ctl.syntax.parser import parse
from ctl.syntax.regex import Pattern
from ctl.syntax.scopes import UNKNOWN, Scopes
from ctl.syntax.source import Source
from ctl.syntax.tree import (
    Assign,
    Call,
    Case,
    Conditional,
    Constant,
    Index,
    Name,
    Node,
    Several,
    Unary,
)
from ctl.syntax.untaken import FUNCTIONS, Untaken
from ctl.syntax.wasted import wasted


class Statements(Untaken):
    """Evaluates statements.

    Args:
        source: the text.
        context: see `Context`.
    """

    def __init__(self, source: Source, context: Context) -> None:
        super().__init__(source, context)
        self.sources: dict[str, str] = {}
        self._depth = 0
        self._unread: frozenset[str] = frozenset()
        self._broken = self._evaluates = False
        self._branches = 0

    def read_text(self, source: Source, known: frozenset[str]) -> None:
        """Parse and evaluate a text.

        Args:
            source: the text.
            known: the local variables that it can see.
        """
        statements, parser = parse(source, self.context.limits, self.context.roots, known)
        self._broken = bool(parser.mistakes)
        for mistake in parser.mistakes:
            self.note(mistake)
        for start, end, _ in parser.joined:
            message = "this string is joined to the one before it; a comma may be missing"
            span = source.span(start, end)
            self.note(Diagnostic(Severity.WARNING, "joined-strings", message, span))
        self._unread = frozenset(parser.unread)
        self.shapes.lasting = self.shapes.lasting or bool(parser.locals or parser.has_blocks)
        self.run(statements)
        self._warn_unread(source, parser.unread)

    def never_read(self, name: str) -> bool:
        """Tell whether nothing in the text reads a local variable."""
        return name in self._unread

    def _warn_unread(self, source: Source, unread: dict[str, tuple[int, int]]) -> None:
        if self._broken or self._evaluates:
            return  # what follows a mistake, or stands in the environment, may use them
        for name, (start, end) in unread.items():
            if name.startswith("_") or name in self.context.roots or not self.scopes.get(name).known:
                continue
            near = closest(name, self.context.roots)
            help = f"did you mean the setting {near}, which is written without =?" if near else "remove it"
            message = f"the local variable {name} is never used; it sets nothing"
            span = source.span(start, end)
            self.note(Diagnostic(Severity.WARNING, "unused-local", message, span, help))

    def run(self, statements: list[Node]) -> None:
        """Evaluate a text's statements; each mistake ends its own statement alone."""
        for statement in statements:
            self.shapes.clear()
            self.tainted = False
            try:
                self._attempt(statement)
            except Jumped as jump:
                message = f"{jump.word} can stand only in a block"
                self.report(Mistake(statement.start, statement.end, "unexpected", message))
            except RecursionError:
                self.report(Mistake(statement.start, statement.end, "limit", "this is nested too deeply"))
            except Exhausted as limit:
                if self._depth:
                    raise
                message = f"{limit}; what follows was not read"
                self.report(Mistake(statement.start, statement.end, "limit", message))
                return

    def _attempt(self, statement: Node, *, wanted: bool = False) -> tuple[bool, Any]:
        """Evaluate a statement: whether that worked, and its value."""
        try:
            return True, self._wanted(statement) if wanted else self._statement(statement)
        except Mistake as mistake:
            self.report(mistake)
        except Refusal as refusal:
            place = statement.start, statement.end
            self.report(Mistake(*place, refusal.code, refusal.message, refusal.help))
        except Poisoned:
            pass
        return False, None

    def body(self, statements: list[Node], *, wanted: bool = True) -> Any:
        """Evaluate the statements of a branch or a block; the value is that of the last one.

        Args:
            statements: the statements.
            wanted: whether somebody takes the value.

        Raises:
            Poisoned: at least one of them is wrong, which has been reported.
        """
        outer, good, value = self.tainted, True, None
        for statement in statements:
            self.tainted = False
            self.spend(1)
            worked, value = self._attempt(statement, wanted=wanted and statement is statements[-1])
            good = good and worked
        self.tainted = self.tainted or outer
        if not good:
            raise Poisoned
        return value

    def _wanted(self, node: Node) -> Any:
        return self._command(node) if isinstance(node, Call) and node.receiver is None else self.value(node)

    def _statement(self, node: Node) -> Any:
        if isinstance(node, Assign):
            return self.assign(node)
        if isinstance(node, Call) and node.receiver is None:
            return self._unless_wasted(self._command(node), node)
        if isinstance(node, Conditional):
            return self.conditional(node, wanted=False)
        if isinstance(node, Case):
            return self.case(node, wanted=False)
        if isinstance(node, Name) and not node.local:
            return self._lonely(node)
        if isinstance(node, Index) and (located := self.path_of(node)) is not None:
            place = node.start, node.end
            message = f"{setting_name(located[0])} is given no value"
            raise Mistake(*place, "missing-value", message, "write = and the value")
        useless = wasted(node)
        if useless is None or (self._broken and isinstance(node, Call) and node.block is not None):
            # A block may have lost the statement that had an effect to a mistake that is told already.
            return self.value(node)
        self._without_remarks(node)
        raise useless

    def _unless_wasted(self, value: Any, node: Call) -> Any:
        useless = None if node.name in self.context.roots else wasted(node)
        if useless is not None:
            raise useless
        return value

    def _without_remarks(self, node: Node) -> None:
        """Evaluate what has no effect: an error in it is told instead, a mere remark is not."""
        own, stored = len(self.diagnostics), len(self.store.diagnostics)
        self.value(node)
        del self.diagnostics[own:], self.store.diagnostics[stored:]

    def _lonely(self, node: Name) -> None:
        name = node.name
        if name in self.context.roots:
            message = f"{name} is given no value"
            raise Mistake(node.start, node.end, "missing-value", message, f"write {name} 'value'")
        if name in ("puts", "print", "p", "pp"):
            return
        self.unknown(name, node.start, node.end)

    def _command(self, node: Call) -> Any:
        name = node.name
        if name not in self.context.roots or name == "node":
            if self.functions.knows(name) or name in FUNCTIONS:
                return self.call(node)
            self.unknown(name, node.name_start, node.name_end)
        if node.block is not None:
            raise Mistake(node.block.start, node.block.end, "unexpected", f"{name} takes no block")
        arguments = self.arguments(node)
        if not arguments:
            message = f"{name} is given no value"
            raise Mistake(node.start, node.end, "missing-value", message, f"write {name} 'value'")
        first, last = node.arguments[0], node.arguments[-1]
        value = arguments[0] if len(arguments) == 1 else arguments
        place = self.source.span(first.start, last.end)
        key = self.source.span(node.name_start, node.name_end)
        tainted = self.tainted and self.all_tainted(value)
        self.store.put(self.store.values, (name,), value, key, place, tainted=tainted)
        return value

    def _branch(self, statements: list[Node], wanted: bool) -> Any:
        outer = self.store.branch
        self._branches += 1
        self.store.branch = (*outer, self._branches)
        try:
            return self.body(statements, wanted=wanted)
        finally:
            self.store.branch = outer

    def conditional(self, node: Conditional, *, wanted: bool = True) -> Any:
        """Evaluate a condition and the branch that it chooses."""
        # An elsif is a condition in the other branch; a long chain is walked, not recursed into.
        while True:
            try:
                holds = self.decide(node.condition) == (node.word == "if")
            except (Mistake, Poisoned):
                self._forget_locals([*node.body, *node.other])
                raise
            self.passed(node.other if holds else node.body, wanted=wanted)
            if holds:
                return self._branch(node.body, wanted)
            only = node.other[0] if len(node.other) == 1 else None
            if not isinstance(only, Conditional):
                return self._branch(node.other, wanted)
            node = only

    def case(self, node: Case, *, wanted: bool = True) -> Any:
        """Evaluate a choice and the branch that it names."""
        outer = self.tainted
        try:
            subject = None if node.subject is None else self.value(node.subject)
            fits = self._any_holds if node.subject is None else self._chosen
            chosen = next((body for values, body in node.branches if fits(values, subject)), node.other)
        except (Mistake, Poisoned):
            for _, body in node.branches:
                self._forget_locals(body)
            raise
        self.tainted = outer
        for body in [*(body for _, body in node.branches), node.other]:
            if body is not chosen:
                self.passed(body, wanted=wanted)
        return self._branch(chosen, wanted)

    def _any_holds(self, values: list[Node], subject: None) -> bool:
        for node in values:
            is_splat = isinstance(node, Unary) and node.sign == "*"
            if any(map(truthy, self.value(node))) if is_splat else self.decide(node):
                return True
        return False

    def _chosen(self, values: list[Node], subject: Any) -> bool:
        for node in values:
            if isinstance(node, Constant):
                fits = methods.belongs(subject, node.name)
                if fits is None:
                    self.refuse(node, Refusal("unknown-name", f"{node.name} is not known here"))
            elif isinstance(node, Unary) and node.sign == "*":
                there = self.value(node)
                fits = any(comparing.matches(item, subject, self.context.limits) for item in there)
            else:
                fits = self._fits(node, subject)
            if fits:
                return True
        return False

    def _fits(self, node: Node, subject: Any) -> bool:
        pattern = self.value(node)
        if isinstance(pattern, Pattern) and isinstance(subject, str):
            self.match_tainted = self.tainted
            return self.checked(node, lambda: searching.match(subject, pattern, self.world)) is not None
        fits: bool = self.checked(node, lambda: comparing.matches(pattern, subject, self.context.limits))
        return fits

    def _forget_locals(self, statements: list[Node]) -> None:
        """Note that the variables of branches are not known, as nobody knows which branch is taken."""
        for node in statements:
            if isinstance(node, Assign) and isinstance(node.target, Name):
                self.scopes.assign(node.target.name, UNKNOWN)
            elif isinstance(node, Several):
                for target in node.targets:
                    if isinstance(target, Name):
                        self.scopes.assign(target.name, UNKNOWN)
            elif isinstance(node, Conditional):
                self._forget_locals([*node.body, *node.other])

    def from_file(self, node: Call, path: Any) -> None:
        """Read another settings file in this place, with variables of its own."""
        if not isinstance(path, str):
            self.refuse(node, Refusal("wrong-type", "from_file takes the path of a file"))
        text = self.checked(node, lambda: self.functions.read(str(path)))
        if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            self.refuse(node, Refusal("not-utf-8", "the file is not UTF-8"))
        self._nested(node, Source(str(path), text), Scopes(), frozenset())

    def evaluate_text(self, node: Call) -> None:
        """Evaluate the settings that a variable of the environment holds; they see the variables here."""
        self._evaluates = True
        if len(node.arguments) != 1:
            self.refuse(node, Refusal("wrong-arguments", "eval takes one text"))
        text = self.arguments(node)[0]
        if not isinstance(text, str):
            self.refuse(
                node, Refusal("wrong-type", "the environment variable is not set", "write eval ENV['X'].to_s")
            )
        inner = node.arguments[0]
        name = self.source.text[inner.start : inner.end].partition("]")[0].partition(".to_s")[0]
        shown = f"{name}]" if name.startswith("ENV[") else name
        self._nested(node, Source(shown, text), self.scopes, frozenset(self.scopes.names()))

    def _nested(self, node: Node, source: Source, scopes: Scopes, known: frozenset[str]) -> None:
        if self._depth >= self.context.limits.include_depth:
            most = self.context.limits.include_depth
            self.refuse(node, Refusal("limit", f"settings files read each other more than {most} deep"))
        if len(source.text) > self.context.limits.text:
            self.refuse(
                node, Refusal("limit", f"the text has more than {self.context.limits.text} characters")
            )
        saved = self.source, self.scopes, self.blocks, self.shapes.lasting, self._unread
        self.sources[source.file] = source.text
        self.source = self.store.source = source
        self.scopes = scopes
        self.shapes.lasting = True
        self._depth += 1
        try:
            self.read_text(source, known)
        finally:
            self._depth -= 1
            self.source, self.scopes, self.blocks, self.shapes.lasting, self._unread = saved
            self.store.source = self.source
            self.tainted = False
