"""What an object store, or the way to it, says against a request, in words that name the remedy.

obstore's errors carry the whole answer as text: the request, its status, the body, and the cause of a failed
connection in Rust's own notation.
"""

from __future__ import annotations

import html
import os
import re

from ctl.regex import compile_late
from ctl.storage.backends.connection import Connection
from ctl.storage.backends.trust import distrust
from ctl.storage.store import StoreError

_CODE = compile_late(r"<Code>([^<]{1,80})</Code>|\(code: ([A-Za-z]{1,80})\)|\"reason\": ?\"(\w{1,80})\"")
_MESSAGE = compile_late(r"<Message>([^<]{1,400})|\"message\": ?\"([^\"]{1,400})\"")
_REGION = compile_late(r"<Region>([a-z0-9-]{1,40})</Region>|expecting '?([a-z0-9-]{1,40})")
_STATUS = compile_late(r"non-2xx status code: (\d{3})")
_ADDRESS = compile_late(r"performing \w+ (https?://[^\s?]+)")
_CERTIFICATE = compile_late(r"InvalidCertificate\(\s*(\w+)")
# What obstore's TLS library refuses and Go's takes.
_STRICT = ("Other", "BadEncoding", "UnsupportedCertVersion", "UnhandledCriticalExtension", "InvalidPurpose")

# What each operation is called in the policies of S3 and of Google.
_S3 = {
    "list": ("ListObjects", "s3:ListBucket"),
    "write": ("PutObject", "s3:PutObject"),
    "stat": ("HeadObject", "s3:GetObject"),
    "read": ("GetObject", "s3:GetObject"),
    "copy": ("CopyObject", "s3:GetObject and s3:PutObject"),
    "delete": ("DeleteObject", "s3:DeleteObject"),
}
_GCS = {
    "list": ("objects.list", "storage.objects.list"),
    "write": ("objects.insert", "storage.objects.create"),
    "stat": ("objects.get", "storage.objects.get"),
    "read": ("objects.get", "storage.objects.get"),
    "copy": ("objects.rewrite", "storage.objects.get and storage.objects.create"),
    "delete": ("objects.delete", "storage.objects.delete"),
}
_AZURE = {
    "list": ("List Blobs", "list"),
    "write": ("Put Blob", "write"),
    "stat": ("Get Blob Properties", "read"),
    "read": ("Get Blob", "read"),
    "copy": ("Copy Blob", "read and write"),
    "delete": ("Delete Blob", "delete"),
}
_NAMES = {"s3": _S3, "gcs": _GCS, "azure": _AZURE}
_DENIED = {
    "AccessDenied",
    "AllAccessDisabled",
    "AuthorizationPermissionMismatch",
    "forbidden",
}
_NO_BUCKET = {"NoSuchBucket", "ContainerNotFound", "notFound", "ContainerBeingDeleted"}
_ELSEWHERE = {"AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"}
_SKEWED = {"RequestTimeTooSkewed", "RequestExpired"}


def status_of(error: Exception) -> int:
    """Return the status of an answer; 0 where there was none."""
    match = _STATUS.search(str(error))
    return int(match[1]) if match else 0


def address_of(error: Exception) -> str:
    """Return the address that was asked, without a query; empty where none is named."""
    match = _ADDRESS.search(str(error))
    return match[1] if match else ""


def is_of_strictness(error: Exception) -> bool:
    """Whether obstore has refused a certificate for a reason that the registry may not know."""
    match = _CERTIFICATE.search(str(error))
    return match is not None and match[1] in _STRICT


def is_of_bucket(error: Exception) -> bool:
    """Whether it is the bucket that is not there."""
    return _first(_CODE, str(error)) in _NO_BUCKET - {"notFound"}


def told(error: Exception, operation: str, key: str, connection: Connection) -> StoreError:
    """Say what an error of obstore means for the settings.

    Args:
        error: it.
        operation: what was asked for: ``list``, ``write``, ``stat``, ``read``, ``copy`` or ``delete``.
        key: of what.
        connection: to the store.
    """
    text = str(error)
    code = _first(_CODE, text)
    status = status_of(error)
    for kind in (_reached, _signed_in, _found, _permitted):
        refusal = kind(text, code, status, operation, connection)
        if refusal is not None:
            return refusal
    name = _NAMES[connection.kind].get(operation, (operation, ""))[0]
    said = " ".join(part for part in (str(status or ""), code, _first(_MESSAGE, text)) if part)
    if not said:
        said = text.partition("\n")[0].removeprefix("Generic S3 error: ")[:400]
    return StoreError("store-refuses", f"the store answers {name} with {said}", help=_of_status(status, code))


