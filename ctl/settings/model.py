"""The settings file as a whole."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.flavours.table import FLAVOURS
from ctl.settings.registry import Registry
from ctl.settings.section import ForeignSection, Section
from ctl.settings.shapes import Shape, shaped
from ctl.settings.types import (
    AbsolutePath,
    Account,
    Duration,
    Flag,
    HostName,
    ImageDirectory,
    Name,
    PlainUrl,
    Port,
    RegistryUrl,
    SecretText,
    Text,
    choice,
    setting,
)


@shaped(Shape("whole number from 2 to 1000", {"type": "integer", "minimum": 2, "maximum": 1000}, (), 10))
def _generations(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= 1000:
        raise ValueError("a number between 2 and 1000 is expected")
    return value


class GitlabRails(Section):
    """The settings of GitLab itself that concern the registry; all begin with ``registry_``.

    The loader hands over only those, so that the hundreds of others are left alone.
    """

    registry_enabled: Flag | None = setting(output="gitlab.yml:registry.enabled")
    """Whether GitLab offers a registry; may be set without one on this machine."""
    registry_host: HostName | None = setting(output="gitlab.yml:registry.host")
    """The registry's name as users see it; by default the host of registry_external_url."""
    registry_port: Port | None = setting(output="gitlab.yml:registry.port")
    """The registry's port as users see it; by default the port of registry_external_url."""
    registry_api_url: PlainUrl | None = setting(output="gitlab.yml:registry.api_url")
    """Where GitLab itself reaches the registry; by default http:// and registry_http_addr."""
    registry_path: ImageDirectory | None = setting(output="gitlab.yml:registry.path")
    """Where images lie when they lie in the file system."""
    registry_key_path: AbsolutePath | None = setting(output="gitlab.yml:registry.key")
    """Where GitLab finds the key that it signs tokens with."""
    registry_issuer: Name = setting("omnibus-gitlab-issuer", output="gitlab.yml:registry.issuer")
    """Who signs the tokens; the same at both ends."""
    registry_notification_secret: SecretText | None = setting(
        output="gitlab.yml:registry.notification_secret"
    )
    """What the registry's notifications to GitLab are recognised by."""
    gitlab_default_projects_features_container_registry: Flag | None = setting(
        output="gitlab.yml:default_projects_features.container_registry"
    )
    """Whether new projects have a registry."""


class Nginx(ForeignSection):
    """GitLab's nginx; here only whether there is one."""

    enable: Flag | None = setting()
    """Whether nginx runs on this machine; by default when the registry has a virtual host."""


class LetsEncrypt(ForeignSection):
    """Certificates by Let's Encrypt."""

    enable: Flag | None = setting()
    """Whether certificates are requested; counts only when it is set."""


class WebServer(ForeignSection):
    """The account of nginx's workers."""

    username: Account = setting("gitlab-www")
    """Its name."""
    group: Account = setting("gitlab-www")
    """Its group."""


class User(ForeignSection):
    """The account of GitLab."""

    username: Account = setting("git")
    """Its name."""
    group: Account = setting("git")
    """Its group, which may read the signing key."""


class Ctl(Section):
    """What Omnibus has no setting for."""

    registry_binary: AbsolutePath = setting("/usr/bin/docker-registry")
    """The registry's program."""
    registry_flavour: Annotated[str, BeforeValidator(choice(*FLAVOURS))] | None = setting()
    """Which registry it is; by default what the program says of itself."""
    nginx_binary: AbsolutePath = setting("/usr/sbin/nginx")
    """nginx's program."""
    drain_timeout: Duration = setting("30s")
    """How long a stopping registry finishes running requests."""
    allow_unknown: list[Text] = setting([])
    """Settings that are newer than this ctl, such as 'registry.new_key'; they are accepted and ignored."""
    keep_generations: Annotated[int, BeforeValidator(_generations)] = setting(10)
    """How many generations are kept for a rollback."""


class Settings(Section):
    """Everything of a settings file that concerns the registry."""

    external_url: PlainUrl | None = setting()
    """GitLab's URL; the base of the token realm."""
    registry_external_url: RegistryUrl | None = setting()
    """The registry's URL; the main switch."""
    registry: Registry = setting(Registry())
    """The registry."""
    gitlab_rails: GitlabRails = setting(GitlabRails())
    """The settings of GitLab that concern the registry."""
    nginx: Nginx = setting(Nginx())
    """GitLab's nginx."""
    letsencrypt: LetsEncrypt = setting(LetsEncrypt())
    """Certificates by Let's Encrypt."""
    web_server: WebServer = setting(WebServer())
    """The account of nginx's workers."""
    user: User = setting(User())
    """The account of GitLab."""
    ctl: Ctl = setting(Ctl())
    """What Omnibus has no setting for."""
