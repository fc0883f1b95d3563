"""What several parts of a plan follow from: the public address and what is enabled."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec import Struct

from ctl.plan.address import ListenAddress
from ctl.settings.model import Settings
from ctl.settings.rules.vhost import shares_redirect
from ctl.settings.sections.storage import DRIVERS, Storage

AUTOMATIC_PORT = 5050
DEFAULT_PORTS = {"http": 80, "https": 443}
DEFAULT_ADDRESS = "127.0.0.1:5000"


class Public(Struct, frozen=True):
    """The registry as its users see it: the parts of ``registry_external_url``."""

    scheme: str
    host: str
    port: int

    @property
    def bare_host(self) -> str:
        """The host without the brackets of an IPv6 address, which are no good in the name of a file (B15)."""
        return self.host.strip("[]")

    @property
    def port_shown(self) -> int | None:
        """The port where it has to be named; 80 and 443 never are, not even crossed (B18)."""
        return None if self.port in DEFAULT_PORTS.values() else self.port

    @property
    def url(self) -> str:
        """The URL, with its port where that is not the scheme's own."""
        own = DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{self.host}" + ("" if own else f":{self.port}")


class Derived(Struct, frozen=True):
    """What follows from the settings alone, decided once.

    Args:
        public: the registry's URL; None where it has none.
        registry_enabled: whether the registry runs here.
        vhost_enabled: whether nginx runs here in front of the registry.
        key_used: whether the signing key is written on this machine: when GitLab is told that there is a
            registry.
        certificate_used: whether the token certificate is written here; a bundle of the administrator's own
            replaces it.
        listens_tls: whether nginx speaks TLS itself.
        redirects: whether plain HTTP is sent to the https URL.
        certificate_candidates: the pairs of certificate and key, as settings spell their paths, that may
            serve the vhost; the first one that is there does. Empty without TLS.
        nginx_directory: nginx's working directory, as settings spell it.
        nginx_log_directory: the directory of nginx's logs, as settings spell it.
        http_addr: the address between nginx and the registry (B9).
        driver: the storage driver; a section that names none keeps the default one (T10).
        image_directory: where the registry writes with the file system driver, whichever setting names it
            (T19), as settings spell it; None with others.
        told_directory: the directory of images that GitLab is told of: where the registry writes, if nothing
            else is said.
    """

    public: Public | None
    registry_enabled: bool
    vhost_enabled: bool
    key_used: bool
    certificate_used: bool
    listens_tls: bool
    redirects: bool
    certificate_candidates: tuple[tuple[str, str], ...]
    nginx_directory: str
    nginx_log_directory: str
    http_addr: ListenAddress
    driver: str
    image_directory: str | None
    told_directory: str

    @property
    def certificate_paths(self) -> tuple[str, str] | None:
        """The vhost's own certificate and key, there or not; None without TLS."""
        return next(iter(self.certificate_candidates), None)


def derive(settings: Settings) -> Derived:
    """Decide what the parts of a plan have in common.

    Args:
        settings: validated.
    """
    public = _public(settings)
    here = settings.registry.enable
    # As said, else when it has a URL (B7, B8).
    enabled = public is not None if here is None else here
    nginx, vhost, told = settings.nginx, settings.registry.nginx, settings.gitlab_rails.registry_enabled
    # Omnibus leaves nginx to roles; an installation without GitLab has none, so nginx follows the vhost.
    served = nginx.enable is not False and vhost.enable and enabled and public is not None
    tls, (driver, images) = _listens_tls(settings, public), _storage(settings)
    return Derived(
        public=public,
        registry_enabled=enabled,
        vhost_enabled=served,
        key_used=enabled if told is None else told,
        certificate_used=enabled and settings.registry.rootcertbundle is None,
        listens_tls=tls,
        redirects=tls and public is not None and _redirects(settings, public),
        certificate_candidates=_certificates(settings, public) if served and tls and public else (),
        # Omnibus goes by the one setting here and by the other there (T7).
        nginx_directory=vhost.dir or nginx.dir,
        nginx_log_directory=vhost.log_directory or nginx.log_directory,
        http_addr=ListenAddress.parse(settings.registry.registry_http_addr or DEFAULT_ADDRESS),
        driver=driver,
        image_directory=images,
        told_directory=settings.gitlab_rails.registry_path or images or _default_directory(settings),
    )


def _public(settings: Settings) -> Public | None:
    """Take the registry's URL apart; none when it has no URL.

    Host names are compared without case, so the plan holds them in lower case.
    """
    url = _url(settings)
    if url is None:
        return None
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    host = f"[{host}]" if ":" in host else host
    return Public(parts.scheme, host, parts.port or DEFAULT_PORTS[parts.scheme])


def _url(settings: Settings) -> str | None:
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


def _listens_tls(settings: Settings, public: Public | None) -> bool:
    """Whether nginx speaks TLS itself (B14, B15, B37).

    Omnibus overrides an explicit ``https = false`` on an https URL (T5); here what is written counts.
    """
    vhost = settings.registry.nginx
    if vhost.listen_https is not None:
        return vhost.listen_https
    if vhost.https is not None:
        return vhost.https
    return public is not None and public.scheme == "https"


def _redirects(settings: Settings, public: Public) -> bool:
    """Whether plain HTTP is redirected: as said, else where Let's Encrypt is used (B19).

    Never under GitLab's own name on GitLab's own port: nginx would ignore one of the two servers (B30, B39,
    T17).
    """
    vhost = settings.registry.nginx
    if shares_redirect(settings):
        return False
    if "redirect_http_to_https" in vhost.model_fields_set:
        return vhost.redirect_http_to_https
    return bool(settings.letsencrypt.enable) and public.scheme == "https"


def _certificates(settings: Settings, public: Public) -> tuple[tuple[str, str], ...]:
    """Return the vhost's own pair, and behind it the one that may stand in for it.

    Let's Encrypt may have one certificate made for GitLab's name and the registry's, which then lies under
    GitLab's (B19). Unlike in Omnibus, a path that is given is never replaced by it (T11).
    """
    vhost, url = settings.registry.nginx, urlsplit(settings.external_url or "")
    name = f"/etc/gitlab/ssl/{public.bare_host}"
    own = (vhost.ssl_certificate or f"{name}.crt", vhost.ssl_certificate_key or f"{name}.key")
    given = vhost.ssl_certificate is not None or vhost.ssl_certificate_key is not None
    if given or not settings.letsencrypt.enable or url.scheme != "https" or not url.hostname:
        return (own,)
    gitlab = f"/etc/gitlab/ssl/{url.hostname}"
    return tuple(dict.fromkeys([own, (f"{gitlab}.crt", f"{gitlab}.key")]))


def _storage(settings: Settings) -> tuple[str, str | None]:
    """Return the driver and, with that of the file system, the directory of images."""
    given = settings.registry.storage or Storage()
    driver = next((name for name in DRIVERS if getattr(given, name) is not None), "filesystem")
    if driver != "filesystem":
        return driver, None
    root = given.filesystem.rootdirectory if given.filesystem else None
    return driver, root or settings.gitlab_rails.registry_path or _default_directory(settings)


def _default_directory(settings: Settings) -> str:
    """The directory of images where none is named (B10, B11)."""
    return f"{settings.gitlab_rails.shared_path}/registry"
