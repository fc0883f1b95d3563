"""A bucket, or a container, through obstore: what a proof of it needs.

obstore is imported by whoever opens a bucket, which only the worker does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from ctl.storage.backends import refusals
from ctl.storage.backends.connection import Connection
from ctl.storage.backends.trust import is_trusted
from ctl.storage.layout import BLOBS, REPOSITORIES
from ctl.storage.proof import Entry

R = TypeVar("R")
# A store that is well answers within milliseconds; one that is not must not keep a reconfigure.
CONNECT_SECONDS = 5
REQUEST_SECONDS = 10
RETRIES = 1


class Bucket:
    """A bucket; keys are relative to the registry's ``rootdirectory``.

    Args:
        connection: how to get at it.
        environment: variables that the registry is given; the store's are among them.
    """

    def __init__(self, connection: Connection, environment: Mapping[str, str]) -> None:
        # Both read the process's own environment: the keys of an IAM role, proxies, authorities.
        os.environ.update(environment)
        self.connection = connection
        self._store = self._opened(connection.client)

    def _opened(self, client: Mapping[str, Any]) -> Any:
        from obstore.store import AzureStore, GCSStore, S3Store

        connection = self.connection
        options = {
            "client_options": {
                "connect_timeout": f"{CONNECT_SECONDS}s",
                "timeout": f"{REQUEST_SECONDS}s",
                **client,
            },
            "retry_config": {
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=REQUEST_SECONDS),
            },
            "config": connection.config,
        }
        makes: dict[str, Callable[..., Any]] = {"s3": S3Store, "gcs": GCSStore, "azure": AzureStore}
        return self._asked("open", "", lambda: makes[connection.kind](connection.bucket, **options))

    def listed(self, prefix: str) -> list[Entry]:
        """Return the first objects below a prefix, as many as one answer has."""
        import obstore

        begin = self._key(prefix)
        # obstore takes a prefix for a directory; what begins so lies in the directory above.
        above = begin[: begin.rfind("/") + 1]

        def first() -> list[Entry]:
            for part in obstore.list(self._store, above or None, offset=begin, chunk_size=1000):
                return [
                    Entry(
                        str(entry["path"]).removeprefix(self.connection.prefix),
                        int(entry["size"]),
                        entry["last_modified"].timestamp(),
                    )
                    for entry in part
                    if str(entry["path"]).startswith(begin)
                ]
            return []

        return self._asked("list", prefix, first)

    def repositories(self) -> Iterator[str]:
        """Yield the name of every repository that was ever pushed to."""
        last = ""
        for key, _ in self._below(f"{REPOSITORIES}/"):
            name, manifests, _ = key.partition("/_manifests/")
            if manifests and name != last:
                last = name
                yield name

    def sizes(self) -> Iterator[int]:
        """Yield the size of every blob in bytes."""
        for key, size in self._below(f"{BLOBS}/"):
            if key.endswith("/data"):
                yield size

    def _below(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield what follows a prefix in every key that begins with it, and the object's size."""
        import obstore

        begin = self._key(prefix)
        parts = iter(obstore.list(self._store, begin, chunk_size=1000))
        while (part := self._asked("list", prefix, lambda: next(parts, None))) is not None:
            for entry in part:
                yield str(entry["path"]).removeprefix(begin), int(entry["size"])

    def write_once(self, key: str, content: bytes) -> bool:
        """Write an object that is not there yet; return whether the store can make sure of that.

        Raises:
            FileExistsError: it is there.
            StoreError: the store refuses.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotSupportedError

        try:
            obstore.put(self._store, self._key(key), content, mode="create")
        except AlreadyExistsError as error:
            raise FileExistsError(key) from error
        except Exception as error:
            if not isinstance(error, NotSupportedError) and refusals.status_of(error) != 501:
                raise refusals.told(error, "write", key, self.connection) from None
        else:
            return True
        self._asked("write", key, lambda: obstore.put(self._store, self._key(key), content))
        return False

    def size(self, key: str) -> int:
        """Return the size of an object in bytes."""
        import obstore

        return int(self._asked("stat", key, lambda: obstore.head(self._store, self._key(key)))["size"])

    def read(self, key: str) -> bytes:
        """Return an object's content."""
        import obstore

        return self._asked("read", key, lambda: bytes(obstore.get(self._store, self._key(key)).bytes()))

    def copy(self, key: str, target: str) -> None:
        """Copy an object within the store."""
        import obstore

        self._asked("copy", key, lambda: obstore.copy(self._store, self._key(key), self._key(target)))

    def delete(self, keys: list[str]) -> None:
        """Delete objects, as many at once as the store can."""
        import obstore

        self._asked("delete", keys[0], lambda: obstore.delete(self._store, [self._key(key) for key in keys]))

    def _key(self, key: str) -> str:
        return f"{self.connection.prefix}{key}"

    def _asked(self, operation: str, key: str, ask: Callable[[], R]) -> R:
        """Ask the store.

        Raises:
            StoreError: it refuses, or cannot be reached.
        """
        try:
            return ask()
        except FileNotFoundError as error:
            if operation != "read" or refusals.is_of_bucket(error):
                raise refusals.told(error, operation, key, self.connection) from None
            raise FileNotFoundError(key) from error
        except Exception as error:
            if refusals.is_of_strictness(error) and is_trusted(refusals.address_of(error), os.environ):
                # The registry takes a certificate that obstore is too strict for; it was verified just now.
                self._store = self._opened({**self.connection.client, "allow_invalid_certificates": True})
                return self._asked(operation, key, ask)
            raise refusals.told(error, operation, key, self.connection) from None
