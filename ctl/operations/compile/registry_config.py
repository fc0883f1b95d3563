"""What a registry's config.yml says of its store: whichever wrote it, for any flavour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from ctl.diagnostics.known import KNOWN
from ctl.diagnostics.secrecy import secrets_of_config
from ctl.errors import CtlError, ExitCode
from ctl.operations.compile.yaml_file import read_yaml

# What stands beside the driver in the storage section.
_NOT_DRIVERS = {"cache", "delete", "redirect", "maintenance", "tag"}
DEFAULT_ROOT = "/var/lib/registry"


class StoreConfig(Struct, frozen=True):
    """A store, as a registry's configuration names it.

    Args:
        path: of the configuration.
        driver: its name, such as ``filesystem``.
        root: the directory of images with the file system driver, None with others; where it is relative,
            to the directory in which the registry is started.
        cached: whether the registry caches blobs, wherever.
        redis: the section ``redis`` where blobs are cached there; None elsewhere.
        parameters: of the driver, as they stand there; secrets among them.
        database: whether a metadata database is configured, with which no offline collection may run.
    """

    path: Path
    driver: str
    root: Path | None
    cached: bool
    redis: Mapping[str, Any] | None
    database: bool
    parameters: Mapping[str, Any]


def read_config(path: Path) -> StoreConfig:
    """Read a registry's configuration.

    Raises:
        CtlError: it cannot be read, or names no store.
    """
    try:
        document = read_yaml(path)
    except FileNotFoundError as error:
        raise CtlError(
            f"there is no configuration {path}",
            help="name the registry's config.yml, or leave it out for the registry of this machine",
            exit_code=ExitCode.FAILED,
        ) from error
    KNOWN.learn(secrets_of_config(document))
    storage = document.get("storage") if isinstance(document, dict) else None
    if isinstance(storage, str):
        # The short form: the driver alone.
        storage = {storage: {}}
    drivers = [name for name in storage if name not in _NOT_DRIVERS] if isinstance(storage, dict) else []
    if not isinstance(storage, dict) or len(drivers) != 1:
        raise CtlError(f"{path} names no store", help="its section storage holds exactly one driver")
    driver = str(drivers[0])
    options = storage[drivers[0]] if isinstance(storage[drivers[0]], dict) else {}
    cache = storage.get("cache")
    kind = (cache.get("blobdescriptor") or cache.get("layerinfo")) if isinstance(cache, dict) else None
    database = document.get("database")
    return StoreConfig(
        path=path,
        driver=driver,
        root=_root(path, options) if driver == "filesystem" else None,
        cached=cache is not None,
        parameters=options,
        redis=_redis(document) if kind == "redis" else None,
        database=isinstance(database, dict) and str(database.get("enabled", False)).lower() == "true",
    )


def _root(path: Path, options: Mapping[str, Any]) -> Path:
    """Return where images lie, in the words of the configuration.

    Source: the driver joins names to it with Go's ``path.Join``, which takes ``..`` away letter by letter.
    """
    given = options.get("rootdirectory")
    if given is not None and not isinstance(given, str | int):
        raise CtlError(f"{path} names no store", help="rootdirectory is the path of a directory")
    return Path(os.path.normpath(str(given) if given not in (None, "") else DEFAULT_ROOT))


def _redis(document: Mapping[str, Any]) -> Mapping[str, Any]:
    section = document.get("redis")
    return section if isinstance(section, dict) else {}
