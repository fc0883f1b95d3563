"""nginx's files in a generation, the links to them, and its service: its logs are rotated beside it."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.plan.model import VhostPlan
from ctl.render.environment import render_template
from ctl.render.files.nginx import vhost_conf
from ctl.targets.model import Directory, Link, RenderedFile, Service
from ctl.targets.runit.places import CONFIGURATION, MAIN, ROTATION, VHOST
from ctl.targets.runit.scripts import HEADER, logrotate_run, nginx_run

# The format of the logs, which nginx.conf declares.
LOG_FORMAT = "gitlab_access"


def nginx_files(vhost: VhostPlan, home: str) -> Iterator[RenderedFile]:
    """Render what nginx and logrotate read."""
    yield RenderedFile(MAIN, render_template("nginx/nginx.conf.j2", vhost=vhost, log_format=LOG_FORMAT))
    yield RenderedFile(VHOST, HEADER + vhost_conf(vhost, None, LOG_FORMAT))
    yield RenderedFile(ROTATION, render_template("nginx/logrotate.conf.j2", vhost=vhost))
    yield nginx_run(vhost, home)
    yield logrotate_run(home, ROTATION)


def nginx_links(vhost: VhostPlan) -> Iterator[Link]:
    """The well-known path of nginx's configuration: one link for the directory.

    A link for each file could dangle, and a dangling file stops nginx. The logs are reached by a link as
    well, so that the configuration names no place and can be tried out in another.
    """
    yield Link(f"{vhost.directory}/conf", CONFIGURATION)
    yield Link(f"{vhost.directory}/logs", vhost.log_directory)


def nginx_directories(vhost: VhostPlan) -> Iterator[Directory]:
    """What has to be there before nginx starts; its paths are relative to the first of these."""
    group = vhost.account.group
    yield Directory(vhost.log_directory, 0o750, None, group)
    yield Directory(vhost.directory, 0o750, None, group)
    yield Directory(f"{vhost.directory}/run", 0o755)
    yield Directory(f"{vhost.directory}/temp", 0o750, None, group)


def nginx_services(vhost: VhostPlan) -> Iterator[Service]:
    """Nginx reads its configuration and certificates again on a reload."""
    digest = vhost.tls.digest if vhost.tls else ""
    yield Service(
        "nginx",
        restart=("runit/nginx/run",),
        # The logs are opened anew as well.
        reload=("nginx/", f"{vhost.log_directory}/"),
        restart_facts=(vhost.stamp,),
        reload_facts=(digest,),
    )
    yield Service("logrotate", restart=("logrotate/", "runit/logrotate/run"))
