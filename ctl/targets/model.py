"""What targets return; nothing of it is on disk yet."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Reader(StrEnum):
    """Whose group may read a subtree of a generation."""

    ROOT = "root"
    REGISTRY = "registry"
    WEB = "web"
    GITLAB = "gitlab"


class RenderedFile(Struct, frozen=True):
    """One file.

    Args:
        path: relative to where the target puts its files; in a generation its first part is the subtree,
            which has one reader.
        content: its text; encoded as UTF-8.
        mode: permission bits.
    """

    path: str
    content: str
    mode: int = 0o640


class Link(Struct, frozen=True):
    """A well-known path that leads into the current generation.

    Args:
        path: absolute.
        target: relative to the generation, or absolute where it leads elsewhere.
        optional: whether the run goes on when the link cannot safely be made: another account may write
            where it belongs, such as GitLab's own directory.
    """

    path: str
    target: str
    optional: bool = False


class Directory(Struct, frozen=True):
    """A directory that has to be there before a service starts.

    Args:
        path: absolute.
        mode: permission bits.
        owner: name of the account that owns it; None for root, or the caller.
        group: name of its group; None for root's, or the caller's.
        data: whether it belongs to a service, which may write there. ``ctl`` makes such a directory and
            never touches it again.
        managed: whether ``ctl`` makes it when it is missing; else it has to be there.
    """

    path: str
    mode: int
    owner: str | None = None
    group: str | None = None
    data: bool = False
    managed: bool = True


class Service(Struct, frozen=True):
    """A supervised service.

    Args:
        name: of its service directory.
        restart: what its process reads once, at its start: paths of the generation or prefixes of them.
        reload: what it reads again when it is told to.
        restart_facts: further text that a running process depends on, such as its program's stamp.
        reload_facts: the same for a reload.
    """

    name: str
    restart: tuple[str, ...]
    reload: tuple[str, ...] = ()
    restart_facts: tuple[str, ...] = ()
    reload_facts: tuple[str, ...] = ()


class Rendered(Struct, frozen=True):
    """Everything that a plan comes to."""

    files: tuple[RenderedFile, ...]
    readers: tuple[tuple[str, Reader], ...]
    links: tuple[Link, ...]
    directories: tuple[Directory, ...]
    services: tuple[Service, ...]
