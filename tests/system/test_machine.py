"""ctl on / itself: who can read what, whose services run as whom, and Debian's services in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ports import free_port
from tests.registries import Program
from tests.system.machine import run_in_copy, settings

NEEDED = {
    "registry": [
        "/var/opt/gitlab/registry/config.yml",
        "/var/opt/gitlab/registry/gitlab-registry.crt",
    ],
    "gitlab-www": ["/var/opt/gitlab/nginx/conf/nginx.conf"],
    "git": [
        "/var/opt/gitlab/gitlab-rails/etc/gitlab.yml",
        "/var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key",
    ],
}
SECRET = [
    *(path for paths in NEEDED.values() for path in paths),
    "/etc/gitlab/gitlab-secrets.json",
    "/opt/gitlab/etc/registry/env/SSL_CERT_DIR",
    "/var/opt/gitlab/ctl/current/settings.json",
    "/var/opt/gitlab/ctl/current/masked.json",
    "/var/opt/gitlab/ctl/current/secrets.json",
    "/var/log/gitlab/registry/current",
    "/var/log/gitlab/ctl/history.log",
]


@pytest.mark.both_registries(soak=True)
def test_accounts_on_the_system_root_read_what_they_need_and_nothing_else(
    tmp_path: Path, registry_program: Program
) -> None:
    script = (
        "groupadd --system git; useradd --system --gid git --no-create-home git\n"
        + settings(free_port(), free_port(), program=registry_program)
        # A careless umask must not shut the services out.
        + "umask 077\nctl reconfigure >/dev/null\n"
    )
    for account, paths in NEEDED.items():
        for path in SECRET:
            script += (
                f"if setpriv --reuid {account} --regid {account} --clear-groups cat {path} >/dev/null 2>&1;"
                f" then echo '{account} reads {path}'; else echo '{account} refused {path}'; fi\n"
            )
        script += f"echo '{account} needs {len(paths)}'\n"
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    said = set(done.stdout.splitlines())
    for account, needed in NEEDED.items():
        for path in SECRET:
            verb = "reads" if path in needed else "refused"
            assert f"{account} {verb} {path}" in said


@pytest.mark.both_registries(soak=True)
def test_services_on_the_system_root_run_as_their_accounts(tmp_path: Path, registry_program: Program) -> None:
    accounts = "registry['username'] = 'images'\nregistry['group'] = 'images'"
    script = (
        settings(free_port(), free_port(), accounts, registry_program)
        + "ctl reconfigure >/dev/null\n"
        + "for service in registry nginx; do pid=$(cat /opt/gitlab/sv/$service/supervise/pid);"
        + " echo $service $(stat -c %U /proc/$pid); done\n"
        + "for pid in $(cat /proc/$pid/task/*/children); do echo worker $(stat -c %U /proc/$pid); done\n"
        + "stat -c '%U:%G %a %n' /var/opt/gitlab/gitlab-rails/shared/registry\n"
        + "cat /var/opt/gitlab/ctl/state/made\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "registry images" in lines
    assert "nginx root" in lines
    assert "worker gitlab-www" in lines
    assert "images:images 770 /var/opt/gitlab/gitlab-rails/shared/registry" in lines
    made = ["group gitlab-www", "group images", "user gitlab-www", "user images"]
    assert [line for line in lines if line.startswith(("group ", "user "))] == made
    assert "data /var/opt/gitlab/gitlab-rails/shared/registry" in lines
    assert "link /var/opt/gitlab/registry/config.yml" in lines


def test_take_over_disables_debians_service_and_can_be_undone(tmp_path: Path) -> None:
    port, taken = free_port(), free_port()
    script = (
        settings(port, taken)
        + f"sed -i 's/addr: :5000/addr: 127.0.0.1:{taken}/' /etc/docker/registry/config.yml\n"
        + "service docker-registry start >/dev/null\n"
        + f"n=0; until ss -ltn | grep -q 127.0.0.1:{taken}; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.05; done\n"
        + "ctl reconfigure 2>&1 | tail -3; test ! -e /var/opt/gitlab/ctl/current\n"
        + "echo = take over\nctl reconfigure --take-over 2>&1\n"
        + "ls /etc/rc2.d | grep docker-registry\n"
        + "echo = undo\nctl shutdown; ctl undo-take-over\nls /etc/rc2.d | grep docker-registry\n"
        + "service docker-registry stop >/dev/null\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    before, _, rest = done.stdout.partition("= take over")
    taken_over, _, undone = rest.partition("= undo")
    assert f"port {taken} is held by docker-registry" in before
    assert "nothing has been changed" in before
    assert "ctl reconfigure --take-over" in before
    assert "Debian's docker-registry.service is disabled; ctl undo-take-over enables it again" in taken_over
    assert "generation 1 is in force" in taken_over
    assert "K01docker-registry" in taken_over
    assert "enabled again: docker-registry.service" in undone
    assert "S01docker-registry" in undone


def test_container_that_runs_services_at_the_same_paths_is_left_alone(tmp_path: Path) -> None:
    """From the outside, what runs in a container bears the same words as ours."""
    script = (
        settings(free_port(), free_port())
        + "mkdir -p /srv/box/usr /srv/box/opt/gitlab/service /srv/box/opt/gitlab/sv/registry\n"
        + "mount --bind /usr /srv/box/usr\n"
        + "for name in bin sbin lib lib64; do ln -s usr/$name /srv/box/$name; done\n"
        + "printf '#!/bin/sh\\nexec sleep 1000\\n' > /srv/box/opt/gitlab/sv/registry/run\n"
        + "chmod 0755 /srv/box/opt/gitlab/sv/registry/run\n"
        + "ln -s ../sv/registry /srv/box/opt/gitlab/service/registry\n"
        + "chroot /srv/box runsvdir -P /opt/gitlab/service & box=$!\n"
        + "inner=/srv/box/opt/gitlab/sv/registry/supervise/pid\n"
        + "n=0; until [ -s $inner ]; do n=$((n+1)); [ $n -lt 400 ]; sleep 0.05; done\n"
        + "ctl reconfigure | tail -1\nctl status >/dev/null\nctl shutdown\n"
        + "kill -0 $box && kill -0 $(cat $inner) && echo the container runs\n"
        + "kill -HUP $box; wait $box || :\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "generation 1 is in force; started" in done.stdout
    assert "the container runs" in done.stdout


def test_dry_run_on_the_system_root_finds_nothing_to_do_after_a_reconfigure(tmp_path: Path) -> None:
    script = (
        settings(free_port(), free_port())
        + "ctl reconfigure >/dev/null\nctl reconfigure --dry-run\necho = diff\nctl reconfigure --diff\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2:] == ["nothing would change", "= diff"]
