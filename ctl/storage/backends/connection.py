"""The parameters of a registry's storage driver, in the words of obstore.

Source: the drivers of distribution 2.8, 3.x and GitLab's registry; obstore's configuration keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from ctl.storage.store import StoreError

Parameters = Mapping[str, Any]


class Connection(Struct, frozen=True):
    """How to get at a bucket, or at a container.

    Args:
        kind: of the service: ``s3``, ``gcs`` or ``azure``.
        bucket: its name.
        prefix: of every key; empty, or with a slash at its end alone.
        config: obstore's configuration, its secrets among it.
        client: obstore's options of the HTTP client.
        region: that was named; empty where the service has none.
        endpoint: that was named; empty for the service's own.
    """

    kind: str
    bucket: str
    prefix: str
    config: dict[str, Any]
    client: dict[str, Any] = field(default_factory=dict)
    region: str = ""
    endpoint: str = ""


def connection(driver: str, parameters: Parameters) -> Connection:
    """Say how to reach the store of a driver.

    Args:
        driver: its name in config.yml.
        parameters: as config.yml has them.

    Raises:
        StoreError: ``not-expressible``: only the registry's own driver can get at it.
    """
    make = _KINDS.get(driver)
    if make is None:
        raise _only_by_the_registry(f"the driver {driver}")
    return make(parameters)


def _only_by_the_registry(what: str) -> StoreError:
    return StoreError("not-expressible", f"{what} is known to the registry alone")


def _s3(given: Parameters) -> Connection:
    if given.get("v4auth") is False:
        raise _only_by_the_registry("v4auth: false, signing by version 2,")
    bucket, region = str(given["bucket"]), str(given["region"])
    endpoint = _s3_endpoint(given, region)
    styles = [given[name] for name in ("pathstyle", "forcepathstyle") if given.get(name) is not None]
    # Where the flavour has no word for it, an endpoint of one's own forces the bucket into the path.
    by_host = not (styles[0] if styles else given.get("regionendpoint"))
    named = endpoint
    if endpoint and by_host:
        # obstore takes the bucket's own address then.
        scheme, _, host = endpoint.partition("://")
        endpoint = f"{scheme}://{bucket}.{host}"
    config = {
        "access_key_id": given.get("accesskey"),
        "secret_access_key": given.get("secretkey"),
        "session_token": given.get("sessiontoken"),
        "region": region,
        "endpoint": endpoint or None,
        "virtual_hosted_style_request": by_host,
        **_s3_encryption(given),
    }
    return Connection(
        "s3", bucket, _prefix(given), _set(config), _client(given, endpoint), region=region, endpoint=named
    )


def _s3_encryption(given: Parameters) -> dict[str, Any]:
    if not given.get("encrypt"):
        return {}
    if not given.get("keyid"):
        return {"aws_server_side_encryption": "AES256"}
    return {"aws_server_side_encryption": "aws:kms", "aws_sse_kms_key_id": given["keyid"]}


def _s3_endpoint(given: Parameters, region: str) -> str:
    endpoint = str(given.get("regionendpoint") or "")
    if not endpoint:
        fips, dual = given.get("usefipsendpoint"), given.get("usedualstack")
        if not fips and not dual:
            return ""
        endpoint = f"s3{'-fips' if fips else ''}{'.dualstack' if dual else ''}.{region}.amazonaws.com"
    if "://" not in endpoint:
        endpoint = f"{'http' if given.get('secure') is False else 'https'}://{endpoint}"
    return endpoint.rstrip("/")


def _gcs(given: Parameters) -> Connection:
    config: dict[str, Any] = {"service_account": given.get("keyfile")}
    if given.get("credentials") is not None:
        config = {"service_account_key": json.dumps(given["credentials"])}
    return Connection("gcs", str(given["bucket"]), _prefix(given), _set(config), _client(given, ""))


def _azure(given: Parameters) -> Connection:
    account = str(given["accountname"])
    endpoint = str(given.get("serviceurl") or "").rstrip("/")
    if "?" in endpoint:
        raise _only_by_the_registry("a serviceurl that carries a signature")
    address = endpoint or f"https://{account}.blob.{given.get('realm') or 'core.windows.net'}"
    config: dict[str, Any] = {"account_name": account, "endpoint": address}
    # distribution 3 names its way in a section of its own, GitLab's newer driver in a parameter.
    own = given.get("credentials") or {}
    way = own.get("type") or given.get("credentials_type") or "shared_key"
    if way == "client_secret":
        config["client_id"] = own.get("clientid") or given.get("client_id")
        config["client_secret"] = own.get("secret") or given.get("secret")
        config["tenant_id"] = own.get("tenantid") or given.get("tenant_id")
    elif way == "shared_key":
        config["account_key"] = given.get("accountkey")
    return Connection(
        "azure",
        str(given["container"]),
        _prefix(given),
        _set(config),
        _client(given, address),
        endpoint=endpoint,
    )


def _prefix(given: Parameters) -> str:
    """Return what all drivers make of ``rootdirectory``; Azure's older layout differs by a slash alone."""
    root = str(given.get("rootdirectory") or "").strip("/")
    if "//" in root:
        raise _only_by_the_registry("a rootdirectory with two slashes in a row")
    return f"{root}/" if root else ""


def _client(given: Parameters, endpoint: str) -> dict[str, Any]:
    return _set(
        {
            "allow_http": endpoint.startswith("http://") or None,
            "allow_invalid_certificates": given.get("skipverify") or None,
            "user_agent": given.get("useragent"),
        }
    )


def _set(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


_KINDS: dict[str, Callable[[Parameters], Connection]] = {
    "s3": _s3,
    "s3_v2": _s3,
    "gcs": _gcs,
    "azure": _azure,
    "azure_v2": _azure,
}
