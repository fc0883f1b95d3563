from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from ctl.credentials.certificate import blocks
from ctl.credentials.keypair import KeyPair
from ctl.credentials.keys import describe_bundle, describe_key, jwks
from ctl.credentials.resolution import CredentialsInvalid, Source
from ctl.credentials.rotation import Stage, bundle, finish, joins, prepare, stage_of, switch
from ctl.credentials.secrets import RegistrySecrets, Secrets

TEXT = '{\n  "gitlab_rails": {"db_key_base": 1.50},\n  "registry": {\n    "http_secret": "s"\n  }\n}\n'


@pytest.fixture
def before(pair: KeyPair) -> Secrets:
    """A secrets file with one pair in force."""
    own = RegistrySecrets(internal_key=pair.key_pem, internal_certificate=pair.certificate_pem)
    return Secrets(RegistrySecrets(http_secret="s"), TEXT).updated(own)


def trusted(secrets: Secrets) -> str:
    return bundle(secrets.registry.internal_certificate or "", secrets.registry)


def test_rotation_whole_ends_with_the_new_pair_alone(
    before: Secrets, pair: KeyPair, other_pair: KeyPair
) -> None:
    prepared = prepare(before, other_pair)
    switched = switch(prepared)
    finished = finish(switched)
    stages = [stage_of(secrets.registry) for secrets in (before, prepared, switched, finished)]
    assert stages == [Stage.NONE, Stage.PREPARED, Stage.SWITCHED, Stage.NONE]
    keys = [secrets.registry.internal_key for secrets in (before, prepared, switched, finished)]
    assert keys == [pair.key_pem, pair.key_pem, other_pair.key_pem, other_pair.key_pem]
    section = json.loads(finished.text)["registry"]
    assert section == {
        "http_secret": "s",
        "internal_key": other_pair.key_pem,
        "internal_certificate": other_pair.certificate_pem,
    }
    assert finished.text.startswith(TEXT[: TEXT.index('"registry"')])


def test_text_and_values_agree_at_every_step(before: Secrets, other_pair: KeyPair) -> None:
    for secrets in (prepare(before, other_pair), switch(prepare(before, other_pair)), finish(before)):
        assert RegistrySecrets(**json.loads(secrets.text)["registry"]) == secrets.registry


def test_bundle_stays_the_same_when_the_next_pair_takes_over(
    before: Secrets, pair: KeyPair, other_pair: KeyPair
) -> None:
    prepared = prepare(before, other_pair)
    assert trusted(prepared) == trusted(switch(prepared))
    keys = [description.key for description in describe_bundle(trusted(prepared))]
    assert keys == [describe_key(pair.key_pem), describe_key(other_pair.key_pem)]


def test_bundle_without_a_rotation_is_the_certificate_itself(before: Secrets, pair: KeyPair) -> None:
    assert trusted(before) == pair.certificate_pem


def test_bundle_holds_a_certificate_once(before: Secrets, pair: KeyPair) -> None:
    same = before.updated(RegistrySecrets(previous_internal_certificate=pair.certificate_pem))
    assert len(list(blocks(trusted(same)))) == 1


def test_key_set_during_a_rotation_holds_both_keys_under_both_ids(
    before: Secrets, pair: KeyPair, other_pair: KeyPair
) -> None:
    ids = {key["kid"] for key in jwks(trusted(switch(prepare(before, other_pair))))["keys"]}
    expected = [describe_key(either.key_pem) for either in (pair, other_pair)]
    assert ids == {description.libtrust_id for description in expected} | {
        description.thumbprint for description in expected
    }


def test_next_pair_that_is_no_pair_counts_as_none(
    before: Secrets, pair: KeyPair, other_pair: KeyPair
) -> None:
    for key, certificate in (
        (pair.key_pem, other_pair.certificate_pem),
        ("damaged", other_pair.certificate_pem),
        (other_pair.key_pem, "damaged"),
    ):
        broken = prepare(before, KeyPair(key, certificate))
        assert stage_of(broken.registry) is Stage.NONE
        assert trusted(broken) == pair.certificate_pem


@pytest.mark.parametrize("text", ["damaged", "-----BEGIN CERTIFICATE-----\nAA", "key"])
def test_previous_certificate_that_cannot_be_used_is_an_error_with_a_way_out(
    before: Secrets, pair: KeyPair, text: str
) -> None:
    previous = pair.key_pem if text == "key" else text
    broken = before.updated(RegistrySecrets(previous_internal_certificate=previous))
    with pytest.raises(CredentialsInvalid) as caught:
        trusted(broken)
    assert "registry.previous_internal_certificate in gitlab-secrets.json" in caught.value.message
    assert "--finish" in (caught.value.help or "")
    assert finish(broken) == before


@pytest.mark.parametrize(
    ("certificate", "key", "expected"),
    [
        (Source.FILE, Source.FILE, True),
        (Source.FILE, Source.UNUSED, True),
        (Source.FILE, Source.SETTINGS, False),
        (Source.SETTINGS, Source.FILE, False),
        (Source.GENERATED, Source.GENERATED, False),
    ],
)
def test_rotation_joins_only_what_the_file_alone_decides(
    certificate: Source, key: Source, expected: bool
) -> None:
    assert joins({"internal_certificate": certificate, "internal_key": key}) is expected


def test_secrets_of_a_rotation_are_not_shown(other_pair: KeyPair) -> None:
    shown = repr(replace(RegistrySecrets(), next_internal_key=other_pair.key_pem))
    assert shown == "RegistrySecrets(<next_internal_key>)"
