"""The TLS certificate in front of the registry: is it there, is it whole, does it fit."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import asdict

from ctl.errors import reason, remedy
from ctl.facts.permissions import account_name
from ctl.facts.stamps import stamp
from ctl.plan.model import CertificateFact

if TYPE_CHECKING:
    from cryptography import x509

_RENEW = "put a renewed one in its place, then ctl reconfigure"


class Read(Struct, frozen=True):
    """What a certificate says that has its key beside it.

    The same bytes say the same for ever, so whoever has read them once need not do so again: to load what
    reads certificates takes longer than all else that is looked at.

    Args:
        digest: of the bytes of both files; empty where the key is encrypted, so that nobody knows whether it
            is this one's.
        not_before: when it begins to be valid.
        not_after: when it ceases to be.
        names: that it covers.
        disorder: the place in its file of the first certificate that is not that of the issuer of the one
            before it, from 2 on; 0 where all are.
        issuer: the name of its issuer in words.
        issuer_der: the same in DER, in hexadecimal.
        alone: whether its issuer is another, and nothing of him stands beside it.
        end: the name of the issuer of the last certificate in its file, in words.
    """

    digest: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]
    disorder: int
    issuer: str
    issuer_der: str
    alone: bool
    end: str

    def as_json(self) -> dict[str, Any]:
        """Return it as it is remembered."""
        times = {"not_before": self.not_before.isoformat(), "not_after": self.not_after.isoformat()}
        return {**asdict(self), **times}

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Read | None:
        """Return what was remembered; None for anything else."""
        try:
            times = {name: datetime.fromisoformat(document[name]) for name in ("not_before", "not_after")}
            parsed = cls(**{**document, **times, "names": tuple(document["names"])})
            bytes.fromhex(parsed.issuer_der)
        except (LookupError, TypeError, ValueError):
            return None
        texts = (parsed.digest, parsed.issuer, parsed.issuer_der, parsed.end, *parsed.names)
        whole = type(parsed.disorder) is int and type(parsed.alone) is bool and {*map(type, texts)} <= {str}
        zoned = parsed.not_before.tzinfo is not None and parsed.not_after.tzinfo is not None
        return parsed if whole and zoned else None


class Looked(Struct, frozen=True):
    """What was found at the certificate's paths.

    Args:
        fact: the pair; None when a file is missing or unreadable.
        missing: paths of the files that are not there.
        problem: what is wrong with files that are there.
        problem_in_key: whether the problem is the key's.
        warning: what is right but will not stay so.
        help: what to do about the problem or the warning.
        read: what the certificate says; None where that cannot be used.
    """

    fact: CertificateFact | None
    missing: tuple[Path, ...] = ()
    problem: str | None = None
    problem_in_key: bool = False
    warning: str | None = None
    help: str | None = None
    read: Read | None = None


class Pair(Struct, frozen=True):
    """A certificate and its key, and what was found there; both may be missing."""

    certificate: Path
    key: Path
    looked: Looked

    @property
    def usable(self) -> CertificateFact | None:
        """The pair as nginx can use it; None while it cannot."""
        return None if self.looked.problem else self.looked.fact


def look(
    certificate: Path, key: Path, host: str, now: datetime, encrypted_key: bool, seen: Read | None = None
) -> Looked:
    """Read a certificate with its chain and its key, and hold them against each other.

    Args:
        certificate: path of PEM text, the server's own certificate first.
        key: path of its key.
        host: the name that the certificate has to cover.
        now: with a time zone.
        encrypted_key: whether the key may be encrypted, because a pass phrase file is named.
        seen: what was read before, be it of other files.
    """
    missing = tuple(path for path in (certificate, key) if not path.exists())
    if missing:
        return Looked(None, missing)
    texts: list[bytes] = []
    for path in (certificate, key):
        try:
            texts.append(path.read_bytes())
        except OSError as error:
            text = f"{path} cannot be read: {reason(error)}"
            return Looked(None, problem=text, problem_in_key=path is key, help=remedy(error))
    # With the stamps: nginx may have been told to read what was there for a while.
    stamps = (stamp(path).encode() for path in (certificate, key))
    fact = CertificateFact(str(certificate), str(key), _digest(*texts, *stamps))
    content = _digest(*texts)
    if seen is not None and seen.digest == content:
        return _judged(fact, seen, host, now)
    return _examined(fact, texts[0], texts[1], content, host, now, encrypted_key)


def _digest(*parts: bytes) -> str:
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def _judged(fact: CertificateFact, read: Read, host: str, now: datetime) -> Looked:
    remark = _warning(read, host, now, fact.certificate) or _chain_warning(read, fact.certificate)
    return Looked(fact, warning=remark[0], help=remark[1], read=read) if remark else Looked(fact, read=read)


def _examined(
    fact: CertificateFact,
    certificate: bytes,
    key: bytes,
    content: str,
    host: str,
    now: datetime,
    encrypted_key: bool,
) -> Looked:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        leaf, *chain = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        if b"PRIVATE KEY-----" in certificate and b"BEGIN CERTIFICATE" in key:
            text = f"{fact.certificate} holds the key, and {fact.key} the certificate"
            return Looked(fact, problem=text, help="name each by the other's setting")
        if fact.certificate == fact.key:
            return Looked(
                fact,
                problem=f"{fact.certificate} is named for the certificate and for its key, and is a key",
                help="registry['nginx']['ssl_certificate'] names the file with the certificate and its chain",
            )
        text = f"{fact.certificate} holds no certificate in PEM form"
        quoted = shlex.quote(fact.certificate)
        return Looked(
            fact,
            problem=text,
            help=f"openssl x509 -inform der -in {quoted} prints one in DER form in this form",
        )
    try:
        private = load_pem_private_key(key, None)
    except TypeError:
        if encrypted_key:
            return Looked(fact, read=_said([leaf, *chain], ""))
        text = f"{fact.key} is encrypted, and there is no ssl_password_file"
        return Looked(
            fact,
            problem=text,
            problem_in_key=True,
            help="registry['nginx']['ssl_password_file'] names a file that holds its pass phrase",
        )
    except ValueError:
        if fact.certificate == fact.key:
            return Looked(
                fact,
                problem=f"{fact.key} is named for the certificate and for its key, and holds no key",
                problem_in_key=True,
                help="registry['nginx']['ssl_certificate_key'] names the file with the key",
            )
        text = f"{fact.key} holds no private key in PEM form"
        quoted = shlex.quote(fact.key)
        return Looked(
            fact,
            problem=text,
            problem_in_key=True,
            help=f"openssl pkey -inform der -in {quoted} prints one in DER form in this form",
        )
    if private.public_key() != leaf.public_key():
        own = (place for place, issuer in enumerate(chain, 2) if issuer.public_key() == private.public_key())
        place = next(own, None)
        if place is not None:
            text = f"{fact.certificate} has the server's certificate in place {place}; it has to come first"
            return Looked(fact, problem=text, help="then its issuer's, and each time the next issuer's")
        return Looked(
            fact,
            problem=f"{fact.key} is not the key of {fact.certificate}",
            problem_in_key=True,
            help="the pair shows the same twice:\n"
            f"  openssl x509 -noout -pubkey -in {shlex.quote(fact.certificate)}\n"
            f"  openssl pkey -pubout -in {shlex.quote(fact.key)}",
        )
    return _judged(fact, _said([leaf, *chain], content), host, now)


def _said(chain: Sequence[x509.Certificate], digest: str) -> Read:
    leaf = chain[0]
    places = (
        place
        for place, (certificate, issuer) in enumerate(pairwise(chain), 2)
        if certificate.issuer != issuer.subject
    )
    return Read(
        digest=digest,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        names=tuple(covered_names(leaf)),
        disorder=next(places, 0),
        issuer=leaf.issuer.rfc4514_string(),
        issuer_der=leaf.issuer.public_bytes().hex(),
        alone=len(chain) == 1 and leaf.issuer != leaf.subject,
        end=chain[-1].issuer.rfc4514_string(),
    )


def _chain_warning(read: Read, path: str) -> tuple[str, str] | None:
    """Tell of a certificate that the one before it was not issued by; some clients give up there (E5)."""
    if not read.disorder:
        return None
    return (
        f"certificate {read.disorder} of {path} is not that of the issuer of the one before it;"
        " the server's own is expected first, then each time its issuer's",
        "put them into that order; a client that has the root itself needs no root there",
    )


def exposed_key(key: Path) -> str | None:
    """Return the mode of a key that others than its owner and root's group may read or write (E12)."""
    try:
        status = key.stat()
    except OSError:
        return None
    mode = stat.S_IMODE(status.st_mode)
    others = mode & 0o007 or (mode & 0o070 and status.st_gid not in (0, os.getegid()))
    return f"{mode:04o}" if others else None


