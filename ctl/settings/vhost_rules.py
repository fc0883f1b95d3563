"""Rules across the settings of the virtual host and of the URL that it serves."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.vhost import WITHOUT_EFFECT
from ctl.syntax.model import SettingPath
from ctl.syntax.model import written as spelled

NGINX: SettingPath = ("registry", "nginx")


def check_vhost(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield what is wrong between settings of the virtual host.

    Args:
        settings: validated.
        places: where they were given.
    """
    yield from _without_effect(settings, places)
    yield from _commands_complete(settings, places)
    if settings.registry.enable is not False and settings.registry_external_url is not None:
        yield from _redirect_without_tls(settings, settings.registry_external_url, places)
        yield from _plain_http(settings.registry_external_url, places)


def speaks_tls(settings: Settings, url: str) -> bool:
    """Whether nginx speaks TLS itself, for a registry of this URL."""
    vhost = settings.registry.nginx
    given = (one for one in (vhost.listen_https, vhost.https) if one is not None)
    return next(given, urlsplit(url).scheme == "https")


def _without_effect(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    for name in WITHOUT_EFFECT:
        if getattr(settings.registry.nginx, name) is not None:
            path: SettingPath = (*NGINX, name)
            yield Diagnostic(
                Severity.WARNING,
                "without-effect",
                f"{spelled(places.written(path))} has no effect on the registry's vhost",
                places.key(path),
            )


def _commands_complete(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    vhost = settings.registry.nginx
    for index, command in enumerate(vhost.ssl_conf_command):
        if len(command.split(None, 1)) != 2:
            path: SettingPath = (*NGINX, "ssl_conf_command", index)
            yield Diagnostic(
                Severity.ERROR,
                "wrong-value",
                f"{spelled(places.written(path))}: a command and a value are expected, such as"
                " 'Options PrioritizeChaCha'",
                places.value(path),
            )


def _redirect_without_tls(settings: Settings, url: str, places: Finder) -> Iterator[Diagnostic]:
    """There is no redirect from http to itself (B38)."""
    vhost = settings.registry.nginx
    served = vhost.enable and settings.nginx.enable is not False
    if not served or not vhost.redirect_http_to_https or speaks_tls(settings, url):
        return
    path: SettingPath = (*NGINX, "redirect_http_to_https")
    ended_elsewhere = urlsplit(url).scheme == "https"
    yield Diagnostic(
        Severity.WARNING,
        "redirect-without-tls",
        f"{spelled(places.written(path))} has no effect: this nginx does not speak TLS",
        places.key(path),
        "redirect where TLS ends, in the proxy before this nginx"
        if ended_elsewhere
        else "write registry_external_url with https://, or remove the redirect",
    )


def _plain_http(url: str, places: Finder) -> Iterator[Diagnostic]:
    """Clients refuse plain http anywhere but on loopback, unless they are told otherwise."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    loopback = host in ("localhost", "::1") or host.startswith("127.")
    if parts.scheme == "http" and not loopback:
        yield Diagnostic(
            Severity.NOTE,
            "plain-http",
            "registry_external_url is plain http; clients have to be told to trust it",
            places.value(("registry_external_url",)),
            f'for Docker: "insecure-registries": ["{parts.netloc}"] in /etc/docker/daemon.json',
        )
