"""Which secrets are in force: gitlab.rb before the secrets file before new ones, never halves of two pairs.

Source: Omnibus decides for key and certificate separately, so that setting only
``registry['internal_key']`` leaves an unrelated certificate in force and every token is refused. Here
the two are one thing: a half of gitlab.rb is joined by a half of the file only where they match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NoReturn

from msgspec import Struct

from ctl.credentials.certificate import CredentialError, tidy_pem
from ctl.credentials.hidden import Hidden
from ctl.credentials.keypair import KeyPair, certify, generate
from ctl.credentials.keys import describe_bundle, describe_key, matches
from ctl.credentials.secrets import RegistrySecrets
from ctl.errors import CtlError, ExitCode

HTTP_SECRET_BYTES = 64


class Source(StrEnum):
    """Where a secret comes from."""

    SETTINGS = "gitlab.rb"
    FILE = "gitlab-secrets.json"
    GENERATED = "generated"
    PENDING = "will be generated"
    UNUSED = "not used on this node"


class CredentialsInvalid(CtlError):
    """The secrets given cannot be used; ``settings`` names those of gitlab.rb that are involved."""

    def __init__(self, message: str, *, settings: tuple[str, ...], help: str | None = None) -> None:
        super().__init__(message, help=help, exit_code=ExitCode.INVALID if settings else ExitCode.FAILED)
        self.settings = settings


class Makers(Struct, frozen=True):
    """What makes new secrets.

    Args:
        key_pair: makes a key and its certificate.
        certificate: makes a certificate for a key given as PEM.
        random: makes so many random bytes.
    """

    key_pair: Callable[[], KeyPair]
    certificate: Callable[[str], str]
    random: Callable[[int], bytes]

    @classmethod
    def real(cls, now: datetime, random: Callable[[int], bytes]) -> Makers:
        """Return the makers of real life: `generate` and `certify` at a moment."""
        return cls(lambda: generate(now, random), lambda key: certify(key, now, random), random)


class Resolved(Struct, frozen=True):
    """The secrets in force.

    Args:
        secrets: the values; none where unused on this node, or not made because of a dry run.
        sources: for every name of `RegistrySecrets`, where its value comes from.
        new: what has to be written into the secrets file; holds nothing when the file is right already.
            A certificate made for a key of gitlab.rb goes there together with that key, so that the
            file never holds two halves that do not match.
    """

    secrets: RegistrySecrets
    sources: Mapping[str, Source]
    new: RegistrySecrets


class _Half(Hidden, frozen=True):
    name: str
    value: str
    source: Source

    @property
    def label(self) -> str:
        if self.source is Source.SETTINGS:
            return f"registry['{self.name}']"
        return f"registry.{self.name} in {self.source}"


_Pair = tuple[_Half | None, _Half | None]


def resolve(
    settings: RegistrySecrets,
    file: RegistrySecrets,
    *,
    needs_key: bool,
    needs_certificate: bool,
    needs_http_secret: bool = True,
    makers: Makers | None,
) -> Resolved:
    """Decide on the secrets of this node.

    A key alone gets a certificate made for it. A certificate alone is legal where the key is not needed.

    Args:
        settings: what gitlab.rb gives.
        file: what the secrets file gives.
        needs_key: whether GitLab runs on this node and signs tokens.
        needs_certificate: whether the registry runs on this node and checks tokens.
        needs_http_secret: whether the registry runs on this node.
        makers: what makes new secrets; none for a dry run, which makes none.

    Raises:
        CredentialsInvalid: a half cannot be used, two halves do not match, or the key is needed and
            only the certificate is there.
    """
    key, certificate = _pair(settings, file, needs_key, needs_certificate)
    key, certificate = _completed(key, certificate, needs_key, needs_certificate, makers)
    http_secret = _http_secret(settings, file, needs_http_secret, makers)
    chosen = {
        half.name: half
        for half in (http_secret, certificate, key)
        if half is not None and half.source is not Source.PENDING
    }
    new = {name: half.value for name, half in chosen.items() if half.source is Source.GENERATED}
    if "internal_certificate" in new:
        new["internal_key"] = chosen["internal_key"].value
    named = {"http_secret": http_secret, "internal_certificate": certificate, "internal_key": key}
    return Resolved(
        secrets=RegistrySecrets(**{name: half.value for name, half in chosen.items()}),
        sources={name: half.source if half else Source.UNUSED for name, half in named.items()},
        new=RegistrySecrets(**new),
    )


def _http_secret(
    settings: RegistrySecrets, file: RegistrySecrets, needed: bool, makers: Makers | None
) -> _Half | None:
    name = "http_secret"
    if settings.http_secret:
        return _Half(name, settings.http_secret, Source.SETTINGS)
    if file.http_secret:
        return _Half(name, file.http_secret, Source.FILE)
    if not needed:
        return None
    if makers is None:
        return _Half(name, "", Source.PENDING)
    return _Half(name, makers.random(HTTP_SECRET_BYTES).hex(), Source.GENERATED)


def _pair(
    settings: RegistrySecrets, file: RegistrySecrets, needs_key: bool, needs_certificate: bool
) -> _Pair:
    """Choose the halves that are there and belong together."""
    if not (needs_key or needs_certificate):
        return None, None
    key, certificate = _halves(settings, Source.SETTINGS)
    if key and certificate:
        return _matching(key, certificate)
    file_key, file_certificate = _halves(file, Source.FILE)
    if key:
        return key, _if_matching(key, file_certificate)
    if not certificate:
        return _matching(file_key, file_certificate)
    file_key = _if_matching(certificate, file_key)
    if file_key is None and needs_key:
        _key_missing(certificate, file.internal_key is not None)
    return file_key, certificate


def _halves(given: RegistrySecrets, source: Source) -> _Pair:
    key, certificate = given.internal_key, given.internal_certificate
    return (
        _Half("internal_key", tidy_pem(key), source) if key else None,
        _Half("internal_certificate", tidy_pem(certificate), source) if certificate else None,
    )


def _completed(
    key: _Half | None,
    certificate: _Half | None,
    needs_key: bool,
    needs_certificate: bool,
    makers: Makers | None,
) -> _Pair:
    """Make what is needed and not there."""
    if key and (certificate or not needs_certificate):
        return key, certificate
    if certificate:
        if needs_key:
            _key_missing(certificate, False)
        return key, certificate
    if not (needs_key or needs_certificate):
        return None, None
    source = Source.GENERATED if makers else Source.PENDING
    if key:
        made = makers.certificate(key.value) if makers else ""
        return key, _Half("internal_certificate", made, source)
    pair = makers.key_pair() if makers else KeyPair("", "")
    return (
        _Half("internal_key", pair.key_pem, source),
        _Half("internal_certificate", pair.certificate_pem, source),
    )


def _matching(key: _Half | None, certificate: _Half | None) -> _Pair:
    """Return two halves of one source, having made sure of them."""
    given = [half for half in (key, certificate) if half]
    for half in given:
        _check(half)
    if key and certificate and not matches(key.value, certificate.value):
        raise CredentialsInvalid(
            f"{key.label} and {certificate.label} do not belong together",
            settings=_names(given),
            help="give the certificate that was made for this key, or the key alone to have one made",
        )
    return key, certificate


def _if_matching(ours: _Half, other: _Half | None) -> _Half | None:
    """Return the file's half where it belongs to that of gitlab.rb; it may be anything else."""
    _check(ours)
    if other is None:
        return None
    key, certificate = (ours, other) if ours.name == "internal_key" else (other, ours)
    try:
        return other if matches(key.value, certificate.value) else None
    except CredentialError:
        return None


def _check(half: _Half) -> None:
    try:
        if half.name == "internal_key":
            describe_key(half.value)
        else:
            describe_bundle(half.value)
    except CredentialError as error:
        raise CredentialsInvalid(f"{half.label}: {error}", settings=_names([half])) from None


def _key_missing(certificate: _Half, other_in_file: bool) -> NoReturn:
    remark = f"; the key in {Source.FILE} belongs to another certificate" if other_in_file else ""
    raise CredentialsInvalid(
        f"{certificate.label} is given without its key, which GitLab signs tokens with on this node{remark}",
        settings=_names([certificate]),
        help="set registry['internal_key'] to the key of this certificate, or remove the certificate",
    )


def _names(halves: list[_Half]) -> tuple[str, ...]:
    return tuple(half.label for half in halves if half.source is Source.SETTINGS)
