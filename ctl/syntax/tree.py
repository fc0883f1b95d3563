"""What the parser makes of the tokens: one class a construct of the language.

Every node knows its place as two offsets. The classes are not frozen for speed alone; nobody changes a
node once it is parsed.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Node(Struct):
    """A construct and where it stands."""

    start: int
    end: int


class Literal(Node):
    """nil, true, false, a number, or a string without code in it."""

    value: bool | int | float | str | None


class Broken(Node):
    """What is wrong and has been reported."""


class Symbol(Node):
    """``:name``, or the key before a colon in a hash."""

    name: str


class Interpolated(Node):
    """A string with code in it; each part is text or the code's statements."""

    parts: list[str | list[Node]]


class TextBlock(Node):
    """A string of several lines whose text stands elsewhere: ``body`` is its first line's offset."""

    content: Literal | Interpolated
    body: int


class Array(Node):
    """``[a, b]``, ``%w(a b)``."""

    items: list[Node]


class Hash(Node):
    """``{ 'a' => 1, b: 2 }``."""

    pairs: list[tuple[Node, Node]]
    braces: bool


class Name(Node):
    """A name by itself: a setting, a local variable or a call without arguments.

    Args:
        name: the name.
        local: whether it was assigned on the way to here, be it in a branch that is not taken.
    """

    name: str
    local: bool = False


class Constant(Node):
    """A name that begins with a capital: ``ENV``, ``File``."""

    name: str


class Variable(Node):
    """``$name`` or ``@name``."""

    name: str


class Index(Node):
    """``target[arguments]``."""

    target: Node
    arguments: list[Node]


Parameter: TypeAlias = "str | list[Parameter]"
"""What a block calls its arguments; a list takes an array apart, a star before a name takes the rest."""


class Block(Node):
    """``{ |a, b| ... }`` or ``do |a, b| ... end``.

    Args:
        parameters: see `Parameter`.
        own: the parameters and the names that are assigned here first; they end with the block.
        body: the statements.
    """

    parameters: list[Parameter]
    own: frozenset[str]
    body: list[Node]


class Call(Node):
    """``receiver.name(arguments) { block }``, ``name arguments``; ``safe`` is the call with ``&.``."""

    receiver: Node | None
    name: str
    arguments: list[Node]
    name_start: int
    name_end: int
    block: Block | None
    safe: bool = False


class Unary(Node):
    """``-a``, ``!a``, ``not a``, ``*a``, ``**a``, ``&a``, ``defined? a``; ``:`` makes a symbol."""

    sign: str
    operand: Node


class Binary(Node):
    """``left sign right``; ``and`` and ``or`` are ``&&`` and ``||`` by then."""

    sign: str
    left: Node
    right: Node
    sign_start: int


class Ternary(Node):
    """``condition ? yes : no``."""

    condition: Node
    yes: Node
    no: Node


class Assign(Node):
    """``target = value``, or ``target sign= value``."""

    target: Node
    sign: str
    value: Node


class Several(Node):
    """``a, b = 1, 2``; a target can be a `Unary` with a star, or a `Several` without values."""

    targets: list[Node]
    values: list[Node]


class Jump(Node):
    """``next`` or ``break`` in a block."""

    word: str
    value: Node | None


class Case(Node):
    """``case subject``, a list of ``when values`` with their statements, and those of ``else``.

    Without a subject, the first value that counts as true decides.
    """

    subject: Node | None
    branches: list[tuple[list[Node], list[Node]]]
    other: list[Node]


class Conditional(Node):
    """``if``, ``unless``, their modifiers, and the ternary's long form.

    Args:
        word: ``if`` or ``unless``.
        condition: what decides.
        body: the statements of the first branch.
        other: the statements of the other branch; an ``elsif`` is a `Conditional` by itself in it.
    """

    word: str
    condition: Node
    body: list[Node]
    other: list[Node]


class Regex(Node):
    """``/pattern/flags``; the pattern as it is written."""

    pattern: str
    flags: str


class Command(Node):
    """A command between backticks."""

    text: str | None


class Group(Node):
    """Statements in parentheses."""

    body: list[Node]
