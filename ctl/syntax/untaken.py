"""Looks at what is not evaluated this time: branches that are not taken, blocks without a round.

Ruby says nothing of a word without quotes in a branch until that branch is taken, on another machine or
with another environment. It is a warning here, because the file means what it means without that branch.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ctl.diagnostics.model import Severity
from ctl.syntax import wording
from ctl.syntax.assigning import Assignments
from ctl.syntax.mistake import Mistake
from ctl.syntax.tree import Assign, Call, Case, Conditional, Constant, Index, Name, Node, Several, Unary
from ctl.syntax.wasted import wasted

FUNCTIONS = frozenset({"from_file", "eval", "puts", "print", "p", "pp", "printf", "warn"})
_NOT_NOW = "what stands here is not evaluated this time"


class Untaken(Assignments):
    """Checks names without evaluating what they stand in; see `References` for the arguments."""

    def not_taken(self, nodes: list[Node], around: Node | None = None) -> None:
        """Warn of names that would be a mistake if these nodes were evaluated."""
        places = {(self.source.file, node.start, node.end): node for node in nodes}
        fresh = [(node, around) for place, node in places.items() if place not in self.passed_over]
        self.passed_over.update(places)
        for node, parent in _walk(fresh):
            try:
                self._check(node, parent)
            except Mistake as mistake:
                self._warn_untaken(mistake)

    def passed(self, statements: list[Node], *, wanted: bool) -> None:
        """Look at the statements of a branch or a block that is not taken.

        Args:
            statements: the statements.
            wanted: whether somebody would take the value of the last one.
        """
        self.not_taken(statements)
        for node in statements[:-1] if wanted else statements:
            if isinstance(node, Conditional):
                self.passed(node.body, wanted=False)
                self.passed(node.other, wanted=False)
            elif (useless := wasted(node)) is not None:
                self._warn_untaken(useless)

    def _warn_untaken(self, mistake: Mistake) -> None:
        diagnostic = mistake.diagnostic(self.source)
        message = f"{diagnostic.message} ({_NOT_NOW})"
        self.note(replace(diagnostic, severity=Severity.WARNING, message=message))

    def _check(self, node: Node, parent: Node | None) -> None:
        if isinstance(node, Name) and not node.local:
            self._check_name(node, parent)
        elif isinstance(node, Constant) and node.name not in wording.CONSTANTS:
            self.refuse(node, wording.no_value(node.name))
        elif isinstance(node, Call) and node.receiver is None:
            known = node.name in self.context.roots or node.name in FUNCTIONS
            if not known and not self.functions.knows(node.name):
                self.unknown(node.name, node.name_start, node.name_end)

    def _check_name(self, node: Name, parent: Node | None) -> None:
        name = node.name
        if isinstance(parent, Several) or (isinstance(parent, Assign) and parent.target is node):
            self.is_root(node)
            return
        if name in self.context.roots or (parent is None and name in FUNCTIONS):
            return
        if parent is None or (isinstance(parent, Index) and parent.target is node):
            self.unknown(name, node.start, node.end)
        self.refuse(node, wording.forbidden_call(name) or wording.no_value(name))


def _walk(waiting: list[tuple[Node, Node | None]]) -> Iterator[tuple[Node, Node | None]]:
    """Visit nodes and all below them with the node above each; without recursion, as chains can be long."""
    while waiting:
        node, parent = waiting.pop()
        yield node, parent
        if isinstance(node, Unary) and node.sign == "defined?":
            continue
        for field in node.__struct_fields__:
            waiting += [
                (child, node) for child in _nodes(getattr(node, field)) if not _names_class(child, node)
            ]


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _nodes(part)


def _names_class(node: Node, parent: Node) -> bool:
    """Tell whether a constant may be the name of a class: ``x.is_a?(Hash)``, ``when Integer``."""
    return isinstance(node, Constant) and isinstance(parent, Case | Call | Index)
