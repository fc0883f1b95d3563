"""Templates rendered: undefined names are errors, and nothing is printed without a filter.

What they become is kept with the code, in the directory ``compiled``: to compile templates takes longer than
to render them. It is made by ``make generate``, and a test holds it against the sources.
"""

from __future__ import annotations

from functools import cache

from ctl.render.runtime import Environment, Template


@cache
def _environment() -> Environment:
    from ctl.render.compiled import MODULES

    made = Environment({module.name: module.root for module in MODULES})
    for module in MODULES:
        vars(module)["environment"] = made
    return made


def template(name: str) -> Template:
    """Return a template, such as ``registry/config.yml.j2``.

    Raises:
        LookupError: there is none of that name.
    """
    return _environment().get_template(name)


def render_template(name: str, **values: object) -> str:
    """Render a template, such as ``registry/config.yml.j2``.

    Raises:
        ctl.render.quoting.Unrepresentable: a value has no exact form in the target's syntax.
    """
    return template(name).render(values)
