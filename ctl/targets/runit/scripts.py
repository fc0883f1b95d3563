"""The scripts of runit's service directories."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.paths import GUARD, REGISTRY, STANDBY
from ctl.plan.model import Account, LogPlan, RegistryPlan, VhostPlan
from ctl.render.environment import render_template
from ctl.render.quoting import shell_word
from ctl.targets.model import Link, RenderedFile

# What a generation's files begin with that somebody may want to change.
HEADER = "# Written by ctl. Change /etc/gitlab/gitlab.rb and run: ctl reconfigure\n"


def _note(home: str, service: str) -> str:
    """The command by which a service records what it was started with.

    A disk that is full must not keep the service down; without the record the next run restarts it.
    """
    source = shell_word(f"{home}/current/runit/{service}/fingerprint")
    target = shell_word(f"{home}/state/running/{service}")
    return f"cp {source} {target} || rm -f {target}"


def _lock(home: str, service: str) -> str:
    """The file that every process of a service has open; see `ctl.supervise.orphans`."""
    return f"{home}/state/running/{service}.lock"


def _become(account: Account) -> str:
    if account.user is None:
        return ""
    name = shell_word(f"{account.user}:{account.group}")
    return f"-U {name} -u {name} "


def registry_run(registry: RegistryPlan, service: str, home: str) -> RenderedFile:
    """The run script of an instance of the registry."""
    text = render_template(
        "runit/registry.run.j2",
        registry=registry,
        config="standby" if service == STANDBY else "config",
        state=f"{home}/state",
        exchanged=service == REGISTRY and registry.sockets is not None,
        lock=_lock(home, service),
        note=_note(home, service),
        become=_become(registry.account),
    )
    return RenderedFile(f"runit/{service}/run", text, 0o750)


def guard_run(home: str) -> RenderedFile:
    """The run script of the service that ends what somebody who died has left in force."""
    text = render_template("runit/guard.run.j2", home=home, lock=_lock(home, GUARD), note=_note(home, GUARD))
    return RenderedFile(f"runit/{GUARD}/run", text, 0o750)


def nginx_run(vhost: VhostPlan, home: str) -> RenderedFile:
    """The run script of nginx, which becomes the web account by itself."""
    text = render_template(
        "runit/nginx.run.j2", vhost=vhost, lock=_lock(home, "nginx"), note=_note(home, "nginx")
    )
    return RenderedFile("runit/nginx/run", text, 0o750)


def logrotate_run(home: str, configuration: str) -> RenderedFile:
    """The run script that rotates nginx's logs."""
    text = render_template(
        "runit/logrotate.run.j2",
        home=home,
        conf=f"{home}/current/{configuration}",
        lock=_lock(home, "logrotate"),
        note=_note(home, "logrotate"),
    )
    return RenderedFile("runit/logrotate/run", text, 0o750)


def log_files(service: str, log: LogPlan) -> Iterator[RenderedFile]:
    """The log service beside a service: svlogd and its settings.

    svlogd runs as root: it only copies bytes, and so no other account can touch what root reads.
    """
    become = f"chpst -u {shell_word(f'root:{log.group}')} " if log.group else ""
    yield RenderedFile(
        f"runit/{service}/log/run",
        render_template("runit/log.run.j2", log=log, become=become, options="-tt " if log.timestamps else ""),
        0o750,
    )
    yield RenderedFile(f"runit/{service}/log/config", render_template("runit/log.config.j2", log=log))


def service_links(service: str, definitions: str, log: LogPlan) -> Iterator[Link]:
    """The links inside a service directory; the directory is real, runsv keeps its own files there."""
    yield Link(f"{definitions}/{service}/run", f"runit/{service}/run")
    yield Link(f"{definitions}/{service}/log/run", f"runit/{service}/log/run")
    yield Link(f"{log.directory}/config", f"runit/{service}/log/config")
