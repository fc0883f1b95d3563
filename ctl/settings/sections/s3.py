"""The drivers of ``registry['storage']`` for S3: ``s3``, and ``s3_v2`` of GitLab's registry."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.settings import text
from ctl.settings.section import Section
from ctl.settings.shapes import number, shaped
from ctl.settings.types import Flag, Integer, Name, SecretText, Text, choice, setting


def _bounded(low: int, high: int) -> BeforeValidator:
    @shaped(number(low, high, f"bytes from {low} to {high}"))
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
    forcepathstyle: Flag | None = setting(output="config.yml:storage.s3.forcepathstyle")
    """The same as pathstyle, by the name that distribution 3 gave it."""
    sessiontoken: SecretText | None = setting(output="config.yml:storage.s3.sessiontoken")
    """Token that goes with temporary keys; GitLab's registry only."""
    objectownership: Flag | None = setting(output="config.yml:storage.s3.objectownership")
    """Whether the bucket's owner owns new objects, in place of an ACL; GitLab's registry only."""
    maxretries: Integer | None = setting(output="config.yml:storage.s3.maxretries")
    """How often a request is tried again; GitLab's registry only."""
    parallelwalk: Flag | None = setting(output="config.yml:storage.s3.parallelwalk")
    """Whether garbage collection lists in parallel; GitLab's registry only."""
    usedualstack: Flag | None = setting(output="config.yml:storage.s3.usedualstack")
    """Whether IPv6 is used too; distribution 3 only."""
    accelerate: Flag | None = setting(output="config.yml:storage.s3.accelerate")
    """Whether transfer acceleration is used; distribution 3 only."""
    usefipsendpoint: Flag | None = setting(output="config.yml:storage.s3.usefipsendpoint")
    """Whether the FIPS endpoints are used; distribution 3 only."""


CHECKSUMS = ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME")


class S3V2(S3):
    """Images in an S3 bucket by the newer driver of GitLab's registry."""

    checksum_disabled: Flag | None = setting(output="config.yml:storage.s3_v2.checksum_disabled")
    """Whether checksums are left out, as some servers that are not AWS need."""
    checksum_algorithm: Annotated[str, BeforeValidator(choice(*CHECKSUMS))] | None = setting(
        output="config.yml:storage.s3_v2.checksum_algorithm"
    )
    """Which checksum goes with an upload."""
