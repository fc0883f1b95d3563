"""Where everything lies below a root directory; nobody else puts a path together."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from msgspec import Struct

# The registry's service, and the one that serves while it is exchanged for a fresh process.
REGISTRY = "registry"
STANDBY = "registry-standby"
# The service that ends what somebody who died has left in force.
GUARD = "registry-guard"
# What clients and GitLab talk to.
NGINX = "nginx"


class Layout(Struct, frozen=True):
    """The places of one installation.

    Args:
        root: an absolute directory that stands for ``/``. Every absolute path that a setting names is
            meant below it, so that one machine can hold several installations.
    """

    root: Path

    def under(self, path: str | PurePosixPath) -> Path:
        """Map an absolute path of a settings file to where it is on this machine."""
        return self.root / str(path).lstrip("/")

    @property
    def is_system(self) -> bool:
        """Whether this is the machine's own installation, for which accounts and units are made."""
        return self.root == Path("/")

    @property
    def settings_file(self) -> Path:
        """The gitlab.rb that is read when no other is named."""
        return self.root / "etc/gitlab/gitlab.rb"

    @property
    def secrets_file(self) -> Path:
        """The secrets in Omnibus's format."""
        return self.root / "etc/gitlab/gitlab-secrets.json"

    @property
    def home(self) -> Path:
        """What ``ctl`` keeps for itself."""
        return self.root / "var/opt/gitlab/ctl"

    @property
    def generations(self) -> Path:
        """The directory of the numbered generations."""
        return self.home / "generations"

    @property
    def current(self) -> Path:
        """The symlink whose target is the generation in force."""
        return self.home / "current"

    @property
    def state(self) -> Path:
        """What outlives a run beside generations."""
        return self.home / "state"

    @property
    def edits(self) -> Path:
        """What was written by hand into generations, by their numbers; kept when ctl puts it right."""
        return self.home / "edits"

    @property
    def lock(self) -> Path:
        """The file that a changing run holds locked."""
        return self.home / "lock"

    @property
    def sockets(self) -> Path:
        """The directory of the symlink to the socket of the registry that serves; only root writes there."""
        return self.home / "sockets"

    @property
    def active_socket(self) -> Path:
        """The symlink that nginx goes by; its target is the socket of the instance that serves."""
        return self.sockets / "active"

    @property
    def instance_sockets(self) -> Path:
        """The directory in which the instances of the registry make their sockets."""
        return self.sockets / "registry"

    def instance_socket(self, service: str) -> Path:
        """The socket that an instance of the registry, a service, listens on."""
        return self.instance_sockets / service

    @property
    def service_definitions(self) -> Path:
        """The real service directories, one a service."""
        return self.root / "opt/gitlab/sv"

    @property
    def services(self) -> Path:
        """The directory that runsvdir watches: a link for every enabled service."""
        return self.root / "opt/gitlab/service"

    @property
    def logs(self) -> Path:
        """The parent of every log directory."""
        return self.root / "var/log/gitlab"
