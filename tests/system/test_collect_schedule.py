"""The regular collection where systemd runs, and where cron does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.ports import free_port
from tests.system.machine import REPOSITORY, run_in_copy, run_under_systemd, settings

UNIT = "registry-ctl-collect"
STORE = "/var/opt/gitlab/gitlab-rails/shared/registry"

# An image with a tag and one without, three days old; ctl lies where systemd and a shell would take its path
# apart.
PREPARED = rf"""
place="/opt/it's a \$HOME"
mkdir -p "$place"
cat > "$place/ctl" <<'END'
#!{sys.executable}
import sys
sys.path.insert(0, "{REPOSITORY}")
from ctl.cli.app import main
main()
END
chmod 0755 "$place/ctl"
scheduled() {{ "$place/ctl" registry-garbage-collect-schedule "$@"; }}
ctl reconfigure >/dev/null
{sys.executable} -c '
from pathlib import Path
from tests.storage.tree import Tree
tree = Tree(Path("{STORE}"))
tree.image("group/app", "v1", layers=[tree.layer("group/app", "many bytes" * 1000)])
tree.image("group/app", layers=[tree.layer("group/app", "few bytes")])
'
chown -R --reference={STORE} {STORE}
find {STORE} -exec touch -d '3 days ago' {{}} +
says() {{ ctl status --json | {sys.executable} -c 'import json, sys; print(json.load(sys.stdin)["'$1'"])'; }}
"""


def test_timer_of_systemd_collects_and_status_says_so(tmp_path: Path) -> None:
    script = (
        settings(free_port(), free_port())
        + PREPARED
        + "scheduled set 'Sun 04:05' -m\nscheduled set '04:07' -m\n"
        + f"systemd-analyze verify --man=no {UNIT}.timer {UNIT}.service 2>&1 | grep {UNIT} && exit 1\n"
        + f"echo timer $(systemctl is-active {UNIT}.timer) $(systemctl is-enabled {UNIT}.timer)\n"
        + f"echo elapses $(systemctl list-timers --no-legend {UNIT}.timer | cut -d' ' -f2,3)\n"
        + "echo shown $(scheduled show --json)\n"
        + f"systemctl start {UNIT}.service\n"
        + f"echo ended $(systemctl show -P Result {UNIT}.service)\n"
        + "echo collection $(says collection)\n"
        + "echo log $(grep -c '^deleted' /var/log/gitlab/ctl/collect.log)\n"
        + f"mv {STORE} {STORE}.away\n"
        + f"systemctl start {UNIT}.service || echo refused $(systemctl show -P Result {UNIT}.service)\n"
        + "echo collection $(says collection)\n"
        + f"mv {STORE}.away {STORE}\n"
        + "scheduled off\nscheduled off\nscheduled show\n"
        + f"echo left $(systemctl list-timers --all --no-legend {UNIT}.timer | wc -l)"
        + f" $(find /etc/systemd /etc/cron.d -name '{UNIT}*' | wc -l)\n"
        + f"echo mine > /etc/systemd/system/{UNIT}.timer\n"
        + "scheduled set 03:00 || echo foreign $?\nscheduled off || echo foreign $?\n"
        + f"cat /etc/systemd/system/{UNIT}.timer\n"
    )
    done = run_under_systemd(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert "timer active enabled" in lines
    (moment,) = (line.removeprefix("elapses ") for line in lines if line.startswith("elapses"))
    assert moment.endswith("04:07:00")
    (shown,) = (line.removeprefix("shown ") for line in lines if line.startswith("shown"))
    schedule = json.loads(shown)
    assert (schedule["when"], schedule["by"]) == ("04:07", "systemd")
    assert schedule["next"].startswith(moment.replace(" ", "T"))
    assert "ended success" in lines
    first, second = (line for line in lines if line.startswith("collection"))
    assert "'outcome': 'done'" in first
    assert "'manifests': 1" in first
    assert "log 1" in lines
    assert "refused exit-code" in lines
    assert "'outcome': 'failed'" in second
    assert f"there is no directory {STORE}" in second
    assert [line for line in lines if "scheduled" in line][-3:] == [
        "nothing is scheduled any more",
        "nothing was scheduled",
        "nothing is scheduled",
    ]
    assert "left 0 0" in lines
    assert lines[-3:] == ["foreign 1", "foreign 1", "mine"]
    assert done.stderr.count("was not written by ctl") == 2


def test_cron_collects_where_there_is_no_systemd(tmp_path: Path) -> None:
    """Takes until the next full minute: cron starts nothing sooner."""
    script = (
        settings(free_port(), free_port())
        + PREPARED
        + "rm -f /etc/crontab /etc/cron.d/*\n"
        + "scheduled set '* * * * *' -m\n"
        + "cron -f >/dev/null 2>&1 & cron=$!\ntrap 'kill $cron; ctl shutdown' EXIT\n"
        + "n=0; until says collection | grep -q -e done -e failed -e stopped; do\n"
        + "  n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep 0.3\n"
        + "done\n"
        + "scheduled off\n"
        + "says collection\ncat /var/log/gitlab/ctl/collect.log\n"
        + 'n=0; while [ -n "$(cat /proc/$cron/task/$cron/children)" ]; do\n'
        + "  n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep 0.1\n"
        + "done\n"
    )
    done = run_in_copy(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'outcome': 'done'" in done.stdout
    assert "'manifests': 1" in done.stdout
    assert "pushes were refused for" in done.stdout


def test_machine_without_cron_is_told_so_though_its_directory_is_there(tmp_path: Path) -> None:
    """Debian's e2fsprogs brings /etc/cron.d, too."""
    script = (
        "ls -d /etc/cron.d\nrm -f /usr/sbin/cron\n"
        "ctl registry-garbage-collect-schedule set 03:00 || echo refused $?\nls /etc/cron.d\n"
    )
    done = run_in_copy(script, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "refused 1" in done.stdout
    assert "neither systemd nor cron is there" in done.stderr
    assert UNIT not in done.stdout