def foreign_owner(key: Path) -> str | None:
    """Return the account that a key belongs to when it is neither root nor the caller: it may read it."""
    try:
        owner = key.stat().st_uid
    except OSError:
        return None
    return None if owner in (0, os.geteuid()) else account_name(owner)


def _warning(read: Read, host: str, now: datetime, path: str) -> tuple[str, str] | None:
    if read.not_after <= now:
        return f"{path} has expired on {read.not_after:%Y-%m-%d}", _RENEW
    if read.not_before > now:
        text = f"{path} is not valid before {read.not_before:%Y-%m-%d}"
        return text, f"it is {now:%Y-%m-%d} by the clock of this machine: is that right?"
    days = (read.not_after - now).days
    if days < 14:
        return f"{path} expires in {days} days", _RENEW
    if not any(covers(name, host) for name in read.names):
        text = f"{path} does not cover {host}; it is for {', '.join(read.names) or 'no name at all'}"
        return text, f"have one issued for {host}, or name another by registry['nginx']['ssl_certificate']"
    return None


def covered_names(leaf: object) -> list[str]:
    """Return the names and addresses of a certificate's subject alternative names."""
    from cryptography import x509

    assert isinstance(leaf, x509.Certificate)  # noqa: S101 - for the type checker; imported above
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name covers a host; a star stands for exactly one label."""
    name, host = name.lower().rstrip("."), host.lower().strip("[]").rstrip(".")
    if name.startswith("*."):
        label, _, domain = host.partition(".")
        return bool(label) and domain == name[2:]
    return name == host
