"""Credentials come before facts: what is wrong with both is told at once, and nothing is made then."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.diagnostics.model import SettingsInvalid
from ctl.facts.gather import Machine, ask_programs
from ctl.operations.compile.credentials import credentials_of
from ctl.operations.compile.facts import facts_of
from ctl.operations.compile.prepare import prepare
from ctl.operations.compile.source import Source, read_source
from ctl.paths import Layout
from ctl.plan.model import Unmade
from ctl.process import SubprocessRunner
from tests.credentials.conftest import small_pair

NOW = datetime(2026, 3, 4, tzinfo=UTC)
GITLAB = "external_url 'https://gitlab.example.com'\n"
PLAIN = GITLAB + "registry_external_url 'http://localhost:5050'\n"
TLS = GITLAB + "registry_external_url 'https://registry.example.com'\n"


def source_of(root: Path, text: str) -> Source:
    file = root / "gitlab.rb"
    file.write_text(text)
    file.chmod(0o600)
    return read_source(Layout(root), file, {}, guarded=False)


def machine_of(root: Path, *, programs: bool = False, offline: bool = False) -> Machine:
    return Machine(Layout(root), SubprocessRunner(), NOW, programs=programs, offline=offline)


@pytest.fixture
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> bytes:
        raise AssertionError("a secret was made")

    monkeypatch.setattr(secrets, "token_bytes", refuse)


@pytest.mark.usefixtures("no_chance")
def test_secrets_are_not_made_where_the_certificate_is_missing(root: Path) -> None:
    source = source_of(root, TLS)
    credentials = credentials_of(source, machine_of(root, programs=True), make_secrets=True)
    assert [diagnostic.code for diagnostic in credentials.diagnostics] == ["certificate-missing"]
    assert (credentials.certificate, credentials.secrets_changed, credentials.needs_stand_in) == (
        None,
        False,
        False,
    )
    assert isinstance(credentials.facts.http_secret, Unmade)


@pytest.mark.usefixtures("no_chance")
def test_secrets_are_not_made_by_a_dry_run(root: Path) -> None:
    credentials = credentials_of(source_of(root, PLAIN), machine_of(root), make_secrets=False)
    assert (credentials.diagnostics, credentials.secrets_changed, credentials.values) == (
        (),
        False,
        frozenset(),
    )


def test_secret_that_was_not_made_is_told_by_its_type(root: Path) -> None:
    dry = prepare(source_of(root, PLAIN), machine_of(root), make_secrets=False)
    assert dry.secrets_unmade is True
    said = "registry['env'] = { 'NOTE' => 'it <will be generated> later' }\n"
    made = prepare(source_of(root, PLAIN + said), machine_of(root), make_secrets=True)
    assert "<will be generated>" in "".join(file.content for file in made.rendered.files)
    assert made.secrets_unmade is False


def test_values_are_the_secrets_that_were_made(root: Path) -> None:
    credentials = credentials_of(source_of(root, PLAIN), machine_of(root), make_secrets=True)
    assert credentials.secrets_changed is True
    assert str(credentials.facts.http_secret) in credentials.values
    assert credentials.secrets.registry.http_secret == credentials.facts.http_secret


def test_certificate_that_lets_encrypt_brings_has_a_stand_in_until_then(root: Path) -> None:
    source = source_of(root, TLS + "letsencrypt['enable'] = true\n")
    credentials = credentials_of(source, machine_of(root, programs=True), make_secrets=False)
    assert credentials.needs_stand_in is True
    assert credentials.certificate is not None
    assert credentials.certificate.temporary is True


def test_mistakes_of_credentials_and_of_the_machine_are_told_at_once(root: Path) -> None:
    key_file = "registry['storage'] = { 'gcs' => { 'bucket' => 'b', 'keyfile' => '/nowhere.json' } }\n"
    key, other = small_pair(), small_pair()
    wrong = f"registry['internal_key'] = '{key.key_pem}'\n"
    wrong += f"registry['internal_certificate'] = '{other.certificate_pem}'\n"
    source = source_of(root, TLS + key_file + wrong)
    machine = machine_of(root, programs=True)
    asked = ask_programs(source.settings, source.derived, machine)
    with pytest.raises(SettingsInvalid) as raised:
        facts_of(source, machine, credentials_of(source, machine, make_secrets=True), asked)
    codes = {diagnostic.code for diagnostic in raised.value.diagnostics if diagnostic.severity == "error"}
    assert codes >= {"certificate-missing", "credentials", "key-file-unusable"}


@pytest.mark.usefixtures("no_chance")
@pytest.mark.parametrize("name", ["internal_key", "internal_certificate"])
def test_damaged_key_of_the_secrets_file_names_the_file_and_a_way_on(root: Path, name: str) -> None:
    machine = machine_of(root)
    pair = small_pair()
    values = {
        "internal_key": pair.key_pem,
        "internal_certificate": pair.certificate_pem,
        "http_secret": "a" * 128,
    }
    path = machine.layout.secrets_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"registry": {**values, name: values[name][: len(values[name]) // 2]}}))
    path.chmod(0o600)
    (only,) = credentials_of(source_of(root, PLAIN), machine, make_secrets=False).diagnostics
    assert f"registry.{name} in gitlab-secrets.json: " in only.message
    assert only.help == (
        f"put {path} back from a backup, or take internal_key and internal_certificate out of its section"
        " 'registry' to have new ones made"
    )
    path.write_text(json.dumps({"registry": {"http_secret": "a" * 128}}))
    assert credentials_of(source_of(root, PLAIN), machine, make_secrets=False).diagnostics == ()
