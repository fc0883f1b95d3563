"""The settings file as a whole."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.flavours.table import FLAVOURS
from ctl.settings.section import Section
from ctl.settings.sections.letsencrypt import LetsEncrypt
from ctl.settings.sections.neighbours import (
    Logging,
    ManageAccounts,
    ManageStorageDirectories,
    Nginx,
    Package,
    Postgresql,
    User,
    WebServer,
)
from ctl.settings.sections.registry import Registry
from ctl.settings.shapes import Shape, shaped
from ctl.settings.types import (
    AbsolutePath,
    ApiUrl,
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
    YamlOptions,
    choice,
    setting,
)

_BACKUP = "GitLab's package sets up gitlab-backup"


@shaped(Shape("whole number from 2 to 1000", {"type": "integer", "minimum": 2, "maximum": 1000}, (), 10))
def _generations(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= 1000:
        raise ValueError("a number between 2 and 1000 is expected")
    return value


class GitlabRails(Section):
    """The settings of GitLab itself that concern the registry.

    The loader hands over only those and what begins with ``registry_``, so that the hundreds of others are
    left alone.
    """

    dir: AbsolutePath = setting("/var/opt/gitlab/gitlab-rails", output="gitlab.yml:registry.key")
    """GitLab's working directory; gitlab.yml and by default the signing key lie in its directory etc."""
    shared_path: AbsolutePath = setting(
        "/var/opt/gitlab/gitlab-rails/shared", output="gitlab.yml:registry.path"
    )
    """GitLab's directory of shared files; by default images lie in its directory registry."""

    registry_enabled: Flag | None = setting(output="gitlab.yml:registry.enabled")
    """Whether GitLab offers a registry; may be set without one on this machine."""
    registry_host: HostName | None = setting(output="gitlab.yml:registry.host")
    """The registry's name as users see it; by default the host of registry_external_url."""
    registry_port: Port | None = setting(output="gitlab.yml:registry.port")
    """The registry's port as users see it; by default the port of registry_external_url."""
    registry_api_url: ApiUrl | None = setting(output="gitlab.yml:registry.api_url")
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
    geo_registry_replication_enabled: Flag | None = setting(
        output="gitlab.yml:geo.registry_replication.enabled"
    )
    """Whether GitLab Geo copies images to this site."""
    geo_registry_replication_primary_api_url: ApiUrl | None = setting(
        output="gitlab.yml:geo.registry_replication.primary_api_url"
    )
    """Where GitLab Geo reaches the primary site's registry."""
    backup_registry_user: Name | None = setting(since="19.0", idle=_BACKUP)
    """Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package."""
    backup_registry_password: SecretText | None = setting(since="19.0", idle=_BACKUP)
    """Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package."""
    restore_registry_user: Name | None = setting(since="19.0", idle=_BACKUP)
    """Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package."""
    restore_registry_password: SecretText | None = setting(since="19.0", idle=_BACKUP)
    """Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package."""
    backup_registry: YamlOptions | None = setting(since="19.0", idle=_BACKUP)
    """Accepted for the sake of existing files; it has no effect: gitlab-backup is set up by the package."""


class Ctl(Section):
    """What Omnibus has no setting for."""

    registry_binary: AbsolutePath = setting("/usr/bin/docker-registry")
    """The registry's program; nobody but root may be able to change it."""
    registry_flavour: Annotated[str, BeforeValidator(choice(*FLAVOURS))] | None = setting()
    """Which registry it is; by default what the program says of itself."""
    nginx_binary: AbsolutePath = setting("/usr/sbin/nginx")
    """nginx's program; nobody but root may be able to change it."""
    drain_timeout: Duration = setting("30s")
    """How long a stopping registry finishes running requests."""
    allow_unknown: list[Text] = setting([])
    """Settings that are newer than this ctl, such as 'registry.new_key'; they are accepted and ignored."""
    keep_generations: Annotated[int, BeforeValidator(_generations)] = setting(10)
    """How many generations are kept for a rollback."""
    storage_directories: list[AbsolutePath] = setting([])
    """Where else images lie, when symlinks spread them over several disks; other links are not followed."""


class Settings(Section):
    """Everything of a settings file that concerns the registry."""

    external_url: PlainUrl | None = setting()
    """GitLab's URL; the base of the token realm."""
    registry_external_url: RegistryUrl | None = setting()
    """The registry's URL; the main switch."""
    registry: Registry = setting(Registry.as_declared())
    """The registry."""
    gitlab_rails: GitlabRails = setting(GitlabRails.as_declared())
    """The settings of GitLab that concern the registry."""
    nginx: Nginx = setting(Nginx.as_declared())
    """GitLab's nginx."""
    letsencrypt: LetsEncrypt = setting(LetsEncrypt.as_declared())
    """Certificates by Let's Encrypt."""
    web_server: WebServer = setting(WebServer.as_declared())
    """The account of nginx's workers."""
    user: User = setting(User.as_declared())
    """The account of GitLab."""
    logging: Logging = setting(Logging.as_declared())
    """How logs are kept."""
    manage_accounts: ManageAccounts = setting(ManageAccounts.as_declared())
    """Accounts of the services."""
    manage_storage_directories: ManageStorageDirectories = setting(ManageStorageDirectories.as_declared())
    """Directories outside of what belongs to a service."""
    package: Package = setting(Package.as_declared())
    """GitLab's package as a whole."""
    postgresql: Postgresql = setting(Postgresql.as_declared())
    """GitLab's PostgreSQL."""
    ctl: Ctl = setting(Ctl.as_declared())
    """What Omnibus has no setting for."""
