"""The registry's vhost for nginx, and the format of its log."""

from __future__ import annotations

from textwrap import dedent

from ctl.plan.model import VhostPlan
from ctl.render.environment import render_template


def vhost_conf(vhost: VhostPlan, logs: str | None, log_format: str) -> str:
    """Render what stands in an ``http`` block, without a line that says where it comes from.

    Args:
        vhost: its plan.
        logs: the directory of its logs; None for ``logs`` below nginx's prefix.
        log_format: the name of the format of its log, which something before it declares.
    """
    return render_template("nginx/gitlab-registry.conf.j2", vhost=vhost, logs=logs, log_format=log_format)


def log_format_conf(vhost: VhostPlan, name: str) -> str:
    """Render the declaration of the log's format by a name, with the variables that it uses."""
    # Nothing in it goes over several lines, so the indentation of nginx.conf can be taken off.
    return dedent(render_template("nginx/log_format.conf.j2", vhost=vhost, log_format=name))
