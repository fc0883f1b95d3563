"""``registry['storage']``: where images lie."""

from typing import Annotated

from pydantic import BeforeValidator

from ctl.settings.section import Section
from ctl.settings.sections.cloud import Azure, AzureV2, Gcs
from ctl.settings.sections.s3 import S3, S3V2
from ctl.settings.types import Duration, Flag, ImageDirectory, Integer, Text, YamlOptions, choice, setting

DRIVERS = ("filesystem", "s3", "s3_v2", "gcs", "azure", "azure_v2", "swift", "oss")


class Filesystem(Section):
    """Images in a directory of this machine."""

    rootdirectory: ImageDirectory | None = setting(output="config.yml:storage.filesystem.rootdirectory")
    """The directory; by default gitlab_rails['registry_path']."""
    maxthreads: Integer | None = setting(output="config.yml:storage.filesystem.maxthreads")
    """How many file operations may be under way at once."""


class Cache(Section):
    """Cache of blob descriptors."""

    blobdescriptor: Annotated[str, BeforeValidator(choice("inmemory", "redis"))] = setting(
        "inmemory", output="config.yml:storage.cache.blobdescriptor"
    )
    """Where the registry remembers what it knows of blobs."""
    blobdescriptorsize: Integer | None = setting(output="config.yml:storage.cache.blobdescriptorsize")
    """How many blobs the cache in memory knows at most; distribution 3 only."""


class Delete(Section):
    """Deletion of manifests."""

    enabled: Flag = setting(True, output="config.yml:storage.delete.enabled")
    """Whether clients may delete."""


class Redirect(Section):
    """Downloads from object storage."""

    disable: Flag = setting(False, output="config.yml:storage.redirect.disable")
    """Whether the registry passes blobs through instead of sending clients to the object store."""
    expirydelay: Duration | None = setting(output="config.yml:storage.redirect.expirydelay")
    """How long the address that a client is sent to is good; GitLab's registry only."""
    exceptions: list[Text] | None = setting(output="config.yml:storage.redirect.exceptions")
    """Patterns of repositories that are passed through; GitLab's registry only."""


class Tag(Section):
    """Look-ups of tags."""

    concurrencylimit: Integer | None = setting(output="config.yml:storage.tag.concurrencylimit")
    """How many run at once; distribution 3 only."""


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
    s3_v2: S3V2 | None = setting()
    """Images in an S3 bucket by the newer driver of GitLab's registry."""
    gcs: Gcs | None = setting()
    """Images in Google Cloud Storage."""
    azure: Azure | None = setting()
    """Images in Azure Blob Storage."""
    azure_v2: AzureV2 | None = setting()
    """Images in Azure Blob Storage by the newer driver of GitLab's registry."""
    swift: YamlOptions | None = setting(output="config.yml:storage.swift")
    """Images in OpenStack Swift; distribution 2.8 only, handed over as given."""
    oss: YamlOptions | None = setting(output="config.yml:storage.oss")
    """Images in Alibaba Cloud; some builds of distribution 2.8 only, handed over as given."""
    cache: Cache | None = setting()
    """Cache of blob descriptors."""
    delete: Delete | None = setting()
    """Deletion of manifests; takes precedence over registry['storage_delete_enabled']."""
    redirect: Redirect | None = setting()
    """Downloads from object storage."""
    maintenance: Maintenance | None = setting()
    """Read-only mode and housekeeping."""
    tag: Tag | None = setting()
    """Look-ups of tags."""


__all__ = ["DRIVERS", "S3", "Filesystem", "Storage"]
