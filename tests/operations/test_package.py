"""Secrets under the settings of GitLab's package (B42)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.diagnostics.model import SettingsInvalid, Severity
from ctl.facts.gather import Machine
from ctl.operations.compile.prepare import Prepared, prepare
from ctl.operations.compile.source import read_source
from ctl.paths import Layout
from ctl.process import SubprocessRunner

URLS = "external_url 'https://gitlab.example.com'\nregistry_external_url 'http://localhost:5050'\n"
NO_SECRETS = "package['generate_default_secrets'] = false\n"
NO_FILE = "package['generate_secrets_json_file'] = false\n"


def prepared(root: Path, text: str, *, make: bool = True, offline: bool = False) -> Prepared:
    file = root / "gitlab.rb"
    file.write_text(URLS + text)
    file.chmod(0o600)
    layout = Layout(root)
    machine = Machine(layout, SubprocessRunner(), datetime.now(UTC), programs=False, offline=offline)
    return prepare(read_source(layout, file, {}, guarded=False), machine, make_secrets=make)


@pytest.mark.parametrize("make", [True, False])
def test_b42_secret_that_may_not_be_made_is_missed_by_its_name(root: Path, make: bool) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        prepared(root, NO_SECRETS, make=make)
    (diagnostic,) = raised.value.diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "secret-missing")
    assert diagnostic.message == (
        "registry['http_secret'] and registry['internal_certificate'] and registry['internal_key']"
        " are given nowhere, and package['generate_default_secrets'] is false"
    )
    assert diagnostic.span is not None
    assert diagnostic.span.line == 3


def test_b42_only_the_secret_that_is_missing_is_named(root: Path) -> None:
    whole = prepared(root, "")
    pair = whole.secrets.registry
    text = f"registry['internal_key'] = '{pair.internal_key}'\n"
    text += f"registry['internal_certificate'] = '{pair.internal_certificate}'\n"
    with pytest.raises(SettingsInvalid) as raised:
        prepared(root, NO_SECRETS + text)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.message.startswith("registry['http_secret'] is given nowhere")
    assert prepared(root, NO_SECRETS + text + "registry['http_secret'] = 'a'\n").diagnostics == ()


def test_b42_secrets_of_the_machine_are_no_matter_offline(root: Path) -> None:
    assert prepared(root, NO_SECRETS, make=False, offline=True).diagnostics == ()


def test_b42_secrets_that_are_not_to_be_written_are_warned_of(root: Path) -> None:
    made = prepared(root, NO_FILE)
    assert made.secrets_changed is False
    (diagnostic,) = made.diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "secrets-not-kept")
    assert "registry['internal_key']" in diagnostic.message


def test_b42_secrets_made_are_written_by_default(root: Path) -> None:
    made = prepared(root, "")
    assert (made.secrets_changed, made.diagnostics) == (True, ())
