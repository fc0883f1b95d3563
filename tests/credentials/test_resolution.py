from __future__ import annotations

import pytest
from msgspec.structs import replace

from ctl.credentials.keypair import KeyPair, certify
from ctl.credentials.keys import matches
from ctl.credentials.resolution import CredentialsInvalid, Makers, Resolved, Source, resolve
from ctl.credentials.secrets import RegistrySecrets
from ctl.errors import ExitCode
from tests.credentials.conftest import NOW

NOTHING = RegistrySecrets()


def makers(made: KeyPair) -> Makers:
    return Makers(
        lambda: made, lambda key: certify(key, NOW, lambda size: b"1" * size), lambda size: b"\xab" * size
    )


def key_of(pair: KeyPair) -> RegistrySecrets:
    return RegistrySecrets(internal_key=pair.key_pem)


def certificate_of(pair: KeyPair) -> RegistrySecrets:
    return RegistrySecrets(internal_certificate=pair.certificate_pem)


def both_of(pair: KeyPair) -> RegistrySecrets:
    return RegistrySecrets(internal_key=pair.key_pem, internal_certificate=pair.certificate_pem)


def decide(
    settings: RegistrySecrets,
    file: RegistrySecrets,
    made: KeyPair | None,
    *,
    key: bool = True,
    certificate: bool = True,
) -> Resolved:
    return resolve(
        settings,
        file,
        needs_key=key,
        needs_certificate=certificate,
        makers=makers(made) if made else None,
    )


def test_nothing_given_generates_everything(pair: KeyPair) -> None:
    resolved = decide(NOTHING, NOTHING, pair)
    assert resolved.secrets == replace(both_of(pair), http_secret="ab" * 64)
    assert resolved.new == resolved.secrets
    assert set(resolved.sources.values()) == {Source.GENERATED}
    assert len(resolved.secrets.http_secret or "") == 128


def test_nothing_given_in_a_dry_run_makes_nothing() -> None:
    resolved = decide(NOTHING, NOTHING, None)
    assert (resolved.secrets, resolved.new) == (NOTHING, NOTHING)
    assert set(resolved.sources.values()) == {Source.PENDING}


def test_file_complete_leaves_nothing_to_write(pair: KeyPair, other_pair: KeyPair) -> None:
    file = replace(both_of(pair), http_secret="s")
    resolved = decide(NOTHING, file, other_pair)
    assert (resolved.secrets, resolved.new) == (file, NOTHING)
    assert set(resolved.sources.values()) == {Source.FILE}


def test_settings_win_over_the_file_as_a_pair(pair: KeyPair, other_pair: KeyPair) -> None:
    resolved = decide(both_of(pair), both_of(other_pair), other_pair)
    assert resolved.secrets.internal_key == pair.key_pem
    assert resolved.secrets.internal_certificate == pair.certificate_pem
    assert resolved.sources["internal_key"] is Source.SETTINGS
    assert resolved.new.given().keys() == {"http_secret"}


def test_resolved_again_with_what_was_written_changes_nothing(pair: KeyPair, other_pair: KeyPair) -> None:
    for given in (NOTHING, key_of(pair), both_of(pair)):
        first = decide(given, both_of(other_pair) if given is not NOTHING else NOTHING, pair)
        written = replace(both_of(other_pair), **first.new.given())
        second = decide(given, written, None)
        assert second.secrets == first.secrets
        assert second.new == NOTHING


def test_key_alone_in_settings_gets_its_own_certificate(pair: KeyPair, other_pair: KeyPair) -> None:
    resolved = decide(key_of(pair), both_of(other_pair), other_pair)
    assert resolved.secrets.internal_key == pair.key_pem
    assert matches(pair.key_pem, resolved.secrets.internal_certificate or "")
    assert resolved.sources["internal_certificate"] is Source.GENERATED
    assert resolved.new.internal_key == pair.key_pem, "the file must not keep a key of another certificate"


def test_key_alone_in_settings_takes_the_file_certificate_that_matches(pair: KeyPair) -> None:
    resolved = decide(key_of(pair), certificate_of(pair), None)
    assert resolved.secrets.internal_certificate == pair.certificate_pem
    assert resolved.sources["internal_certificate"] is Source.FILE
    assert resolved.new.internal_certificate is None


def test_key_alone_in_a_dry_run_promises_a_certificate(pair: KeyPair, other_pair: KeyPair) -> None:
    resolved = decide(key_of(pair), certificate_of(other_pair), None)
    assert resolved.secrets.internal_certificate is None
    assert resolved.sources["internal_certificate"] is Source.PENDING


