"""What tokens are held against, where a file of the administrator's says it, and what signs them."""

from __future__ import annotations

from pathlib import Path

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Hosted
from ctl.credentials import secrets
from ctl.credentials.certificate import CredentialError
from ctl.credentials.keys import KeyDescription, describe_bundle, describe_key, matches
from ctl.credentials.secrets import RegistrySecrets
from ctl.errors import reason
from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.settings.model import Settings
from ctl.syntax.model import SettingPath, setting_name

BUNDLE = ("registry", "rootcertbundle")
KEY = ("registry", "internal_key")
CERTIFICATE = ("registry", "internal_certificate")
# Where GitLab's Linux package has it.
_OTHER_KEY = "/var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key"
_OTHER_BUNDLE = "/var/opt/gitlab/registry/gitlab-registry.crt"


def key_elsewhere(settings: Settings, derived: Derived, file: RegistrySecrets, layout: Layout) -> bool:
    """Whether the key to a bundle of the administrator's own is not on this machine.

    Then none is made, and no other is told to GitLab: the registry would refuse whatever it signs.

    Args:
        settings: validated.
        derived: what follows from them.
        file: what the secrets file gives.
        layout: where the bundle lies.
    """
    registry = settings.registry
    if registry.rootcertbundle is None or registry.internal_key is not None or not derived.registry_enabled:
        return False
    if settings.gitlab_rails.registry_enabled or not file.internal_key:
        return not settings.gitlab_rails.registry_enabled
    try:
        return not matches(file.internal_key, _text(layout.under(registry.rootcertbundle)))
    except (OSError, CredentialError):
        return False


def check_bundle(hosted: Hosted) -> Finding | None:
    """Say what is wrong with the certificates that tokens are checked against, where a file holds them."""
    registry = hosted.settings.registry
    if registry.rootcertbundle is None or not hosted.derived.registry_enabled:
        return None
    path = hosted.machine.layout.under(registry.rootcertbundle)
    try:
        text = _text(path)
        describe_bundle(text)
        key, named = _signing(hosted)
        if (key is None and not named) or (key and matches(key, text)):
            return Finding(Outcome.OK, f"{path} can be read" + (" and is for our key" if key else ""))
        message = (
            f"{path} is not for the key in {named}: the registry would refuse every token of GitLab"
            if key
            else f"{named} has not the key to {path}, which GitLab on this machine has to sign with"
        )
        help = f"put the certificate of that key there, or leave {setting_name(BUNDLE)} out to have one made"
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        help = "put the certificate of GitLab's signing key there; the registry does not start without"
    except CredentialError as error:
        message = f"{path}, named by {setting_name(BUNDLE)}: {error}"
        help = "name the certificate of GitLab's signing key"
    return Finding(Outcome.ERROR, message, help, code="token-certificate", place=hosted.places.value(BUNDLE))


def _signing(hosted: Hosted) -> tuple[str | None, str]:
    """Return the key that GitLab surely signs with, and what holds it; neither where it may have another."""
    given, file = hosted.settings.registry.internal_key, hosted.machine.layout.secrets_file
    if given is not None:
        return given.get_secret_value(), setting_name(KEY)
    if not hosted.settings.gitlab_rails.registry_enabled:
        return None, ""
    # Said to be here, it signs with what this machine gives it.
    return secrets.read(file).registry.internal_key, str(file)


def check_halves(hosted: Hosted) -> Finding | None:
    """Show the key by which a registry and a GitLab on two machines can be held against each other."""
    settings, derived, layout = hosted.settings, hosted.derived, hosted.machine.layout
    if not (derived.registry_enabled or derived.key_used) or not _split(hosted):
        return None
    file = secrets.read(layout.secrets_file).registry
    given = settings.registry.internal_key
    key = given.get_secret_value() if given else file.internal_key
    try:
        if derived.registry_enabled:
            bundle, place = _bundle(settings, file, layout)
            # A key of the settings that does not fit is an error, which is said of them.
            if not bundle or given or (key and matches(key, bundle)):
                return None
            names = [described.key for described in describe_bundle(bundle)]
            text = "the key that GitLab signs with is not on this machine; it has to be "
            return _shown(text, names, _OTHER_KEY, "pkey", hosted, place)
        if not key:
            return None
        text = "the registry is on another machine; its certificate has to be that of the key "
        return _shown(text, [describe_key(key)], _OTHER_BUNDLE, "x509", hosted, KEY)
    except (OSError, CredentialError):
        # Another probe says so, or the secrets do when they are put to use.
        return None


def _split(hosted: Hosted) -> bool:
    """Whether one half may be alone here: nearly everywhere both are, and nothing need be read for that."""
    registry = hosted.settings.registry
    given = registry.rootcertbundle or registry.internal_certificate or registry.internal_key
    return bool(given) or not (hosted.derived.registry_enabled and hosted.derived.key_used)


def _bundle(settings: Settings, file: RegistrySecrets, layout: Layout) -> tuple[str | None, SettingPath]:
    registry = settings.registry
    if registry.rootcertbundle is not None:
        return _text(layout.under(registry.rootcertbundle)), BUNDLE
    return registry.internal_certificate or file.internal_certificate, CERTIFICATE


def _shown(
    text: str, keys: list[KeyDescription], other: str, verb: str, hosted: Hosted, place: SettingPath
) -> Finding:
    names = " or ".join(
        f"{key.libtrust_id} (in RFC 7638 {key.thumbprint}, SHA-256 {key.fingerprint})" for key in keys
    )
    pipe = "| openssl pkey -pubin -outform der" if verb == "x509" else "-outform der"
    words = "-noout -pubkey" if verb == "x509" else "-pubout"
    return Finding(
        Outcome.NOTE,
        text + names,
        "there this prints the same SHA-256; elsewhere than with the Linux package the file is another:\n"
        f"  openssl {verb} -in {other} {words} {pipe} | openssl dgst -sha256",
        code="token-key",
        place=hosted.places.value(place),
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


PROBES = (
    Probe(
        name="token-certificate",
        area=Area.AUTH,
        title="the certificate bundle that tokens are held against",
        matters="the registry refuses every token that no certificate in it has signed",
        needs=Hosted,
        run=check_bundle,
    ),
    Probe(
        name="token-key",
        area=Area.AUTH,
        title="the key that the registry and GitLab share",
        matters="on two machines nothing but its names tells whether both have the same",
        needs=Hosted,
        run=check_halves,
    ),
)
