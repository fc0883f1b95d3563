"""A file that was changed by hand is put right, and whoever may have read it reads anew."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl.state import owed
from ctl.supervise.status import log_process_of
from tests.system.installation import Installation, wait_for
from tests.system.watching import answer, in_force, run, secret_values, serves, status

pytestmark = pytest.mark.both_registries(soak=True)

VHOST = "var/opt/gitlab/nginx/conf/service_conf/gitlab-registry.conf"
CONFIG = "var/opt/gitlab/registry/config.yml"


def says_hello(site: Installation) -> bool:
    """Whether nginx goes by the vhost that was written by hand."""
    try:
        return answer(site, "/hello") == 299
    except OSError:
        return False


def greet(site: Installation) -> str:
    """Let the vhost answer /hello, by hand; return what was there."""
    path = site.root / VHOST
    before = path.read_text()
    path.write_text(before.replace("location / {", "location /hello { return 299; }\n  location / {"))
    return before


def workers(site: Installation) -> set[int]:
    """The worker processes of nginx."""
    master = site.pids()["nginx"]
    return {int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()}


def by_ctl(site: Installation) -> None:
    site.ctl("hup", "nginx")


def by_signal(site: Installation) -> None:
    os.kill(site.pids()["nginx"], signal.SIGHUP)


@pytest.mark.parametrize("reload", [by_ctl, by_signal])
def test_vhost_changed_by_hand_is_put_right_in_the_process_too(
    running_site: Installation, reload: Callable[[Installation], None]
) -> None:
    site = running_site
    before = greet(site)
    edited = (site.root / VHOST).read_text()
    reload(site)
    wait_for(lambda: says_hello(site))
    assert f"{site.root / VHOST} was changed by hand" in site.ctl("status", "--json").stdout
    assert "location /hello" in site.ctl("diff", "--edited").stdout
    told = json.loads(site.reconfigure("--dry-run", "--json").stdout)
    assert told["services"] == {"nginx": "reload"}
    assert told["files"] == {"nginx/service_conf/gitlab-registry.conf": "restored"}
    done = site.reconfigure()
    aside = site.layout.edits / "1/nginx/service_conf/gitlab-registry.conf"
    assert f"{site.root / VHOST} was changed by hand; its text is kept as {aside}" in done.stderr
    assert "+  location /hello { return 299; }" in done.stderr
    assert "reloaded nginx" in done.stdout
    assert aside.read_text() == edited
    assert aside.stat().st_mode & 0o7777 == 0o600
    assert (site.root / VHOST).read_text() == before
    wait_for(lambda: not says_hello(site))
    assert serves(site)
    assert "nothing to do" in site.reconfigure().stdout
    assert site.ctl("diff", "--edited").stdout == ""
    assert "by hand" not in site.ctl("status", "--json").stdout


def test_vhost_changed_and_put_back_by_hand_is_read_anew(running_site: Installation) -> None:
    site = running_site
    before = greet(site)
    by_signal(site)
    wait_for(lambda: says_hello(site))
    path = site.root / VHOST
    path.write_text(before)
    assert in_force(site) == []
    assert f"{path} was touched by hand" in site.ctl("status", "--json").stdout
    assert "reloaded nginx" in site.reconfigure().stdout
    wait_for(lambda: not says_hello(site))
    assert "nothing to do" in site.reconfigure().stdout


def test_file_put_beside_the_vhost_is_kept_and_read_no_more(running_site: Installation) -> None:
    site = running_site
    mine = (site.root / VHOST).with_name("mine.conf")
    mine.write_text(f"server {{ listen 127.0.0.1:{site.http_port}; }}\n".replace("listen", "# listen"))
    assert f"{mine} was put there by hand" in site.ctl("status", "--json").stdout
    done = site.reconfigure()
    assert "reloaded nginx" in done.stdout
    assert not mine.exists()
    assert (site.layout.edits / "1/nginx/service_conf/mine.conf").read_text().startswith("server")
    assert "nothing to do" in site.reconfigure().stdout


def test_main_configuration_removed_by_hand_is_written_again(running_site: Installation) -> None:
    site = running_site
    path = site.root / "var/opt/gitlab/nginx/conf/nginx.conf"
    path.unlink()
    assert f"{path} was removed by hand" in site.ctl("status", "--json").stdout
    assert "reloaded nginx" in site.reconfigure().stdout
    assert path.exists()
    assert serves(site)


def _config(site: Installation) -> None:
    path = site.root / CONFIG
    path.write_text(path.read_text().replace('"info"', '"debug"'))


def _environment(site: Installation) -> None:
    (site.layout.current / "registry-env/REGISTRY_LOG_LEVEL").write_text("debug")


def _script(site: Installation) -> None:
    path = site.layout.current / "runit/registry/run"
    path.write_text(path.read_text().replace("exec env -i", "exec env -i EDITED=yes"))


@pytest.mark.parametrize("edit", [_config, _environment, _script])
def test_registry_that_was_started_with_an_edit_is_exchanged(
    running_site: Installation, edit: Callable[[Installation], None]
) -> None:
    site = running_site
    edit(site)
    site.ctl("restart", "registry")
    before = site.pids()
    done = site.reconfigure()
    assert "by hand" in done.stderr
    assert "restarted registry" in done.stdout
    after = site.pids()
    assert after["registry"] != before["registry"]
    assert after["nginx"] == before["nginx"]
    words = Path(f"/proc/{after['registry']}/environ").read_bytes()
    assert b"EDITED" not in words
    assert b"LOG_LEVEL" not in words
    assert serves(site)
    assert "nothing to do" in site.reconfigure().stdout


def test_certificate_that_was_read_and_put_back_is_read_anew(running_site: Installation) -> None:
    site = running_site
    key = site.certificate.with_suffix(".key")
    before = site.certificate.read_bytes(), key.read_bytes()
    site.renew()
    by_signal(site)
    wait_for(lambda: serves(site))
    site.certificate.write_bytes(before[0])
    key.write_bytes(before[1])
    assert not serves(site)
    assert f"{key} was touched" in site.ctl("status", "--json").stdout
    assert "reloaded nginx" in site.reconfigure().stdout
    wait_for(lambda: serves(site))
    assert "nothing to do" in site.reconfigure().stdout


def test_foreign_file_in_a_links_place_is_not_read_on(running_site: Installation) -> None:
    site, path = running_site, running_site.root / CONFIG
    own = path.readlink()
    text = path.read_text()
    path.unlink()
    path.write_text(text.replace('"info"', '"debug"'))
    site.ctl("restart", "registry")
    before = site.pids()["registry"]
    assert f"{path} was changed by hand" in site.ctl("status", "--json").stdout
    # Put back by hand: the link is right, and yet the process has read something else.
    path.unlink()
    path.symlink_to(own)
    assert "restarted registry" in site.reconfigure().stdout
    assert site.pids()["registry"] != before
    assert "nothing to do" in site.reconfigure().stdout


def test_gitlabs_own_file_is_put_right_and_touches_no_service(running_site: Installation) -> None:
    site = running_site
    path = site.root / "var/opt/gitlab/gitlab-rails/etc/gitlab.yml"
    path.write_text("production: {}\n")
    before = site.pids(), workers(site)
    done = site.reconfigure()
    assert f"{path} was changed by hand" in done.stderr
    assert "registry" in path.read_text()
    assert (site.pids(), workers(site)) == before


def test_run_that_dies_between_the_healing_and_the_reload_is_made_up_for(running_site: Installation) -> None:
    site = running_site
    greet(site)
    by_signal(site)
    wait_for(lambda: says_hello(site))
    killed = site.root / "killed"
    killed.mkdir()
    (killed / "sitecustomize.py").write_text(
        "import os, signal\nfrom ctl.supervise import control\n"
        "control.tell = lambda *words: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = run(site, "reconfigure", PYTHONPATH=str(killed))
    assert done.returncode == -signal.SIGKILL
    assert in_force(site) == []
    assert owed.read(site.layout) == {"nginx": "reload"}
    assert says_hello(site)
    assert json.loads(site.reconfigure("--dry-run", "--json").stdout)["services"] == {"nginx": "reload"}
    assert "reloaded nginx" in site.reconfigure().stdout
    wait_for(lambda: not says_hello(site))
    assert "nothing to do" in site.reconfigure().stdout


def test_edit_is_shown_without_the_secrets_that_are_in_it(running_site: Installation) -> None:
    site = running_site
    path = site.root / CONFIG
    secret = secret_values(site)[0]
    path.write_text(path.read_text().replace('"info"', '"debug"') + f"# {secret}\nnotes: a{secret}b\n")
    key = site.layout.current / "gitlab/gitlab-registry.key"
    key.write_text(key.read_text() + "x\n")
    (site.layout.current / "registry-env/MINE").write_text("hunter2")
    shown = [
        site.ctl("diff", "--edited").stdout,
        site.reconfigure("--diff").stdout,
        site.reconfigure().stderr,
    ]
    for text in shown:
        assert 'level: "debug"' in text
        for hidden in (*secret_values(site), "hunter2"):
            assert hidden not in text
    assert (site.layout.edits / "1/registry/config.yml").read_text().endswith("b\n")


def test_edit_is_shown_without_secrets_that_no_settings_know(running_site: Installation) -> None:
    site = running_site
    config, vhost = site.root / CONFIG, site.layout.current / "nginx/service_conf/gitlab-registry.conf"
    config.write_text(
        config.read_text().replace("secret: ", 'secret: "CANARY-http" #')
        + "proxy: {remoteurl: 'https://u:CANARY-pass@h.example/?sig=CANARY-sig', username: shown}\n"
        + "redis: {password: password}\n"
        + "notifications: {endpoints: [{name: shown-too, headers: {X-Any: [CANARY-one, CANARY-two]}}]}\n"
    )
    vhost.write_text(
        '# set $api_token "CANARY-set"; set $to "http://CANARY-user@127.0.0.1:1";\n' + vhost.read_text()
    )
    shown = [site.ctl("diff", "--edited"), site.reconfigure("--dry-run", "--diff"), site.reconfigure()]
    for text in (done.stdout + done.stderr for done in shown):
        assert "username: shown" in text
        assert "shown-too" in text
        assert "CANARY" not in text
        assert "password: password" not in text


def logged(site: Installation) -> list[str]:
    """Let the registry write a line to its log, and return what stands there now."""
    status(site)
    return (site.layout.logs / "registry/current").read_text().splitlines()


def test_log_service_reads_its_changed_settings(running_site: Installation) -> None:
    site = running_site
    wait_for(lambda: logged(site))
    before = site.pids()
    site.write("registry['svlogd_prefix'] = 'mine: '")
    site.reconfigure()
    wait_for(lambda: "mine: " in logged(site)[-1])
    assert site.pids() == before
    config = site.layout.logs / "registry/config"
    config.write_text(config.read_text().replace("mine", "edited"))
    pid = log_process_of(site.layout, "registry")
    assert pid is not None
    os.kill(pid.pid, signal.SIGHUP)
    wait_for(lambda: "edited: " in logged(site)[-1])
    assert f"{config} was changed by hand" in site.reconfigure().stderr
    wait_for(lambda: "mine: " in logged(site)[-1])
    assert site.pids() == before


def test_edits_of_the_same_file_are_all_kept(running_site: Installation) -> None:
    site = running_site
    for number, level in enumerate(("debug", "warn"), 1):
        path = site.root / CONFIG
        path.write_text(path.read_text().replace('"info"', f'"{level}"'))
        site.reconfigure()
        assert f'"{level}"' in (site.layout.edits / f"{number}/registry/config.yml").read_text()
