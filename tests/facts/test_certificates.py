from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ctl.credentials.selfsigned import self_signed
from ctl.facts.certificates import Looked, covers, look

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
    found = looked(certificate, key)
    assert found.fact is not None
    assert (found.fact.certificate, found.fact.key) == (str(certificate), str(key))
    assert (found.problem, found.warning, found.missing) == (None, None, ())


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
    found = looked(certificate, key)
    assert found.problem == f"{key} is not the key of {certificate}"
    assert found.problem_in_key


def test_certificate_that_is_no_pem_is_a_problem(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    certificate.write_text("hello\n")
    assert looked(certificate, key).problem == f"{certificate} holds no certificate in PEM form"


def test_key_that_is_no_pem_is_a_problem_of_the_key(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    key.write_bytes(certificate.read_bytes())
    found = looked(certificate, key)
    assert found.problem == f"{key} holds no private key in PEM form"
    assert found.problem_in_key


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
    assert looked(certificate, key, encrypted=True).problem is None


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
    found = looked(certificate, key, host)
    assert found.problem is None
    assert found.warning is not None
    assert words in found.warning


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
