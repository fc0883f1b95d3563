"""What is declared of every setting, read off the declaration itself.

The documents, the JSON Schemas, the complete example, ``ctl explain`` and ``ctl show-config`` are made from
these entries, so that none of them can say anything else than what is validated and rendered.
"""

from __future__ import annotations

import ast
import inspect
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import BaseModel, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ctl.settings.model import Settings
from ctl.settings.shapes import Shape, shape_of
from ctl.syntax.model import SettingPath

ANY = "*"
"""Stands in a path for the places of an array, and for the keys of a hash whose keys are free."""
CONFIG = "config.yml:"

_PLAIN = {
    bool: Shape("true or false", {"type": "boolean"}),
    int: Shape("whole number", {"type": "integer"}),
    float: Shape("number", {"type": "number"}),
    str: Shape("string", {"type": "string"}, (), "text"),
    SecretStr: Shape("secret string", {"type": "string"}),
}
_ANYTHING = Shape("anything", {})


class Kind(Struct, frozen=True):
    """The type of a setting, or of what it holds.

    Args:
        shape: its look where it is a single value.
        section: the section where it is one.
        keys: the kind of the keys of a hash whose keys are free.
        inner: the kind of an array's entries, or of a hash's values.
        alternatives: further kinds that are possible instead.
        lone: whether one entry may stand for an array of one.
        nullable: whether nil has a meaning of its own.
    """

    shape: Shape | None = None
    section: type[BaseModel] | None = None
    keys: Kind | None = None
    inner: Kind | None = None
    alternatives: tuple[Kind, ...] = ()
    lone: bool = False
    nullable: bool = False

    @property
    def words(self) -> str:
        """The type in the words of the documentation."""
        if self.alternatives:
            return " or ".join(dict.fromkeys(kind.words for kind in (self.plain, *self.alternatives)))
        if self.shape is not None:
            return self.shape.words
        if self.section is not None:
            return "hash"
        inner = self.inner.words if self.inner else "anything"
        return f"hash of {inner}" if self.keys else f"array of {inner}"

    @property
    def plain(self) -> Kind:
        """This kind without its alternatives."""
        return replace(self, alternatives=())

    @property
    def secret(self) -> bool:
        """Whether it is a secret by its type."""
        return self.shape is not None and self.shape.words.startswith("secret")


class Entry(Struct, frozen=True):
    """What is declared of one setting.

    Args:
        path: its place; `ANY` stands for the places of an array and for free keys.
        kind: its type.
        default: None where it is derived, required or simply not there.
        required: whether its section must have it.
        optional: whether it is a section that need not be there.
        doc: its docstring.
        since: the first version of GitLab's Linux package that had it; empty for always.
        output: what it becomes, such as ``config.yml:http.addr``; empty where it is no single place.
    """

    path: SettingPath
    kind: Kind
    default: Any
    required: bool
    optional: bool
    doc: str
    since: str
    output: str

    @property
    def name(self) -> str:
        """Its own name."""
        return str(self.path[-1])

    @property
    def dotted(self) -> str:
        """Its path with dots: ``registry.storage.s3.bucket``."""
        return ".".join(map(str, self.path))

    @property
    def is_section(self) -> bool:
        """Whether it is a hash with settings of its own; an array of such hashes is none."""
        return self.kind.section is not None

    @property
    def has_children(self) -> bool:
        """Whether settings lie in it, at whatever depth."""
        return section_below(self.kind)[0] is not None


@cache
def entries() -> tuple[Entry, ...]:
    """Return every declared setting, a section before what is in it, in the order of declaration."""
    return tuple(_entries(Settings, (), ""))


def children(prefix: SettingPath) -> list[Entry]:
    """Return the settings that lie directly in a section, in an array's entries or under free keys."""
    inside = [
        entry for entry in entries() if len(entry.path) > len(prefix) and entry.path[: len(prefix)] == prefix
    ]
    depth = min((len(entry.path) for entry in inside), default=0)
    return [entry for entry in inside if len(entry.path) == depth]


def section_below(kind: Kind) -> tuple[type[BaseModel] | None, int]:
    """Return the section that a kind holds, and in how many arrays and hashes it lies."""
    depth = 0
    inner: Kind | None = kind
    while inner is not None:
        if inner.section is not None:
            return inner.section, depth
        inner, depth = inner.inner, depth + 1
    return None, 0


def _entries(model: type[BaseModel], prefix: SettingPath, parent: str) -> Iterator[Entry]:
    docs = docstrings(model)
    for name, field in model.model_fields.items():
        entry = _entry((*prefix, name), field, docs.get(name, ""), parent)
        yield entry
        section, depth = section_below(entry.kind)
        if section is not None:
            inside = entry.output or (f"{parent}.{name}" if parent else "")
            yield from _entries(section, (*entry.path, *(ANY,) * depth), inside)


def _entry(path: SettingPath, field: FieldInfo, doc: str, parent: str) -> Entry:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind = kind_of(field.annotation, tuple(field.metadata))
    is_section = kind.section is not None
    absent = field.default is None or field.default is PydanticUndefined
    return Entry(
        path=path,
        kind=kind,
        default=None if absent or is_section else field.default,
        required=field.is_required(),
        optional=is_section and absent,
        doc=doc,
        since=str(extra.get("since", "")),
        output=_placed(str(extra.get("output", "")), parent),
    )


def _placed(output: str, parent: str) -> str:
    """Correct the place of a setting whose class is used, or inherited from, in several sections."""
    if not output.startswith(CONFIG) or not parent or f"{output}.".startswith(f"{parent}."):
        return output
    return f"{parent}.{output.rpartition('.')[2]}"


def kind_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> Kind:
    """Read the type of a setting off its annotation."""
    kinds = [_kind(base, more) for base, more in _alternatives(annotation, metadata)]
    first, *others = kinds
    # Two Python types with one validator are one kind.
    others = [kind for kind in others if kind.shape is None or kind.shape is not first.shape]
    nullable = type(None) in typing.get_args(annotation)
    return replace(first, alternatives=tuple(others), nullable=nullable)


def _kind(base: Any, metadata: tuple[Any, ...]) -> Kind:
    shape = shape_of(metadata)
    if shape is not None:
        return Kind(shape)
    if isinstance(base, type) and issubclass(base, BaseModel):
        return Kind(section=base)
    origin, given = typing.get_origin(base), typing.get_args(base)
    if origin is list:
        # A validator before an array's own takes one entry for an array of one.
        return Kind(
            inner=kind_of(given[0]),
            lone=any(isinstance(validator, BeforeValidator) for validator in metadata),
        )
    if origin is dict:
        return Kind(keys=kind_of(given[0]), inner=kind_of(given[1]))
    return Kind(_PLAIN.get(base, _ANYTHING))


def _alternatives(annotation: Any, metadata: tuple[Any, ...]) -> list[tuple[Any, tuple[Any, ...]]]:
    """Return what an annotation allows besides None, each with its metadata."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        base, *more = typing.get_args(annotation)
        return _alternatives(base, (*more, *metadata))
    if origin in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        return [pair for part in parts for pair in _alternatives(part, metadata)]
    return [(annotation, metadata)]


@cache
def docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the docstrings of a section's settings, those that it inherits included."""
    texts: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            texts |= _class_docstrings(base.__module__).get(base.__name__, {})
    return texts


@cache
def _class_docstrings(module: str) -> dict[str, dict[str, str]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, after in zip(node.body, node.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            yield statement.target.id, inspect.cleandoc(after.value.value)
