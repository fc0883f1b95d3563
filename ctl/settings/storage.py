"""``registry['storage']``: where images lie."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

from ctl.settings import text
from ctl.settings.section import Section
from ctl.settings.types import AbsolutePath, Duration, Flag, Integer, Name, SecretText, Text, choice, setting

DRIVERS = ("filesystem", "s3")
DRIVERS_TO_COME = ("s3_v2", "gcs", "azure", "azure_v2", "swift", "oss")


def _bounded(low: int, high: int) -> BeforeValidator:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("a number of bytes is expected")
        digits = isinstance(value, int) or re.fullmatch(r"[0-9]{1,18}", value)
        number = int(value) if digits else -1
        if not low <= number <= high:
            raise ValueError(f"a number of bytes between {low} and {high} is expected")
        return number

    return BeforeValidator(check)


MIB = 1024 * 1024
Chunk = Annotated[int, _bounded(5 * MIB, 5 * 1024 * MIB)]


def _bucket(value: Any) -> str:
    bucket = text.name(value)
    if "/" in bucket:
        raise ValueError(
            "only the bucket's name is expected; a directory inside it is the setting rootdirectory"
        )
    return bucket


class Filesystem(Section):
    """Images in a directory of this machine."""

    rootdirectory: AbsolutePath | None = setting(output="config.yml:storage.filesystem.rootdirectory")
    """The directory; by default gitlab_rails['registry_path']."""
    maxthreads: Integer | None = setting(output="config.yml:storage.filesystem.maxthreads")
    """How many file operations may be under way at once."""


class S3(Section):
    """Images in an S3 bucket."""

    accesskey: SecretText | None = setting(output="config.yml:storage.s3.accesskey")
    """Access key; leave both keys out to use the machine's IAM role."""
    secretkey: SecretText | None = setting(output="config.yml:storage.s3.secretkey")
    """Secret key; leave both keys out to use the machine's IAM role."""
    bucket: Annotated[str, BeforeValidator(_bucket)] = setting(..., output="config.yml:storage.s3.bucket")
    """Name of an existing bucket."""
    region: Name = setting(..., output="config.yml:storage.s3.region")
    """AWS region; for other servers whatever they expect, often us-east-1."""
    regionendpoint: Text | None = setting(output="config.yml:storage.s3.regionendpoint")
    """URL of an S3-compatible server that is not AWS."""
    rootdirectory: Text | None = setting(output="config.yml:storage.s3.rootdirectory")
    """Prefix of every object's key."""
    pathstyle: Flag | None = setting(output="config.yml:storage.s3.pathstyle")
    """Whether the bucket's name goes into the path of a request instead of its host name."""
    encrypt: Flag | None = setting(output="config.yml:storage.s3.encrypt")
    """Ask for server-side encryption."""
    keyid: Text | None = setting(output="config.yml:storage.s3.keyid")
    """KMS key for server-side encryption."""
    secure: Flag | None = setting(output="config.yml:storage.s3.secure")
    """Whether to talk TLS to the server."""
    skipverify: Flag | None = setting(output="config.yml:storage.s3.skipverify")
    """Whether to accept any certificate of the server."""
    v4auth: Flag | None = setting(output="config.yml:storage.s3.v4auth")
    """Whether to sign requests by version 4."""
    chunksize: Chunk | None = setting(output="config.yml:storage.s3.chunksize")
    """Bytes of an upload's part."""
    multipartcopychunksize: Chunk | None = setting(output="config.yml:storage.s3.multipartcopychunksize")
    """Bytes of a copy's part."""
    multipartcopymaxconcurrency: Integer | None = setting(
        output="config.yml:storage.s3.multipartcopymaxconcurrency"
    )
    """Parts of a copy under way at once."""
    multipartcopythresholdsize: Annotated[int, _bounded(0, 5 * 1024 * MIB)] | None = setting(
        output="config.yml:storage.s3.multipartcopythresholdsize"
    )
    """Bytes from which a copy is done in parts."""
    storageclass: Text | None = setting(output="config.yml:storage.s3.storageclass")
    """S3 storage class."""
    objectacl: Text | None = setting(output="config.yml:storage.s3.objectacl")
    """Canned ACL of new objects."""
    useragent: Text | None = setting(output="config.yml:storage.s3.useragent")
    """User-Agent header of requests."""
    maxrequestspersecond: Integer | None = setting(output="config.yml:storage.s3.maxrequestspersecond")
    """Limit of requests a second; GitLab's registry only."""
    loglevel: Text | None = setting(output="config.yml:storage.s3.loglevel")
    """How much of its requests the driver logs."""


class Cache(Section):
    """Cache of blob descriptors."""

    blobdescriptor: Annotated[str, BeforeValidator(choice("inmemory"))] = setting(
        "inmemory", output="config.yml:storage.cache.blobdescriptor"
    )
    """Where the registry remembers what it knows of blobs."""


class Delete(Section):
    """Deletion of manifests."""

    enabled: Flag = setting(True, output="config.yml:storage.delete.enabled")
    """Whether clients may delete."""


class Redirect(Section):
    """Downloads from object storage."""

    disable: Flag = setting(False, output="config.yml:storage.redirect.disable")
    """Whether the registry passes blobs through instead of sending clients to the object store."""


class ReadOnly(Section):
    """Read-only mode."""

    enabled: Flag = setting(False, output="config.yml:storage.maintenance.readonly.enabled")
    """Whether every write is refused."""


class UploadPurging(Section):
    """Removal of uploads that were never finished."""

    enabled: Flag = setting(True, output="config.yml:storage.maintenance.uploadpurging.enabled")
    """Whether it is done."""
    age: Duration = setting("168h", output="config.yml:storage.maintenance.uploadpurging.age")
    """Age from which an upload is removed."""
    interval: Duration = setting("24h", output="config.yml:storage.maintenance.uploadpurging.interval")
    """Time between two rounds."""
    dryrun: Flag = setting(False, output="config.yml:storage.maintenance.uploadpurging.dryrun")
    """Whether it is only logged."""


class Maintenance(Section):
    """Read-only mode and housekeeping."""

    readonly: ReadOnly | None = setting()
    """Read-only mode."""
    uploadpurging: UploadPurging | None = setting()
    """Removal of uploads that were never finished."""


class Storage(Section):
    """Where images lie; exactly one driver, by default the file system."""

    filesystem: Filesystem | None = setting()
    """Images in a directory of this machine."""
    s3: S3 | None = setting()
    """Images in an S3 bucket."""
    cache: Cache | None = setting()
    """Cache of blob descriptors."""
    delete: Delete | None = setting()
    """Deletion of manifests; takes precedence over registry['storage_delete_enabled']."""
    redirect: Redirect | None = setting()
    """Downloads from object storage."""
    maintenance: Maintenance | None = setting()
    """Read-only mode and housekeeping."""


def revealed(section: Section) -> dict[str, Any]:
    """Return what is set in a section as plain values, secrets included, in the order of declaration."""
    found: dict[str, Any] = {}
    for name in type(section).model_fields:
        value = getattr(section, name)
        if value is not None:
            found[name] = value.get_secret_value() if isinstance(value, SecretStr) else value
    return found


__all__ = ["DRIVERS", "DRIVERS_TO_COME", "S3", "Filesystem", "Storage", "revealed"]
