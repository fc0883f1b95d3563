"""Wrong values, and missing ones, whose cause is a variable of the environment that is not set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.regex import compile_late
from ctl.settings.places import Places
from ctl.syntax.model import Evaluated, SettingPath, setting_name

_VARIABLE = compile_late(r"""\bENV\s*\[\s*(?:'([^']+)'|"([^"]+)")\s*\]""")
_READS = compile_late(r"\b(?:File|IO|YAML|JSON|ENV\s*\.|node)\b")
_WORD = compile_late(r"[a-z_]\w*")
_USER = compile_late(r"(?<=//)[^/@\s]*@")
_EXAMPLES = {
    "external_url": "gitlab.example.com",
    "registry_external_url": "registry.example.com",
}
# Without the first there is no realm, without the second no registry at all.
_URLS = tuple(_EXAMPLES)


def explained(diagnostic: Diagnostic, path: SettingPath, value: Any, evaluated: Evaluated) -> Diagnostic:
    """Name the variable that is not set, where a wrong value was made of one, and show what came out.

    Args:
        diagnostic: what is wrong with the value.
        path: of the setting.
        value: what came out.
        evaluated: the file.
    """
    text = _text(diagnostic.span, evaluated)
    names = _unset(text, evaluated)
    if not names:
        return diagnostic
    made = f", which makes it {_shown(value, text, evaluated)}" if isinstance(value, str) else ""
    _, _, reason = diagnostic.message.partition(": ")
    message = f"{setting_name(path)}: the environment variable {names[0]} is not set{made}; {reason}"
    return replace(diagnostic, message=message, help=_remedy(names[0], path, whole=value == ""))


def missing_urls(evaluated: Evaluated, places: Places) -> Iterator[Diagnostic]:
    """Yield a warning for every URL that is nil because of a variable that is not set."""
    for name in _URLS:
        if name in evaluated.values and evaluated.values[name] is None:
            place = places.value((name,))
            for variable in _unset(_text(place, evaluated), evaluated)[:1]:
                message = f"{name} counts as left out: the environment variable {variable} is not set"
                help = _remedy(variable, (name,), whole=True)
                yield Diagnostic(Severity.WARNING, "environment-not-set", message, place, help)


def _remedy(variable: str, path: SettingPath, *, whole: bool) -> str:
    host = _EXAMPLES.get(str(path[0]), "example.com")
    example = f"https://{host}" if whole else host
    default = f"ENV.fetch('{variable}', '{example}')" if path[0] in _EXAMPLES else None
    return f"set it, or give a default: {default}" if default else "set it, or write the value here"


def _shown(value: str, text: str, evaluated: Evaluated) -> str:
    """Show a value, unless other variables or files are part of it, which may be secret."""
    others = set(_named(text)) - set(_unset(text, evaluated))
    if others or _READS.search(text):
        return "incomplete"
    return f"'{_USER.sub('…@', value)}'"


def _unset(text: str, evaluated: Evaluated) -> list[str]:
    """List the variables that a value is made of and that are not set, also by way of a local variable."""
    known = evaluated.inputs.environment
    source = "\n".join(evaluated.sources.values())
    names = _named(text)
    for word in dict.fromkeys(_WORD.findall(_VARIABLE.sub("", text))):
        assigned = re.search(rf"^[ \t]*{word}[ \t]*=([^=\n].*)$", source, re.MULTILINE)
        names += _named(assigned[1]) if assigned else []
    return [name for name in dict.fromkeys(names) if known.get(name, "") is None]


def _named(text: str) -> list[str]:
    return [single or double for single, double in _VARIABLE.findall(text)]


def _text(span: Span | None, evaluated: Evaluated) -> str:
    if span is None or span.file not in evaluated.sources:
        return ""
    lines = evaluated.sources[span.file].split("\n")[span.line - 1 : span.end_line]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)