def test_key_alone_where_only_the_key_is_used_needs_no_certificate(pair: KeyPair) -> None:
    resolved = decide(key_of(pair), NOTHING, None, certificate=False)
    assert resolved.secrets == key_of(pair)
    assert resolved.sources["internal_certificate"] is Source.UNUSED


def test_certificate_alone_where_only_it_is_used_is_legal(pair: KeyPair, other_pair: KeyPair) -> None:
    for settings, file in (
        (certificate_of(pair), NOTHING),
        (NOTHING, certificate_of(pair)),
        (certificate_of(pair), both_of(other_pair)),
    ):
        resolved = decide(settings, file, other_pair, key=False)
        assert resolved.secrets.internal_certificate == pair.certificate_pem
        assert resolved.secrets.internal_key is None
        assert resolved.new.internal_key is None


def test_certificate_alone_in_settings_takes_the_file_key_that_matches(pair: KeyPair) -> None:
    resolved = decide(certificate_of(pair), key_of(pair), None)
    assert resolved.secrets.internal_key == pair.key_pem
    assert resolved.sources["internal_key"] is Source.FILE


@pytest.mark.parametrize("in_settings", [True, False])
def test_certificate_alone_where_the_key_is_used_is_an_error(pair: KeyPair, in_settings: bool) -> None:
    given = (certificate_of(pair), NOTHING) if in_settings else (NOTHING, certificate_of(pair))
    with pytest.raises(CredentialsInvalid, match="without its key") as caught:
        decide(*given, pair)
    assert caught.value.exit_code is (ExitCode.INVALID if in_settings else ExitCode.FAILED)


def test_certificate_beside_a_foreign_file_key_is_an_error(pair: KeyPair, other_pair: KeyPair) -> None:
    with pytest.raises(CredentialsInvalid, match="belongs to another certificate"):
        decide(certificate_of(pair), both_of(other_pair), pair)


def test_halves_in_settings_that_do_not_match_are_an_error(pair: KeyPair, other_pair: KeyPair) -> None:
    given = replace(key_of(pair), internal_certificate=other_pair.certificate_pem)
    with pytest.raises(CredentialsInvalid) as caught:
        decide(given, NOTHING, pair)
    expected = "registry['internal_key'] and registry['internal_certificate'] do not belong together"
    assert str(caught.value) == expected
    assert caught.value.settings == ("registry['internal_key']", "registry['internal_certificate']")
    assert caught.value.exit_code is ExitCode.INVALID


def test_halves_in_the_file_that_do_not_match_are_an_error(pair: KeyPair, other_pair: KeyPair) -> None:
    given = replace(key_of(pair), internal_certificate=other_pair.certificate_pem)
    with pytest.raises(CredentialsInvalid, match=r"registry\.internal_key in gitlab-secrets\.json") as caught:
        decide(NOTHING, given, pair)
    assert caught.value.settings == ()


def test_half_damaged_is_named(pair: KeyPair) -> None:
    with pytest.raises(CredentialsInvalid, match=r"registry\['internal_key'\]: this is not in PEM form"):
        decide(RegistrySecrets(internal_key="secret-text"), NOTHING, pair)
    with pytest.raises(CredentialsInvalid, match=r"registry\.internal_certificate in gitlab-secrets\.json: "):
        decide(NOTHING, RegistrySecrets(internal_certificate="secret-text"), pair, key=False)


def test_key_with_escaped_line_breaks_is_the_key_that_it_means(pair: KeyPair) -> None:
    given = RegistrySecrets(internal_key=pair.key_pem.strip().replace("\n", "\\n"))
    resolved = decide(given, NOTHING, pair)
    assert resolved.secrets.internal_key == pair.key_pem


def test_damaged_file_half_beside_a_key_in_settings_is_replaced(pair: KeyPair) -> None:
    resolved = decide(key_of(pair), RegistrySecrets(internal_certificate="broken"), pair)
    assert matches(pair.key_pem, resolved.new.internal_certificate or "")


def test_node_that_uses_neither_gets_no_pair(pair: KeyPair) -> None:
    resolved = resolve(
        NOTHING,
        NOTHING,
        needs_key=False,
        needs_certificate=False,
        needs_http_secret=False,
        makers=makers(pair),
    )
    assert (resolved.secrets, resolved.new) == (NOTHING, NOTHING)
    assert set(resolved.sources.values()) == {Source.UNUSED}


def test_key_in_one_line_is_brought_into_form(pair: KeyPair) -> None:
    pasted = RegistrySecrets(internal_key=pair.key_pem.replace("\n", "\\n"))
    assert decide(pasted, certificate_of(pair), None).secrets.internal_key == pair.key_pem
