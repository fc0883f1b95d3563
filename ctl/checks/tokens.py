"""What tokens are held against, where a file of the administrator's says it."""

from __future__ import annotations

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Hosted
from ctl.credentials.certificate import CredentialError
from ctl.credentials.keys import describe_bundle, matches
from ctl.errors import reason
from ctl.syntax.model import setting_name

BUNDLE = ("registry", "rootcertbundle")
KEY = ("registry", "internal_key")


def check_bundle(hosted: Hosted) -> Finding | None:
    """Say what is wrong with the certificates that tokens are checked against, where a file holds them."""
    registry = hosted.settings.registry
    if registry.rootcertbundle is None or not hosted.derived.registry_enabled:
        return None
    path, key = hosted.machine.layout.under(registry.rootcertbundle), registry.internal_key
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        describe_bundle(text)
        if key is None or matches(key.get_secret_value(), text):
            return Finding(Outcome.OK, f"{path} can be read" + (" and is for our key" if key else ""))
        message = (
            f"{path} is not for the key in {setting_name(KEY)}:"
            " the registry would refuse every token of GitLab"
        )
        help = f"put the certificate of that key there, or leave {setting_name(BUNDLE)} out to have one made"
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        help = "put the certificate of GitLab's signing key there; the registry does not start without"
    except CredentialError as error:
        message = f"{path}, named by {setting_name(BUNDLE)}: {error}"
        help = "name the certificate of GitLab's signing key"
    return Finding(Outcome.ERROR, message, help, code="token-certificate", place=hosted.places.value(BUNDLE))


PROBES = (
    Probe(
        name="token-certificate",
        area=Area.AUTH,
        title="the certificate bundle that tokens are held against",
        matters="the registry refuses every token that no certificate in it has signed",
        needs=Hosted,
        run=check_bundle,
    ),
)
