"""The drivers of ``registry['storage']`` for object stores other than S3."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.settings.section import Section
from ctl.settings.shapes import DIGITS, Shape, shaped
from ctl.settings.types import (
    AbsolutePath,
    Duration,
    Flag,
    Integer,
    Name,
    SecretText,
    Text,
    YamlOptions,
    choice,
    setting,
)

_STEP = 256 * 1024


@shaped(
    Shape(f"bytes, a multiple of {_STEP}", {"type": "integer", "multipleOf": _STEP}, (DIGITS,), 20 * _STEP)
)
def _multiple(value: Any) -> int:
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0 or number % _STEP:
        raise ValueError(f"a multiple of {_STEP} is expected")
    return number


def _account_key(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", value):
        raise ValueError("an account key in base64 is expected")
    return value


class Gcs(Section):
    """Images in Google Cloud Storage."""

    bucket: Name = setting(..., output="config.yml:storage.gcs.bucket")
    """Name of an existing bucket."""
    keyfile: AbsolutePath | None = setting(output="config.yml:storage.gcs.keyfile")
    """File with a service account's key; without one the machine's own credentials are used."""
    credentials: YamlOptions | None = setting(output="config.yml:storage.gcs.credentials")
    """A service account's key itself, in place of keyfile."""
    rootdirectory: Text | None = setting(output="config.yml:storage.gcs.rootdirectory")
    """Prefix of every object's name."""
    chunksize: Annotated[int, BeforeValidator(_multiple)] | None = setting(
        output="config.yml:storage.gcs.chunksize"
    )
    """Bytes of an upload's part; a multiple of 262144."""
    maxconcurrency: Integer | None = setting(output="config.yml:storage.gcs.maxconcurrency")
    """How many operations may be under way at once."""
    useragent: Text | None = setting(output="config.yml:storage.gcs.useragent")
    """User-Agent header of requests."""
    debug_log: Flag | None = setting(output="config.yml:storage.gcs.debug_log")
    """Whether the driver logs its requests; GitLab's registry only."""
    parallelwalk: Flag | None = setting(output="config.yml:storage.gcs.parallelwalk")
    """Whether garbage collection lists in parallel; GitLab's registry only."""


class _Azure(Section):
    """What the drivers for Azure have in common."""

    accountname: Name = setting(..., output="config.yml:storage.azure.accountname")
    """Name of the storage account."""
    container: Name = setting(..., output="config.yml:storage.azure.container")
    """Name of an existing container."""
    realm: Text | None = setting(output="config.yml:storage.azure.realm")
    """Domain of the service; by default core.windows.net."""
    rootdirectory: Text | None = setting(output="config.yml:storage.azure.rootdirectory")
    """Prefix of every blob's name."""
    serviceurl: Text | None = setting(output="config.yml:storage.azure.serviceurl")
    """URL of the service where it is none of Azure's own."""
    trimlegacyrootprefix: Flag | None = setting(output="config.yml:storage.azure.trimlegacyrootprefix")
    """Whether names begin without the slash that older versions put there; GitLab's registry only."""
    legacyrootprefix: Flag | None = setting(output="config.yml:storage.azure.legacyrootprefix")
    """Whether names begin with the slash that older versions put there; GitLab's registry only."""


class AzureCredentials(Section):
    """How distribution 3 signs in to Azure."""

    type: Annotated[str, BeforeValidator(choice("client_secret", "shared_key", "default_credentials"))] = (
        setting(..., output="config.yml:storage.azure.credentials.type")
    )
    """The way."""
    clientid: Text | None = setting(output="config.yml:storage.azure.credentials.clientid")
    """Application, with client_secret."""
    tenantid: Text | None = setting(output="config.yml:storage.azure.credentials.tenantid")
    """Tenant, with client_secret."""
    secret: SecretText | None = setting(output="config.yml:storage.azure.credentials.secret")
    """Secret, with client_secret."""


class Azure(_Azure):
    """Images in Azure Blob Storage."""

    accountkey: Annotated[SecretText, BeforeValidator(_account_key)] | None = setting(
        output="config.yml:storage.azure.accountkey"
    )
    """Key of the storage account."""
    connectionstring: SecretText | None = setting(output="config.yml:storage.azure.connectionstring")
    """Connection string; distribution 3.1.1 knows it and does not heed it."""
    credentials: AzureCredentials | None = setting(output="config.yml:storage.azure.credentials")
    """Another way to sign in than by key; distribution 3 only."""
    max_retries: Integer | None = setting(output="config.yml:storage.azure.max_retries")
    """How often a request is tried again; distribution 3 only."""
    retry_delay: Duration | None = setting(output="config.yml:storage.azure.retry_delay")
    """Time between two attempts; distribution 3 only."""
    skipverify: Flag | None = setting(output="config.yml:storage.azure.skipverify")
    """Whether to accept any certificate; distribution 3 only."""


class AzureV2(_Azure):
    """Images in Azure Blob Storage by the newer driver of GitLab's registry."""

    accountkey: Annotated[SecretText, BeforeValidator(_account_key)] | None = setting(
        output="config.yml:storage.azure_v2.accountkey"
    )
    """Key of the storage account, with shared_key."""
    credentials_type: (
        Annotated[str, BeforeValidator(choice("client_secret", "shared_key", "default_credentials"))] | None
    ) = setting(output="config.yml:storage.azure_v2.credentials_type")
    """How to sign in; by default shared_key."""
    tenant_id: Text | None = setting(output="config.yml:storage.azure_v2.tenant_id")
    """Tenant, with client_secret."""
    client_id: Text | None = setting(output="config.yml:storage.azure_v2.client_id")
    """Application, with client_secret."""
    secret: SecretText | None = setting(output="config.yml:storage.azure_v2.secret")
    """Secret, with client_secret."""
    max_retries: Integer | None = setting(output="config.yml:storage.azure_v2.max_retries")
    """How often a request is tried again."""
    retry_try_timeout: Duration | None = setting(output="config.yml:storage.azure_v2.retry_try_timeout")
    """How long an attempt may take."""
    retry_delay: Duration | None = setting(output="config.yml:storage.azure_v2.retry_delay")
    """Time before the first new attempt."""
    max_retry_delay: Duration | None = setting(output="config.yml:storage.azure_v2.max_retry_delay")
    """Longest time between two attempts."""
    api_pool_initial_interval: Duration | None = setting(
        output="config.yml:storage.azure_v2.api_pool_initial_interval"
    )
    """Time before the state of a copy is asked for again."""
    api_pool_max_interval: Duration | None = setting(
        output="config.yml:storage.azure_v2.api_pool_max_interval"
    )
    """Longest time between two such questions."""
    api_pool_max_elapsed_time: Duration | None = setting(
        output="config.yml:storage.azure_v2.api_pool_max_elapsed_time"
    )
    """How long a copy may take in all."""
    debug_log: Flag | None = setting(output="config.yml:storage.azure_v2.debug_log")
    """Whether the driver logs its requests."""
    debug_log_events: Text | None = setting(output="config.yml:storage.azure_v2.debug_log_events")
    """Which events it logs, separated by commas."""
