"""Links that an account of a service plants where it can write: what they lead to stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ports import free_port
from tests.system.machine import run_in_copy, settings

STORE = "/var/opt/gitlab/gitlab-rails/shared/registry"
V2 = f"{STORE}/docker/registry/v2"
# By account: the place of a link, and what of the victim it leads to.
PLANTED = [
    ("registry", f"{STORE}/ctl-trash", ""),
    ("registry", f"{V2}/repositories/planted", ""),
    ("registry", f"{V2}/repositories/group", ""),
    ("registry", f"{V2}/blobs/sha256/aa", ""),
    ("registry", f"{V2}/blobs/sha256/ab/data", "/file"),
    ("registry", f"{V2}/repositories/own/_uploads/one", ""),
    ("registry", f"{V2}/repositories/own/_manifests/tags/one/current/link", "/file"),
    ("registry", "/var/opt/gitlab/ctl/collect/planted", "/file"),
    ("registry", "/var/opt/gitlab/ctl/sockets/registry/registry", "/file"),
    ("registry", "/var/opt/gitlab/ctl/sockets/registry/registry-standby", "/file"),
    ("registry", "/var/opt/gitlab/ctl/sockets/active", "/file"),
    ("registry", "/var/opt/gitlab/registry/config.yml", "/file"),
    ("registry", "/var/log/gitlab/registry/current", "/file"),
    ("gitlab-www", "/var/opt/gitlab/nginx/temp/client_body", ""),
    ("gitlab-www", "/var/opt/gitlab/nginx/run/nginx.pid", "/file"),
    ("gitlab-www", "/var/opt/gitlab/nginx/conf", ""),
    ("gitlab-www", "/var/log/gitlab/nginx/gitlab_registry_access.log", "/file"),
    ("gitlab-www", "/var/opt/gitlab/nginx/logs", ""),
]
COMMANDS = (
    *("status", "registry-usage", "registry-garbage-collect -m --yes --min-age 0s --max-delete 100"),
    *("registry-garbage-collect --undo", "set-readonly on", "reconfigure", "set-readonly off"),
    *("restart registry", "hup nginx", "restart nginx", "reconfigure", "stop", "start", "rollback"),
    *("registry-garbage-collect --empty-trash --keep-deleted 0s --yes", "shutdown"),
)


def plant() -> str:
    """Return a script that puts every link in its place, as the account that it belongs to."""
    return "".join(
        f"setpriv --reuid {account} --regid {account} --clear-groups sh -c"
        f" 'rm -rf {place} 2>/dev/null; ln -sfn /victim{inside} {place}' 2>/dev/null"
        f" && echo 'planted {place}' || echo 'closed {place}'\n"
        for account, place, inside in PLANTED
    )


@pytest.mark.parametrize("often", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["once", "often"])
def test_victim_of_planted_links_is_left_as_it_is(tmp_path: Path, often: bool) -> None:
    port, inner = free_port(), free_port()
    script = settings(port, inner) + (
        "install -d -m 0700 /victim /victim/inside\n"
        "echo precious > /victim/file; echo precious > /victim/inside/file; chmod 0600 /victim/file\n"
        "seen() { find /victim -printf '%p %u %g %m %s %T@\\n' | sort; cat /victim/file; }\n"
        "seen > /before\n"
        "ctl reconfigure >/dev/null\n"
        "setpriv --reuid registry --regid registry --clear-groups"
        f" mkdir -p {V2}/blobs/sha256/ab {V2}/repositories/own/_uploads"
        f" {V2}/repositories/own/_manifests/tags/one/current\n"
    )
    script += plant()
    script += settings(port, inner, "registry['log_level'] = 'debug'")
    for command in COMMANDS:
        script += f"{{ {plant()} }} >/dev/null\n" if often else ""
        script += f"timeout 60 ctl {command} </dev/null >/said 2>&1 || :\n"
        script += f"if grep -q 'internal error' /said; then echo 'broken {command}'; cat /said; fi\n"
        script += f"seen | cmp -s - /before || echo 'changed by {command}'\n"
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith(("changed", "broken"))] == [], done.stdout
    planted = [line.split()[1] for line in lines if line.startswith("planted")]
    closed = [line.split()[1] for line in lines if line.startswith("closed")]
    assert len(planted) + len(closed) == len(PLANTED) > 13
    # What root reads, and what it appends to, no service can put a link in the place of.
    assert {"/var/opt/gitlab/registry/config.yml", "/var/opt/gitlab/nginx/conf"} <= set(closed)
    assert {"/var/log/gitlab/registry/current", "/var/opt/gitlab/ctl/sockets/active"} <= set(closed)
    assert len(planted) > 9, planted
