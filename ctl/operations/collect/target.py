"""Which store a collection is about, whose it is, and what speaks against touching it."""

from __future__ import annotations

import errno
import grp
import os
import pwd
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ctl.apply import generation
from ctl.apply.manifest import Launch
from ctl.apply.older import launch_of
from ctl.errors import CtlError, ExitCode, reason
from ctl.facts.mounts import missing_mount, mount_of
from ctl.operations.collect.record import Stopped
from ctl.operations.compile.registry_config import StoreConfig, read_config
from ctl.paths import REGISTRY, Layout
from ctl.process import Account
from ctl.regex import compile_late
from ctl.targets.runit.places import CONFIGS, ENVIRONMENT

# Variables that would let us collect another store than the registry's, or leave a cache that names what is
# gone.
_HIDDEN = compile_late(
    r"REGISTRY_(?:REDIS(?:_\w+)?|STORAGE|STORAGE_(?:CACHE|MAINTENANCE)(?:_\w+)?"
    r"|STORAGE_FILESYSTEM(?:_ROOTDIRECTORY)?)"
)


class Target(Struct, frozen=True):
    """A store to collect.

    Args:
        config: what its registry's configuration says.
        root: the directory of images; None where that is no directory.
        supervised: whether it is the store of the registry that ctl runs here.
        account: who owns it.
        cache: the file in which the worker keeps what it has read of manifests.
        shared: the file system that other machines may write too; None on a local one.
        places: directories outside of the root that links in it may lead to.
    """

    config: StoreConfig
    root: Path | None
    supervised: bool
    account: Account
    cache: Path | None
    shared: str | None
    places: tuple[str, ...] = ()

    @property
    def others_fill_cache(self) -> bool:
        """Whether processes that ctl does not run may fill a cache in Redis while blobs are deleted."""
        return not self.supervised or self.shared is not None


def find_target(layout: Layout, given: Path | None) -> Target:
    """Find the store of a configuration, or of the registry that ctl runs here.

    Args:
        layout: of this installation.
        given: the configuration; None for the registry's own.

    Raises:
        CtlError: there is none, or it must not be touched.
    """
    own = own_config(layout)
    if given is None and own is None:
        raise CtlError(
            "there is no registry here", help="ctl reconfigure makes one; or name a registry's config.yml"
        )
    config = read_config(given) if given is not None else own
    assert config is not None  # noqa: S101 - looked at above
    if config.database:
        raise CtlError(
            f"{config.path} uses the metadata database, which collects by itself; an offline collection"
            " would lose images",
            help="registry['gc'] steers the online collection",
        )
    if config.driver == "inmemory":
        raise CtlError(
            "images in memory cannot be collected from outside",
            help="they go with the registry's process: ctl restart registry",
        )
    if config.root is None:
        supervised = own is not None and (given is None or own.driver == config.driver)
        account = _service_account(layout) if given is None else _caller()
        return Target(config, None, supervised, account, None, None)
    config = replace(config, root=_absolute(layout, config, config.root))
    assert config.root is not None  # noqa: S101 - just made
    root = _root(config.root)
    supervised = own is not None and own.root is not None and _same(own.root, root)
    account = _service_account(layout) if supervised else _owner(root)
    mount = mount_of(root)
    shared = mount.kind if mount is not None and mount.is_shared else None
    cache = _cache(layout, account, root)
    return Target(config, root, supervised, account, cache, shared, _places(layout))


def _places(layout: Layout) -> tuple[str, ...]:
    current = generation.load_current(layout)
    return current.manifest.storage_directories if current else ()


def check_same_store(layout: Layout, given: Path | None, target: Target) -> None:
    """Stop when a reconfigure has meanwhile given the registry another store, this one perhaps.

    Args:
        layout: of this installation.
        given: see `find_target`.
        target: what that has found before.

    Raises:
        Stopped: it has another store, or caches blobs elsewhere.
        CtlError: see `find_target`.
    """
    now = find_target(layout, given)
    if (now.root, now.supervised) != (target.root, target.supervised):
        raise Stopped(
            "the settings have changed, and the registry has another store; nothing was touched",
            help="run this again",
        )
    if now.config.redis != target.config.redis:
        raise Stopped(
            "the settings have changed, and blobs are cached elsewhere; nothing was touched",
            help="run this again",
        )


