"""Where the rotation of the token key stands, and whether ctl is the one to rotate it."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from msgspec import Struct

from ctl.apply import generation
from ctl.credentials import rotation
from ctl.credentials import secrets as secrets_file
from ctl.credentials.certificate import CredentialError, tidy_pem
from ctl.credentials.keys import describe_bundle, describe_key
from ctl.credentials.resolution import CredentialsInvalid
from ctl.credentials.rotation import Stage
from ctl.credentials.secrets import RegistrySecrets
from ctl.errors import CtlError
from ctl.operations.compile.source import Source
from ctl.paths import Layout
from ctl.state.files import read_text
from ctl.targets.runit.places import BUNDLE

# Where one of these is given, gitlab.rb says whom the registry trusts.
DECIDING = ("internal_key", "internal_certificate", "rootcertbundle")


class Trusted(Struct, frozen=True):
    """A key that the registry trusts: its libtrust id, and the validity of its certificate (UTC)."""

    key: str
    since: datetime
    until: datetime


class Standing(Struct, frozen=True):
    """Where a rotation stands.

    Args:
        stage: how far the secrets file says it has come.
        key_in_place: whether GitLab's place holds the key of the secrets file, or none is kept here.
        in_force: whether this is so and the registry was given just the certificates that it shall trust.
        signing: the libtrust id of the secrets file's key; None where it has none.
        trusted: the keys that the registry in force trusts; none where its bundle is not ctl's.
    """

    stage: Stage
    key_in_place: bool
    in_force: bool
    signing: str | None
    trusted: tuple[Trusted, ...]


def standing(layout: Layout) -> Standing:
    """Tell where a rotation stands; nothing is changed.

    Raises:
        CtlError: there is no generation in force, or it or the secrets file cannot be read.
    """
    number = generation.current_number(layout)
    if number is None:
        raise nothing_in_force(layout)
    staged = generation.load(layout, number)
    file = secrets_file.read(layout.secrets_file).registry
    bundle = staged.path / BUNDLE
    text = read_text(bundle)
    placed = _placed(file, staged.told.key)
    return Standing(
        stage=rotation.stage_of(file),
        key_in_place=placed,
        in_force=placed and text == _expected(file),
        signing=_signing(file),
        trusted=_trusted(text) if text else (),
    )


def nothing_in_force(layout: Layout) -> CtlError:
    """Return the error for a machine that was never configured."""
    return CtlError(
        f"nothing is in force below {layout.root} yet", help="ctl reconfigure makes the first key"
    )


def given(source: Source) -> str | None:
    """Return the setting of gitlab.rb that decides whom the registry trusts; None where ctl decides."""
    registry = source.settings.registry
    return next((name for name in DECIDING if getattr(registry, name) is not None), None)


def check_rotatable(source: Source, file: RegistrySecrets, layout: Layout) -> None:
    """Make sure that the key is ctl's to rotate.

    Args:
        source: the settings in force.
        file: the secrets file.
        layout: names the secrets file in messages.

    Raises:
        CtlError: it is not; says whose it is and how it is rotated there.
    """
    if not source.derived.registry_enabled:
        raise CtlError(
            "the registry does not run on this machine", help="rotate its key on the machine where it runs"
        )
    name = given(source)
    if name is not None:
        raise _decided(source, name)
    if file.internal_key is None:
        raise CtlError(
            f"{layout.secrets_file} holds no registry.internal_key to rotate",
            help="rotate the key on the machine that has it, and give both certificates here meanwhile",
        )


def _decided(source: Source, name: str) -> CtlError:
    place = source.places.key(("registry", name))
    where = f"{place.file}:{place.line}" if place else str(source.path)
    if name == "rootcertbundle":
        first = "append the new key's certificate to that bundle, then ctl reconfigure, ctl restart registry"
    else:
        first = "set registry['internal_certificate'] to the certificates of both keys, then ctl reconfigure"
    return CtlError(
        f"the key cannot be rotated by ctl: registry['{name}'] is set in {where}",
        help=f"by hand, in this order: {first};\n"
        "give GitLab the new key, as registry['internal_key']; when the last token of the old key\n"
        "has expired, after 5 minutes by default, remove the old certificate in the same way",
    )


def _placed(file: RegistrySecrets, digest: str | None) -> bool:
    if digest is None:
        return True
    return bool(file.internal_key) and _digest(tidy_pem(file.internal_key or "")) == digest


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _expected(file: RegistrySecrets) -> str | None:
    try:
        return rotation.bundle(tidy_pem(file.internal_certificate or ""), file)
    except CredentialsInvalid:
        return None


def _signing(file: RegistrySecrets) -> str | None:
    try:
        return describe_key(file.internal_key).libtrust_id if file.internal_key else None
    except CredentialError:
        return None


def _trusted(bundle: str) -> tuple[Trusted, ...]:
    return tuple(
        Trusted(certificate.key.libtrust_id, certificate.not_before, certificate.not_after)
        for certificate in describe_bundle(bundle)
    )
