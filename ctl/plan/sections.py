"""The sections of config.yml as the plan decides on them; render makes the document of them.

What is handed over as it was given, in the registry's own names, is `Options`: nobody here reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypedDict

from msgspec import Struct
from msgspec.structs import replace

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Mapping[str, Value] | None"
"""What YAML can say."""
Options: TypeAlias = Mapping[str, Value]


class Purging(TypedDict):
    """Removal of uploads that were never finished; the registry demands all four or none."""

    enabled: bool
    age: str
    interval: str
    dryrun: bool


class ReadOnly(TypedDict):
    """Whether every write is refused."""

    enabled: bool


class Maintenance(TypedDict, total=False):
    """Read-only mode and housekeeping, in the order in which they were given."""

    uploadpurging: Purging
    readonly: ReadOnly


# distribution goes on purging uploads while it refuses writes.
NO_PURGING = Purging(enabled=False, age="168h", interval="24h", dryrun=False)


class StoragePlan(Struct, frozen=True):
    """Where images lie.

    Args:
        driver: its name.
        parameters: the driver's.
        directory: where the registry writes; None with a driver other than the file system's.
        managed: whether ctl makes it.
        cache: of blob descriptors; None for none.
        delete: whether clients may delete.
        redirect: how clients are sent to the object store; None for the registry's own way.
        maintenance: None where nothing is said of it.
        tag: look-ups of tags; None with a flavour that does not know the section.
    """

    driver: str
    parameters: Options
    directory: str | None
    managed: bool
    cache: Options | None
    delete: bool
    redirect: Options | None
    maintenance: Maintenance | None
    tag: Options | None

    @property
    def refuses_writes(self) -> bool:
        """Whether the settings themselves demand a registry that refuses pushes."""
        demanded = (self.maintenance or {}).get("readonly")
        return demanded is not None and demanded["enabled"]

    @property
    def read_only(self) -> StoragePlan:
        """The same store, but read-only and without a cache.

        A cache would be filled by pulls while blobs are deleted, and name them afterwards.
        """
        maintenance = Maintenance(**(self.maintenance or {}))
        maintenance["uploadpurging"] = NO_PURGING
        maintenance["readonly"] = ReadOnly(enabled=True)
        return replace(self, cache=None, maintenance=maintenance)


class DatabasePlan(Struct, frozen=True):
    """The metadata database; ``enabled`` is true, false or ``prefer``."""

    enabled: bool | str
    parameters: Options


class MiddlewarePlan(Struct, frozen=True):
    """A middleware and its options."""

    name: str
    options: Options


class EndpointPlan(Struct, frozen=True):
    """Somebody who is told of pushes and deletions.

    Args:
        name: its own.
        url: where events are posted to.
        timeout: a duration.
        threshold: failures before a pause; None with a flavour that knows retries instead.
        maxretries: how often an event is tried again; None with a flavour that knows a threshold instead.
        backoff: a duration.
        headers: each with a list of values.
        more: what else was given.
    """

    name: str
    url: str
    timeout: str
    threshold: int | None
    maxretries: int | None
    backoff: str
    headers: Mapping[str, Sequence[str]]
    more: Options
