"""Statements that Ruby evaluates for nothing: no setting, no variable and no file has anything of them.

Ruby says nothing of ``registry['storage'] == { … }``, and images go to the local disk. Whether a statement
has an effect shows in its text alone, so that branches that are not taken are judged by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from ctl.syntax import changes, comparing
from ctl.syntax.mistake import Mistake
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

WALKS = frozenset(
    """
    each each_entry each_with_index each_slice each_cons each_with_object each_index each_pair each_key
    each_value each_line each_char reverse_each times upto downto step
    """.split()  # noqa: SIM905 - as a list it would take a line a word
)
"""Methods that do nothing with the value of their block."""
_COMPARES = comparing.EQUALITY | comparing.ORDERING | {"!~", "<=>"}
# What these leave behind is no value: what was found ($1), what must not change, an error where nothing is.
_LEAVES = frozenset({"match", "freeze", "fetch"})
_PURE_FUNCTIONS = frozenset({"String", "Array", "format", "sprintf"})
_READS = frozenset({"read", "readlines", "load", "safe_load", "load_file", "safe_load_file", "parse"})
_NO_SETTING = "this value belongs to no setting"
_LITERALS = (Literal, Interpolated, TextBlock, Array, Hash, Symbol, Regex, Constant, Variable)


def wasted(node: Node) -> Mistake | None:
    """Say of a statement whose value nobody takes why it does nothing; None where it has an effect."""
    if isinstance(node, Group):
        return wasted(node.body[-1]) if node.body else None
    if isinstance(node, Binary) and node.sign in ("&&", "||"):
        return _deciding(node)
    if isinstance(node, Ternary):
        return _ternary(node)
    if isinstance(node, Conditional | Case) or any(map(_affects, _within(node))):
        return None
    if isinstance(node, Binary):
        return _binary(node)
    if isinstance(node, Call):
        return _call(node)
    if isinstance(node, Name):
        message = f"{node.name} stands here by itself, which does nothing"
        return _waste(node, message, f"write {node.name} = and a value, or remove it")
    if isinstance(node, Index):
        return _index(node)
    if isinstance(node, _LITERALS):
        return Mistake(node.start, node.end, "unexpected", _NO_SETTING, _belongs(node))
    return _waste(node, "this makes a value that nothing uses")


def _waste(node: Node, message: str, help: str = "give it to a setting, or remove it") -> Mistake:
    return Mistake(node.start, node.end, "no-effect", message, help)


def _belongs(node: Node) -> str:
    return "a comma, = or => may be missing on the line before it" if _loose(node) else "remove it"


def _loose(node: Node) -> bool:
    return isinstance(node, Literal | Interpolated | TextBlock | Array | Hash)


def _deciding(node: Binary) -> Mistake | None:
    """Judge ``a && b``: it is written for the sake of what stands on the right."""
    mistake = wasted(node.right)
    if mistake is None:
        return None
    place = node.sign_start, node.sign_start + 2
    if node.sign == "||" and isinstance(node.left, Assign):
        # Behind = only the word can stand so; || would belong to the value.
        message = "= binds more strongly than or: this value is given to nothing"
        return Mistake(*place, "no-effect", message, "write || for or")
    shown = _shown(node.left)
    if node.sign == "||" and shown and _loose(node.right):
        message = "|| chooses between two values and sets nothing"
        return Mistake(*place, "no-effect", message, f"write {shown} = …")
    return mistake


def _ternary(node: Ternary) -> Mistake | None:
    sides = [wasted(node.yes), wasted(node.no)]
    if None not in sides:
        return _waste(node, "neither side of this ? : sets anything", "write the setting and = before it")
    # nil may stand for "else nothing"; what compares is a slip on either side.
    return next((side for side in sides if side is not None and side.code == "no-effect"), None)


def _binary(node: Binary) -> Mistake:
    sign, shown = node.sign, _shown(node.left)
    place = node.sign_start, node.sign_start + len(sign)
    if sign in _COMPARES:
        help = "write = to set it" if shown or sign in comparing.EQUALITY else "remove it"
        return Mistake(*place, "no-effect", f"{sign} compares and sets nothing", help)
    message = f"{sign} makes a new value and sets nothing"
    help = f"write {shown} {sign}= … to change it" if shown else "give it to a setting, or remove it"
    return Mistake(*place, "no-effect", message, help)


def _index(node: Index) -> Mistake:
    shown = _shown(node)
    if shown:
        return Mistake(
            node.start, node.end, "missing-value", f"{shown} is given no value", "write = and the value"
        )
    return _waste(node, "this reads a value that nothing uses")


def _call(node: Call) -> Mistake | None:
    if node.receiver is None:
        if node.name not in _PURE_FUNCTIONS:
            return None
        return Mistake(node.name_start, node.name_end, "no-effect", _useless(node.name))
    place = node.name_start, node.name_end
    if isinstance(node.receiver, Constant):
        whole = f"{node.receiver.name}.{node.name}"
        help = "from_file 'PATH' reads a file of settings" if node.name in _READS else None
        return Mistake(node.receiver.start, node.name_end, "no-effect", _useless(whole), help)
    if node.name in WALKS and node.block is not None and node.block.body:
        return None  # what stands in its block is judged there
    if node.name in WALKS:
        return Mistake(
            *place, "no-effect", f".{node.name} does nothing here", "write in its block what to set"
        )
    shown = _shown(node.receiver)
    own = f"{node.name}!"
    if shown and own in changes.TABLE:
        help = f"write {shown}.{own} to change it"
    else:
        help = f"write {shown} = {shown}.{node.name} …" if shown else "give it to a setting, or remove it"
    return Mistake(*place, "no-effect", _useless(f".{node.name}"), help)


def _useless(name: str) -> str:
    return f"{name} gives a value that nothing uses; it changes and sets nothing"


def _shown(node: Node) -> str | None:
    """Write a setting or a variable as the file does; None for everything else."""
    keys: list[str] = []
    while isinstance(node, Index):
        key = node.arguments[0]
        if len(node.arguments) != 1 or not isinstance(key, Literal):
            return None
        keys.append(f"[{key.value}]" if isinstance(key.value, int) else f"['{key.value}']")
        node = node.target
    name = node.name if isinstance(node, Name | Constant) and getattr(node, "name", "") != "ENV" else None
    return name and name + "".join(reversed(keys))


def _affects(node: Node) -> bool:
    """Tell whether a node by itself changes, sets or prints something, or ends a round."""
    if isinstance(node, Assign | Several | Jump | Command | Broken):
        return True
    if isinstance(node, Binary):
        return node.sign in ("<<", "=~")
    if isinstance(node, Name):
        return not node.local and node.name in ("puts", "print", "p", "pp")
    if not isinstance(node, Call):
        return False
    if node.receiver is None:
        return node.name not in _PURE_FUNCTIONS
    return node.name.endswith("!") or node.name in changes.TABLE or node.name in _LEAVES


def _within(node: Node) -> Iterator[Node]:
    """Yield a node and all that is in it; without recursion, as chains can be long."""
    waiting: list[object] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Node):
            if isinstance(part, Unary) and part.sign == "defined?":
                continue
            yield part
            waiting += [getattr(part, field) for field in part.__struct_fields__]
        elif isinstance(part, list | tuple):
            waiting += part
