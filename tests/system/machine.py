"""A throw-away copy of this machine, in which ctl works on / itself: accounts, Debian's services.

An overlay over the root directory in a mount namespace of its own; whatever is written vanishes with it, and
so does whatever runs. Several copies know nothing of each other's processes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.registries import V2, Program

REPOSITORY = Path(__file__).parents[2]

_COPY = r"""
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
exec chroot "$1/root" /bin/sh -eu -c "$2"
"""

_HEAD = f"""
cd {REPOSITORY}
ctl() {{ {sys.executable} -m ctl.cli.app "$@"; }}
trap 'ctl shutdown || :' EXIT
rm -rf /etc/gitlab /var/opt/gitlab /opt/gitlab /var/log/gitlab
install -d /etc/gitlab/ssl
cp tests/golden/gitlab-secrets.json /etc/gitlab/
chmod 0600 /etc/gitlab/gitlab-secrets.json
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \\
  -addext subjectAltName=DNS:localhost \\
  -keyout /etc/gitlab/ssl/localhost.key -out /etc/gitlab/ssl/localhost.crt 2>/dev/null
chmod 0600 /etc/gitlab/ssl/localhost.key
"""


def run_in_copy(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a copy of the machine; ``ctl`` and a certificate for localhost are there.

    Args:
        script: POSIX shell; the first command that fails ends it.
        directory: of the caller's, empty, as the place of the copy.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", _COPY, "copy", str(directory), _HEAD + script),
        ],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


_SYSTEMD = r"""
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs sys
mkdir -p sys/fs/cgroup out
mount -t tmpfs tmpfs sys/fs/cgroup
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
mount --bind "$3" out
printf '%s' "$2" > root/script
rm -f usr/sbin/policy-rc.d
# Neither may empty /tmp: the checkout may lie there.
for unit in tmp.mount systemd-tmpfiles-setup.service systemd-tmpfiles-clean.timer; do
  ln -sf /dev/null etc/systemd/system/$unit
done
cat > etc/systemd/system/check.service <<'END'
[Unit]
DefaultDependencies=no
After=dbus.service
Wants=dbus.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh -eu /root/script
StandardOutput=file:/out/said
StandardError=file:/out/complained
ExecStopPost=/bin/sh -c 'echo $EXIT_STATUS > /out/status'
TimeoutStartSec=170
END
exec chroot . env -i container=other PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=check.service --show-status=0 --log-target=null
"""


def run_under_systemd(script: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a copy of the machine where systemd is PID 1 of a namespace of its own.

    Args:
        script: as for `run_in_copy`; Debian's units are there and not started.
        directory: of the caller's, empty.
    """
    place, out = directory / "copy", directory / "out"
    place.mkdir(parents=True)
    out.mkdir()
    subprocess.run(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--cgroup"),
            *("sh", "-c", _SYSTEMD, "systemd", str(place), _HEAD + script, str(out)),
        ],
        capture_output=True,
        timeout=180,
        check=False,
    )
    said = {
        name: (out / name).read_text() for name in ("said", "complained", "status") if (out / name).exists()
    }
    status = said.get("status", "").strip()
    return subprocess.CompletedProcess(
        [], int(status) if status.isdigit() else -1, said.get("said", ""), said.get("complained", "")
    )


def settings(port: int, http_port: int, more: str = "", program: Program = V2) -> str:
    """Return a command that writes a settings file for these loopback ports, and for a registry."""
    own, line = "", ""
    if program is not V2:
        # Where accounts other than root's get to it.
        own = f"install -m 0755 {program.path} /usr/local/bin/docker-registry"
        line = "; ctl['registry_binary'] = '/usr/local/bin/docker-registry'"
    return f"""{own}
cat > /etc/gitlab/gitlab.rb <<'END'
external_url 'https://gitlab.localhost'
registry_external_url 'https://localhost:{port}'
registry['registry_http_addr'] = '127.0.0.1:{http_port}'
registry['nginx']['listen_addresses'] = ['127.0.0.1']{line}
{more}
END
"""
