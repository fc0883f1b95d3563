"""The reference of all settings as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.flavours.table import FLAVOURS
from ctl.settings.literals import literal
from ctl.settings.reference import Entry, children
from ctl.settings.remarks import NOT_RUN_FLAVOUR, flavour_name, remarks
from ctl.syntax.model import SettingPath
from ctl.syntax.model import written as spelled

_INTRODUCTION = """\
# Settings

Every setting that concerns the registry, made from its declaration by `make generate`. `ctl explain NAME`
shows the same at the prompt, and [examples/gitlab.rb](../examples/gitlab.rb) is a settings file that holds
all of them.

- *default* is what holds where the settings file says nothing; without one the setting is not there, or is
  derived from others as its description says.
- *becomes* is the place in a generated file: `config.yml:http.addr`, a directive of nginx's `vhost`.
- *since* is the first version of GitLab's Linux package that has the setting.
- A path with a `*` stands for every entry of an array, or every key of a hash.
- *not run* marks what was never tried with a real program and service behind it.

Flavours of the registry, as `ctl['registry_flavour']` names them:

"""
_HEAD = "| setting | meaning | type | default | becomes |\n|---|---|---|---|---|"


def settings_page() -> str:
    """Return the page."""
    lines = [f"- `{name}`: {flavour_name(name)}" for name in FLAVOURS]
    lines = [line.replace("(not run)", f"({NOT_RUN_FLAVOUR})") for line in lines]
    return _INTRODUCTION + "\n".join([*lines, "", *_section((), "Top level")]) + "\n"


def _section(path: SettingPath, doc: str) -> Iterator[str]:
    """Write a section's own settings as a table, then the sections in it."""
    inside = children(path)
    yield f"## {f'`{_written(path)}`' if path else doc}"
    yield ""
    if path:
        yield doc
        yield ""
    rows = [_row(entry) for entry in inside if not entry.is_section]
    if rows:
        yield _HEAD
        yield from rows
        yield ""
    for entry in inside:
        if entry.has_children:
            below = children(entry.path)
            notes = "".join(f" *{one[:1].upper()}{one[1:]}.*" for one in remarks(entry, inherited=False))
            yield from _section(below[0].path[:-1], entry.doc + notes)


def _row(entry: Entry) -> str:
    meaning = [entry.doc]
    if entry.required:
        meaning.append("Required.")
    if entry.since:
        meaning.append(f"Since {entry.since}.")
    meaning += [f"*{one[:1].upper()}{one[1:]}.*" for one in remarks(entry, inherited=False)]
    default = f"`{literal(entry.default)}`" if entry.default is not None else ""
    output = f"`{entry.output}`" if entry.output else ""
    cells = (f"`{_written(entry.path)}`", " ".join(meaning), entry.kind.words, default, output)
    return "| " + " | ".join(one.replace("|", "\\|") for one in cells) + " |"


def _written(path: SettingPath) -> str:
    return spelled(path).replace("['*']", "[*]")
