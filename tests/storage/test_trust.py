"""The certificate of a store's server is taken where the registry takes it."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ctl.credentials.selfsigned import self_signed
from ctl.storage.backends.bucket import Bucket
from ctl.storage.backends.connection import connection
from ctl.storage.backends.trust import distrust, is_trusted
from ctl.storage.store import StoreError


class Nothing(http.server.BaseHTTPRequestHandler):
    """A bucket without an object."""

    def do_GET(self) -> None:
        body = b"<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def authority(host: str) -> tuple[bytes, bytes]:
    """Make a self-signed certificate that calls itself an authority, as servers often have."""
    pem, key_pem = self_signed(host, datetime.now(UTC))
    own, key = x509.load_pem_x509_certificate(pem), load_pem_private_key(key_pem, None)
    builder = x509.CertificateBuilder(
        issuer_name=own.issuer,
        subject_name=own.subject,
        public_key=own.public_key(),
        serial_number=own.serial_number,
        not_valid_before=own.not_valid_before_utc,
        not_valid_after=own.not_valid_after_utc,
        extensions=list(own.extensions),
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate = builder.sign(key, hashes.SHA256())  # type: ignore[arg-type]
    return certificate.public_bytes(serialization.Encoding.PEM), key_pem


@contextlib.contextmanager
def serving(place: Path, certificate: bytes, key: bytes) -> Iterator[str]:
    (place / "c.pem").write_bytes(certificate)
    (place / "k.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "c.pem", place / "k.pem")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def bucket(url: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Bucket:
    # The worker's own environment is what it was given; here it is put back.
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given = {"bucket": "images", "region": "r", "regionendpoint": url, "accesskey": "a", "secretkey": "b"}
    return Bucket(connection("s3", given), environment)


def test_authority_that_serves_itself_is_taken_as_the_registry_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path, *authority("127.0.0.1")) as url:
        environment = {"SSL_CERT_FILE": str(tmp_path / "c.pem")}
        assert is_trusted(url, environment)
        assert bucket(url, environment, monkeypatch).listed("ctl-") == []


@pytest.mark.parametrize(
    ("host", "trusted", "why"),
    [("127.0.0.1", False, "self-signed certificate"), ("127.0.0.2", True, "IP address mismatch")],
)
def test_certificate_that_the_registry_refuses_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, trusted: bool, why: str
) -> None:
    with serving(tmp_path, *authority(host)) as url:
        environment = {"SSL_CERT_FILE": str(tmp_path / "c.pem")} if trusted else {}
        assert why in (distrust(url, environment) or "")
        with pytest.raises(StoreError, match=why) as raised:
            bucket(url, environment, monkeypatch).listed("ctl-")
        assert raised.value.code == "store-untrusted"
