"""How results and errors look: for a person, or as JSON for a script."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ctl.console.terminal import is_coloured
from ctl.console.text import json_text, safe, safe_text
from ctl.diagnostics.known import KNOWN
from ctl.errors import CtlError

if TYPE_CHECKING:
    from ctl.diagnostics.model import Diagnostic


def print_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    print(json_text(document))


def show_diagnostics(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], as_json: bool) -> None:
    """Print diagnostics: as text on standard error, or as JSON on standard output."""
    from ctl.diagnostics.render import render_json, render_text

    if as_json:
        print(render_json(diagnostics))
    elif diagnostics:
        shown = render_text(diagnostics, sources, color=is_coloured(sys.stderr), masker=KNOWN.masker)
        print(shown, file=sys.stderr)


def show_error(error: CtlError, as_json: bool) -> None:
    """Print an error as a person or a script needs it."""
    if as_json:
        document = {"error": error.message, "help": error.help, "detail": error.detail}
        print_json({key: value for key, value in document.items() if value})
        return
    lines = [f"error: {safe(error.message)}"]
    if error.detail:
        lines += [f"  {line}" for line in safe_text(error.detail).strip("\n").split("\n")]
    if error.help:
        first, *rest = safe_text(error.help).split("\n")
        lines += [f"help: {first}", *(f"      {line}" for line in rest)]
    print("\n".join(lines), file=sys.stderr)
