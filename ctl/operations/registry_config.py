"""What a registry's config.yml says of its store: whichever wrote it, for any flavour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctl.errors import CtlError, ExitCode, reason

# What stands beside the driver in the storage section.
_NOT_DRIVERS = {"cache", "delete", "redirect", "maintenance", "tag"}
DEFAULT_ROOT = "/var/lib/registry"


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """A store, as a registry's configuration names it.

    Args:
        path: of the configuration.
        driver: its name, such as ``filesystem``.
        root: the directory of images with the file system driver; None with others.
        cached: whether the registry caches blobs, wherever.
        redis: the section ``redis`` where blobs are cached there; None elsewhere.
        database: whether a metadata database is configured, with which no offline collection may run.
    """

    path: Path
    driver: str
    root: Path | None
    cached: bool
    redis: Mapping[str, Any] | None
    database: bool


def read_config(path: Path) -> StoreConfig:
    """Read a registry's configuration.

    Raises:
        CtlError: it cannot be read, or names no store.
    """
    import yaml

    try:
        document = yaml.safe_load(path.read_bytes())
    except FileNotFoundError as error:
        raise CtlError(
            f"there is no configuration {path}",
            help="name the registry's config.yml, or leave it out for the registry of this machine",
            exit_code=ExitCode.FAILED,
        ) from error
    except OSError as error:
        raise CtlError(f"{path} cannot be read: {reason(error)}") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise CtlError(f"{path} is no YAML", detail=str(error)) from error
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
        root=Path(str(options.get("rootdirectory") or DEFAULT_ROOT)) if driver == "filesystem" else None,
        cached=cache is not None,
        redis=_redis(document) if kind == "redis" else None,
        database=isinstance(database, dict) and str(database.get("enabled", False)).lower() == "true",
    )


def _redis(document: Mapping[str, Any]) -> Mapping[str, Any]:
    section = document.get("redis")
    return section if isinstance(section, dict) else {}
