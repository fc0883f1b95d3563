"""The reference of all settings as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ctl.flavours.table import FLAVOURS
from ctl.settings.literals import literal
from ctl.settings.reference import Entry, children
from ctl.settings.remarks import NOT_RUN_FLAVOUR, flavour_name, remarks
from ctl.syntax.model import SettingPath, setting_name

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


@dataclass(frozen=True, slots=True)
class Section:
    """What a page says of one section.

    Args:
        name: as the settings language writes it; empty for the top level.
        doc: what it is.
        notes: what flavours make of it, whether it was never run.
        entries: the settings that lie directly in it.
    """

    name: str
    doc: str
    notes: list[str]
    entries: list[Entry]


def sections() -> Iterator[Section]:
    """Yield every section in the order of declaration, one before those that lie in it."""
    yield from _sections((), "Top level", [])


def _sections(path: SettingPath, doc: str, notes: list[str]) -> Iterator[Section]:
    inside = children(path)
    yield Section(_written(path), doc, notes, [entry for entry in inside if not entry.is_section])
    for entry in inside:
        if entry.has_children:
            below = children(entry.path)[0].path[:-1]
            yield from _sections(below, entry.doc, _notes(entry))


def name_of(entry: Entry) -> str:
    """Return a setting's name as the settings language writes it, ``[*]`` for every place of an array."""
    return _written(entry.path)


def meaning_of(entry: Entry) -> tuple[list[str], list[str]]:
    """Return sentences on a setting: what it is, and what is to be noted beside that."""
    meaning = [entry.doc]
    if entry.required:
        meaning.append("Required.")
    if entry.since:
        meaning.append(f"Since {entry.since}.")
    return meaning, _notes(entry)


def flavours() -> list[tuple[str, str]]:
    """Return the names of the registry's flavours, each with what it is."""
    return [(name, flavour_name(name).replace("(not run)", f"({NOT_RUN_FLAVOUR})")) for name in FLAVOURS]


def settings_page() -> str:
    """Return the page."""
    lines = [f"- `{name}`: {text}" for name, text in flavours()]
    tables = [line for section in sections() for line in _table(section)]
    return _INTRODUCTION + "\n".join([*lines, "", *tables]) + "\n"


def _table(section: Section) -> Iterator[str]:
    """Write a section's own settings as a table."""
    yield f"## {f'`{section.name}`' if section.name else section.doc}"
    yield ""
    if section.name:
        yield " ".join([section.doc, *(f"*{note}*" for note in section.notes)])
        yield ""
    if section.entries:
        yield _HEAD
        yield from map(_row, section.entries)
        yield ""


def _row(entry: Entry) -> str:
    meaning, notes = meaning_of(entry)
    default = f"`{literal(entry.default)}`" if entry.default is not None else ""
    output = f"`{entry.output}`" if entry.output else ""
    text = " ".join([*meaning, *(f"*{note}*" for note in notes)])
    cells = (f"`{name_of(entry)}`", text, entry.kind.words, default, output)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _notes(entry: Entry) -> list[str]:
    return [f"{remark[:1].upper()}{remark[1:]}." for remark in remarks(entry, inherited=False)]


def _written(path: SettingPath) -> str:
    return setting_name(path).replace("['*']", "[*]")
