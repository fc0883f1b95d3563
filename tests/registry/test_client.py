from __future__ import annotations

import datetime
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ctl.credentials.keypair import KeyPair
from ctl.registry.client import MAXIMUM_BODY, Client, Endpoint, Tls, Unreachable
from tests.ports import free_port
from tests.registry.answering import answering, http
from tests.registry.conftest import Start, pem_of

NAME = "registry.example.com"


def make_chain(days: int = 2) -> tuple[str, str]:
    """A self-signed TLS certificate for `NAME` that ends in so many days, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=9))
    builder = builder.not_valid_after(now + datetime.timedelta(days=days))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode(), pem_of(key)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    text, key = make_chain()
    path = tmp_path_factory.mktemp("tls") / "chain.pem"
    path.write_text(text + key)
    return text, path


def reason_of(client: Client) -> str:
    with pytest.raises(Unreachable) as caught:
        client.get("/v2/")
    return caught.value.reason


def test_answer_plain_is_returned_whole() -> None:
    headers = ("X-A: 1", "x-a: 2", "X-Ü: ü")
    with answering(http("418 Teapot", "body", *headers)) as server:
        response = server.client.get("/v2/?a=b", token="TOKEN", headers={"Accept": "x/y"})
    assert (response.status, response.body, response.truncated) == (418, b"body", False)
    assert (response.values("x-A"), response.header("X-a"), response.header("none")) == (
        ["1", "2"],
        "1",
        None,
    )
    sent = server.requests[0].decode().split("\r\n")
    assert sent[0] == "GET /v2/?a=b HTTP/1.1"
    assert set(sent[1:]) >= {"Host: registry.example.com", "Authorization: Bearer TOKEN", "Accept: x/y"}


def test_header_in_utf8_is_decoded() -> None:
    with answering(http("200 OK", "", "X-A: ü")) as server:
        assert server.client.get("/").header("x-a") == "ü"


def test_redirect_is_not_followed() -> None:
    with answering(http("302 Found", "", "Location: /elsewhere")) as server:
        assert server.client.get("/").status == 302
    assert len(server.requests) == 1


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering(http("200 OK")) as server:
        assert server.client.get("/").status == 200


def test_body_too_long_is_cut() -> None:
    with answering(http("200 OK", "x" * (MAXIMUM_BODY + 5))) as server:
        response = server.client.get("/")
    assert (len(response.body), response.truncated) == (MAXIMUM_BODY, True)


def test_unix_socket_is_asked(tmp_path: Path) -> None:
    with answering(http("200 OK"), path=tmp_path / "s") as server:
        assert server.client.get("/").status == 200
    assert str(server.client.endpoint) == f"unix:{tmp_path}/s"


def test_unix_socket_missing_says_so(tmp_path: Path) -> None:
    client = Client(Endpoint("", 0, "localhost", socket=tmp_path / "none"))
    assert reason_of(client) == "no such file or directory"


def test_port_closed_is_refused() -> None:
    assert reason_of(Client(Endpoint("127.0.0.1", free_port(), NAME))) == "connection refused"


def test_silence_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert reason_of(Client(Endpoint("127.0.0.1", port, NAME), timeout=0.1)) == "timed out"
        tls = Client(Endpoint("127.0.0.1", port, NAME, Tls(NAME, None)), timeout=0.1)
        assert reason_of(tls) == "TLS handshake: timed out"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH\r\n", "answered something that is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", "in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab", "in the middle of its answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "not HTTP"),
    ],
)
def test_answer_unusable_is_told(answer: bytes, said: str) -> None:
    with answering(answer) as server:
        assert said in reason_of(server.client)


def test_tls_under_another_name_than_the_address_works(certificate: tuple[str, Path]) -> None:
    text, chain = certificate
    with answering(http("200 OK"), tls=Tls(NAME, text), chain=chain, name=f"{NAME}:5443") as server:
        assert server.client.get("/").status == 200
    assert server.names == [NAME]
    assert f"Host: {NAME}:5443\r\n".encode() in server.requests[0]


def test_tls_trust_with_a_remark_in_any_language_is_read(certificate: tuple[str, Path]) -> None:
    text, chain = certificate
    with answering(http("200 OK"), tls=Tls(NAME, f"# für später\n{text}"), chain=chain) as server:
        assert server.client.get("/").status == 200


def test_tls_unchecked_accepts_any_certificate(certificate: tuple[str, Path]) -> None:
    with answering(http("200 OK"), tls=Tls("else.example.com", None), chain=certificate[1]) as server:
        assert server.client.get("/").status == 200


def test_tls_peer_certificate_is_the_one_served(certificate: tuple[str, Path]) -> None:
    text, chain = certificate
    with answering(b"", tls=Tls(NAME, "nonsense"), chain=chain) as server:
        assert server.client.peer_certificate() == ssl.PEM_cert_to_DER_cert(text)


def test_tls_certificate_of_another_is_refused(certificate: tuple[str, Path], pair: KeyPair) -> None:
    with answering(b"", tls=Tls(NAME, pair.certificate_pem), chain=certificate[1]) as server:
        assert "TLS handshake: the certificate is refused: self-signed" in reason_of(server.client)


def test_tls_name_of_another_is_refused(certificate: tuple[str, Path]) -> None:
    text, chain = certificate
    with answering(b"", tls=Tls("else.example.com", text), chain=chain) as server:
        assert "'else.example.com'" in reason_of(server.client)


def test_tls_certificate_expired_is_refused(tmp_path: Path) -> None:
    text, key = make_chain(days=-1)
    chain = tmp_path / "chain.pem"
    chain.write_text(text + key)
    with answering(b"", tls=Tls(NAME, text), chain=chain) as server:
        assert "has expired" in reason_of(server.client)


def test_tls_to_a_plain_port_says_so() -> None:
    with answering(http("400 Bad Request"), tls=Tls(NAME, None)) as server:
        assert reason_of(server.client) == "TLS handshake: the other side does not speak TLS"
        with pytest.raises(Unreachable, match="does not speak TLS"):
            server.client.peer_certificate()


def test_tls_closed_in_the_handshake_says_so() -> None:
    with answering(b"", tls=Tls(NAME, None)) as server:
        assert reason_of(server.client).startswith("TLS handshake: ")


@pytest.mark.parametrize("tls", [Tls("", None), Tls(NAME, "ü"), Tls(NAME, "x"), Tls(NAME, "")])
def test_tls_with_unusable_arguments_is_unreachable(tls: Tls) -> None:
    with answering(b"", tls=tls) as server:
        assert reason_of(server.client).startswith("TLS handshake: ")
    assert not any(server.requests)


def test_peer_certificate_of_plain_http_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="no certificate"):
        Client(Endpoint("127.0.0.1", 1, NAME)).peer_certificate()


def test_tls_of_the_real_registry_is_spoken(start: Start, tmp_path: Path) -> None:
    text, key = make_chain()
    (tmp_path / "c").write_text(text)
    (tmp_path / "k").write_text(key)
    port = free_port()
    tls = {"certificate": str(tmp_path / "c"), "key": str(tmp_path / "k")}
    running = start(http={"addr": f"127.0.0.1:{port}", "tls": tls}, at=port)
    client = Client(Endpoint("127.0.0.1", port, NAME, Tls(NAME, text)))
    assert client.get("/v2/").status == 200
    plain = running.client.get("/v2/")
    assert (plain.status, b"HTTPS server" in plain.body) == (400, True)


def test_threads_of_the_test_server_have_ended() -> None:
    with answering(http("200 OK")):
        assert threading.active_count() > 1
    assert not any(thread.name.endswith("(_serve)") for thread in threading.enumerate())
