from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import warnings
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctl.credentials.certificate import CredentialError, certificates, read_der, tidy_pem
from ctl.credentials.keypair import KeyPair, certify
from ctl.credentials.keys import describe_bundle, describe_key, jwks, matches
from tests.credentials.conftest import NOW, pem_of


def private_pem(key: object, form: PrivateFormat, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()  # type: ignore[attr-defined, no-any-return]


def test_libtrust_id_is_twelve_groups_of_the_hashed_public_key(pair: KeyPair) -> None:
    public = load_pem_private_key(pair.key_pem.encode(), None).public_key()
    digest = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    libtrust_id = describe_key(pair.key_pem).libtrust_id
    assert [len(group) for group in libtrust_id.split(":")] == [4] * 12
    assert base64.b32decode(libtrust_id.replace(":", "")) == digest[:30]


def test_thumbprint_of_the_rfc_example_is_that_of_the_rfc() -> None:
    # RFC 7638, section 3.1.
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRX"
        "jBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaS"
        "qzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksIN"
        "HaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    number = int.from_bytes(base64.urlsafe_b64decode(modulus + "=="), "big")
    der = rsa.RSAPublicNumbers(65537, number).public_key()
    from ctl.credentials.keys import _describe

    assert _describe(der).thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_key_described_tells_kind_and_size(pair: KeyPair, ec_pair: KeyPair) -> None:
    assert (describe_key(pair.key_pem).kind, describe_key(pair.key_pem).bits) == ("RSA", 4096)
    assert (describe_key(ec_pair.key_pem).kind, describe_key(ec_pair.key_pem).bits) == ("EC", 256)


def test_key_in_pkcs8_form_is_the_same_key(other_pair: KeyPair) -> None:
    key = load_pem_private_key(other_pair.key_pem.encode(), None)
    assert describe_key(private_pem(key, PrivateFormat.PKCS8)) == describe_key(other_pair.key_pem)


def test_key_pasted_into_one_line_is_the_same_key(other_pair: KeyPair) -> None:
    pasted = other_pair.key_pem.replace("\n", "\\n")
    assert tidy_pem(pasted) == other_pair.key_pem
    assert describe_key(pasted) == describe_key(other_pair.key_pem)


@pytest.mark.parametrize("change", ["\r\n", "\n  ", " \n"])
def test_key_with_odd_line_ends_is_the_same_key(other_pair: KeyPair, change: str) -> None:
    assert describe_key(other_pair.key_pem.replace("\n", change)) == describe_key(other_pair.key_pem)


def test_key_with_one_letter_changed_is_refused(other_pair: KeyPair) -> None:
    lines = other_pair.key_pem.split("\n")
    for at in range(1, len(lines) - 2):
        changed = ("A" if lines[at][30] != "A" else "B").join([lines[at][:30], lines[at][31:]])
        text = "\n".join([*lines[:at], changed, *lines[at + 1 :]])
        with pytest.raises(CredentialError):
            describe_key(text)


def test_key_behind_its_curve_parameters_is_read(ec_pair: KeyPair) -> None:
    # What `openssl ecparam -genkey` writes.
    text = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + ec_pair.key_pem
    assert describe_key(text) == describe_key(ec_pair.key_pem)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not in PEM form"),
        ("hello", "not in PEM form"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE", "cut off"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "damaged"),
        ("-----BEGIN RSA PRIVATE KEY-----\nä\n-----END RSA PRIVATE KEY-----\n", "damaged"),
    ],
)
def test_key_damaged_is_refused(text: str, said: str) -> None:
    with pytest.raises(CredentialError, match=said):
        describe_key(text)


def test_key_of_unfit_kind_is_refused_with_its_reason(other_pair: KeyPair) -> None:
    key = load_pem_private_key(other_pair.key_pem.encode(), None)
    unfit = {
        "encrypted": private_pem(key, PrivateFormat.TraditionalOpenSSL, b"x"),
        "encrypted,": private_pem(key, PrivateFormat.PKCS8, b"x"),
        "this is a certificate": other_pair.certificate_pem,
        "kind Ed25519": private_pem(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.PKCS8),
        "kind DSA": private_pem(dsa.generate_private_key(2048), PrivateFormat.PKCS8),
        "curve secp256k1": pem_of(ec.generate_private_key(ec.SECP256K1())),
        "2 private keys": other_pair.key_pem * 2,
    }
    for said, text in unfit.items():
        with pytest.raises(CredentialError, match=said.rstrip(",")) as caught:
            describe_key(text)
        assert "BEGIN" not in str(caught.value)


