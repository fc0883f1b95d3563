"""Which store this is: a random id of its own, beside the registry's tree, and what it holds.

The id is written once. Whoever copies a store copies it as well; another store, or an empty directory where a
disk is not mounted, has another one or none.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Protocol, TypeVar

from ctl.storage.events import Identified
from ctl.storage.store import StoreError

T = TypeVar("T")
NAME = "ctl-store-id"
# Enough to say how much there is; who compares two stores has no such limit.
SECONDS = 5.0
_ID = re.compile(r"[0-9a-f]{32}")
_NOTE = "written by ctl, which tells by it whether the registry's store is another one"


class Identifiable(Protocol):
    """A store, as far as its identity goes; keys are relative to the registry's root."""

    def read(self, key: str) -> bytes:
        """Return an object's content; FileNotFoundError where there is none."""
        ...

    def write_once(self, key: str, content: bytes) -> bool:
        """Write an object that is not there; FileExistsError where it is."""
        ...

    def repositories(self) -> Iterator[str]:
        """Yield the name of every repository that was ever pushed to."""
        ...

    def sizes(self) -> Iterator[int]:
        """Yield the size of every blob in bytes."""
        ...


def is_id(text: str) -> bool:
    """Whether a text is an id of a store."""
    return _ID.fullmatch(text) is not None


def identify(store: Identifiable, proposed: str, *, adopt: bool) -> str | None:
    """Return the id of a store; None where it has none.

    Args:
        store: it.
        proposed: the id that it gets where it has none.
        adopt: whether it may be written.

    Raises:
        StoreError: the store refuses, or its id is none.
        OSError: a directory does.
    """
    own = _own(store)
    if own is not None or not adopt:
        return own
    try:
        store.write_once(NAME, f"{proposed}\n{_NOTE}\n".encode())
    except FileExistsError:
        # Another node was quicker.
        return _own(store)
    return proposed


def count(store: Identifiable, own: str, seconds: float) -> Identified:
    """Say what a store holds, as far as that can be counted in time.

    Args:
        store: it.
        own: its id.
        seconds: that each of the two counts may take; 0 for no count.
    """
    began = time.monotonic()
    names = sorted(_within(began + seconds, store.repositories()))
    size = sum(_within(time.monotonic() + seconds, store.sizes()))
    complete = time.monotonic() - began < seconds
    digest = sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()
    return Identified(own, len(names), size, complete, digest)


def _within(until: float, values: Iterator[T]) -> Iterator[T]:
    while time.monotonic() < until and (part := list(islice(values, 100))):
        yield from part


def _own(store: Identifiable) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        text = store.read(NAME)[:200].decode("ascii", "replace").partition("\n")[0]
        if not is_id(text):
            raise StoreError(
                "store-id-damaged",
                f"{NAME} beside the images holds no id of a store",
                help="where it is the right store, delete that, then ctl reconfigure --new-store",
            )
        return text
    return None
