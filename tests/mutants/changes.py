"""What is changed in a module: each mutant differs from it in one place."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Change = Callable[[Any], ast.AST | None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one thing changed.

    Args:
        line: where, in the original.
        what: what was done there.
        source: the whole changed module.
    """

    line: int
    what: str
    source: str


def mutants_of(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    spots = [spot for node in ast.walk(tree) for spot in _spots(node)]
    order = {id(node): place for place, node in enumerate(ast.walk(tree))}
    for node, what, change in sorted(spots, key=lambda spot: getattr(spot[0], "lineno", 0)):
        changed = copy.deepcopy(tree)
        target = list(ast.walk(changed))[order[id(node)]]
        _Replace(target, change(target)).visit(changed)
        ast.fix_missing_locations(changed)
        yield Mutant(getattr(node, "lineno", 0), what, ast.unparse(changed))


def _spots(node: ast.AST) -> Iterator[tuple[ast.AST, str, Change]]:
    """Yield what can be changed at one node: the node, words for it, and the change."""
    text = ast.unparse(node).split("\n")[0] if isinstance(node, ast.expr | ast.stmt) else ""
    match node:
        case ast.Expr(value=ast.Call() | ast.Yield()):
            yield node, f"without: {text}", lambda _: ast.Pass()
        case ast.Raise():
            yield node, f"without: {text}", lambda _: ast.Pass()
        case ast.BinOp(op=ast.BitOr()) if "|" in text and not _is_type(node):
            yield node, f"left side alone: {text}", _left
            yield node, f"right side alone: {text}", _right
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield node, f"left side alone: {text}", _left
        case ast.Compare(ops=[_]):
            yield node, f"the contrary: {text}", _negated
            if isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                yield node, f"beside the limit: {text}", _beside
        case ast.BoolOp():
            yield node, f"and for or: {text}", _swapped
        case ast.UnaryOp(op=ast.Not()):
            yield node, f"without not: {text}", lambda target: target.operand
        case ast.If() | ast.IfExp() | ast.While():
            yield node, f"never: {text}", _never
        case ast.With():
            yield node, f"without the context: {text}", _bare
        case ast.Constant(value=bool()):
            yield node, f"the contrary: {text}", lambda target: ast.Constant(not target.value)
        case ast.Constant(value=int() | float()):
            yield node, f"one more: {text}", lambda target: ast.Constant(target.value + 1)


def _is_type(node: ast.BinOp) -> bool:
    """Tell whether ``a | b`` is a union of types."""
    sides = (node.left, node.right)
    return any(isinstance(side, ast.Constant) and side.value is None for side in sides) or all(
        isinstance(side, ast.Name) and side.id[:1].isupper() and not side.id.isupper() for side in sides
    )


def _left(target: ast.AST) -> ast.AST:
    assert isinstance(target, ast.BinOp)
    return target.left


def _right(target: ast.AST) -> ast.AST:
    assert isinstance(target, ast.BinOp)
    return target.right


def _negated(target: ast.AST) -> ast.AST:
    assert isinstance(target, ast.expr)
    return ast.UnaryOp(ast.Not(), copy.copy(target))


def _beside(target: ast.AST) -> ast.AST:
    assert isinstance(target, ast.Compare)
    beside = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
    return ast.Compare(target.left, [beside[type(target.ops[0])]()], target.comparators)


def _swapped(target: ast.AST) -> ast.AST:
    assert isinstance(target, ast.BoolOp)
    return ast.BoolOp(ast.And() if isinstance(target.op, ast.Or) else ast.Or(), target.values)


def _never(target: ast.AST) -> ast.AST:
    changed = copy.copy(target)
    assert isinstance(changed, ast.If | ast.IfExp | ast.While)
    changed.test = ast.Constant(False)
    return changed


def _bare(target: ast.AST) -> ast.AST:
    assert isinstance(target, ast.With)
    names: list[ast.stmt] = [
        ast.Assign([item.optional_vars], item.context_expr) for item in target.items if item.optional_vars
    ]
    return ast.If(ast.Constant(True), [*names, *target.body], [])


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, by: ast.AST | None) -> None:
        self.target, self.by = target, by

    def visit(self, node: ast.AST) -> ast.AST | None:
        return self.by if node is self.target else self.generic_visit(node)
