"""From the text of a settings file to its values; the one function that everybody else calls."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from ctl.diagnostics.model import Diagnostic, Severity, Span
from ctl.regex import compile_late
from ctl.syntax.model import Context, Evaluated, Inputs, SpanMap
from ctl.syntax.source import Source
from ctl.syntax.statements import Statements

_SURROGATE = compile_late("[\ud800-\udfff]")


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the cycle collector from walking a growing tree again and again: it has next to no cycles."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()


def _refused(source_span: Span, code: str, message: str, help: str | None = None) -> Evaluated:
    wrong = Diagnostic(Severity.ERROR, code, message, source_span, help)
    return Evaluated({}, SpanMap(), frozenset(), Inputs(), (wrong,))


def _first_refusal(text: str, file: str, context: Context) -> Evaluated | None:
    """Refuse a text that is not worth reading."""
    if len(text) > context.limits.text:
        message = f"the file has {len(text)} characters; at most {context.limits.text} are read"
        return _refused(Span(file, 1, 1, 1, 2), "limit", message)
    match = _SURROGATE.search(text) if not text.isascii() else None
    if match:
        span = Source(file, text).span(match.start(), match.end())
        return _refused(span, "not-utf-8", "a byte stands here that is not UTF-8", "save the file as UTF-8")
    return None


def _evaluate(text: str, file: str, context: Context) -> Evaluated:
    refused = _first_refusal(text, file, context)
    if refused is not None:
        return refused
    source = Source(file, text)
    evaluator = Statements(source, context)
    evaluator.read_text(source, frozenset())
    store = evaluator.store
    return Evaluated(
        store.values,
        store.spans,
        frozenset(store.secrets),
        evaluator.functions.inputs,
        _sorted(evaluator.diagnostics + store.diagnostics, context.limits.errors),
        {**evaluator.sources, file: text},
    )


def _sorted(diagnostics: list[Diagnostic], most: int) -> tuple[Diagnostic, ...]:
    diagnostics = sorted(diagnostics, key=lambda diagnostic: diagnostic.position)
    if len(diagnostics) <= most:
        return tuple(diagnostics)
    message = f"{len(diagnostics) - most} more findings are not shown"
    if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics[most:]):
        return (
            *diagnostics[:most],
            Diagnostic(Severity.ERROR, "too-many-errors", message, diagnostics[most].span),
        )
    return (
        *diagnostics[:most],
        Diagnostic(Severity.NOTE, "too-many-errors", message, diagnostics[most].span),
    )


def evaluate(text: str, file: str, context: Context) -> Evaluated:
    """Read a settings file. Ruby is not run, and nothing but what the context hands in is looked at.

    Args:
        text: its contents; bytes that are not UTF-8 may stand in it as surrogates.
        file: the name to show in diagnostics.
        context: see `Context`.

    Returns:
        The values and all that is wrong. Bad input never raises.
    """
    try:
        with _without_collector():
            return _evaluate(text, file, context)
    except RecursionError:
        return _refused(Span(file, 1, 1, 1, 2), "limit", "the file is nested too deeply")
    except Exception as error:  # the one border: what is thrown here is a fault of ours, not of the file
        message = f"internal error while reading the settings: {type(error).__name__}"
        return _refused(Span(file, 1, 1, 1, 2), "internal-error", message, "please report it")
