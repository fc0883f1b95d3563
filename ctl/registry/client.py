"""A small HTTP client that asks one address under another name, and says plainly why it got no answer.

A verification asks nginx on this very machine for the vhost that the world knows by its name, so the
address, the name in the TLS handshake and the name in the Host header are three things here. No proxy
of the environment is used and no redirect is followed: what answers must be what was asked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from ctl.registry.deadline import Deadline, TimedSocket

MAXIMUM_BODY = 1024 * 1024


class Unreachable(Exception):
    """No answer of HTTP came; ``reason`` says why, lower case, to follow "<address>: "."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Tls(Struct, frozen=True):
    """How to speak TLS.

    Args:
        name: the name sent in the handshake, and looked for in the certificate.
        trust: PEM certificates to accept: authorities, or the very certificate that is served. None
            accepts any certificate, which is right only for asking what somebody serves.
    """

    name: str
    trust: str | None


class Endpoint(Struct, frozen=True):
    """Where to connect, and under which name to ask.

    Args:
        host: an address or name to connect to, an IPv6 address without brackets; unused with ``socket``.
        port: 1 to 65535; unused with ``socket``.
        name: the Host header, with its port where that is not the scheme's own.
        tls: none for plain HTTP.
        socket: the path of a unix socket to connect to instead.
    """

    host: str
    port: int
    name: str
    tls: Tls | None = None
    socket: Path | None = None

    def __str__(self) -> str:
        if self.socket:
            return f"unix:{self.socket}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Response(Struct, frozen=True):
    """An answer; ``truncated`` when its body was longer than 1 MiB, of which ``body`` has the beginning."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool = False

    def __repr__(self) -> str:
        return f"Response(status={self.status}, headers={self.headers}, truncated={self.truncated})"

    def values(self, name: str) -> list[str]:
        """Return all values of a header, in order; upper and lower case mean the same."""
        return [value for header, value in self.headers if header.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next(iter(self.values(name)), None)


class Client:
    """Asks one endpoint; every request has a connection of its own.

    Args:
        endpoint: whom to ask.
        timeout: seconds for all of a request: connecting, sending, and the last byte of the answer.
    """

    def __init__(self, endpoint: Endpoint, timeout: float = 5.0) -> None:
        self.endpoint = endpoint
        self.timeout = timeout

    def get(self, path: str, token: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
        """Send a GET request; see `request`."""
        return self.request("GET", path, token=token, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Send a request and return the answer, whatever its status.

        Args:
            method: such as ``POST``.
            path: with its query, percent-encoded.
            token: sent as ``Authorization: Bearer``.
            headers: further headers.
            body: sent with its length; a method that wants a body gets an empty one from ``b""``.

        Raises:
            Unreachable: no answer came.
        """
        connection = http.client.HTTPConnection(self.endpoint.name or "localhost")
        try:
            deadline = Deadline(self.timeout)
            connection.sock = TimedSocket(self._connect(deadline), deadline)
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in self._headers(token, headers, body).items():
                connection.putheader(name, value)
            connection.endheaders(body)
            return _read(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(_reason(error)) from error
        finally:
            connection.close()

    def peer_certificate(self, context: ssl.SSLContext | None = None) -> bytes:
        """Return the certificate that is served, in DER, without judging it.

        Args:
            context: what judges it after all.

        Raises:
            Unreachable: the handshake failed, or the endpoint does not speak TLS.
        """
        if self.endpoint.tls is None:
            raise Unreachable("plain HTTP has no certificate")
        try:
            deadline = Deadline(self.timeout)
            tls = Tls(self.endpoint.tls.name, None)
            with self._handshake(self._open(deadline), tls, deadline, context) as connection:
                return connection.getpeercert(binary_form=True) or b""
        except OSError as error:
            raise Unreachable(_reason(error)) from error

    def _headers(
        self, token: str | None, headers: Mapping[str, str] | None, body: bytes | None
    ) -> dict[str, str]:
        result = {"Host": self.endpoint.name, "User-Agent": "registry-ctl", "Connection": "close"}
        if token is not None:
            result["Authorization"] = f"Bearer {token}"
        if body is not None:
            result["Content-Length"] = str(len(body))
        return {**result, **(headers or {})}

    def _connect(self, deadline: Deadline) -> socket.socket:
        plain = self._open(deadline)
        return self._handshake(plain, self.endpoint.tls, deadline) if self.endpoint.tls else plain

    def _open(self, deadline: Deadline) -> socket.socket:
        if self.endpoint.socket is None:
            return socket.create_connection((self.endpoint.host, self.endpoint.port), deadline.left())
        plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            plain.settimeout(deadline.left())
            plain.connect(str(self.endpoint.socket))
        except BaseException:
            plain.close()
            raise
        return plain

    def _handshake(
        self, plain: socket.socket, tls: Tls, deadline: Deadline, context: ssl.SSLContext | None = None
    ) -> ssl.SSLSocket:
        try:
            plain.settimeout(deadline.left())
            return (context or _context(tls.trust)).wrap_socket(plain, server_hostname=tls.name)
        except ssl.SSLError as error:
            plain.close()
            raise Unreachable(f"TLS handshake: {_tls_reason(error)}") from error
        except OSError as error:
            plain.close()
            raise Unreachable(f"TLS handshake: {_reason(error)}") from error
        except ValueError as error:
            plain.close()
            text = f"TLS handshake: the name '{tls.name}' or the certificates to trust cannot be used"
            raise Unreachable(text) from error


def _context(trust: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    # A certificate that is trusted itself needs no authority above it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Remarks beside the certificates may be in any language, ssl takes ASCII alone.
    context.load_verify_locations(cadata=trust.encode("ascii", "replace").decode("ascii"))
    return context


def _read(answer: http.client.HTTPResponse) -> Response:
    body = answer.read(MAXIMUM_BODY + 1)
    if answer.length and len(body) <= MAXIMUM_BODY:
        raise http.client.IncompleteRead(body, answer.length)
    headers = tuple((name, _decoded(value)) for name, value in answer.getheaders())
    return Response(answer.status, headers, body[:MAXIMUM_BODY], len(body) > MAXIMUM_BODY)


def _decoded(value: str) -> str:
    # http.client takes every byte for Latin-1; registries write UTF-8.
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, http.client.RemoteDisconnected):
        return "closed the connection without an answer"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {_tls_reason(error)}"
    if isinstance(error, http.client.IncompleteRead):
        return "closed the connection in the middle of its answer"
    if isinstance(error, http.client.HTTPException):
        return "answered something that is not HTTP"
    if isinstance(error, socket.gaierror):
        return "the name cannot be resolved"
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return str(error)


def _tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is refused: {error.verify_message.rstrip('.')}"
    if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return "the other side does not speak TLS"
    if error.reason == "UNEXPECTED_EOF_WHILE_READING" or isinstance(error, ssl.SSLEOFError):
        return "closed the connection without an answer"
    return (error.reason or "failed").lower().replace("_", " ")
