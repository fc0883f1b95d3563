from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.settings.reading import findings, only, pointed_at


@pytest.mark.parametrize("value", ["<secret>", "<your_registry_storage_path>", "<your secret>", "<a.b-c>"])
def test_placeholder_in_quotes_is_refused_at_its_value(value: str) -> None:
    text = f"registry['http_secret'] = '{value}'\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "placeholder")
    assert diagnostic.message == "registry['http_secret']: this is a placeholder, not a value"
    assert pointed_at(text, diagnostic) == f"'{value}'"


def test_placeholder_of_wrong_form_is_reported_once() -> None:
    assert only("gitlab_rails['registry_path'] = '<path>'\n").code == "placeholder"
    assert only("gitlab_rails['registry_api_url'] = 'https://<host>:5000'\n").code == "placeholder"


def test_placeholder_keeps_quiet_of_nothing_else() -> None:
    text = "registry['log_level'] = '<level>'\nregistry['log_formatter'] = 'xml'\n"
    assert [(finding.code, finding.span and finding.span.line) for finding in findings(text)] == [
        ("placeholder", 3),
        ("wrong-value", 4),
    ]


@pytest.mark.parametrize("value", ["a <b>", "<>", "<1>", "x<y", "<a\\nb>"])
def test_value_with_angles_that_is_no_placeholder_is_accepted(value: str) -> None:
    assert findings(f"registry['env'] = {{ 'A' => '{value}' }}\n") == []


def test_placeholder_of_section_that_concerns_others_is_left_alone() -> None:
    assert findings("nginx['x'] = '<x>'\ngitlab_rails['smtp_password'] = '<x>'\npuma['x'] = '<x>'\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "registry['http_secret'] = 'your-secret'\n",
        "registry['env'] = { 'A' => 'BUCKET_NAME' }\n",
        "registry['rootcertbundle'] = '/path/to/bundle.crt'\n",
    ],
)
def test_value_of_an_example_is_warned_of(text: str) -> None:
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "example-value")
    assert diagnostic.message.endswith(" still has the value of an example")
    assert pointed_at(text, diagnostic) in text


@pytest.mark.parametrize("value", ["yours", "registry-your-s3", "s3-access-key-2", "/srv/path/to/x", "/path"])
def test_value_that_only_resembles_an_example_is_accepted(value: str) -> None:
    assert findings(f"registry['env'] = {{ 'A' => '{value}' }}\n") == []
