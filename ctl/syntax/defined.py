"""What ``defined?`` answers; the value behind it is not evaluated."""

from __future__ import annotations

from ctl.syntax import wording
from ctl.syntax.mistake import Refusal
from ctl.syntax.tree import Constant, Group, Index, Literal, Name, Node, Unary


def defined(node: Node, roots: frozenset[str]) -> str | None:
    """Name the sort of an expression as Ruby does; None for a name that means nothing.

    Args:
        node: what stands behind the word.
        roots: the names of the top level.

    Raises:
        Refusal: several values stand there.
    """
    if isinstance(node, Group):
        if len(node.body) != 1:
            raise Refusal("unexpected", "defined? takes one value")
        node = node.body[0]
    if isinstance(node, Name):
        if node.local:
            return "local-variable"
        return "method" if node.name in roots else None
    if isinstance(node, Constant):
        return "constant" if node.name in wording.CONSTANTS else None
    if isinstance(node, Index):
        return "method"
    again = isinstance(node, Unary) and node.sign == "defined?"
    return "expression" if isinstance(node, Literal) or again else "method"
