"""GitLab's files in a generation: the registry block of gitlab.yml and the key that signs tokens."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.plan.model import GitlabPlan
from ctl.render.files.gitlab import gitlab_yml
from ctl.targets.model import Link, RenderedFile
from ctl.targets.runit.places import KEY, SETTINGS


def gitlab_files(gitlab: GitlabPlan) -> Iterator[RenderedFile]:
    """Render what GitLab reads."""
    yield RenderedFile(SETTINGS, gitlab_yml(gitlab))
    if gitlab.key is not None:
        yield RenderedFile(KEY, gitlab.key)


def gitlab_links(gitlab: GitlabPlan) -> Iterator[Link]:
    """The well-known paths of GitLab's files."""
    yield Link(f"{gitlab.directory}/gitlab.yml", SETTINGS)
    if gitlab.key is not None:
        yield Link(gitlab.key_path, KEY, optional=True)
