"""The schema of the settings: right by its own rules, and of one mind with the validation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from ctl.settings.model import Settings
from ctl.settings.reference import Entry, entries
from tests.golden_tree import CASES
from tests.settings.reading import read
from tests.settings.samples import URLS, candidates, settings_with
from tools.json_schema import settings_schema

ENVIRONMENT = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    schema = settings_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def messages(schema: Draft202012Validator, values: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(values)]


def without_nil(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nil(inner) for name, inner in value.items() if inner is not None}
    return value


@pytest.mark.parametrize("case", sorted(CASES))
def test_settings_of_examples_and_golden_cases_validate(schema: Draft202012Validator, case: str) -> None:
    path: Path = CASES[case]
    values = without_nil(read(path.read_text(), ENVIRONMENT).values)
    assert values
    assert messages(schema, values) == []


def leaves() -> list[Entry]:
    return [entry for entry in entries() if not entry.has_children and entry.kind.words != "anything"]


@pytest.mark.parametrize("entry", leaves(), ids=lambda entry: entry.dotted)
def test_values_that_settings_accept_validate(schema: Draft202012Validator, entry: Entry) -> None:
    accepted = 0
    for value in candidates(entry):
        values = settings_with(entry.path, value)
        try:
            Settings.model_validate(values)
        except ValidationError:
            continue
        accepted += 1
        assert messages(schema, values) == []
    assert accepted


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"registry": {"enabled": True}}, "$.registry"),
        ({"registry": {"log_level": "loud"}}, "$.registry.log_level"),
        ({"registry": {"default_notifications_timeout": 5}}, "$.registry.default_notifications_timeout"),
        ({"registry": {"default_notifications_timeout": "5d"}}, "$.registry.default_notifications_timeout"),
        ({"registry": {"registry_http_addr": "localhost"}}, "$.registry.registry_http_addr"),
        ({"registry": {"nginx": {"listen_port": 65536}}}, "$.registry.nginx.listen_port"),
        ({"registry": {"nginx": {"listen_port": "x"}}}, "$.registry.nginx.listen_port"),
        ({"registry": {"dir": "var/registry"}}, "$.registry.dir"),
        ({"registry": {"storage": {"s3": {"bucket": "b"}}}}, "$.registry.storage.s3"),
        ({"registry": {"storage": {"s3": {"bucket": "b", "region": "r", "chunksize": 1}}}}, None),
        ({"registry": {"autoredirect": "false"}}, "$.registry.autoredirect"),
        ({"registry_external_url": "registry.example.com"}, "$.registry_external_url"),
        ({"registry_nginx": {"listen_port": 0}}, None),
    ],
)
def test_values_that_settings_refuse_do_not_validate(
    schema: Draft202012Validator, values: dict[str, Any], place: str | None
) -> None:
    errors = list(schema.iter_errors({**URLS, **values}))
    assert len(errors) == 1
    assert place is None or errors[0].json_path == place


def test_settings_of_other_services_are_let_pass(schema: Draft202012Validator) -> None:
    values = {
        "puma": {"workers": 2},
        "nginx": {"listen_port": 80},
        "gitlab_rails": {"smtp_enable": True, "registry_port": "5050"},
    }
    assert messages(schema, {**URLS, **values}) == []


def test_other_spellings_validate(schema: Draft202012Validator) -> None:
    registry = {
        "nginx": {"listen_port": "5050", "listen_addresses": "127.0.0.1", "ssl_session_tickets": False},
        "registry_http_addr": "http://127.0.0.1:5000",
        "gc": {"reviewafter": -1},
        "database": {"enabled": "true"},
    }
    Settings.model_validate({**URLS, "registry": registry})
    assert messages(schema, {**URLS, "registry": registry}) == []
