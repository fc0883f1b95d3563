"""``ctl diff-config``: the settings file beside the complete example that this version comes with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from ctl.diagnostics.known import KNOWN, MASK, Masker, mask_urls
from ctl.diagnostics.model import SettingsInvalid, Span
from ctl.diagnostics.secrecy import looks_secret
from ctl.errors import CtlError, ExitCode
from ctl.facts.host import Node, presence, reader
from ctl.operations.source import known_names, read_text
from ctl.paths import Layout
from ctl.settings.example import example_file
from ctl.settings.secrecy import secret_paths, secrets_of
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context

EXAMPLE = "complete example of ctl"
# A name and what is given to it, also behind a comment sign.
_GIVEN = re.compile(r"""(?P<name>\w+)(?P<between>['"]?\s*\]?\s*(?:=>|=|:)\s*)(?P<quote>['"]).*?(?P=quote)""")


def diff_config(
    layout: Layout, settings_file: Path, environment: Mapping[str, str], *, reveal: bool = False
) -> str:
    """Return a unified diff from the settings file to the complete example; empty where they are alike.

    Args:
        layout: the root.
        settings_file: its path.
        environment: the variables behind ``ENV``.
        reveal: whether secrets are shown.

    Raises:
        CtlError: the settings file cannot be read.
        SettingsInvalid: it holds mistakes of the language, so that its secrets cannot be told.
    """
    try:
        text = read_text(settings_file)
    except CtlError as error:
        error.exit_code = ExitCode.FAILED
        raise
    shown = text if reveal else _masked(text, layout, settings_file, environment)
    lines = unified_diff(
        shown.splitlines(keepends=True),
        example_file().splitlines(keepends=True),
        str(settings_file),
        EXAMPLE,
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _masked(text: str, layout: Layout, path: Path, environment: Mapping[str, str]) -> str:
    context = Context(environment, reader(layout, path), Node(), known_names(), exists=presence(layout, path))
    evaluated = evaluate(text, str(path), context)
    KNOWN.learn(secrets_of(evaluated))
    if not evaluated.ok:
        raise SettingsInvalid(evaluated.diagnostics, evaluated.sources or {str(path): text})
    secrets = sorted((one for one in secret_paths(evaluated) if one in evaluated.spans), key=str)
    spans = [evaluated.spans.value(one) for one in secrets]
    text = _cut(text, [span for span in spans if span is not None and span.file == str(path)])
    text = mask_urls(Masker(secrets_of(evaluated)).mask(text))
    return _GIVEN.sub(_by_name, text)


def _cut(text: str, spans: list[Span]) -> str:
    """Put the mask in the place of every span, the last one first so that the others keep their places."""
    lines = text.split("\n")
    for span in sorted(spans, key=lambda one: (one.line, one.column), reverse=True):
        first, last = span.line - 1, span.end_line - 1
        before, behind = lines[first][: span.column - 1], lines[last][span.end_column - 1 :]
        lines[first : last + 1] = [f"{before}'{MASK}'{behind}"]
    return "\n".join(lines)


def _by_name(found: re.Match[str]) -> str:
    if not looks_secret(found["name"]):
        return found.group()
    return f"{found['name']}{found['between']}'{MASK}'"
