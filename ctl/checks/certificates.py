"""The certificate that clients are shown: is it there, is it whole, will they trust it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Chosen, Hosted
from ctl.diagnostics.model import Span
from ctl.facts.certificates import Looked, Pair

if TYPE_CHECKING:
    from ctl.registry.trust import Refusal

_WHOLE = "put the chain there that was issued with it, and nothing older; then ctl reconfigure"


def check_pair(chosen: Chosen) -> Finding | None:
    """Say whether certificate and key are there and belong together, and how long and for whom they do."""
    pair = chosen.pair
    if pair is None:
        return None
    looked, vhost = pair.looked, chosen.settings.registry.nginx
    own = ("registry", "nginx", "ssl_certificate_key" if looked.problem_in_key else "ssl_certificate")
    given = vhost.ssl_certificate_key if looked.problem_in_key else vhost.ssl_certificate
    place = chosen.places.value(own if given else ("registry_external_url",))
    if looked.missing:
        return _missing(chosen, pair, place)
    for outcome, message, code in (
        (Outcome.ERROR, looked.problem, "certificate-unusable"),
        (Outcome.WARNING, looked.warning, "certificate-doubtful"),
    ):
        if message:
            return Finding(outcome, message, looked.help, code=code, place=place)
    return Finding(Outcome.OK, f"{pair.certificate} and {pair.key} belong together and cover the host")


def _missing(chosen: Chosen, pair: Pair, place: Span | None) -> Finding:
    """Say that the certificate is not there, which Let's Encrypt may still bring."""
    certificate, key, missing = pair.certificate, pair.key, pair.looked.missing
    absent = "neither exists" if len(missing) == 2 else f"{missing[0]} does not exist"
    text = f"the TLS certificate {certificate} and its key {key} are needed; {absent}"
    code = "certificate-missing"
    if chosen.settings.letsencrypt.enable:
        text += "; until Let's Encrypt brings one, a temporary self-signed certificate is used"
        return Finding(Outcome.WARNING, text, code=code, place=place)
    public = chosen.derived.public
    host = chosen.settings.registry.nginx.fqdn or (public.host if public else "")
    return Finding(Outcome.ERROR, text, how_to_make(certificate, key, host, missing), code=code, place=place)


def how_to_make(certificate: Path, key: Path, host: str, missing: Sequence[Path]) -> str:
    """Say how one gets what is missing of a certificate and its key.

    Whatever is typed as it stands here overwrites nothing, also when it is typed later.
    """
    quoted, quoted_key = shlex.quote(str(certificate)), shlex.quote(str(key))
    make = f"openssl req -x509 -days 365 {_names(host)}"
    if certificate not in missing:
        return (
            f"put the key there that {certificate} was issued for, with mode 0600; where it is lost,\n"
            "have a new certificate issued. For a first try move the certificate away: then this says how\n"
            "to make a pair"
        )
    if key not in missing:
        return (
            f"put the certificate with its chain there that was issued for {key}; for a first try make\n"
            "one that clients have to be told to trust:\n"
            f"  test -e {quoted} || {make} \\\n    -new -key {quoted_key} -out {quoted}"
        )
    places = " ".join(dict.fromkeys(shlex.quote(str(path.parent)) for path in (certificate, key)))
    return (
        "put the certificate with its chain and its key there, both with mode 0600; for a first try make\n"
        "one that clients have to be told to trust:\n"
        f"  mkdir -p -m 0700 {places}\n"
        f"  test -e {quoted} || test -e {quoted_key} || {make} \\\n"
        f"    -newkey rsa:2048 -nodes -keyout {quoted_key} -out {quoted}"
    )


def _names(host: str) -> str:
    bare = host.strip("[]")
    kind = "IP" if ":" in bare or bare.replace(".", "").isdigit() else "DNS"
    return (
        f"{shlex.join(('-subj', f'/CN={bare}'))} {shlex.join(('-addext', f'subjectAltName={kind}:{bare}'))}"
    )


def check_issuer(hosted: Hosted, system: Path | None = None) -> Finding | None:
    """Warn where a certificate does not lead to one that this machine trusts.

    Args:
        hosted: the settings and their pair.
        system: the directory of certificates that the system trusts; None for the system's own.
    """
    from ctl.registry.trust import SYSTEM, client_context, refused_of_files

    fact, looked = (hosted.pair.usable, hosted.pair.looked) if hosted.pair else (None, None)
    if fact is None or fact.temporary or looked is None or looked.read is None:
        return None
    path = Path(fact.certificate)
    try:
        context = client_context(hosted.machine.layout, system or SYSTEM)
        refusal = refused_of_files(path, Path(fact.key), context)
    except (OSError, ValueError):
        # With a pass phrase nobody but nginx can use it.
        return None
    if refusal is None:
        return Finding(Outcome.OK, f"{path} leads to a certificate that this machine trusts")
    return _refused(refusal, path, looked, hosted)


def _refused(refusal: Refusal, path: Path, looked: Looked, hosted: Hosted) -> Finding | None:
    from ctl.registry.trust import OWN, SELF_SIGNED, UNKNOWN_ISSUER

    read = looked.read
    assert read is not None  # noqa: S101 - for the type checker: the caller has looked
    given = hosted.settings.registry.nginx.ssl_certificate is not None
    own = ("registry", "nginx", "ssl_certificate") if given else ("registry_external_url",)
    if refusal.number == SELF_SIGNED:
        return Finding(Outcome.OK, f"{path} is self-signed: who was told so trusts it, and nobody else")
    code, told = "certificate-issuer-unknown", f"or put its certificate into {OWN} where clients know it"
    if refusal.number not in UNKNOWN_ISSUER:
        if looked.warning:
            return None
        text = f"{path} is not trusted by who knows its issuer either: {refusal.reason}"
        return Finding(Outcome.WARNING, text, _WHOLE, code=code, place=hosted.places.value(own))
    if read.alone:
        code = "certificate-without-chain"
        text = (
            f"{path} holds the server's certificate alone, issued by {read.issuer}, which this machine does"
            " not know: clients say 'x509: certificate signed by unknown authority'"
        )
        help = f"append the issuer's certificate (fullchain.pem, not cert.pem), {told}"
    else:
        text = (
            f"{path} leads to {read.end}, which this machine does not know: clients that do not either say"
            " 'x509: certificate signed by unknown authority'"
        )
        help = f"append the certificates that are missing, {told}"
    return Finding(Outcome.WARNING, text, help, code=code, place=hosted.places.value(own))


PROBES = (
    Probe(
        name="certificate",
        area=Area.TLS,
        title="the TLS certificate and its key",
        matters="nginx does not start without a pair that belongs together, and clients refuse what is not"
        " valid or not for this host",
        needs=Chosen,
        run=check_pair,
    ),
    Probe(
        name="certificate-issuer",
        area=Area.TLS,
        title="the issuer of the TLS certificate",
        matters="clients trust a certificate only if they know its issuer or are shown the chain to one that"
        " they know",
        needs=Hosted,
        run=check_issuer,
    ),
)
