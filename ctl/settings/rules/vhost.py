"""Rules across the settings of the virtual host and of the URL that it serves."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.sections.vhost import WITHOUT_EFFECT
from ctl.syntax.model import SettingPath, setting_name

NGINX: SettingPath = ("registry", "nginx")


def check_vhost(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield what is wrong between settings of the virtual host.

    Args:
        settings: validated.
        places: where they were given.
    """
    yield from _without_effect(settings, places)
    yield from _commands_complete(settings, places)
    yield from _two_directories(settings, places)
    if settings.registry.enable is not False and settings.registry_external_url is not None:
        yield from _redirect_without_tls(settings, settings.registry_external_url, places)
        yield from _port_in_front(settings, settings.registry_external_url, places)
        yield from _plain_http(settings.registry_external_url, places)
    if settings.registry.enable is not False:
        yield from _redirect_of_gitlab(settings, places)


def speaks_tls(settings: Settings, url: str) -> bool:
    """Whether nginx speaks TLS itself, for a registry of this URL."""
    vhost = settings.registry.nginx
    given = (flag for flag in (vhost.listen_https, vhost.https) if flag is not None)
    return next(given, urlsplit(url).scheme == "https")


def shares_redirect(settings: Settings) -> bool:
    """Whether a redirect would listen under the name and on the port of GitLab's own server for http."""
    if settings.external_url is None:
        return False
    gitlab = urlsplit(settings.external_url)
    # Without a URL of its own the registry has GitLab's name.
    url = settings.registry_external_url
    host = settings.registry.nginx.fqdn or (urlsplit(url).hostname if url else gitlab.hostname) or ""
    taken = 80 if gitlab.scheme == "https" else gitlab.port or 80
    same_name = host.strip("[]").lower() == (gitlab.hostname or "").lower()
    return same_name and settings.registry.nginx.redirect_http_to_https_port == taken


def _without_effect(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    for name in WITHOUT_EFFECT:
        if getattr(settings.registry.nginx, name) is not None:
            path: SettingPath = (*NGINX, name)
            yield Diagnostic(
                Severity.WARNING,
                "without-effect",
                f"{setting_name(places.written(path))} has no effect on the registry's vhost",
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
                f"{setting_name(places.written(path))}: a command and a value are expected, such as"
                " 'Options PrioritizeChaCha'",
                places.value(path),
            )


def _two_directories(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Omnibus takes one for this and the other for that (T7); here the registry's own counts."""
    vhost, nginx = settings.registry.nginx, settings.nginx
    for name in ("dir", "log_directory"):
        own = getattr(vhost, name)
        if own is not None and name in nginx.model_fields_set and own != getattr(nginx, name):
            path: SettingPath = ("nginx", name)
            yield Diagnostic(
                Severity.WARNING,
                "given-twice",
                f"{setting_name(path)} differs from {setting_name(places.written((*NGINX, name)))},"
                " which wins",
                places.value(path),
                "keep one of the two",
            )


def _port_in_front(settings: Settings, url: str, places: Finder) -> Iterator[Diagnostic]:
    """Behind a load balancer the URL usually names no port (E7)."""
    named, listens = urlsplit(url).port, settings.registry.nginx.listen_port
    served = settings.registry.nginx.enable and settings.nginx.enable is not False
    if served and named is not None and listens is not None and named != listens:
        yield Diagnostic(
            Severity.NOTE,
            "port-in-front",
            f"clients are told port {named}, nginx listens on {listens}: something in front must lead there",
            places.value((*NGINX, "listen_port")),
        )


def _redirect_of_gitlab(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Of two servers of one name on one port nginx ignores the second with a mere warning (B39, T17)."""
    vhost = settings.registry.nginx
    if not vhost.redirect_http_to_https or not vhost.enable or settings.nginx.enable is False:
        return
    # Without a URL of its own there is a registry only where Let's Encrypt is used.
    if settings.registry_external_url is None and not settings.letsencrypt.enable:
        return
    if shares_redirect(settings):
        path: SettingPath = (*NGINX, "redirect_http_to_https")
        port = vhost.redirect_http_to_https_port
        yield Diagnostic(
            Severity.WARNING,
            "redirect-of-gitlab",
            f"{setting_name(places.written(path))} is left out: port {port} of this name belongs to GitLab",
            places.key(path),
            "remove it, or give the registry a name of its own",
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
        f"{setting_name(places.written(path))} has no effect: this nginx does not speak TLS",
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
