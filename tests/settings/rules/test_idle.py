from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from ctl.diagnostics.model import Severity
from ctl.settings.load import _model_of
from ctl.settings.model import Settings
from ctl.settings.reference import entries
from ctl.syntax.model import SettingPath, setting_name
from tests.settings.reading import findings, only, pointed_at

VALUES = (
    "'x'",
    "5",
    "['a.example.com']",
    "'/srv/a'",
    "'ec'",
    "'secp384r1'",
    "false",
    "'https://a'",
    "'dns'",
    "{'a' => 1}",
)


def idle(model: type[BaseModel] = Settings, prefix: SettingPath = ()) -> Iterator[SettingPath]:
    """Yield every setting whose declaration says that it has no effect."""
    for name, field in model.model_fields.items():
        inner = _model_of(field.annotation)
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("idle"):
            yield (*prefix, name)
        elif inner is not None:
            yield from idle(inner, (*prefix, name))


IDLE = list(idle())


def test_t6_idle_settings_are_many_and_their_docstrings_say_so() -> None:
    assert len(IDLE) > 20
    docs = {entry.path: entry.doc for entry in entries()}
    assert [path for path in IDLE if "it has no effect: " not in docs[path]] == []


@pytest.mark.parametrize("path", IDLE, ids=lambda path: ".".join(map(str, path)))
def test_t6_setting_without_effect_is_noted_with_the_reason(path: SettingPath) -> None:
    for value in VALUES:
        text = f"{setting_name(path)} = {value}\n"
        diagnostics = findings(text)
        if [diagnostic.code for diagnostic in diagnostics] == ["without-effect"]:
            (diagnostic,) = diagnostics
            assert diagnostic.severity is Severity.NOTE
            assert diagnostic.message.startswith(f"{setting_name(path)} is accepted, without effect: ")
            assert pointed_at(text, diagnostic) == f"'{path[-1]}'"
            return
    pytest.fail(f"none of the values is accepted with a note: {setting_name(path)}")


def test_t6_default_that_is_spelled_out_is_not_noted() -> None:
    assert findings("letsencrypt['auto_renew'] = true\nlogging['logrotate_method'] = nil\n") == []


def test_t6_note_stands_beside_settings_that_count() -> None:
    assert only("logging['logrotate_rotate'] = 3\nlogging['logrotate_dateformat'] = '-%s'\n").code == (
        "without-effect"
    )
