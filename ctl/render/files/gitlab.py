"""The registry's block of GitLab's gitlab.yml."""

from __future__ import annotations

from ctl.plan.model import GitlabPlan
from ctl.render.environment import render_template


def gitlab_yml(gitlab: GitlabPlan) -> str:
    """Render the block that GitLab's gitlab.yml takes over."""
    return render_template("gitlab/gitlab.yml.j2", gitlab=gitlab)
