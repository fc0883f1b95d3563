"""What several parts of a plan are derived from: the public address and what is enabled."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ctl.settings.model import Settings
from ctl.settings.rules.vhost import shares_redirect

AUTOMATIC_PORT = 5050
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Public:
    """The registry as its users see it: the parts of ``registry_external_url``."""

    scheme: str
    host: str
    port: int

    @property
    def port_shown(self) -> int | None:
        """The port where it has to be named; 80 and 443 never are, not even crossed (B18)."""
        return None if self.port in DEFAULT_PORTS.values() else self.port

    @property
    def url(self) -> str:
        """The URL, with its port where that is not the scheme's own."""
        own = DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{self.host}" + ("" if own else f":{self.port}")


def public_address(settings: Settings) -> Public | None:
    """Take ``registry_external_url`` apart; none when the registry has no URL.

    Host names are compared without case, so the plan holds them in lower case.
    """
    url = registry_url(settings)
    if url is None:
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    return Public(parts.scheme, host, parts.port or DEFAULT_PORTS[parts.scheme])


def registry_url(settings: Settings) -> str | None:
    """The registry's URL: the one given, else GitLab's host on port 5050 where Let's Encrypt covers it.

    The port that users are shown is the one that nginx listens on (B30 to B32; Omnibus shows GitLab's, T14).
    """
    if settings.registry_external_url is not None:
        return settings.registry_external_url
    if settings.registry.enable is not None or not settings.letsencrypt.enable or not settings.external_url:
        return None
    parts = urlsplit(settings.external_url)
    if parts.scheme != "https" or parts.path.strip("/") or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}:{settings.registry.nginx.listen_port or AUTOMATIC_PORT}"


def registry_enabled(settings: Settings) -> bool:
    """Whether the registry runs here: as said, else when it has a URL (B7, B8)."""
    if settings.registry.enable is not None:
        return settings.registry.enable
    return registry_url(settings) is not None


def vhost_enabled(settings: Settings) -> bool:
    """Whether nginx runs here in front of the registry.

    Omnibus leaves nginx to roles; an installation without GitLab has none, so nginx follows the vhost.
    """
    wanted = settings.nginx.enable is not False and settings.registry.nginx.enable
    return wanted and registry_enabled(settings) and registry_url(settings) is not None


def key_used(settings: Settings) -> bool:
    """Whether the signing key is written on this machine: when GitLab is told that there is a registry."""
    enabled = settings.gitlab_rails.registry_enabled
    return registry_enabled(settings) if enabled is None else enabled


def certificate_used(settings: Settings) -> bool:
    """Whether the token certificate is written here; a bundle of the administrator's own replaces it."""
    return registry_enabled(settings) and settings.registry.rootcertbundle is None


def certificate_paths(settings: Settings) -> tuple[str, str] | None:
    """The paths, as settings spell them, of the vhost's certificate and key; none without TLS."""
    public = public_address(settings)
    vhost = settings.registry.nginx
    if public is None or not vhost_enabled(settings) or not listens_tls(settings):
        return None
    # B15: an address in brackets is no good name for a file.
    name = public.host.strip("[]")
    return (
        vhost.ssl_certificate or f"/etc/gitlab/ssl/{name}.crt",
        vhost.ssl_certificate_key or f"/etc/gitlab/ssl/{name}.key",
    )


def certificate_candidates(settings: Settings) -> list[tuple[str, str]]:
    """Return the pairs of certificate and key that may serve the vhost; the first one that is there does.

    Let's Encrypt may have one certificate made for GitLab's name and the registry's, which then lies under
    GitLab's (B19). Unlike in Omnibus, a path that is given is never replaced by it (T11).
    """
    own = certificate_paths(settings)
    if own is None:
        return []
    vhost, url = settings.registry.nginx, urlsplit(settings.external_url or "")
    given = vhost.ssl_certificate is not None or vhost.ssl_certificate_key is not None
    if given or not settings.letsencrypt.enable or url.scheme != "https" or not url.hostname:
        return [own]
    gitlab = f"/etc/gitlab/ssl/{url.hostname}"
    return list(dict.fromkeys([own, (f"{gitlab}.crt", f"{gitlab}.key")]))


def nginx_directory(settings: Settings) -> str:
    """Nginx's working directory; Omnibus goes by the one setting here and by the other there (T7)."""
    return settings.registry.nginx.dir or settings.nginx.dir


def nginx_log_directory(settings: Settings) -> str:
    """The directory of nginx's logs."""
    return settings.registry.nginx.log_directory or settings.nginx.log_directory


def redirects(settings: Settings) -> bool:
    """Whether plain HTTP is sent to the https URL: as said, else where Let's Encrypt is used (B19).

    Never under GitLab's own name on GitLab's own port: nginx would ignore one of the two servers (B30, B39,
    T17).
    """
    public, vhost = public_address(settings), settings.registry.nginx
    if public is None or not listens_tls(settings) or shares_redirect(settings):
        return False
    if "redirect_http_to_https" in vhost.model_fields_set:
        return vhost.redirect_http_to_https
    return bool(settings.letsencrypt.enable) and public.scheme == "https"


def listens_tls(settings: Settings) -> bool:
    """Whether nginx speaks TLS itself (B14, B15, B37).

    Omnibus overrides an explicit ``https = false`` on an https URL (T5); here what is written counts.
    """
    vhost = settings.registry.nginx
    if vhost.listen_https is not None:
        return vhost.listen_https
    if vhost.https is not None:
        return vhost.https
    public = public_address(settings)
    return public is not None and public.scheme == "https"
