"""Digests in little memory: raw bytes, whose length tells the algorithm, and numbers that stand for them."""

from __future__ import annotations

import hashlib
from binascii import unhexlify
from collections.abc import Callable

CANONICAL = "sha256"
"""The algorithm by which the registry stores whatever is pushed."""
ALGORITHMS = {"sha256": 32, "sha384": 48, "sha512": 64}
_NAMES = {length: name for name, length in ALGORITHMS.items()}
# The longest link that the registry writes is that of sha512.
LONGEST_LINK = 512


def from_hex(algorithm: str, text: str) -> bytes | None:
    """Give the raw digest that a path names; None when the registry would not know it as one."""
    try:
        raw = unhexlify(text)
    except ValueError:
        return None
    # Upper case is not known to the registry.
    return raw if len(raw) == ALGORITHMS.get(algorithm) and raw.hex() == text else None


def parse(text: str) -> bytes | None:
    """Give the raw digest of ``sha256:…``; None when it is none that the registry knows."""
    algorithm, _, digits = text.partition(":")
    return from_hex(algorithm, digits)


def from_link(content: bytes) -> bytes | None:
    """Give the raw digest that a link file holds; None when it holds none."""
    try:
        return parse(content.decode("ascii"))
    except UnicodeDecodeError:
        return None


def algorithm_of(raw: bytes) -> str:
    """Name the algorithm of a raw digest."""
    return _NAMES[len(raw)]


def text_of(raw: bytes) -> str:
    """Write a raw digest as ``sha256:…``."""
    return f"{_NAMES[len(raw)]}:{raw.hex()}"


def digest_of(content: bytes, like: bytes) -> bytes:
    """Hash bytes by the algorithm of another digest."""
    return hashlib.new(_NAMES[len(like)], content).digest()


class _Numbers(dict[bytes, int]):
    """Numbers that are given out when they are first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[bytes] = []

    def __missing__(self, raw: bytes) -> int:
        number = self[raw] = len(self.raw)
        self.raw.append(raw)
        return number


class Digests:
    """Numbers for digests, the same ones for as long as this object lives.

    Numbers count from 0, so that what is known of a digest can stand in arrays. About 170 bytes a digest.
    """

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._raw = self._numbers.raw
        self.number: Callable[[bytes], int] = self._numbers.__getitem__
        """Gives a digest's number; a new one where it was not met before."""

    def __len__(self) -> int:
        return len(self._raw)

    def raw(self, number: int) -> bytes:
        """Give the digest of a number."""
        return self._raw[number]

    def text(self, number: int) -> str:
        """Write the digest of a number as ``sha256:…``."""
        return text_of(self._raw[number])
