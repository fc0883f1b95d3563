"""Loads settings for the tests of this room and of those above it."""

from __future__ import annotations

from collections.abc import Mapping

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.load import Loaded, load
from ctl.settings.model import Settings
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Evaluated, ReadRefused

ROOTS = frozenset(("external_url", "registry_external_url", "registry", "registry_nginx", "puma", "ctl")) | {
    "gitlab_rails",
    "nginx",
    "letsencrypt",
    "web_server",
    "user",
    "logging",
    "manage_accounts",
    "manage_storage_directories",
    "package",
    "postgresql",
}
URLS = """\
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
"""


def _no_file(path: str) -> str:
    raise ReadRefused("no such file")


def read(text: str, environment: Mapping[str, str] | None = None) -> Evaluated:
    """Evaluate a text that holds no mistake of the language."""
    evaluated = evaluate(text, "gitlab.rb", Context(environment or {}, _no_file, {}, ROOTS))
    assert evaluated.ok, evaluated.diagnostics
    return evaluated


def loaded(text: str) -> Loaded:
    """Load a text as it is."""
    return load(read(text))


def settings_of(text: str) -> Settings:
    """Load a text that must be right; the URLs that every registry needs stand before it."""
    result = loaded(URLS + text)
    errors = [
        diagnostic.message for diagnostic in result.diagnostics if diagnostic.severity is Severity.ERROR
    ]
    assert result.settings is not None, errors
    return result.settings


def findings(text: str) -> list[Diagnostic]:
    """Load a text below the URLs that every registry needs; return what is said of it by place."""
    return sorted(loaded(URLS + text).diagnostics, key=lambda diagnostic: diagnostic.position)


def only(text: str) -> Diagnostic:
    """Return the one finding of a text."""
    diagnostics = findings(text)
    assert len(diagnostics) == 1, diagnostics
    return diagnostics[0]


def pointed_at(text: str, diagnostic: Diagnostic) -> str:
    """Return what a finding's span covers, in a text that stands below the URLs."""
    assert diagnostic.span is not None
    assert diagnostic.span.line == diagnostic.span.end_line
    line = (URLS + text).splitlines()[diagnostic.span.line - 1]
    return line[diagnostic.span.column - 1 : diagnostic.span.end_column - 1]


def ruby(text: str) -> str:
    """Write a string as the settings language does."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
