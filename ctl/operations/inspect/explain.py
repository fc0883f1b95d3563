"""``ctl explain``: what a setting is, or which settings a section holds."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ctl.diagnostics.suggest import closest_all
from ctl.errors import CtlError, ExitCode
from ctl.operations.compile.source import known_names
from ctl.regex import compile_late
from ctl.settings.example import example_of
from ctl.settings.literals import literal
from ctl.settings.older import NEW_VHOST, OLD_VHOST
from ctl.settings.reference import ANY, CONFIG, Entry, children, entries
from ctl.settings.remarks import remarks
from ctl.settings.rules.misnamed import other_name
from ctl.syntax.model import SettingPath, setting_name

# Both ``registry.storage.s3`` and ``registry['storage']['s3']``.
_PART = compile_late(r"""\[\s*(?:'([^']*)'|"([^"]*)"|:?([\w*]+))\s*\]|\.?([\w*-]+)""")
SHOWN_GUESSES = 5


class Explained(Struct, frozen=True):
    """What is known of a setting.

    Args:
        name: as a settings file writes it; empty for the overview of all.
        path: the same with dots.
        doc: its docstring.
        kind: its type in words.
        default: as a settings file would write it; None where there is none.
        required: whether its section must have it.
        since: the first version of GitLab's Linux package that had it; empty for always.
        becomes: its place in a generated file; empty where it is no single one.
        example: lines that set it; empty where its default shows the form.
        remarks: what flavours make of it, and whether it was ever run.
        settings: those that lie directly in it.
    """

    name: str
    path: str
    doc: str
    kind: str = ""
    default: str | None = None
    required: bool = False
    since: str = ""
    becomes: str = ""
    example: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    settings: tuple[Explained, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what a script wants to know; what does not apply is left out."""
        document: dict[str, Any] = {
            "setting": self.name,
            "path": self.path,
            "doc": self.doc,
            "type": self.kind,
        }
        document |= {"default": self.default, "required": self.required, "since": self.since}
        document |= {
            "becomes": self.becomes,
            "example": "\n".join(self.example),
            "remarks": list(self.remarks),
        }
        document["settings"] = [setting.as_json() for setting in self.settings]
        return {name: value for name, value in document.items() if value not in (None, "", False, [])}


def explain(name: str | None) -> Explained:
    """Explain a setting or a section; without a name, tell which sections there are.

    Args:
        name: with dots or as a settings file writes it; a number or a star for an array's place, or nothing;
            also its own name alone, or the key of config.yml that it makes.

    Raises:
        CtlError: there is no such setting.
    """
    if not name:
        settings = tuple(_explained(entry) for entry in children(()))
        return Explained("", "", f"{len(entries())} settings", settings=settings)
    declared, old = find(name)
    explained = _explained(
        declared, *(("registry_nginx is the old name of registry['nginx']",) if old else ())
    )
    explained = replace(explained, example=tuple(example_of(declared)))
    inside = tuple(_explained(entry) for entry in children(declared.path)) if declared.has_children else ()
    return replace(explained, settings=inside)


def find(name: str) -> tuple[Entry, bool]:
    """Find a declared setting by a name as people write it, and whether it is the vhost's old one.

    Raises:
        CtlError: there is no such setting.
    """
    path = parts(name)
    old = path[:1] == OLD_VHOST
    path = (*NEW_VHOST, *path[1:]) if old else path
    matching = [entry for entry in entries() if _matches(entry.path, path)] if path else []
    # One entry of an array, or what stands under a free key, is explained as the whole.
    matching = matching or [
        entry for entry in entries() if entry.kind.inner and _matches(entry.path, path[:-1])
    ]
    if matching:
        # Without places the hash itself matches before what is in it.
        return matching[0], old
    meant = _by_other_names(name.strip(), path)
    path = path or parts(name.strip().removeprefix(CONFIG))
    if len(meant) == 1:
        return meant[0], False
    raise _unknown(name, path, [entry.dotted for entry in meant])


def _by_other_names(name: str, path: tuple[str, ...]) -> list[Entry]:
    """Find settings by their own name alone, by what they become, or by what they are called elsewhere."""
    other = other_name(path) if path else None
    if other is not None:
        return [entry for entry in entries() if _matches(entry.path, parts(other))][:1]
    key = name.removeprefix(CONFIG)
    variable = (
        name.removeprefix("REGISTRY_").replace("_", ".").lower() if name.startswith("REGISTRY_") else key
    )
    made = [
        entry
        for entry in entries()
        if entry.output and entry.output in (name, CONFIG + key, CONFIG + variable)
    ]
    return made or [entry for entry in entries() if path == (entry.name,)]


def parts(name: str) -> tuple[str, ...]:
    """Take a name apart: ``registry['storage']['s3']`` and ``registry.storage.s3`` are the same."""
    text = name.strip()
    keys: list[str] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if not match:
            return ()
        keys.append(next(group for group in match.groups() if group is not None))
        position = match.end()
    return tuple(keys)


def _matches(declared: SettingPath, asked: tuple[str, ...]) -> bool:
    """Whether a path means a setting; a place in an array and a free key may be given or left out."""
    if not declared or not asked:
        return not asked and not declared
    if declared[0] == ANY:
        return _matches(declared[1:], asked) or _matches(declared[1:], asked[1:])
    if asked[0] == declared[0]:
        return _matches(declared[1:], asked[1:])
    return False


def _unknown(name: str, path: tuple[str, ...], meant: list[str]) -> CtlError:
    if path and path[0] in known_names() and not any(entry.path[0] == path[0] for entry in entries()):
        return CtlError(
            f"{path[0]} is a setting of GitLab's package that does not concern the registry",
            help="ctl explain lists those that do",
            exit_code=ExitCode.USAGE,
        )
    guesses = meant[:SHOWN_GUESSES] or _guesses(path)
    return CtlError(
        f"there is no setting {name!r}",
        help=f"did you mean {' or '.join(guesses)}?" if guesses else "ctl explain lists the sections",
        exit_code=ExitCode.USAGE,
    )


def _guesses(path: tuple[str, ...]) -> list[str]:
    """Return what may have been meant: neighbours, then the same name elsewhere, then what looks alike."""
    if not path:
        return []
    above = ".".join(path[:-1])
    near = {entry.name: entry.dotted for entry in entries() if entry.dotted.rpartition(".")[0] == above}
    names = [near[name] for name in closest_all(path[-1], near, count=1)]
    names += [entry.dotted for entry in entries() if entry.name == path[-1]]
    asked = ".".join(path)
    names = names or closest_all(asked, [entry.dotted for entry in entries()], count=SHOWN_GUESSES)
    keys = {
        entry.output.removeprefix(CONFIG): entry.dotted
        for entry in entries()
        if entry.output.startswith(CONFIG)
    }
    names = names or [keys[key] for key in closest_all(asked, keys, count=1)]
    names = names or closest_all(asked, {str(entry.path[0]) for entry in entries()}, count=1)
    return names[:SHOWN_GUESSES]


def _explained(entry: Entry, *more: str) -> Explained:
    name = setting_name(entry.path).replace(f"['{ANY}']", f"[{ANY}]")
    return Explained(
        name=name,
        path=entry.dotted,
        doc=entry.doc,
        kind=entry.kind.words,
        default=literal(entry.default) if entry.default is not None else None,
        required=entry.required,
        since=entry.since,
        becomes=entry.output,
        remarks=(*more, *remarks(entry)),
    )
