"""``ctl diff-config``: the settings file beside the complete example that this version comes with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import unified_diff
from pathlib import Path

from msgspec import Struct

from ctl.diagnostics.known import KNOWN, MASK, Masker, mask_urls
from ctl.diagnostics.model import SettingsInvalid, Span
from ctl.diagnostics.secrecy import looks_secret
from ctl.errors import CtlError, ExitCode
from ctl.facts.host import Node, listing, presence, reader
from ctl.operations.compile.source import known_names, read_text
from ctl.paths import Layout
from ctl.regex import compile_late
from ctl.settings.example import example_file
from ctl.settings.secrecy import secret_paths, secrets_of
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context

EXAMPLE = "complete example of ctl"
# How much of the example's remarks a file holds that was made from it.
_ALIKE = 0.25
_SETTING = compile_late(r"""^[ \t]*[a-z_]\w*(?:\[['"]\w+['"]\])*""", re.MULTILINE)
_OF_PARAGRAPH = compile_late(r"^(?:# )?([a-z_]\w*(?:\['\w+'\])*) ", re.MULTILINE)
# A name and what is given to it, also behind a comment sign.
_GIVEN = compile_late(
    r"""(?P<name>\w+)(?P<between>['"]?\s*\]?\s*(?:=>|=|:)\s*)(?P<quote>['"]).*?(?P=quote)"""
)


class Compared(Struct, frozen=True):
    """A settings file beside the complete example.

    Args:
        diff: a unified diff from the file to the example; empty where they are alike.
        left_out: how many settings of the example were left out, as the file does not name them.
    """

    diff: str
    left_out: int


def diff_config(
    layout: Layout,
    settings_file: Path,
    environment: Mapping[str, str],
    *,
    reveal: bool = False,
    everything: bool = False,
) -> Compared:
    """Compare the settings file with the complete example.

    A file that was made from the example is held against all of it. Beside any other one stands only what
    it sets: the rest of the example would be all new.

    Args:
        layout: the root.
        settings_file: its path.
        environment: the variables behind ``ENV``.
        reveal: whether secrets are shown.
        everything: whether the whole example is shown in any case.

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
    example, left_out = example_file(), 0
    if not everything and not _made_from(text, example):
        example, left_out = _named_in(text, example)
    lines = unified_diff(
        shown.splitlines(keepends=True),
        example.splitlines(keepends=True),
        str(settings_file),
        EXAMPLE,
    )
    return Compared("".join(line if line.endswith("\n") else f"{line}\n" for line in lines), left_out)


def _made_from(text: str, example: str) -> bool:
    """Tell whether a file began as the example, perhaps as that of another version."""
    own = set(text.splitlines())
    theirs = [line for line in example.splitlines() if line.startswith("##!")]
    return sum(line in own for line in theirs) > len(theirs) * _ALIKE


def _named_in(text: str, example: str) -> tuple[str, int]:
    """Pick the paragraphs of the example whose settings a file names; count the others."""
    named = {match[0] for match in _SETTING.finditer(text)}
    kept: list[str] = []
    left_out = 0
    for paragraph in example.split("\n\n"):
        setting = _OF_PARAGRAPH.search(paragraph)
        if setting is None or not any(_meets(setting[1], name) for name in named):
            left_out += setting is not None
            continue
        kept.append(paragraph.rstrip("\n"))
    return "".join(f"{paragraph}\n\n" for paragraph in kept).removesuffix("\n"), left_out


def _meets(setting: str, name: str) -> bool:
    """Tell whether one of two names is the other one, or what it lies in."""
    own, given = f"{setting}[", name.replace('"', "'") + "["
    return own == given or (given.startswith(own) and "[" in setting)


def _masked(text: str, layout: Layout, path: Path, environment: Mapping[str, str]) -> str:
    exists, list_files = presence(layout, path), listing(layout, path)
    context = Context(
        environment, reader(layout, path), Node(), known_names(), exists=exists, list_files=list_files
    )
    evaluated = evaluate(text, str(path), context)
    KNOWN.learn(secrets_of(evaluated))
    if not evaluated.ok:
        raise SettingsInvalid(evaluated.diagnostics, evaluated.sources or {str(path): text})
    secrets = sorted((place for place in secret_paths(evaluated) if place in evaluated.spans), key=str)
    spans = [evaluated.spans.value(place) for place in secrets]
    text = _cut(text, [span for span in spans if span is not None and span.file == str(path)])
    text = mask_urls(Masker(secrets_of(evaluated)).mask(text))
    return _GIVEN.sub(_by_name, text)


def _cut(text: str, spans: list[Span]) -> str:
    """Put the mask in the place of every span, the last one first so that the others keep their places."""
    lines = text.split("\n")
    for span in sorted(spans, key=lambda place: (place.line, place.column), reverse=True):
        first, last = span.line - 1, span.end_line - 1
        before, behind = lines[first][: span.column - 1], lines[last][span.end_column - 1 :]
        lines[first : last + 1] = [f"{before}'{MASK}'{behind}"]
    return "\n".join(lines)


def _by_name(match: re.Match[str]) -> str:
    if not looks_secret(match["name"]):
        return match.group()
    return f"{match['name']}{match['between']}'{MASK}'"
