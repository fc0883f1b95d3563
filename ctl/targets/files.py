"""The texts alone, for who runs registry and nginx by other means: paths are those of the settings."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.plan.model import Plan
from ctl.render.files.gitlab import gitlab_yml
from ctl.render.files.nginx import log_format_conf, vhost_conf
from ctl.render.files.registry import config_yml
from ctl.targets.model import RenderedFile

CONFIG = "config.yml"
VHOST = "gitlab-registry.conf"
GITLAB = "gitlab.yml"
# A name that no other nginx.conf has: GitLab's own declares gitlab_access, and nginx takes a name once.
LOG_FORMAT = "gitlab_registry"
HEADER = "# Written by ctl. Change the settings and run: ctl render --target files\n"


def render_files(plan: Plan) -> tuple[RenderedFile, ...]:
    """Render what there is of config.yml, the vhost and the block of gitlab.yml, in that order.

    Args:
        plan: without sockets, which are ctl's own.

    Raises:
        ctl.render.quoting.Unrepresentable: a value has no exact form in the syntax of its file.
    """
    return tuple(_files(plan))


def _files(plan: Plan) -> Iterator[RenderedFile]:
    if plan.registry:
        yield RenderedFile(CONFIG, HEADER + config_yml(plan.registry))
    if plan.vhost:
        text = vhost_conf(plan.vhost, plan.vhost.log_directory, LOG_FORMAT)
        yield RenderedFile(VHOST, HEADER + log_format_conf(plan.vhost, LOG_FORMAT) + text)
    yield RenderedFile(GITLAB, gitlab_yml(plan.gitlab))
