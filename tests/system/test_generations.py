"""Going back and looking back: rollback, history, diff, pruning, and runs that change nothing."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ctl.apply import applied, generation
from ctl.apply.manifest import Launch
from ctl.credentials.keypair import generate
from tests.system.installation import Installation
from tests.system.watching import dangling, half_done, in_force, listing, refused, run, secret_values, serves

pytestmark = pytest.mark.both_registries(soak=True)


def config(site: Installation) -> str:
    return (site.root / "var/opt/gitlab/registry/config.yml").read_text()


def three(site: Installation) -> Installation:
    """Come to generation 3: levels warn, error, debug."""
    for level in ("warn", "error", "debug"):
        site.write(f"registry['log_level'] = '{level}'")
        site.reconfigure()
    return site


def test_rollback_puts_the_settings_before_in_force_and_says_what_comes_next(site: Installation) -> None:
    three(site)
    done = site.ctl("rollback")
    assert 'level: "error"' in config(site)
    assert site.generation == 4
    assert "was not changed; the next ctl reconfigure puts it in force again" in done.stderr
    assert serves(site)
    done = site.ctl("rollback", "1")
    assert 'level: "warn"' in config(site)
    assert "restarted registry" in done.stdout
    # gitlab.rb says debug.
    site.reconfigure()
    assert 'level: "debug"' in config(site)
    assert "nothing to do" in site.reconfigure().stdout


def test_rollback_to_the_settings_in_force_is_undone_by_a_reconfigure_all_the_same(
    site: Installation,
) -> None:
    three(site)
    site.write("registry['log_level'] = 'error'")
    site.ctl("rollback", "3")
    site.reconfigure()
    assert 'level: "error"' in config(site)


def test_rollback_uses_the_key_of_today(running_site: Installation) -> None:
    site = running_site
    before = secret_values(site)
    site.write("registry['log_level'] = 'warn'")
    site.reconfigure()
    rotate(site)
    site.reconfigure()
    today = secret_values(site)
    assert not set(before) & set(today)
    site.ctl("rollback", "1")
    assert 'level: "info"' in config(site)
    key = (site.root / "var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key").read_text()
    assert all(line in key for line in today[1:])
    assert before[0] not in config(site)
    assert today[0] in config(site)
    assert serves(site)


def rotate(site: Installation) -> None:
    """Put other secrets in the file, as an administrator would."""
    file = site.layout.secrets_file
    document = json.loads(file.read_text())
    pair = generate(datetime.now(UTC))
    document["registry"] = {
        "http_secret": "0123456789" * 6,
        "internal_key": pair.key_pem,
        "internal_certificate": pair.certificate_pem,
    }
    file.write_text(json.dumps(document))


def test_rollback_to_what_is_not_there_is_refused(running_site: Installation) -> None:
    assert "there is no earlier generation" in refused(run(running_site, "rollback"), 1)
    assert "there is no generation 7" in refused(run(running_site, "rollback", "7"), 1)
    assert "there is no generation 7" in refused(run(running_site, "diff", "7"), 1)
    assert running_site.generation == 1


def test_history_tells_when_who_what_and_the_result(running_site: Installation) -> None:
    site = running_site
    site.write("registry['nginx']['custom_gitlab_server_config'] = 'nonsense'")
    refused(run(site, "reconfigure"), 1)
    site.write("registry['log_level'] = 'warn'")
    assert run(site, "reconfigure", SUDO_USER="alice").returncode == 0
    site.ctl("rollback")
    entries = json.loads(site.ctl("history", "--json").stdout)
    assert [(entry["command"], entry["result"], entry["generation"]) for entry in entries] == [
        ("reconfigure", "done", 1),
        ("reconfigure", "failed", None),
        ("reconfigure", "done", 2),
        ("rollback 1", "done", 3),
    ]
    assert entries[2]["who"] == "alice (as root)"
    assert "restarted registry" in entries[2]["what"]
    assert "nginx refuses the generated configuration" in entries[1]["what"]
    shown = site.ctl("history").stdout.splitlines()
    assert len(shown) == 4
    assert shown[-1].startswith("*   3  ")


def test_old_generations_are_pruned_and_the_one_before_is_kept(running_site: Installation) -> None:
    site = running_site
    for number in range(5):
        site.write(
            f"registry['log_level'] = '{('warn', 'error')[number % 2]}'", "ctl['keep_generations'] = 2"
        )
        site.reconfigure()
    assert sorted(path.name for path in site.layout.generations.iterdir()) == ["5", "6"]
    site.ctl("rollback")
    assert sorted(path.name for path in site.layout.generations.iterdir()) == ["6", "7"]


def test_dry_run_makes_no_secret_and_changes_nothing(site: Installation) -> None:
    site.layout.secrets_file.unlink()
    before = listing(site.root)
    for words in (
        ("--dry-run",),
        ("--diff",),
        ("--dry-run", "--diff"),
        ("--dry-run", "--json"),
        ("--diff", "--json"),
    ):
        done = site.reconfigure(*words)
        if "--diff" in words:
            assert "<will be generated>" in done.stdout
        assert "PRIVATE KEY" not in done.stdout
        assert listing(site.root) == before
    assert "new secrets: will be generated" in site.reconfigure("--dry-run").stdout
    assert json.loads(site.reconfigure("--dry-run", "--json").stdout)["secrets"] is True


def test_dry_run_tells_what_the_run_then_does(running_site: Installation) -> None:
    site = running_site
    site.write("registry['log_level'] = 'warn'", "registry['nginx']['hsts_max_age'] = 7")
    told = json.loads(site.reconfigure("--dry-run", "--json").stdout)
    assert told["services"] == {"registry": "restart", "nginx": "reload"}
    assert site.generation == 1
    done = json.loads(site.reconfigure("--json").stdout)
    assert sorted(told["files"]) == done["files"]
    assert done["services"] == "restarted registry; reloaded nginx"
    assert "nothing would change" in site.reconfigure("--dry-run").stdout


def test_generation_of_the_version_before_works_and_is_adopted_silently(running_site: Installation) -> None:
    site = running_site
    path = site.layout.generations / "1/manifest.json"
    document = json.loads(path.read_text())
    del document["launch"]
    path.write_text(json.dumps(document, indent=1))
    assert json.loads(site.ctl("status", "--json").stdout)["not_applied"] == []
    site.ctl("registry-garbage-collect", "--dry-run")
    site.ctl("restart", "registry")
    before = site.pids()
    # As a new version does, which is told by its files.
    applied.forget(site.layout)
    done = json.loads(site.reconfigure("--json").stdout)
    assert (done["services"], done["files"], done["notes"], done["gitlab"]) == ("", [], [], "")
    assert site.pids() == before
    adopted = generation.load(site.layout, site.generation).manifest.launch
    assert adopted == Launch(None, None, str(site.root / "var/opt/gitlab/registry"))
    assert "nothing to do" in site.reconfigure().stdout


def test_render_into_a_directory_touches_nothing_else(running_site: Installation, tmp_path: Path) -> None:
    site = running_site
    before = listing(site.root), site.pids()
    target = tmp_path / "rendered"
    done = site.ctl("render", "-o", str(target))
    assert f"into {target}" in done.stdout
    assert (listing(site.root), site.pids()) == before
    assert {path.name for path in tmp_path.iterdir()} == {"rendered"}
    secrets = target / "etc/gitlab/gitlab-secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    # Its own secrets, not those of the machine.
    assert not set(secret_values(site)) & set(json.loads(secrets.read_text())["registry"].values())
    assert (target / "var/opt/gitlab/registry/config.yml").is_symlink()
    assert dangling(target) == []
    once = listing(target)
    site.ctl("render", "-o", str(target))
    twice = listing(target)
    # The lock holds the number of the last process.
    lock = "var/opt/gitlab/ctl/lock"
    assert twice == {**once, lock: twice[lock]}


def test_files_changed_by_hand_in_a_generation_are_noticed(running_site: Installation) -> None:
    site = running_site
    inside = site.layout.current / "registry/config.yml"
    inside.write_text(inside.read_text().replace('"info"', '"debug"'))
    site.reconfigure()
    assert site.generation == 2
    assert in_force(site) == []
    assert 'level: "info"' in config(site)
    assert half_done(site.root) == []


def test_settings_changed_while_a_run_is_at_work_are_not_taken_for_applied(
    running_site: Installation,
) -> None:
    """The registry's own program changes the settings file, just when it is asked for its version."""
    site = running_site
    program = site.root / "slow"
    program.write_text(
        "#!/bin/sh\n"
        f"[ \"$1\" != --version ] || [ -e {site.root}/done ] || echo \"registry['log_level'] = 'warn'\""
        f" >> {site.settings}\n"
        f': > {site.root}/done\nexec /usr/bin/docker-registry "$@"\n'
    )
    program.chmod(0o755)
    site.write(f"ctl['registry_binary'] = '{program}'")
    site.reconfigure()
    assert 'level: "info"' in config(site)
    site.reconfigure()
    assert 'level: "warn"' in config(site)
