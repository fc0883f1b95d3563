"""Names that are not a setting's: what they are elsewhere, what was meant, what follows from a slip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.diagnostics.suggest import closest
from ctl.regex import compile_late
from ctl.settings.places import Places
from ctl.settings.sections.vhost import WITHOUT_EFFECT, Vhost
from ctl.syntax.model import Evaluated, SettingPath, setting_name

_ENDPOINT: SettingPath = ("registry", "notifications", "*")
_S3: SettingPath = ("registry", "storage", "s3")
OTHER_NAMES: dict[SettingPath, str] = {
    ("registry", "storage", "cache", "layerinfo"): "registry['storage']['cache']['blobdescriptor']",
    ("registry", "readonly"): "registry['storage']['maintenance']['readonly']['enabled']",
    ("registry", "read_only"): "registry['storage']['maintenance']['readonly']['enabled']",
    ("registry", "storage", "readonly"): "registry['storage']['maintenance']['readonly']['enabled']",
    ("registry", "storage", "uploadpurging"): "registry['storage']['maintenance']['uploadpurging']",
    ("registry", "storage_delete"): "registry['storage_delete_enabled']",
    ("registry", "internal_api"): "gitlab_rails['registry_api_url']",
    ("registry", "internal_api_url"): "gitlab_rails['registry_api_url']",
    ("registry", "secret"): "registry['http_secret']",
    ("registry", "realm"): "registry['token_realm']",
    ("registry", "external_url"): "registry_external_url",
    ("registry", "issuer"): "gitlab_rails['registry_issuer']",
    ("gitlab_rails", "registry_api_host"): "gitlab_rails['registry_api_url']",
    ("gitlab_rails", "registry_internal_api_url"): "gitlab_rails['registry_api_url']",
    ("gitlab_rails", "registry_external_url"): "registry_external_url",
    ("gitlab_rails", "registry_internal_key"): "registry['internal_key']",
    (*_S3, "access_key"): "registry['storage']['s3']['accesskey']",
    (*_S3, "access_key_id"): "registry['storage']['s3']['accesskey']",
    (*_S3, "aws_access_key_id"): "registry['storage']['s3']['accesskey']",
    (*_S3, "secret_access_key"): "registry['storage']['s3']['secretkey']",
    (*_S3, "aws_secret_access_key"): "registry['storage']['s3']['secretkey']",
    (*_S3, "endpoint"): "registry['storage']['s3']['regionendpoint']",
    (*_S3, "host"): "registry['storage']['s3']['regionendpoint']",
    (*_S3, "path_style"): "registry['storage']['s3']['pathstyle']",
    (*_ENDPOINT, "endpoint"): "url",
    (*_ENDPOINT, "uri"): "url",
    (*_ENDPOINT, "retries"): "maxretries",
}
"""What old versions, other programs and made-up examples call a setting, and its name here."""
_URLS = ("external_url", "registry_external_url")
_WITHOUT = {"registry-without-realm": "external_url", "registry-without-url": "registry_external_url"}
_FIRST_WORD = compile_late(r"[ \t]*([A-Za-z_]\w*)")


def other_name(path: SettingPath) -> str | None:
    """Return what a setting of another name is called here."""
    general = tuple("*" if isinstance(part, int) else part for part in path)
    name = OTHER_NAMES.get(general)
    if name is None and general[:3] == ("registry", "storage", "s3_v2"):
        name = (OTHER_NAMES.get((*_S3, *general[3:])) or "").replace("'s3'", "'s3_v2'") or None
    if name is None or "*" not in general:
        return name
    return setting_name((*path[:-1], name))


def foreign_names(
    values: Mapping[str, Any], known: Mapping[str, frozenset[str]], places: Places
) -> Iterator[Diagnostic]:
    """Yield an error for what names the registry in a section of another service that has no such setting.

    Args:
        values: all that the file sets.
        known: the settings of the sections that other services share with the registry.
        places: where they stand.
    """
    for section, names in known.items():
        inside = values.get(section)
        for name in inside if isinstance(inside, Mapping) else ():
            if str(name).startswith("registry") and name not in names:
                path: SettingPath = (section, str(name))
                message = f"{setting_name(path)} is not a setting"
                place = places.key(path)
                yield Diagnostic(Severity.ERROR, "unknown-setting", message, place, _of_vhost(str(name)))


def _of_vhost(name: str) -> str:
    plain = name.removeprefix("registry_")
    if plain in WITHOUT_EFFECT:
        return "remove it: the registry's vhost has no use for it"
    near = plain if plain in Vhost.model_fields else closest(plain, sorted(Vhost.model_fields))
    return f"did you mean registry['nginx']['{near}']?" if near else "remove it"


def without_consequences(diagnostics: list[Diagnostic], slips: list[str | None]) -> list[Diagnostic]:
    """Leave out that a setting is missing where a misspelt key was meant to be it.

    Args:
        diagnostics: what loading found.
        slips: what the misspelt keys were meant to be.
    """
    told = {f"{name} is missing" for name in slips}
    return [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.code != "missing-setting" or diagnostic.message not in told
    ]


def urls_told(evaluated: Evaluated) -> frozenset[str]:
    """Return the codes of findings that a mistake in a URL's own line has told already."""
    told: set[str] = set()
    for diagnostic in evaluated.diagnostics:
        if (
            diagnostic.severity is Severity.ERROR
            and diagnostic.span is not None
            and diagnostic.span.file in evaluated.sources
        ):
            line = evaluated.sources[diagnostic.span.file].split("\n")[diagnostic.span.line - 1 :][:1]
            word = _FIRST_WORD.match(line[0]) if line else None
            name = closest(word[1], _URLS) if word and word[1] not in _URLS else word and word[1]
            told |= {code for code, url in _WITHOUT.items() if url == name}
    return frozenset(told)