def test_certificate_of_omnibus_is_read_without_a_warning(omnibus_certificate: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (description,) = describe_bundle(omnibus_certificate)
    assert (description.key.kind, description.key.bits) == ("RSA", 2048)
    assert description.not_before == datetime(2026, 11, 21, 7, 13, 49, tzinfo=UTC)
    assert description.not_after == datetime(2036, 11, 18, 7, 13, 49, tzinfo=UTC)


def test_certificate_read_by_hand_agrees_with_the_library(pair: KeyPair, ec_pair: KeyPair) -> None:
    for text in (pair.certificate_pem, ec_pair.certificate_pem):
        ours = certificates(text)[0]
        theirs = x509.load_pem_x509_certificate(text.encode())
        public = theirs.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert ours.public_key == public
        assert ours.not_before == theirs.not_valid_before_utc
        assert ours.not_after == theirs.not_valid_after_utc


def test_certificate_ending_after_2050_is_read(other_pair: KeyPair) -> None:
    made = certify(other_pair.key_pem, NOW.replace(year=2049))
    assert describe_bundle(made)[0].not_after.year == 2059


def test_bundle_of_several_with_text_between_is_read_in_order(pair: KeyPair, other_pair: KeyPair) -> None:
    text = f"the new one\n{pair.certificate_pem}\nthe old one\n{other_pair.certificate_pem}"
    assert [description.key.bits for description in describe_bundle(text)] == [4096, 2048]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not in PEM form"),
        ("-----BEGIN CERTIFICATE-----\nMIIE", "END line is missing"),
        ("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n", "not X.509"),
        ("-----BEGIN CERTIFICATE-----\n%%\n-----END CERTIFICATE-----\n", "not base64"),
        ("-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----\n", "this is a public key"),
    ],
)
def test_bundle_damaged_is_refused(text: str, said: str) -> None:
    with pytest.raises(CredentialError, match=said):
        describe_bundle(text)


def test_bundle_with_a_private_key_is_refused(pair: KeyPair) -> None:
    with pytest.raises(CredentialError, match="private key"):
        describe_bundle(pair.certificate_pem + pair.key_pem)


@given(st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_certificate_with_flipped_bytes_never_crashes(other_pair: KeyPair, data: st.DataObject) -> None:
    der = bytearray(
        x509.load_pem_x509_certificate(other_pair.certificate_pem.encode()).public_bytes(Encoding.DER)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, 200))] = data.draw(st.integers(0, 255))
    cut = bytes(der[: data.draw(st.integers(0, len(der)))])
    for damaged in (bytes(der), cut):
        text = base64.b64encode(damaged).decode()
        with contextlib.suppress(CredentialError):
            describe_bundle(f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    with pytest.raises(CredentialError):
        read_der(cut[:-1])


def test_halves_of_one_pair_match_and_of_two_do_not(pair: KeyPair, other_pair: KeyPair) -> None:
    assert matches(pair.key_pem, pair.certificate_pem)
    assert not matches(pair.key_pem, other_pair.certificate_pem)
    assert matches(pair.key_pem, other_pair.certificate_pem + pair.certificate_pem)


def test_key_set_names_every_key_twice(pair: KeyPair, ec_pair: KeyPair) -> None:
    key_set = jwks(pair.certificate_pem + ec_pair.certificate_pem + pair.certificate_pem)
    expected = []
    for key in (describe_key(pair.key_pem), describe_key(ec_pair.key_pem)):
        expected += [key.thumbprint, key.libtrust_id]
    assert [key["kid"] for key in key_set["keys"]] == expected
    assert [key["kty"] for key in key_set["keys"]] == ["RSA", "RSA", "EC", "EC"]
    assert "d" not in json.dumps([list(key) for key in key_set["keys"]]).replace("kid", "")


def test_key_set_holds_the_numbers_of_the_key(ec_pair: KeyPair) -> None:
    key = load_pem_private_key(ec_pair.key_pem.encode(), None).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    entry = jwks(ec_pair.certificate_pem)["keys"][0]
    x, y = (int.from_bytes(base64.urlsafe_b64decode(entry[name] + "="), "big") for name in "xy")
    assert (x, y) == (key.public_numbers().x, key.public_numbers().y)
    assert entry["crv"] == "P-256"


def test_coordinates_with_leading_zeros_keep_their_width() -> None:
    from ctl.credentials.keys import _jwk

    # The 2nd of these scalars' points is looked for until one has a coordinate below 2**248.
    for scalar in range(1, 3000):
        key = ec.derive_private_key(scalar, ec.SECP256R1()).public_key()
        if key.public_numbers().x < 2**248:
            assert len(_jwk(key)["x"]) == 43
            return
    pytest.fail("no key with a leading zero byte was found")
