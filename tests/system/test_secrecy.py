"""No secret is shown to anybody, on the screen or on the disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.system.installation import Installation
from tests.system.test_kill import exposed
from tests.system.watching import run, secret_values

pytestmark = pytest.mark.both_registries(soak=True)

PASSWORD = "a-pass-word-of-s3"
HEADER = "the-header-of-an-endpoint"
WORDS = [
    ("reconfigure", "--diff"),
    ("reconfigure", "--dry-run"),
    ("reconfigure", "--diff", "--json"),
    ("reconfigure", "--dry-run", "--json"),
    ("validate",),
    ("validate", "--format", "json"),
    ("history",),
    ("history", "--json"),
    ("diff",),
    ("diff", "1", "2"),
    ("diff", "2", "1"),
    ("status",),
]


def secretive(site: Installation, value: str) -> None:
    """Write settings full of secrets."""
    site.write(
        f"registry['notifications'] = [{{'name' => 'one', 'url' => 'https://user:{PASSWORD}{value}@h.example',"
        f" 'headers' => {{'Authorization' => ['{HEADER}{value}']}}}}]",
        f"registry['env'] = {{'API_TOKEN' => 'an-api-token-{value}'}}",
        f"gitlab_rails['registry_notification_secret'] = 'notification-secret-{value}'",
    )


def seen(text: str, site: Installation) -> list[str]:
    own = [PASSWORD, HEADER, "an-api-token-", "notification-secret-"]
    return [secret for secret in [*secret_values(site), *own] if secret in text]


def test_secrets_are_masked_in_every_output(site: Installation) -> None:
    secretive(site, "1")
    said = [run(site, "reconfigure")]
    secretive(site, "2")
    said.append(run(site, "reconfigure", "--json"))
    secretive(site, "3")
    said += [run(site, *words) for words in WORDS]
    assert seen(site.settings.read_text(), site), "the settings hold no secret to look for"
    for done in said:
        assert done.returncode == 0, done.stderr
        assert seen(done.stdout + done.stderr, site) == []
    assert "differ in a secret" in said[2].stdout or "+" in said[2].stdout


@pytest.mark.parametrize("line", ["registry['http_secret'] = ['{}']", "registry['internal_key'] = '{}'"])
def test_secret_in_a_wrong_setting_is_not_shown_in_the_error(running_site: Installation, line: str) -> None:
    running_site.write(line.format(PASSWORD))
    for words in (("reconfigure",), ("validate", "--format", "json")):
        done = run(running_site, *words)
        assert done.returncode == 3
        assert PASSWORD not in done.stdout + done.stderr


def test_files_with_secrets_are_for_those_who_need_them(site: Installation) -> None:
    secretive(site, "1")
    site.reconfigure()
    assert exposed(site) == []
    own = (PASSWORD, HEADER, "an-api-token-", "notification-secret-", *secret_values(site))
    holding = {
        str(path.relative_to(site.root)): stat.S_IMODE(path.stat().st_mode)
        for path in site.root.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and "current" not in path.parts
        and any(secret in path.read_text(errors="replace") for secret in own)
        and path != site.settings
    }
    generation = "var/opt/gitlab/ctl/generations/1"
    assert holding == {
        "etc/gitlab/gitlab-secrets.json": 0o600,
        f"{generation}/settings.json": 0o600,
        f"{generation}/secrets.json": 0o600,
        f"{generation}/registry/config.yml": 0o640,
        f"{generation}/registry/config-readonly.yml": 0o640,
        f"{generation}/registry/standby.yml": 0o640,
        f"{generation}/registry/standby-readonly.yml": 0o640,
        f"{generation}/registry-env/API_TOKEN": 0o600,
        f"{generation}/gitlab/gitlab.yml": 0o640,
        f"{generation}/gitlab/gitlab-registry.key": 0o640,
    }
    for place in ("registry", "registry-env", "gitlab"):
        assert stat.S_IMODE((site.root / generation / place).stat().st_mode) == 0o750


def test_secrets_are_on_no_command_line_and_in_no_environment_but_the_registrys(site: Installation) -> None:
    secretive(site, "1")
    site.reconfigure()
    registry = site.pids()["registry"]
    for pid in site.processes():
        assert seen(Path(f"/proc/{pid}/cmdline").read_text(errors="replace"), site) == []
        environment = Path(f"/proc/{pid}/environ").read_text(errors="replace")
        assert seen(environment, site) == (["an-api-token-"] if pid == registry else [])