def own_config(layout: Layout) -> StoreConfig | None:
    """Return what the configuration in force says; None when there is no registry here."""
    path = layout.current / CONFIGS[REGISTRY, False]
    return read_config(path) if path.exists() else None


def _absolute(layout: Layout, config: StoreConfig, root: Path) -> Path:
    """Return where a root lies: as the registry means it, from the directory in which ctl starts it.

    Raises:
        CtlError: it is relative, and ctl starts no registry here.
    """
    if root.is_absolute():
        return root
    started = started_in(layout)
    if started is None:
        raise CtlError(
            f"{config.path}: rootdirectory is relative: {root}; it depends on where the registry is started",
            help="name it from / on",
        )
    return Path(os.path.normpath(started.resolve() / root))


def started_in(layout: Layout) -> Path | None:
    """Return the directory in which ctl starts the registry; None where it starts none."""
    launch = _launch(layout)
    return Path(launch.directory) if launch else None


def _launch(layout: Layout) -> Launch | None:
    current = generation.load_current(layout)
    return launch_of(current) if current else None


def check_variables(layout: Layout) -> None:
    """Refuse where the registry's environment says what its configuration does not.

    Raises:
        CtlError: a variable speaks of the store, or of where blobs are cached.
    """
    for name in sorted(path.name for path in (layout.current / ENVIRONMENT).glob("REGISTRY_*")):
        if _HIDDEN.fullmatch(name):
            raise CtlError(
                f"registry['env']['{name}'] says where images lie or what is known of them, past the"
                " configuration that a collection goes by",
                help="say it by registry['storage'] and registry['redis'], then ctl reconfigure",
            )


def _root(root: Path) -> Path:
    missing = missing_mount(root)
    if missing is not None:
        raise CtlError(
            f"{missing} is not mounted, though /etc/fstab names it: what lies there is not the store",
            help=f"mount {missing}",
        )
    try:
        if not root.is_dir():
            raise CtlError(f"there is no directory {root}", help="is its file system mounted?")
    except PermissionError as error:
        raise CtlError(f"{root}: {reason(error)}", help="run this as root") from error
    return root


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _caller() -> Account:
    return Account(os.geteuid(), os.getegid())


def _service_account(layout: Layout) -> Account:
    """The account that the registry is started as."""
    if os.geteuid() != 0 or not layout.is_system:
        return _caller()
    launch = _launch(layout)
    if launch is None or launch.user is None or launch.group is None:
        raise CtlError("the registry's account cannot be told", help="ctl reconfigure")
    return account_of(launch.user, launch.group)


def account_of(user: str, group: str) -> Account:
    """Return the account of these names.

    Raises:
        CtlError: the machine knows no such account, or no such group.
    """
    try:
        return Account(pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
    except KeyError as error:
        text = f"the registry's account cannot be told: there is no {user}:{group}"
        raise CtlError(text, help="ctl reconfigure") from error


def _owner(root: Path) -> Account:
    """The account of a store that is not ours: whoever owns its root directory, where root is asked."""
    status = root.stat()
    if os.geteuid() != 0 or status.st_uid == 0:
        return _caller()
    return Account(status.st_uid, status.st_gid)


def _cache(layout: Layout, account: Account, root: Path) -> Path | None:
    """Return a place for the worker's cache, in a directory of its account."""
    status = root.stat()
    place = layout.home / "collect" / str(account.uid)
    try:
        place.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        if not place.exists():
            place.mkdir(mode=0o700)
            os.chown(place, account.uid, account.gid)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return None  # it only ever saves time
        raise CtlError(
            f"{place} cannot be made: {reason(error)}",
            help="run this as root, or name a directory of yours with --root",
            exit_code=ExitCode.FAILED,
        ) from error
    return place / f"{status.st_dev:x}-{status.st_ino:x}.sqlite"
