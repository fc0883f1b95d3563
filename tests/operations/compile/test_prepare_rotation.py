"""What a rotation in the secrets file does to the files that a run renders."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.credentials import rotation
from ctl.credentials import secrets as secrets_file
from ctl.credentials.keypair import KeyPair
from ctl.credentials.keys import describe_key
from ctl.credentials.secrets import RegistrySecrets
from ctl.diagnostics.model import SettingsInvalid
from ctl.facts.gather import Machine
from ctl.operations.compile.prepare import prepare
from ctl.operations.compile.source import read_source
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.targets.runit.places import BUNDLE, JWKS, KEY
from tests.credentials.conftest import small_pair

NOW = datetime(2026, 3, 4, tzinfo=UTC)
GOOD = (
    "external_url 'https://gitlab.example.com'\n"
    "registry_external_url 'http://registry.example.com'\n"
    "ctl['registry_flavour'] = 'distribution-3'\n"
)


@pytest.fixture(scope="module")
def old() -> KeyPair:
    return small_pair()


@pytest.fixture(scope="module")
def new() -> KeyPair:
    return small_pair()


@pytest.fixture
def layout(tmp_path: Path, old: KeyPair) -> Layout:
    made = Layout(tmp_path)
    made.settings_file.parent.mkdir(parents=True)
    own = RegistrySecrets("s", old.certificate_pem, old.key_pem)
    secrets_file.write(made.secrets_file, secrets_file.read(made.secrets_file).updated(own))
    return made


def rendered(layout: Layout, more: str = "") -> dict[str, str]:
    layout.settings_file.write_text(GOOD + more)
    source = read_source(layout, layout.settings_file, {})
    machine = Machine(layout, SubprocessRunner(), NOW, programs=False)
    return {file.path: file.content for file in prepare(source, machine, make_secrets=False).rendered.files}


def test_rotation_prepared_lets_both_keys_in_and_the_old_one_sign(
    layout: Layout, old: KeyPair, new: KeyPair
) -> None:
    secrets = rotation.prepare(secrets_file.read(layout.secrets_file), new)
    secrets_file.write(layout.secrets_file, secrets)
    files = rendered(layout)
    assert files[KEY] == old.key_pem
    assert files[BUNDLE] == old.certificate_pem + new.certificate_pem
    ids = {key["kid"] for key in json.loads(files[JWKS])["keys"]}
    assert ids >= {describe_key(pair.key_pem).libtrust_id for pair in (old, new)}
    secrets_file.write(layout.secrets_file, rotation.switch(secrets))
    switched = rendered(layout)
    assert switched[KEY] == new.key_pem
    assert {path for path in files if files[path] != switched[path]} == {KEY}


def test_key_of_the_settings_ends_what_the_file_says_of_a_rotation(layout: Layout, new: KeyPair) -> None:
    secrets = rotation.switch(rotation.prepare(secrets_file.read(layout.secrets_file), new))
    secrets_file.write(layout.secrets_file, secrets)
    files = rendered(layout, f"registry['internal_key'] = <<-END\n{new.key_pem}END\n")
    assert files[BUNDLE] == new.certificate_pem


def test_damaged_previous_certificate_is_an_error_of_the_settings_with_a_way_out(layout: Layout) -> None:
    broken = RegistrySecrets(previous_internal_certificate="damaged")
    secrets_file.write(layout.secrets_file, secrets_file.read(layout.secrets_file).updated(broken))
    with pytest.raises(SettingsInvalid) as caught:
        rendered(layout)
    [diagnostic] = [diagnostic for diagnostic in caught.value.diagnostics if diagnostic.code == "credentials"]
    assert "previous_internal_certificate" in diagnostic.message
    assert "--finish" in (diagnostic.help or "")
