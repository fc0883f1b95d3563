"""Asks real Ruby what settings mean, many texts in one process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ctl.diagnostics.model import Severity
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Evaluated
from tests.syntax.reading import FILES, ROOTS, context

ENVIRONMENT = {"SET": "from outside", "PORT": "5050", "FLAG": "true", "EMPTY": "", "LIST": "a, b,c"}


def ask_ruby(texts: list[str]) -> list[dict[str, Any]]:
    """Evaluate texts with Ruby; each answer holds ``settings`` or ``error``."""
    given = {"roots": sorted(ROOTS), "files": FILES, "environment": ENVIRONMENT, "cases": texts}
    done = subprocess.run(
        ["ruby", str(Path(__file__).with_name("oracle.rb"))],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(answers) == len(texts)
    return answers


def ask_ctl(text: str) -> Evaluated:
    return evaluate(text, "gitlab.rb", context(environment=ENVIRONMENT))


def rejected(evaluated: Evaluated) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in evaluated.diagnostics)


def encoded(value: Any) -> Any:
    """Write a value as the oracle does."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": "nan" if value != value else value}
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return {"h": [[key, encoded(item)] for key, item in value.items()]}


def plain(answer: Any) -> Any:
    """Give Ruby's answer the kinds of value that settings have: a symbol is a string, a key too."""
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    if "s" in answer:
        return answer["s"]
    if "f" in answer:
        text = str(answer["f"])
        number = float({"inf1": "inf", "inf-1": "-inf"}.get(text, text))
        return {"f": "nan" if number != number else number}
    if "h" in answer:
        return {"h": [[_key(key), plain(item)] for key, item in answer["h"]]}
    return answer


def _key(key: Any) -> Any:
    if isinstance(key, dict) and "i" in key:
        return key["i"]
    return plain(key)


def settings_of(evaluated: Evaluated) -> dict[str, Any]:
    """Give our settings the oracle's form, without what is nil or an empty hash at the top level."""
    return {
        name: encoded(value) for name, value in evaluated.values.items() if value is not None and value != {}
    }