def _reached(text: str, code: str, status: int, operation: str, connection: Connection) -> StoreError | None:
    """A failed connection."""
    if code or status:
        return None
    address = _first(_ADDRESS, text)
    scheme, _, rest = address.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    if "dns error" in text or "failed to lookup" in text:
        by_host = connection.endpoint and host.startswith(f"{connection.bucket}.")
        return StoreError(
            "store-unknown-host",
            f"nobody knows the host {host}",
            help="the server wants the bucket in the path: set pathstyle => true"
            if by_host
            else "correct the endpoint or the region, or mend this machine's name resolution",
        )
    if "ConnectionRefused" in text:
        return StoreError(
            "store-unreachable",
            f"{host} refuses connections",
            help="does the store run, and does it listen on that port?",
        )
    if "kind: Timeout" in text or "TimedOut" in text or "timed out" in text:
        return StoreError(
            "store-silent",
            f"{host} does not answer in time",
            help="a firewall, a proxy, or a store at its end",
        )
    if "InvalidContentType" in text or "wrong version" in text:
        return StoreError(
            "store-speaks-no-tls", f"{host} does not speak TLS on that port", help="write http:// before it"
        )
    if "InvalidCertificate" in text:
        return _distrusted(text, address, host)
    if "InvalidMessage" in text or "HttpError" in text:
        return StoreError("store-unreachable", f"{host or scheme}: {_cause(text)}")
    if "credential" in text.lower() or "metadata" in text:
        return StoreError(
            "store-no-credentials",
            f"no credentials were found: {text.partition(chr(10))[0][:200]}",
            help="name the keys, or give this machine a role that has them",
        )
    return None


def _distrusted(text: str, address: str, host: str) -> StoreError:
    try:
        why = distrust(address, os.environ)
    except OSError:
        why = None
    return StoreError(
        "store-untrusted",
        f"the certificate of {host} is not trusted: {why or _first(_CERTIFICATE, text)}",
        help="put the certificate of its authority into /usr/local/share/ca-certificates and run"
        " update-ca-certificates",
    )


def _cause(text: str) -> str:
    """Return the innermost message of a failed request."""
    words = re.findall(r'(?:message|error): "([^"]{1,200})"', text)
    return words[-1] if words else text.partition("\n")[0].rpartition(" - ")[2][:200]


def _signed_in(
    text: str, code: str, status: int, operation: str, connection: Connection
) -> StoreError | None:
    """A key that is wrong, or a clock."""
    if code in _SKEWED:
        return StoreError(
            "clock-skewed",
            f"{code}: the clocks of this machine and of the store differ too much",
            help="timedatectl shows whether this one is kept right",
        )
    names = {
        "InvalidAccessKeyId": ("accesskey", "the store knows no such access key"),
        "SignatureDoesNotMatch": ("secretkey", "the secret key is not the one of the access key"),
        "ExpiredToken": ("sessiontoken", "the session token has expired"),
        "InvalidToken": ("sessiontoken", "the session token is none of the access key"),
        "AuthenticationFailed": ("accountkey", "the key is none of the account's"),
        # Also what the account's firewall says.
        "AuthorizationFailure": (
            "accountkey",
            "the key is none of the account's, or the account lets nobody in from this machine",
        ),
    }
    if code in names:
        name, words = names[code]
        return StoreError(f"wrong-{name}", f"{code}: {words}", help=f"correct {name}")
    return None


def _found(text: str, code: str, status: int, operation: str, connection: Connection) -> StoreError | None:
    """A bucket that is not there, or elsewhere."""
    if code in _NO_BUCKET and operation in ("list", "write"):
        kind = "container" if connection.kind == "azure" else "bucket"
        return StoreError(
            "no-such-bucket",
            f"there is no {kind} {connection.bucket}",
            help=f"correct the name of the {kind}, or make it; the registry makes none",
        )
    region = _first(_REGION, text)
    if code in (
        "AuthorizationHeaderMalformed",
        "PermanentRedirect",
        "IllegalLocationConstraintException",
    ) or ("BareRedirect" in text or status == 301):
        where = f"in the region {region}" if region else "in another region, or at another endpoint"
        return StoreError(
            "store-wrong-region",
            f"the bucket {connection.bucket} lies {where}, not in {connection.region}",
            help=f"set region => '{region}'" if region else "correct region and regionendpoint",
        )
    return None


def _permitted(
    text: str, code: str, status: int, operation: str, connection: Connection
) -> StoreError | None:
    """A right that the key has not."""
    if code not in _DENIED and not (status == 403 and not code):
        return None
    name, right = _NAMES[connection.kind].get(operation, (operation, operation))
    return StoreError(
        "store-denied",
        f"{code or 'Forbidden'} on {name}: the key may not {right}",
        help=f"give it that right on {connection.bucket}"
        + (" and its objects" if connection.kind == "s3" and operation != "list" else ""),
    )


def _of_status(status: int, code: str) -> str | None:
    if status in (429, 503) or code in ("SlowDown", "ServerBusy"):
        return "the store has more to do than it can; maxrequestspersecond limits the registry's part of it"
    if status == 404 and not code:
        return "does the service listen at that endpoint? what answers there knows nothing of buckets"
    return "the store itself is not well; look at its own log" if status >= 500 else None


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return html.unescape(next((group for group in match.groups() if group), "")) if match else ""
