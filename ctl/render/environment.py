"""The one Jinja2 environment: undefined names are errors, and nothing is printed without a filter."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ctl.render import quoting

if TYPE_CHECKING:
    import jinja2


def _unquoted(value: object) -> str:
    """Refuse what a template prints without a filter; literal text and filtered values pass."""
    if isinstance(value, _Quoted):
        return value
    raise TypeError("a template printed a value without a quoting filter")


class _Quoted(str):
    """Text that went through a filter."""

    __slots__ = ()


FILTERS = {
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


@cache
def environment() -> jinja2.Environment:
    """Return the environment that every template is rendered in."""
    import jinja2

    from ctl.render.loading import Loader

    made = jinja2.Environment(
        loader=Loader(),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - no HTML; every value goes through a filter of its format
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_unquoted,
    )
    for name, function in FILTERS.items():
        made.filters[name] = lambda value, function=function: _Quoted(function(value))
    return made


def render_template(name: str, **values: object) -> str:
    """Render a template, such as ``registry/config.yml.j2``.

    Raises:
        ctl.render.quoting.Unrepresentable: a value has no exact form in the target's syntax.
    """
    return environment().get_template(name).render(values)
