"""How much is moved, and how much at most may be."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from ctl.storage.events import Counts
from ctl.storage.store import StoreError


class Limit(Struct, frozen=True):
    """What was confirmed, at most; None where nothing was said."""

    manifests: int | None = None
    blobs: int | None = None
    bytes: int | None = None

    def check(self, counts: Counts) -> None:
        """Refuse a plan that moves more.

        Raises:
            StoreError: ``limit-exceeded``.
        """
        for name, count in asdict(counts).items():
            allowed = getattr(self, name, None)
            if allowed is not None and count > allowed:
                raise StoreError(
                    "limit-exceeded", f"{count} {name} would go, {allowed} were confirmed; nothing was moved"
                )
