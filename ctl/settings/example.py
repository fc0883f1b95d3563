"""The complete example of a gitlab.rb: every setting with its docstring and its default."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from ctl.settings.literals import assignment, literal
from ctl.settings.reference import ANY, Entry, Kind, children
from ctl.settings.remarks import remarks
from ctl.syntax.model import SettingPath
from ctl.syntax.model import written as spelled

WIDTH = 110
HEADER = """\
##! Every setting of ctl. Made from the declaration of the settings; do not change this file, copy from it.
##!
##! A line that begins with "# " sets what holds anyway: nil stands for "not set". Take the "# " away to set
##! something else. A hash that spans lines is not there by default; inside it, lines with a second "# " are
##! not set either.
"""
# What a value may be where a section cannot do without it.
_REQUIRED = {
    "bucket": "registry-images",
    "region": "eu-central-1",
    "accountname": "registryimages",
    "container": "registry-images",
    "name": "events",
}
# What the rules between settings demand.
_DEMANDED: dict[SettingPath, str] = {("registry", "database", "host"): "postgres.example.com"}
_GIVEN: dict[SettingPath, str] = {
    ("external_url",): "https://gitlab.example.com",
    ("registry_external_url",): "https://registry.example.com",
}


def example_file() -> str:
    """Return the text of the complete example."""
    return HEADER + "\n".join(_top())


def _top() -> Iterator[str]:
    for entry in children(()):
        yield ""
        if entry.is_section:
            yield from _heading(entry)
            yield from _inside(entry)
        else:
            yield from _comment(entry, "")
            yield assignment(entry.path, literal(_GIVEN[entry.path]))
    yield ""


def _heading(entry: Entry) -> Iterator[str]:
    yield f"### {spelled(entry.path)}: {entry.doc}"


def _inside(section: Entry) -> Iterator[str]:
    """Write the settings of a section: those that are always there line by line, the others as hashes."""
    for entry in children(section.path):
        yield ""
        if entry.is_section and (not entry.optional or _only_sections(entry)):
            yield from _heading(entry)
            yield from _remarks(entry, "")
            yield from _inside(entry)
        elif entry.has_children:
            yield from _comment(entry, "")
            first, *rest = _block(entry, "")
            yield f"# {assignment(entry.path, first)}"
            yield from (f"# {line}" for line in rest)
        else:
            yield from _comment(entry, "")
            yield f"# {assignment(entry.path, literal(entry.default))}"


def _only_sections(entry: Entry) -> bool:
    """Whether a section holds nothing but hashes, each of which stands better on its own."""
    return all(one.is_section or one.kind.words == "hash" for one in children(entry.path))


def _block(entry: Entry, indent: str) -> list[str]:
    """Write a hash, or an array or hash of hashes, over several lines, the first and last its brackets."""
    kind, path = entry.kind, entry.path
    around: list[tuple[str, str]] = []
    while kind.section is None and kind.inner is not None:
        around.append((f"{{ {literal(_key(kind))} => ", " }") if kind.keys else ("[", "]"))
        kind, path = kind.inner, (*path, ANY)
    lines = ["{", *_pairs(path, indent + "  "), indent + "}"]
    for opener, closer in reversed(around):
        first, *inner, last = lines
        lines = [opener + first, *inner, last + closer]
    return lines


def _key(kind: Kind) -> str:
    """Return a key that a hash of free keys may have."""
    shape = kind.keys.shape if kind.keys else None
    return str(shape.example) if shape else "name"


def _pairs(path: SettingPath, indent: str) -> Iterator[str]:
    for entry in children(path):
        yield from (f"{indent}{line}" for line in _comment(entry, indent))
        name = literal(entry.name)
        if entry.has_children:
            first, *inner, last = _block(entry, "")
            lines = [f"{name} => {first}", *inner, f"{last},"]
            # Required sections are there at once, all others are commented out once more.
            mark = "" if entry.required else "# "
            yield from (f"{indent}{mark}{line}" for line in lines)
        else:
            yield f"{indent}{name} => {literal(_value(entry))},"


def _value(entry: Entry) -> Any:
    if not entry.required:
        return _DEMANDED.get(entry.path, entry.default)
    shape = entry.kind.shape
    return _REQUIRED.get(entry.name, shape.example if shape else None)


def _comment(entry: Entry, indent: str) -> Iterator[str]:
    words = [entry.kind.words]
    if entry.required:
        words.append("required")
    if entry.since:
        words.append(f"since {entry.since}")
    for line in wrap(f"{entry.doc} ({'; '.join(words)})", WIDTH - len(indent) - 6, break_on_hyphens=False):
        yield f"##! {line}"
    yield from _remarks(entry, indent)


def _remarks(entry: Entry, indent: str) -> Iterator[str]:
    for text in remarks(entry, inherited=False):
        # The docstring has said as much.
        if entry.doc.endswith(" only.") and "ignore" in text:
            continue
        for line in wrap(text, WIDTH - len(indent) - 6, break_on_hyphens=False):
            yield f"##! {line}"
