"""The way from one token key to the next, as it stands in gitlab-secrets.json.

A rotation has two steps, so that at no moment GitLab signs with a key that the registry does not trust:

    prepared   the new pair waits as ``next_internal_*``: the registry trusts both, the old key signs
    switched   the new key signs; ``previous_internal_certificate`` keeps tokens of the old one valid

and it ends when the previous certificate is taken out. Each step is one write of the file, so a run that is
killed leaves one of these, and whatever runs next sees which.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ctl.credentials.certificate import CredentialError, blocks, tidy_pem
from ctl.credentials.keypair import KeyPair
from ctl.credentials.keys import describe_bundle, describe_key, matches
from ctl.credentials.resolution import CredentialsInvalid, Source
from ctl.credentials.secrets import RegistrySecrets, Secrets

_NEXT = ("next_internal_certificate", "next_internal_key")
_PREVIOUS = "previous_internal_certificate"


class Stage(StrEnum):
    """How far a rotation has come."""

    NONE = "none"
    PREPARED = "prepared"
    SWITCHED = "switched"


def stage_of(file: RegistrySecrets) -> Stage:
    """Tell how far the rotation has come that a secrets file speaks of.

    A next pair that is no pair counts as none: whoever trusted its certificate would not know its key.
    """
    if _next_pair(file) is not None:
        return Stage.PREPARED
    return Stage.SWITCHED if file.previous_internal_certificate else Stage.NONE


def prepare(secrets: Secrets, pair: KeyPair) -> Secrets:
    """Let a new pair wait beside the one in force."""
    return secrets.updated(
        RegistrySecrets(next_internal_key=pair.key_pem, next_internal_certificate=pair.certificate_pem)
    )


def switch(secrets: Secrets) -> Secrets:
    """Put the pair that waits in force and keep the certificate before it; the stage is `Stage.PREPARED`."""
    old = secrets.registry
    new = RegistrySecrets(
        internal_key=old.next_internal_key,
        internal_certificate=old.next_internal_certificate,
        previous_internal_certificate=old.internal_certificate,
    )
    return secrets.updated(new).without(*_NEXT)


def finish(secrets: Secrets) -> Secrets:
    """Take out whatever a rotation has left in the file."""
    return secrets.without(*_NEXT, _PREVIOUS)


def joins(sources: Mapping[str, Source]) -> bool:
    """Whether the certificates of a rotation count: where gitlab.rb gives key or certificate, it says it all.

    Args:
        sources: where each secret comes from, as `Resolved` tells it.
    """
    return sources["internal_certificate"] is Source.FILE and sources["internal_key"] is not Source.SETTINGS


def bundle(certificate: str, file: RegistrySecrets) -> str:
    """Return all certificates that the registry trusts: previous, current, next, each one once.

    In this order the bundle stays the same when the next pair becomes the current one, so that the registry
    is restarted once for a whole rotation.

    Args:
        certificate: the current one, which may be a bundle itself.
        file: the secrets file.

    Raises:
        CredentialsInvalid: what the file gives for a rotation cannot be used.
    """
    following = _next_pair(file)
    parts = [certificate]
    if file.previous_internal_certificate:
        parts.insert(0, _checked(_PREVIOUS, file.previous_internal_certificate))
    if following is not None:
        parts.append(following.certificate_pem)
    if len(parts) == 1:
        return certificate
    return "".join(dict.fromkeys(block.text for part in parts for block in blocks(part)))


def _checked(name: str, pem: str) -> str:
    try:
        describe_bundle(pem)
    except CredentialError as error:
        raise CredentialsInvalid(
            f"registry.{name} in {Source.FILE}: {error}",
            settings=(),
            help="ctl rotate-registry-key --finish takes it out",
        ) from None
    return tidy_pem(pem)


def _next_pair(file: RegistrySecrets) -> KeyPair | None:
    key, certificate = file.next_internal_key, file.next_internal_certificate
    if not (key and certificate):
        return None
    try:
        describe_key(key)
        return KeyPair(tidy_pem(key), tidy_pem(certificate)) if matches(key, certificate) else None
    except CredentialError:
        return None
