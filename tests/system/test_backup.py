"""``ctl backup-etc`` as a shell calls it, killed, and with no room left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.system.images import Registry
from tests.system.installation import Installation, wait_for
from tests.system.killing import Point, killed
from tests.system.watching import refused, run, secret_values

pytestmark = pytest.mark.both_registries(soak=True)

BACKUP = "backup-etc"


def archives(site: Installation) -> list[Path]:
    return sorted((site.root / "etc/gitlab/config_backup").glob("*.tar"))


def listed(archive: Path) -> list[str]:
    """What tar says is in an archive; it has to be whole."""
    done = subprocess.run(["tar", "-tf", archive], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), archive
    return done.stdout.splitlines()


def test_backup_tells_where_it_is_and_that_it_holds_secrets(site: Installation) -> None:
    done = site.ctl(BACKUP)
    [archive] = archives(site)
    assert f"backup: {archive} (4 files, {archive.stat().st_size} bytes)\n" in done.stdout
    assert "it holds secrets in clear" in done.stdout
    assert not [secret for secret in secret_values(site) if secret in done.stdout + done.stderr]
    assert "etc/gitlab/gitlab-secrets.json" in listed(archive)


def test_backup_as_json_goes_to_the_directory_that_is_given(site: Installation, tmp_path: Path) -> None:
    given = tmp_path / "given"
    backup = json.loads(site.ctl(BACKUP, "-p", str(given), "--no-delete-old-backups", "--json").stdout)
    assert backup["files"] == 4
    assert Path(backup["archive"]).parent == given
    assert archives(site) == []


def test_backup_without_settings_or_registry_works(site: Installation) -> None:
    site.settings.write_text("registry['enabled'] = (\n")
    done = site.ctl(BACKUP)
    assert "no old backup is deleted" in done.stderr
    assert len(archives(site)) == 1


def test_backup_without_room_leaves_nothing(site: Installation) -> None:
    (site.root / "etc/gitlab/large").write_bytes(os.urandom(200_000))
    limited = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh"]
    said = refused(run(site, BACKUP, before=limited), 1)
    assert "the backup failed: " in said
    assert "file too large" in said
    assert list((site.root / "etc/gitlab/config_backup").iterdir()) == []
    site.ctl(BACKUP)
    assert "etc/gitlab/large" in listed(archives(site)[0])


@pytest.mark.parametrize(
    ("call", "on"),
    [
        ("openat", "gitlab_config_"),
        ("fchmod", "0600"),
        ("write", '"././@PaxHeader'),
        ("fsync", ""),
        ("renameat", "gitlab_config_"),
    ],
)
def test_backup_killed_leaves_whole_archives_alone(
    site: Installation, tmp_path: Path, call: str, on: str
) -> None:
    trace = tmp_path / "trace"
    traced = ["strace", "-qq", "-o", str(trace), "-e", f"trace={call}"]
    assert run(site, BACKUP, before=traced).returncode == 0
    calls = enumerate(trace.read_text(errors="replace").splitlines(), 1)
    last = [number for number, line in calls if on in line][-1]
    for archive in archives(site):
        archive.unlink()
    assert killed(site, Point(call, last), BACKUP)
    assert all(listed(archive) for archive in archives(site))
    site.ctl(BACKUP)
    place = site.root / "etc/gitlab/config_backup"
    assert sorted(place.iterdir()) == archives(site)
    assert len(listed(archives(site)[-1])) >= 6


def test_restored_backup_serves_the_same_images_to_the_same_tokens(
    running_site: Installation, tmp_path: Path
) -> None:
    """What README says of an empty machine."""
    site = running_site
    images = site.root / "var/opt/gitlab/gitlab-rails/shared/registry"
    registry = Registry(site)
    digest = registry.image("v1")
    site.ctl(BACKUP, "-p", str(tmp_path / "kept"))
    [archive] = (tmp_path / "kept").glob("*.tar")
    shutil.move(images, tmp_path / "images")
    site.ctl("shutdown")
    wait_for(lambda: not site.processes())
    shutil.rmtree(site.root)
    site.root.mkdir()
    subprocess.run(["tar", "-xpf", archive, "-C", site.root], check=True)
    images.parent.mkdir(parents=True)
    shutil.move(tmp_path / "images", images)
    site.reconfigure()
    # The token was made before.
    assert registry.is_whole("v1")
    assert registry.is_whole(digest)
