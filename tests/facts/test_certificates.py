from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ctl.credentials.selfsigned import self_signed
from ctl.facts.certificates import Looked, covers, exposed_key, foreign_owner, look

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def pair(directory: Path, host: str = "registry.example.com", made: datetime = NOW) -> tuple[Path, Path]:
    certificate, key = directory / "r.crt", directory / "r.key"
    texts = self_signed(host, made)
    certificate.write_bytes(texts[0])
    key.write_bytes(texts[1])
    return certificate, key


def looked(
    certificate: Path, key: Path, host: str = "registry.example.com", encrypted: bool = False
) -> Looked:
    return look(certificate, key, host, NOW, encrypted)


def test_certificate_that_is_whole_and_fits_is_taken_without_remark(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    seen = looked(certificate, key)
    assert seen.fact is not None
    assert (seen.fact.certificate, seen.fact.key) == (str(certificate), str(key))
    assert (seen.problem, seen.warning, seen.missing) == (None, None, ())


def test_digest_of_certificate_changes_with_either_file(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    first = looked(certificate, key).fact
    key.write_bytes(key.read_bytes() + b"\n")
    second = looked(certificate, key).fact
    assert first is not None
    assert second is not None
    assert first.digest != second.digest


@pytest.mark.parametrize("gone", ["r.crt", "r.key"])
def test_certificate_with_a_missing_half_names_it(tmp_path: Path, gone: str) -> None:
    certificate, key = pair(tmp_path)
    (tmp_path / gone).unlink()
    assert looked(certificate, key).missing == (tmp_path / gone,)


def test_key_of_another_certificate_is_a_problem_of_the_key(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    key.write_bytes(self_signed("registry.example.com", NOW)[1])
    seen = looked(certificate, key)
    assert seen.problem == f"{key} is not the key of {certificate}"
    assert seen.problem_in_key


def test_certificate_that_is_no_pem_is_a_problem(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    certificate.write_text("hello\n")
    assert looked(certificate, key).problem == f"{certificate} holds no certificate in PEM form"


def test_key_that_is_no_pem_is_a_problem_of_the_key(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    key.write_bytes(certificate.read_bytes())
    seen = looked(certificate, key)
    assert seen.problem == f"{key} holds no private key in PEM form"
    assert seen.problem_in_key


def test_encrypted_key_is_a_problem_unless_a_pass_phrase_file_is_named(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    certificate, key = pair(tmp_path)
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"x"),
        )
    )
    assert looked(certificate, key).problem == f"{key} is encrypted, and there is no ssl_password_file"
    unread = looked(certificate, key, encrypted=True)
    assert unread.problem is None
    # Whether the key is this certificate's was not seen.
    assert unread.read is not None
    assert unread.read.digest == ""


@pytest.mark.parametrize(
    ("made", "host", "words"),
    [
        (NOW - timedelta(days=91), "registry.example.com", "has expired on 2026-05-31"),
        (NOW + timedelta(days=2), "registry.example.com", "is not valid before 2026-06-02"),
        (NOW - timedelta(days=80), "registry.example.com", "expires in 10 days"),
        (NOW, "other.example.com", "does not cover other.example.com; it is for registry.example.com"),
    ],
)
def test_doubtful_certificate_is_a_warning(tmp_path: Path, made: datetime, host: str, words: str) -> None:
    certificate, key = pair(tmp_path, made=made)
    seen = looked(certificate, key, host)
    assert seen.problem is None
    assert seen.warning is not None
    assert words in seen.warning


@pytest.mark.parametrize(
    ("name", "host", "expected"),
    [
        ("registry.example.com", "REGISTRY.example.com", True),
        ("*.example.com", "registry.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("*.gitlab.example.com", "registry.example.com", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "[::1]", True),
    ],
)
def test_name_covers_host(name: str, host: str, expected: bool) -> None:
    assert covers(name, host) is expected


# the order of a chain (E5) and the mode of a key (E12)


def issued(names: list[str]) -> tuple[list[bytes], bytes]:
    """Return a chain of certificates, each issued by the next, and the key of the first one."""
    key = rsa.generate_private_key(65537, 2048)
    texts: list[bytes] = []
    for name, issuer in zip(names, [*names[1:], names[-1]], strict=True):
        own = key if not texts else rsa.generate_private_key(65537, 2048)
        builder = x509.CertificateBuilder().serial_number(1).public_key(own.public_key())
        builder = builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        builder = builder.issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        builder = builder.not_valid_before(NOW - timedelta(1)).not_valid_after(NOW + timedelta(90))
        alternative = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = builder.add_extension(alternative, False).sign(own, hashes.SHA256())
        texts.append(made.public_bytes(Encoding.PEM))
    return texts, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def of_chain(directory: Path, order: list[int]) -> Looked:
    texts, secret = issued(["registry.example.com", "middle", "root"])
    certificate, key = directory / "r.crt", directory / "r.key"
    certificate.write_bytes(b"".join(texts[place] for place in order))
    key.write_bytes(secret)
    return looked(certificate, key)


@pytest.mark.parametrize("order", [[0], [0, 1], [0, 1, 2]])
def test_e5_chain_in_its_order_is_taken_without_remark(tmp_path: Path, order: list[int]) -> None:
    seen = of_chain(tmp_path, order)
    assert (seen.problem, seen.warning) == (None, None)


@pytest.mark.parametrize(("order", "place"), [([0, 2], 2), ([0, 2, 1], 2), ([0, 1, 1], 3)])
def test_e5_chain_out_of_order_is_warned_of(tmp_path: Path, order: list[int], place: int) -> None:
    warning = of_chain(tmp_path, order).warning
    assert warning is not None
    assert warning.startswith(f"certificate {place} of {tmp_path}/r.crt is not that of the issuer")


def test_e5_own_certificate_behind_its_issuers_is_a_problem(tmp_path: Path) -> None:
    seen = of_chain(tmp_path, [1, 0])
    expected = f"{tmp_path}/r.crt has the server's certificate in place 2; it has to come first"
    assert (seen.problem, seen.problem_in_key) == (expected, False)


@pytest.mark.parametrize(("mode", "shown"), [(0o600, None), (0o640, None), (0o644, "0644"), (0o602, "0602")])
def test_e12_key_that_others_may_read_is_told_with_its_mode(
    tmp_path: Path, mode: int, shown: str | None
) -> None:
    _, key = pair(tmp_path)
    key.chmod(mode)
    assert exposed_key(key) == shown
    assert exposed_key(tmp_path / "none") is None


def test_e12_key_of_another_account_is_told_with_its_owner(tmp_path: Path) -> None:
    _, key = pair(tmp_path)
    key.chmod(0o600)
    assert foreign_owner(key) is None
    assert foreign_owner(tmp_path / "none") is None
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(key, pwd.getpwnam("nobody").pw_uid, 0)
    assert foreign_owner(key) == "nobody"
