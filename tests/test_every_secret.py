"""Every setting that is declared a secret, in every golden case: no text that is shown holds its value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ctl.operations.compile.source import read_source
from ctl.operations.inspect import render_files
from ctl.operations.inspect.show_config import show_config
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.settings.reference import ANY, entries
from ctl.syntax.model import SettingPath
from tests.golden_tree import CASES, ENVIRONMENT, rendered

SECRET = [entry.path for entry in entries() if entry.kind.secret]


def values_at(value: Any, path: SettingPath) -> Iterator[str]:
    """Yield the texts at a path of settings, whatever stands at its free places."""
    if not path:
        if isinstance(value, str):
            yield value
        return
    first, *rest = path
    if first == ANY:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for part in inside:
            yield from values_at(part, tuple(rest))
    elif isinstance(value, dict) and first in value:
        yield from values_at(value[first], tuple(rest))


def secrets_of(settings: Path) -> dict[SettingPath, list[str]]:
    """Return the secret values of a settings file, by the settings that they belong to."""
    source = read_source(Layout(settings.parent), settings, ENVIRONMENT, guarded=False)
    return {path: values for path in SECRET if (values := [*values_at(source.evaluated.values, path)])}


def test_every_secret_is_set_in_a_golden_case() -> None:
    paths = {path for case in CASES.values() for path in secrets_of(case)}
    assert set(SECRET) - paths == set()


@pytest.mark.parametrize("case", sorted(CASES))
def test_secret_is_in_no_text_that_is_shown(case: str, root: Path) -> None:
    secrets = {
        line for values in secrets_of(CASES[case]).values() for value in values for line in value.splitlines()
    }
    rendered(CASES[case], root)
    layout = Layout(root)
    texts = render_files.shown(layout, CASES[case], SubprocessRunner(), ENVIRONMENT).files
    shown = {
        "render": "".join(file.content for file in texts),
        "masked.json": (layout.current / "masked.json").read_text(),
        "show-config": repr(show_config(layout, CASES[case], SubprocessRunner(), ENVIRONMENT)),
    }
    assert json.loads(shown["masked.json"])
    wrong = [(name, secret) for name, text in shown.items() for secret in secrets if secret in text]
    assert wrong == []
