"""``ctl reconfigure`` on the real parts: what runs, what is touched, what is left alone."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from ctl.supervise.status import process_of
from tests.system.installation import HEAVY, REPOSITORY, Installation, wait_for

pytestmark = pytest.mark.both_registries(soak=True)


def test_image_goes_through_the_generated_vhost_with_a_generated_key(root: Path, tmp_path: Path) -> None:
    site = Installation(root / "root", seeded=False)
    try:
        done = site.reconfigure()
        assert "generation 1 is in force; started registry, nginx, logrotate" in done.stdout
        assert "GitLab must be told" in done.stdout
        secrets = json.loads(site.layout.secrets_file.read_text())
        assert sorted(secrets["registry"]) == ["http_secret", "internal_certificate", "internal_key"]
        assert oct(site.layout.secrets_file.stat().st_mode & 0o777) == "0o600"
        push_pull_delete(site, tmp_path)
    finally:
        site.close()


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def good(*words: str | Path) -> None:
    done = run(*words)
    assert done.returncode == 0, done.stderr


def push_pull_delete(site: Installation, directory: Path) -> None:
    image, copied, trust = directory / "image", directory / "copied", directory / "trust"
    trust.mkdir()
    (trust / "ca.crt").write_bytes(site.certificate.read_bytes())
    (directory / "file").write_text("hello")
    good("umoci", "init", "--layout", image)
    good("umoci", "new", "--image", f"{image}:v1")
    good("umoci", "insert", "--rootless", "--image", f"{image}:v1", directory / "file", "/file")
    name = f"docker://localhost:{site.port}/group/app:v1"
    token = site.token("repository:group/app:pull,push,delete")
    copy = ("skopeo", "--insecure-policy", "copy")
    good(*copy, "--dest-cert-dir", trust, "--dest-registry-token", token, f"oci:{image}:v1", name)
    good(*copy, "--src-cert-dir", trust, "--src-registry-token", token, name, f"oci:{copied}:v1")
    indexes = [json.loads((place / "index.json").read_text()) for place in (image, copied)]
    assert indexes[0]["manifests"][0]["digest"] == indexes[1]["manifests"][0]["digest"]
    good("skopeo", "delete", "--cert-dir", trust, "--registry-token", token, name)
    gone = run("skopeo", "inspect", "--cert-dir", trust, "--registry-token", token, name)
    assert "manifest unknown" in gone.stderr


def test_unchanged_run_does_nothing(running_site: Installation) -> None:
    before = running_site.pids(), running_site.generation
    done = running_site.reconfigure()
    assert done.stdout == "nothing to do: generation 1 is in force and its services are running\n"
    assert (running_site.pids(), running_site.generation) == before


def test_notice_of_an_old_name_is_given_once_for_each_change(running_site: Installation) -> None:
    running_site.write("registry_nginx['enable'] = true")
    assert running_site.reconfigure().stderr.count("[old-name]") == 1
    assert "[old-name]" not in running_site.reconfigure().stderr


@pytest.mark.parametrize("words", [["reconfigure"], ["status"]])
def test_common_commands_import_nothing_heavy(running_site: Installation, words: list[str]) -> None:
    program = (
        "import sys\nfrom ctl.cli.app import main\n"
        f"sys.argv = {running_site.command(*words)[2:]!r}\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), sep=',')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    loaded = done.stdout.splitlines()[-1].split(",")
    assert "ctl" in loaded
    # A plain command line is read without it.
    assert not {*HEAVY, "typer"} & set(loaded)


def test_changed_registry_setting_restarts_the_registry_alone(running_site: Installation) -> None:
    before = running_site.pids()
    running_site.write("registry['log_level'] = 'warn'")
    assert "restarted registry\n" in running_site.reconfigure().stdout
    after = running_site.pids()
    assert after["registry"] != before["registry"]
    assert (after["nginx"], after["logrotate"]) == (before["nginx"], before["logrotate"])


def test_changed_vhost_setting_reloads_nginx_and_restarts_nothing(running_site: Installation) -> None:
    before = running_site.pids()
    running_site.write("registry['nginx']['hsts_max_age'] = 0")
    assert "reloaded nginx\n" in running_site.reconfigure().stdout
    assert running_site.pids() == before


def test_changed_setting_of_gitlab_touches_no_service(running_site: Installation) -> None:
    before = running_site.pids()
    running_site.write("gitlab_rails['gitlab_default_projects_features_container_registry'] = false")
    assert running_site.reconfigure().stdout.endswith("generation 2 is in force\n")
    assert running_site.pids() == before


def test_renewed_certificate_is_served_without_a_restart(running_site: Installation) -> None:
    before = running_site.pids()
    running_site.renew()
    assert "reloaded nginx" in running_site.reconfigure().stdout
    served = ssl.get_server_certificate(("localhost", running_site.port))
    assert ssl.PEM_cert_to_DER_cert(served) == ssl.PEM_cert_to_DER_cert(running_site.certificate.read_text())
    assert running_site.pids() == before


def test_service_that_is_down_is_started_again(running_site: Installation) -> None:
    control = running_site.layout.services / "registry/supervise/control"
    control.write_text("d")
    wait_for(lambda: not process_of(running_site.layout, "registry").is_up)
    assert "started registry" in running_site.reconfigure().stdout
    assert running_site.ctl("status", "registry").stdout.startswith("run: registry:")


def test_supervisor_that_was_killed_is_started_again(running_site: Installation) -> None:
    for pid in running_site.processes():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if words[0] in (b"runsvdir", b"runsv"):
            os.kill(pid, signal.SIGKILL)
    running_site.reconfigure()
    assert running_site.ctl("status").returncode == 0


def test_service_stopped_on_purpose_stays_down_and_is_said(running_site: Installation) -> None:
    assert running_site.ctl("stop", "registry").stdout.startswith("ok: down: registry:")
    running_site.write("registry['log_level'] = 'warn'")
    done = running_site.reconfigure()
    assert "note: registry stays down: it was stopped on purpose" in done.stderr
    assert "not verified: registry: the registry is stopped on purpose" in done.stderr
    assert running_site.ctl("status", "registry", code=3).stdout.startswith("down: registry:")
    assert running_site.ctl("start", "registry").stdout.startswith("ok: run: registry:")


def test_nginx_that_is_not_wanted_any_more_is_removed(running_site: Installation) -> None:
    running_site.write("nginx['enable'] = false")
    done = running_site.reconfigure()
    assert "removed nginx, logrotate" in done.stdout
    assert "not verified: vhost: nginx is not run by ctl on this machine" in done.stderr
    assert not (running_site.root / "var/opt/gitlab/nginx/conf").is_symlink()
    assert running_site.ctl("status").stdout.count("\n") == 2
    running_site.write()
    assert "started nginx, logrotate" in running_site.reconfigure().stdout


def test_temporary_certificate_lets_nginx_start_until_the_real_one_arrives(site: Installation) -> None:
    kept = {path: path.read_bytes() for path in (site.certificate, site.certificate.with_suffix(".key"))}
    for path in kept:
        path.unlink()
    done = site.reconfigure(code=3)
    assert "error[certificate-missing]" in done.stderr
    assert "openssl req -x509" in done.stderr
    assert not site.layout.current.is_symlink()
    site.write("letsencrypt['enable'] = true")
    done = site.reconfigure()
    assert "warning[certificate-missing]" in done.stderr
    assert "a temporary self-signed certificate is used" in done.stderr
    assert site.reconfigure().stdout.startswith("nothing to do")
    for path, content in kept.items():
        path.write_bytes(content)
    done = site.reconfigure()
    assert "certificate-missing" not in done.stderr
    assert "reloaded nginx" in done.stdout


def test_machine_with_gitlab_alone_gets_its_files_and_no_service(site: Installation) -> None:
    site.write(
        "external_url 'https://gitlab.localhost'",
        "registry['enable'] = false",
        "gitlab_rails['registry_enabled'] = true",
        "gitlab_rails['registry_host'] = 'registry.localhost'",
        base=False,
    )
    assert site.reconfigure().stdout.endswith("generation 1 is in force\n")
    assert (
        'host: "registry.localhost"' in (site.root / "var/opt/gitlab/gitlab-rails/etc/gitlab.yml").read_text()
    )
    assert (site.root / "var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key").exists()
    assert not site.processes()


def test_logs_of_nginx_are_rotated_and_written_on(running_site: Installation) -> None:
    logs = running_site.root / "var/log/gitlab/nginx"
    access = logs / "gitlab_registry_access.log"
    wait_for(lambda: access.stat().st_size > 0)
    state = running_site.root / "var/opt/gitlab/ctl/state/logrotate.status"
    configuration = running_site.layout.current / "logrotate/nginx.conf"
    subprocess.run(["logrotate", "--force", "--state", state, configuration], check=True)
    assert (logs / "gitlab_registry_access.log.1").stat().st_size > 0
    running_site.layout.state.joinpath("applied.json").unlink()
    running_site.reconfigure()
    wait_for(lambda: access.exists() and access.stat().st_size > 0)
