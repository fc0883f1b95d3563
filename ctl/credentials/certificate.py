"""What is in a PEM file and in an X.509 certificate, read without judging how well it was made.

The certificates that GitLab's Linux package makes carry the serial number 0 and the country ``USA``.
X.509 libraries warn about the first and announce to refuse it, so the four fields that matter here are
read by an own DER reader; only the public key goes to the library.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from ctl.credentials.hidden import Hidden
from ctl.regex import compile_late

_BLOCK = compile_late(
    r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----[ \t]*\n(?P<body>.*?)-----END (?P=label)-----",
    re.DOTALL,
)
_INTEGER, _SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x02, 0x30, 0x17, 0x18, 0xA0


class CredentialError(ValueError):
    """A key or certificate cannot be used; the message completes "<the setting>: ..."."""


class Block(Hidden, frozen=True):
    """One PEM block: its label (``RSA PRIVATE KEY``) and its whole text, markers included."""

    label: str
    text: str
    body: str

    def der(self) -> bytes:
        """Decode the block.

        Raises:
            CredentialError: it is not base64.
        """
        try:
            return base64.b64decode("".join(self.body.split()), validate=True)
        except (binascii.Error, ValueError):
            raise CredentialError(f"the {self.label} block is damaged: it is not base64") from None


class RawCertificate(Struct, frozen=True):
    """What a certificate says; times are in UTC, ``public_key`` is the DER SubjectPublicKeyInfo."""

    public_key: bytes
    not_before: datetime
    not_after: datetime


def tidy_pem(text: str) -> str:
    r"""Bring a PEM text into its canonical form: real line feeds, exactly one of them at the end.

    A key that was pasted into one line with ``\n`` between the parts (single quotes in Ruby keep the
    backslash) means the same key.
    """
    text = text.replace("\\r", "").replace("\\n", "\n") if "\\n" in text else text
    lines = [line.strip() for line in text.replace("\r\n", "\n").strip().split("\n")]
    return "\n".join(lines) + "\n"


def blocks(text: str) -> Iterator[Block]:
    """Yield the PEM blocks of a text; whatever stands between them is skipped, as Go does."""
    for match in _BLOCK.finditer(tidy_pem(text)):
        yield Block(match["label"], match[0] + "\n", match["body"])


def certificates(text: str) -> list[RawCertificate]:
    """Read every certificate of a bundle.

    Raises:
        CredentialError: there is none, one is damaged, or a private key stands among them, which would
            become readable to everybody who may read the certificates.
    """
    pem_blocks = list(blocks(text))
    if any(block.label.endswith("PRIVATE KEY") for block in pem_blocks):
        raise CredentialError("this holds a private key, only certificates are expected")
    bundle = [read_der(block.der()) for block in pem_blocks if block.label == "CERTIFICATE"]
    if bundle:
        return bundle
    if pem_blocks:
        raise CredentialError(f"this is a {pem_blocks[0].label.lower()}, a certificate is expected")
    raise CredentialError(
        "this certificate is cut off or damaged: its END line is missing"
        if "-----BEGIN" in text
        else "this is not in PEM form, '-----BEGIN CERTIFICATE-----' is expected"
    )


def read_der(der: bytes) -> RawCertificate:
    """Read a DER certificate.

    Raises:
        CredentialError: it is damaged.
    """
    try:
        return _certificate(der)
    except (ValueError, IndexError):
        raise CredentialError("the certificate is damaged: it is not X.509") from None


def _certificate(der: bytes) -> RawCertificate:
    whole = _Reader(der)
    outer = _Reader(whole.take(_SEQUENCE))
    if not whole.at_end:
        raise ValueError("bytes after the certificate")
    body = _Reader(outer.take(_SEQUENCE))
    if body.peek() == _VERSION:
        body.take(_VERSION)
    body.take(_INTEGER)  # the serial number, whatever it is
    body.take(_SEQUENCE)  # the signature's algorithm
    body.take(_SEQUENCE)  # the issuer
    validity = _Reader(body.take(_SEQUENCE))
    not_before, not_after = validity.time(), validity.time()
    body.take(_SEQUENCE)  # the subject
    return RawCertificate(body.element(_SEQUENCE), not_before, not_after)


class _Reader:
    """Reads DER elements one after the other; every failure is a ValueError or an IndexError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def peek(self) -> int:
        return self._data[self._at]

    def take(self, tag: int) -> bytes:
        """Return the contents of the next element, which must have this tag."""
        start, end = self._next(tag)
        return self._data[start:end]

    def element(self, tag: int) -> bytes:
        """Return the next element as a whole."""
        first = self._at
        _, end = self._next(tag)
        return self._data[first:end]

    def time(self) -> datetime:
        """Return the next element, one of the two forms of time."""
        if self.peek() == _GENERALIZED_TIME:
            text = self.take(_GENERALIZED_TIME).decode("ascii")
        else:
            text = self.take(_UTC_TIME).decode("ascii")
            text = ("19" if text >= "50" else "20") + text
        if not re.fullmatch(r"[0-9]{14}Z", text):
            raise ValueError("not a time of X.509")
        month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
        return datetime(int(text[:4]), month, day, hour, minute, second, tzinfo=UTC)

    def _next(self, tag: int) -> tuple[int, int]:
        if self._data[self._at] != tag:
            raise ValueError("unexpected element")
        length, start = self._data[self._at + 1], self._at + 2
        if length >= 0x80:
            size = length - 0x80
            if not 1 <= size <= 4 or start + size > len(self._data):
                raise ValueError("unusable length")
            length, start = int.from_bytes(self._data[start : start + size], "big"), start + size
        if start + length > len(self._data):
            raise ValueError("cut off")
        self._at = start + length
        return start, self._at
