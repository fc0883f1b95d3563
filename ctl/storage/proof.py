"""Whether a store can do what a registry does with it, tried with a small object of our own.

It lies beside the registry's own tree, under a name that nobody else takes, and is gone afterwards.
"""

from __future__ import annotations

import contextlib
import re
import time
from typing import NamedTuple, Protocol

from ctl.regex import compile_late
from ctl.storage.events import Proven
from ctl.storage.layout import BASE
from ctl.storage.store import StoreError

PREFIX = "ctl-proof-"
# Also what a proof that was killed has left, by any node.
_OURS = compile_late(rf"{PREFIX}[0-9a-f]{{16}}(?:-copy(?:-moved)?)?\Z")
_CONTENT = b"ctl proves that the registry can use this store, and takes this away again\n"
# No proof takes that long, so nobody still needs what is older.
LEFT_SECONDS = 3600.0
_LARGEST = 1024 * 1024


class Entry(NamedTuple):
    """An object of a listing: its key, its size in bytes, when it was written in epoch seconds."""

    key: str
    size: int
    modified: float


class Provable(Protocol):
    """A store, as far as a proof goes; keys are relative to the registry's root."""

    def listed(self, prefix: str) -> list[Entry]:
        """Return the first objects below a prefix."""
        ...

    def write_once(self, key: str, content: bytes) -> bool:
        """Write an object that is not there; return whether the store makes sure that it was not."""
        ...

    def size(self, key: str) -> int:
        """Return the size of an object in bytes."""
        ...

    def read(self, key: str) -> bytes:
        """Return an object's content."""
        ...

    def copy(self, key: str, target: str) -> None:
        """Copy an object within the store."""
        ...

    def delete(self, keys: list[str]) -> None:
        """Delete objects."""
        ...


def is_name(name: str) -> bool:
    """Whether a proof may work under a name."""
    return re.fullmatch(rf"{PREFIX}[0-9a-f]{{16}}", name) is not None


def prove(store: Provable, name: str) -> Proven:
    """Write, look at, read, list, copy and delete an object.

    Args:
        store: that is proven.
        name: of the object; see `is_name`.

    Raises:
        StoreError: the store refuses something, or does not keep what it took.
        OSError: a directory does.
    """
    since = time.monotonic()
    copied = f"{name}-copy"
    # At first, so that no store makes a bucket of a wrong name by being written to.
    store.listed(PREFIX)
    once = store.write_once(name, _CONTENT)
    try:
        _keeps(store, name)
        left = _left_by_others(store.listed(PREFIX), name)
        store.copy(name, copied)
        _keeps(store, copied)
    except BaseException:
        # What cannot be deleted is found, and deleted, by a later proof.
        with contextlib.suppress(StoreError, OSError):
            store.delete([name])
        with contextlib.suppress(StoreError, OSError):
            store.delete([copied])
        raise
    store.delete([name, copied])
    gone = {entry.key for entry in store.listed(PREFIX)}
    if {name, copied} & gone:
        raise StoreError("store-keeps", "the store says that it has deleted an object, and still has it")
    if left:
        with contextlib.suppress(StoreError, OSError):
            store.delete(left)
    return Proven(once, round(time.monotonic() - since, 3))


def prove_reading(store: Provable) -> Proven:
    """List what the registry has, and read of it what is small.

    Raises:
        StoreError: the store refuses it.
        OSError: a directory does.
    """
    since = time.monotonic()
    small = next((entry for entry in store.listed(f"{BASE}/") if 0 < entry.size <= _LARGEST), None)
    if small is not None and len(store.read(small.key)) != small.size:
        text = f"the store lists {small.size} bytes at {small.key}, and gives another number of them"
        raise StoreError("store-loses", text)
    return Proven(False, round(time.monotonic() - since, 3))


def _keeps(store: Provable, key: str) -> None:
    if store.size(key) != len(_CONTENT) or store.read(key) != _CONTENT:
        raise StoreError("store-loses", "the store gives back other bytes than it was given")


def _left_by_others(entries: list[Entry], name: str) -> list[str]:
    """Return what earlier proofs have left; the store's own clock tells how old it is."""
    own = next((entry for entry in entries if entry.key == name), None)
    if own is None:
        raise StoreError("store-loses", "the store does not list an object that it has just taken")
    return [
        entry.key
        for entry in entries
        if _OURS.match(entry.key) and own.modified - entry.modified > LEFT_SECONDS
    ]
