"""What compiled templates are rendered with: as much of Jinja's runtime as ours need.

Templates are written for Jinja, and compiled by it beforehand. To load all of Jinja takes longer than to
render them, and of what it loads they use little: names, attributes, filters, and what they include.
This behaves as Jinja with `jinja2.StrictUndefined` does; tests hold it against that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from ctl.render import quoting

Root = Callable[["Context"], Iterator[str]]


class UndefinedName(Exception):
    """A template uses something that it was not given."""


class TemplateRuntimeError(Exception):
    """A template uses a filter or a test that there is none of."""


class Quoted(str):
    """Text that went through a filter."""

    __slots__ = ()


class _Missing:
    """Stands for a name that a template was not given."""


missing = _Missing()
# What a condition without an else comes to; nothing is printed of it.
Undefined = None


def unquoted(value: object) -> str:
    """Refuse what a template prints without a filter; literal text and filtered values pass."""
    if isinstance(value, Quoted):
        return value
    raise TypeError("a template printed a value without a quoting filter")


def undefined(*, name: str) -> object:
    """Refuse what a template was not given.

    Raises:
        UndefinedName: always.
    """
    raise UndefinedName(f"'{name}' is undefined")


def internalcode(function: Callable[..., Any]) -> Callable[..., Any]:
    """Take a function as it is; Jinja leaves those out of its error messages."""
    return function


def str_join(parts: tuple[object, ...]) -> str:
    """Write values one behind the other."""
    return "".join(map(str, parts))


class Context(Struct, frozen=True):
    """The names that a template knows."""

    values: Mapping[str, Any]

    def resolve_or_missing(self, name: str) -> Any:
        """Return what stands behind a name."""
        return self.values.get(name, missing)

    def get_all(self) -> Mapping[str, Any]:
        """Return all names, for a template that is included."""
        return self.values

    def call(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call what a template calls."""
        return function(*given)


class Template(Struct, frozen=True):
    """A compiled template."""

    root_render_func: Root

    def new_context(self, values: Mapping[str, Any], shared: bool, locals: Mapping[str, Any]) -> Context:
        """Return the names that it knows where it is included."""
        return Context({**values, **locals})

    def render(self, values: Mapping[str, Any]) -> str:
        """Return its text."""
        return "".join(self.root_render_func(Context(values)))


FILTERS: Mapping[str, Callable[..., str]] = {
    "yaml": quoting.yaml_value,
    "nginx": quoting.nginx_string,
    "nginx_bare": quoting.nginx_bare,
    "nginx_words": quoting.nginx_words,
    "nginx_expression": quoting.nginx_expression,
    "nginx_listen": quoting.nginx_listen,
    "nginx_host_pattern": quoting.nginx_host_pattern,
    "shell": quoting.shell_word,
    "line": quoting.plain_line,
    "logrotate_logs": quoting.logrotate_logs,
    # For text that an administrator writes in the target's own syntax.
    "verbatim": str,
}


def quoting_filter(function: Callable[..., str]) -> Callable[[Any], Quoted]:
    """Return a filter that marks what it gives."""
    return lambda value: Quoted(function(value))


class Environment:
    """What templates share: filters, tests, and each other.

    Args:
        roots: the function that renders each template, by the template's name.
    """

    def __init__(self, roots: Mapping[str, Root]) -> None:
        self.roots = roots
        self.filters: dict[str, Callable[[Any], str]] = {
            **{name: quoting_filter(function) for name, function in FILTERS.items()},
            # Jinja's own, which names what a template joins.
            "string": lambda value: value if isinstance(value, str) else str(value),
        }
        self.tests: dict[str, Callable[[Any], bool]] = {"none": lambda value: value is None}
        self.undefined = undefined
        self.finalize = unquoted
        self.concat = "".join

    def get_template(self, name: str, parent: str | None = None) -> Template:
        """Return a template.

        Raises:
            LookupError: there is none of that name.
        """
        return Template(self.roots[name])

    def getattr(self, value: Any, name: str) -> Any:
        """Return what a template means by ``value.name``: an attribute, or else an entry.

        Raises:
            UndefinedName: there is neither.
        """
        try:
            return getattr(value, name)
        except AttributeError:
            pass
        try:
            return value[name]
        except (TypeError, LookupError):
            raise UndefinedName(f"'{type(value).__name__}' has no '{name}'") from None
