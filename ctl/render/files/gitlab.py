"""GitLab's files: the registry block of gitlab.yml and the key that signs tokens."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.plan.model import GitlabPlan
from ctl.render.environment import render_template
from ctl.render.model import Link, RenderedFile

SETTINGS = "gitlab/gitlab.yml"
KEY = "gitlab/gitlab-registry.key"


def gitlab_files(gitlab: GitlabPlan) -> Iterator[RenderedFile]:
    """Render what GitLab reads."""
    yield RenderedFile(SETTINGS, render_template("gitlab/gitlab.yml.j2", gitlab=gitlab))
    if gitlab.key is not None:
        yield RenderedFile(KEY, gitlab.key)


def gitlab_links(gitlab: GitlabPlan) -> Iterator[Link]:
    """The well-known paths of GitLab's files."""
    yield Link(f"{gitlab.directory}/gitlab.yml", SETTINGS)
    if gitlab.key is not None:
        yield Link(gitlab.key_path, KEY, optional=True)
