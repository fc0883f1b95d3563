"""Where systemd is PID 1: our services are a unit, and Debian's units are recognised and disabled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ports import free_port
from tests.system.machine import REPOSITORY, run_under_systemd, settings

UNIT = "registry-ctl-runsvdir.service"
# As dpkg does with a new version of the package.
UPGRADE_RUNIT = "for name in runsv runsvdir; do cp -a /usr/bin/$name new; mv new /usr/bin/$name; done\n"


def test_services_under_systemd_are_a_unit_that_survives_and_comes_back(tmp_path: Path) -> None:
    script = (
        settings(free_port(), free_port())
        + "ctl reconfigure >/dev/null\n"
        + f"echo active $(systemctl is-active {UNIT}) enabled $(systemctl is-enabled {UNIT})\n"
        + "echo slice $(cut -d: -f3 /proc/$(cat /opt/gitlab/sv/registry/supervise/pid)/cgroup | tail -1)\n"
        + f"systemctl restart {UNIT}\nctl reconfigure | tail -1\nctl status | cut -d' ' -f1,2\n"
        + f"systemctl stop {UNIT}\n"
        + "ctl status && exit 1 || echo status $?\n"
        + "ps -e -o comm | grep -c -e docker-registry -e svlogd || :\n"
        + "ctl reconfigure | tail -1\nctl shutdown\n"
        + f"echo after shutdown $(systemctl is-active {UNIT})\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "active active enabled enabled" in lines
    assert f"slice /system.slice/{UNIT}" in lines
    assert lines.count("run: registry:") == 1
    assert "after shutdown inactive" in lines
    assert "0" in lines


def test_unit_of_the_package_is_used_and_what_it_forbids_is_not_needed(tmp_path: Path) -> None:
    unit = f"{REPOSITORY}/debian/registry-ctl.{UNIT}"
    port = free_port()
    script = (
        settings(port, free_port())
        + f"cp {unit} /lib/systemd/system/{UNIT}\nsystemctl daemon-reload\n"
        + f"systemctl start {UNIT}\necho before $(systemctl is-active {UNIT})\n"
        + "ctl reconfigure >/dev/null\n"
        + f"echo from $(systemctl show -P FragmentPath {UNIT}) $(systemctl is-active {UNIT})\n"
        + "pid=$(cat /opt/gitlab/sv/registry/supervise/pid)\n"
        + "grep -E '^(NoNewPrivs|Seccomp|CapBnd):' /proc/$pid/status\n"
        + "ctl set-readonly on | tail -1\nctl set-readonly off | tail -1\n"
        # The guard ends what a dead run left, from inside the unit.
        + "touch /var/opt/gitlab/ctl/state/exchange\necho > /var/opt/gitlab/ctl/state/wake\n"
        + "n=0; until grep '\"settle\"' /var/log/gitlab/ctl/history.log; do"
        + " n=$((n+1)); [ $n -lt 400 ]; sleep 0.05; done\n"
        + "test ! -e /var/opt/gitlab/ctl/state/exchange\n"
        + "ctl status >/dev/null && echo all run\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "before inactive" in lines
    assert f"from /lib/systemd/system/{UNIT} active" in lines
    assert "NoNewPrivs:\t1" in lines
    assert "Seccomp:\t2" in lines
    allowed = next(int(line.split()[1], 16) for line in lines if line.startswith("CapBnd"))
    assert allowed & ~0x10804FF == 0
    assert "all run" in lines


@pytest.mark.parametrize("packaged", [False, True])
def test_supervisors_whose_program_was_replaced_are_known_and_no_second_one_is_started(
    tmp_path: Path, packaged: bool
) -> None:
    unit = f"{REPOSITORY}/debian/registry-ctl.{UNIT}"
    script = (
        settings(free_port(), free_port())
        + (f"cp {unit} /lib/systemd/system/{UNIT}\nsystemctl daemon-reload\n" if packaged else "")
        + "ctl reconfigure >/dev/null\n"
        + UPGRADE_RUNIT
        + "echo runs $(readlink /proc/$(systemctl show -P MainPID "
        + f"{UNIT})/exe)\nctl status\nctl reconfigure 2>&1 | tail -n 1\n"
        + "echo supervisors $(grep -lx runsvdir /proc/[0-9]*/comm | wc -l)\n"
        + "ctl shutdown\necho then $(grep -lx -e runsvdir -e runsv /proc/[0-9]*/comm | wc -l)\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("runs /") and line.endswith("/usr/bin/runsvdir (deleted)") for line in lines)
    assert sum(line.startswith("run: ") for line in lines) == 4
    assert "supervisors 1" in lines
    assert "then 0" in lines


@pytest.mark.parametrize("upgraded", [False, True])
@pytest.mark.parametrize("packaged", [False, True])
def test_services_serve_on_when_systemd_has_to_start_runsvdir_again(
    tmp_path: Path, packaged: bool, upgraded: bool
) -> None:
    unit = f"{REPOSITORY}/debian/registry-ctl.{UNIT}"
    port = free_port()
    script = (
        settings(port, free_port())
        + (f"cp {unit} /lib/systemd/system/{UNIT}\nsystemctl daemon-reload\n" if packaged else "")
        + "ctl reconfigure >/dev/null\n"
        + f"pid() {{ systemctl show -P MainPID {UNIT}; }}\n"
        + "main() { cat /opt/gitlab/sv/nginx/supervise/pid; }\n"
        + f"ask() {{ curl -sk -o /dev/null -w '%{{http_code}}\\n' https://localhost:{port}/v2/; }}\n"
        + (UPGRADE_RUNIT if upgraded else "")
        + "old=$(pid)\nmaster=$(main)\nkill -9 $old\n"
        + "n=0; until [ $(pid) != 0 ] && [ $(pid) != $old ] && ctl status >/dev/null; do ask;"
        + " n=$((n+1)); [ $n -lt 200 ]; sleep 0.05; done\n"
        # Who serves is exchanged for one that is looked after.
        + "n=0; until grep '\"settle\"' /var/log/gitlab/ctl/history.log >/dev/null; do ask;"
        + " n=$((n+1)); [ $n -lt 400 ]; sleep 0.05; done\n"
        + "kill -0 $master\nask\nctl status 2>&1\n"
        + f"systemctl stop {UNIT}\necho then $(systemctl is-active {UNIT}) $(ask)\n"
        + "ps -e -o comm | grep -c -e runsv -e docker-registry -e nginx -e svlogd || :\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    answers = [line for line in lines if line.isdigit() and len(line) == 3]
    assert len(answers) > 1
    assert set(answers) == {"401"}
    assert sum(line.startswith("run: ") for line in lines) == 4
    assert "note" not in done.stdout
    assert lines[-2:] == ["then inactive 000", "0"]


def test_services_of_another_root_under_systemd_are_a_transient_unit(tmp_path: Path) -> None:
    script = (
        settings(free_port(), free_port())
        + "mkdir -p /srv/other/etc\ncp -a /etc/gitlab /srv/other/etc/\n"
        + "ctl --root /srv/other reconfigure >/dev/null\n"
        + "systemctl list-units --plain --no-legend 'registry-ctl-*' | cut -d' ' -f1\n"
        + "ctl --root /srv/other shutdown\n"
        + "echo left $(systemctl list-units --plain --no-legend 'registry-ctl-*' | wc -l)\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    units = [line for line in done.stdout.splitlines() if line.startswith("registry-ctl-")]
    assert len(units) == 1
    assert units[0] != UNIT
    assert "left 0" in done.stdout


def test_take_over_under_systemd_names_and_disables_debians_unit(tmp_path: Path) -> None:
    port, taken = free_port(), free_port()
    script = (
        settings(port, taken)
        + f"sed -i 's/addr: :5000/addr: 127.0.0.1:{taken}/' /etc/docker/registry/config.yml\n"
        + "systemctl enable --now docker-registry 2>/dev/null\n"
        + f"n=0; until ss -ltn | grep -q 127.0.0.1:{taken}; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.05; done\n"
        + "ctl reconfigure 2>&1 | tail -2\n"
        + "ctl reconfigure --take-over >/dev/null\n"
        + "echo taken $(systemctl is-active docker-registry) $(systemctl is-enabled docker-registry)\n"
        + "ctl shutdown\nctl undo-take-over\n"
        + "echo given $(systemctl is-active docker-registry) $(systemctl is-enabled docker-registry)\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"port {taken} is held by docker-registry" in done.stdout
    assert "the unit docker-registry.service" in done.stdout
    assert "ctl reconfigure --take-over" in done.stdout
    assert "taken inactive disabled" in done.stdout
    assert "enabled again: docker-registry.service" in done.stdout
    assert "given active enabled" in done.stdout
