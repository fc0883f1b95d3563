"""What no setting says alone: rules across settings, each pointing at the key that has to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.rules.database import check_database
from ctl.settings.rules.gitlab import check_gitlab
from ctl.settings.rules.idle import check_idle
from ctl.settings.rules.quoted import check_quoted
from ctl.settings.rules.reach import check_reach
from ctl.settings.rules.storage import check_storage
from ctl.settings.rules.vhost import check_vhost, speaks_tls
from ctl.settings.types import split_host_port
from ctl.syntax.model import SettingPath, setting_name


def check_rules(settings: Settings, values: Mapping[str, Any], places: Finder) -> Iterator[Diagnostic]:
    """Yield what is wrong between settings that are each right.

    Args:
        settings: validated.
        values: what was given, for the difference between "left out" and "the default".
        places: where it was given.
    """
    yield from _enabled_without_address(settings, places)
    yield from _ports_differ(settings, places)
    yield from _scheme_in_address(values, places)
    yield from _geo_event(settings, places)
    yield from check_database(settings, places)
    yield from _retries_differ(settings, places)
    yield from check_storage(settings, places)
    yield from check_vhost(settings, places)
    yield from check_reach(settings, places)
    yield from check_gitlab(settings, places)
    yield from check_idle(settings, places)
    yield from check_quoted(settings, values, places)


def _enabled_without_address(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Omnibus starts a registry that listens nowhere and sends clients to ``/jwt/auth`` (T15)."""
    registry = settings.registry
    enabled = registry.enable is not False and (registry.enable or settings.registry_external_url is not None)
    if not enabled:
        return
    place: SettingPath = ("registry", "enable") if registry.enable else ("registry_external_url",)
    if settings.registry_external_url is None and registry.registry_http_addr is None:
        yield Diagnostic(
            Severity.ERROR,
            "registry-without-url",
            "the registry is enabled but has no address",
            places.key(place),
            "set registry_external_url 'https://…', or registry['registry_http_addr'] where"
            " another machine's nginx is in front of it",
        )
    if settings.external_url is None and registry.token_realm is None:
        yield Diagnostic(
            Severity.ERROR,
            "registry-without-realm",
            "the registry does not know the GitLab whose tokens it accepts",
            places.key(place),
            "set external_url to GitLab's URL, or registry['token_realm'] on a machine of its own",
        )


def _ports_differ(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Two servers of one machine cannot listen on the same port of the same address."""
    taken: list[_Listener] = []
    for listener in _listeners(settings):
        other = next((earlier for earlier in taken if earlier.meets(listener)), None)
        taken.append(listener)
        if other is not None:
            yield Diagnostic(
                Severity.ERROR,
                "same-port",
                f"{other.who} and {listener.who} would both listen on port {listener.port}",
                places.value(listener.said_by or other.said_by or listener.path),
                f"give {listener.who} another port: {setting_name(listener.path)} = {listener.example}",
            )


class _Listener(Struct, frozen=True):
    """Who listens where.

    Args:
        who: its name in a message.
        port: between 1 and 65535.
        hosts: its addresses.
        path: the setting that moves it.
        example: a value for that setting, as a settings file has it.
        said_by: the setting that put it there; none where it is a default.
    """

    who: str
    port: int
    hosts: frozenset[str]
    path: SettingPath
    example: str
    said_by: SettingPath | None

    def meets(self, other: _Listener) -> bool:
        everywhere = {"", "*", "0.0.0.0", "[::]"}  # noqa: S104 - compared, not bound
        alike = self.hosts & other.hosts or (self.hosts | other.hosts) & everywhere
        return self.port == other.port and bool(alike)


def _listeners(settings: Settings) -> Iterator[_Listener]:
    """Yield every server; of two that clash, the later one's setting is to be changed."""
    registry, vhost = settings.registry, settings.registry.nginx
    if registry.enable is False:
        return
    url = settings.registry_external_url
    if url is not None and vhost.enable and settings.nginx.enable is not False:
        parts = urlsplit(url)
        hosts = frozenset(vhost.listen_addresses)
        outer = vhost.listen_port or parts.port or {"http": 80, "https": 443}[parts.scheme]
        moved_by = ("registry", "nginx", "listen_port")
        said_by = moved_by if vhost.listen_port else ("registry_external_url",)
        yield _Listener("nginx", outer, hosts, moved_by, "5050", said_by)
        if vhost.redirect_http_to_https and speaks_tls(settings, url):
            path: SettingPath = ("registry", "nginx", "redirect_http_to_https_port")
            redirect = vhost.redirect_http_to_https_port
            yield _Listener("nginx's redirect", redirect, hosts, path, "8080", path)
    if url is not None or registry.registry_http_addr is not None:
        yield _inner("the registry", registry.registry_http_addr, "registry_http_addr", "127.0.0.1:5001")
    if registry.debug_addr is not None:
        yield _inner("the registry's debug server", registry.debug_addr, "debug_addr", "127.0.0.1:5002")


def _inner(who: str, address: str | None, name: str, example: str) -> _Listener:
    host, port = split_host_port(address or "127.0.0.1:5000")
    hosts = frozenset(["127.0.0.1" if host == "localhost" else host])
    path = ("registry", name)
    return _Listener(who, port, hosts, path, f"'{example}'", path if address else None)


def _scheme_in_address(values: Mapping[str, Any], places: Finder) -> Iterator[Diagnostic]:
    """Omnibus means to take a scheme off and does not (T3)."""
    registry = values.get("registry")
    given = registry.get("registry_http_addr") if isinstance(registry, Mapping) else None
    if isinstance(given, str) and "://" in given:
        path: SettingPath = ("registry", "registry_http_addr")
        yield Diagnostic(
            Severity.WARNING,
            "scheme-in-address",
            f"{setting_name(path)}: host:port is expected; the scheme is ignored",
            places.value(path),
        )


def _geo_event(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Omnibus crashes on a geo_event endpoint without an Authorization header (T13)."""
    for index, endpoint in enumerate(settings.registry.notifications or ()):
        merged = {**settings.registry.default_notifications_headers, **endpoint.headers}
        if endpoint.name == "geo_event" and not merged.get("Authorization"):
            yield Diagnostic(
                Severity.ERROR,
                "geo-event-without-authorization",
                "the endpoint geo_event needs an Authorization header, which GitLab knows it by",
                places.key(("registry", "notifications", index)),
                "add 'headers' => { 'Authorization' => ['…'] }",
            )


def _retries_differ(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Both count attempts; a registry knows only one of the two names."""
    for index, endpoint in enumerate(settings.registry.notifications or ()):
        both = (endpoint.threshold, endpoint.maxretries)
        if None not in both and endpoint.threshold != endpoint.maxretries:
            path: SettingPath = ("registry", "notifications", index, "threshold")
            yield Diagnostic(
                Severity.WARNING,
                "given-twice",
                f"{setting_name(path)} differs from maxretries; a registry goes by one of the two",
                places.key(path),
                "keep one of the two",
            )
