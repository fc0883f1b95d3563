"""A canary in every place that holds a secret: no command shows one, whether it succeeds or fails."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.cli.program import whole
from ctl.supervise.logs import log_directory
from tests.system.installation import Installation, wait_for
from tests.system.watching import run, secret_values

pytestmark = pytest.mark.both_registries(soak=True)

BASIC = "dXNlcjpDQU5BUlktYmFzaWM="  # user:CANARY-basic
SECRETIVE = (
    "registry['http_secret'] = 'CANARY-http-secret'",
    "registry['env'] = { 'PLAIN' => 'CANARY-env', 'HTTPS_PROXY' => 'http://user:CANARY-proxy@127.0.0.1:1',"
    " 'NO_PROXY' => '*', 'FROM' => ENV['CANARY'], 'API_TOKEN' => 'CANARY-api-token' }",
    "registry['notifications'] = [",
    "  { 'name' => 'one', 'url' => 'http://user:CANARY%40user@127.0.0.1:1/?CANARY-query',",
    "    'headers' => { 'Authorization' => ['Bearer CANARY-bearer'], 'X-Any' => ['CANARY-\"any\" a'],",
    "    'X-Odd' => ['ä\u00ad<CANARY>'] } },",
    "  { 'name' => 'two', 'url' => 'http://127.0.0.1:1/?sig=CANARY-sig&x=CANARY-parameter' }",
    "]",
    "registry['default_notifications_headers'] = { 'X-Default' => ['CANARY-default'] }",
    "gitlab_rails['registry_notification_secret'] = 'CANARY-notification'",
    "gitlab_rails['smtp_password'] = 'CANARY-smtp'",
    f"registry['nginx']['proxy_set_headers'] = {{ 'X-Basic' => 'Basic {BASIC}', 'X-Own' => 'CANARY-own' }}",
    "registry['nginx']['custom_gitlab_server_config'] ="
    ' \'set $token "CANARY-custom"; set $target "http://u:CANARY-pass@127.0.0.1:1";\'',
    "registry['redis'] = { 'password' => 'CANARY-redis' }",
)
CANARIES = ("CANARY", BASIC, "hidden-in-env")
WORDS: dict[str, list[list[str]]] = {
    "reconfigure": [[], ["--dry-run", "--diff"], ["--diff", "--json"], ["--dry-run", "--json"]],
    "rollback": [["--json"], ["99"]],
    "diff": [[], ["1", "2"], ["--edited"]],
    "diff-config": [[], ["--all"]],
    "check": [[], ["--json"]],
    "registry-usage": [[], ["--json"], ["--csv"]],
    "validate": [[], ["--format", "json"], ["--offline"]],
    "show-config": [[], ["--json"], ["--format", "yaml"]],
    "tail": [["--no-follow", "-n", "1000"], ["registry", "--no-follow", "-n", "1000"]],
    "status": [[], ["--json"]],
    "history": [[], ["--json"]],
    "explain": [["registry.env"], ["registry.nginx.proxy_set_headers", "--json"]],
    "render": [["-o", "TREE"], ["--target", "files"], ["--target", "files", "-o", "TEXTS", "--json"]],
    "set-readonly": [["on", "--reason", "why"], ["status"], ["off"]],
    "registry-garbage-collect": [[], ["-m", "--json"], ["-y", "--min-age", "0s"]],
    "registry-token": [["--scope", "repository:a:pull"]],
    "rotate-registry-key": [["--status"], [], ["--status", "--json"], ["--finish"]],
    "backup-etc": [["-p", "BACKUPS"]],
    "completion": [["bash"]],
}
JSON: tuple[list[str], ...] = ([], ["--json"])
# They end what the others need.
LAST = ("stop", "shutdown")
SLOW = ("undo-take-over", "registry-garbage-collect-schedule")


@pytest.fixture
def secretive(site: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation whose settings hold a canary at every place of a secret."""
    monkeypatch.setenv("CANARY", "hidden-in-env")
    site.write(*SECRETIVE)
    site.settings.chmod(0o600)
    return site


def seen(text: str, site: Installation) -> list[str]:
    """Return the lines of a text that hold a secret."""
    wanted = [*CANARIES, *secret_values(site)]
    return [line for line in text.splitlines() if any(secret in line for secret in wanted)]


def commands(site: Installation) -> Iterator[list[str]]:
    """Yield every command, each with the words that make it say most; those that stop all come last."""
    names = [str(command.name) for command in whole().registered_commands]
    assert len(names) > 25
    assert set(WORDS) <= set(names), set(WORDS) - set(names)
    for name in sorted(names, key=lambda name: (name in LAST, name)):
        if name not in SLOW:
            for words in WORDS.get(name, [[]]):
                yield [name, *(str(site.root / word) if word.isupper() else word for word in words)]


def test_canary_is_shown_by_no_command_that_succeeds(secretive: Installation) -> None:
    site = secretive
    said = {"first": run(site, "reconfigure")}
    assert said["first"].returncode == 0, said["first"].stderr
    (site.root / "BACKUPS").mkdir(mode=0o700)
    site.write(*SECRETIVE, "registry['log_level'] = 'debug'")
    for words in commands(site):
        said[" ".join(words)] = run(site, *words)
    assert {
        name: lines for name, done in said.items() if (lines := seen(done.stdout + done.stderr, site))
    } == {}
    log = log_directory(site.layout, "registry")
    assert log is not None
    assert "CANARY-bearer" in (log / "current").read_text(), "the registry does not log what is looked for"
    assert "configuring endpoint" in said["tail registry --no-follow -n 1000"].stdout
    assert sum(done.returncode == 0 for done in said.values()) > 30, {
        name: done.stderr for name, done in said.items() if done.returncode
    }


def test_canary_is_shown_raw_and_revealed_to_those_who_ask(secretive: Installation) -> None:
    secretive.reconfigure()
    said = secretive.ctl("tail", "registry", "--no-follow", "-n", "1000", "--raw").stdout
    assert "CANARY-bearer" in said
    said = secretive.ctl("show-config", "--reveal-secrets").stdout
    for canary in ("CANARY-env", "CANARY-own", "CANARY-parameter", "CANARY-custom"):
        assert canary in said


FAILURES = {
    # The registry logs its endpoints and ends: the log's end stands in the error.
    "start": ["registry['middleware'] = { 'storage' => [{ 'name' => 'none-such', 'options' => {} }] }"],
    "nginx": ["nginx['custom_nginx_config'] = 'set $token \"CANARY-nginx\"; proxy_bad \"CANARY-nginx\";'"],
    "syntax": ["registry['env'] = {", "  'A' => 'CANARY-line'", "  'B' => 'CANARY-next'", "}"],
    "cut": ["registry['nginx']['proxy_set_headers'] = { 'X-A' => 'CANARY-cut, 'X-B' => 'CANARY-rest' }"],
    "value": ["registry['nginx']['proxy_set_headers'] = { 'X-Own' => 'CANARY-own$', 'X' => 'CANARY-own' }"],
    "url": [
        "registry['notifications'] = [{ 'name' => 'a', 'url' => 'ftp://u:CANARY-user@h/?sig=CANARY-sig' }]"
    ],
    "unknown": ["registry['nope'] = 'CANARY-http-secret'"],
}


@pytest.mark.parametrize("failure", FAILURES)
def test_canary_is_shown_by_no_command_that_fails(secretive: Installation, failure: str) -> None:
    site = secretive
    site.reconfigure()
    site.write(*SECRETIVE, *FAILURES[failure])
    for words in (
        ["reconfigure"],
        ["reconfigure", "--json"],
        ["validate"],
        ["validate", "--format", "json"],
        ["show-config"],
        ["diff-config"],
        ["check-config"],
        ["reconfigure", "--diff"],
        ["history"],
        ["history", "--json"],
        ["tail", "--no-follow", "-n", "1000"],
        ["status"],
    ):
        done = run(site, *words)
        assert seen(done.stdout + done.stderr, site) == [], words
    assert run(site, "reconfigure").returncode != 0


STORES = {
    "s3": "'accesskey' => 'CANARY-access', 'secretkey' => 'CANARY-secret', 'bucket' => 'b', 'region' => 'eu',"
    " 'regionendpoint' => 'https://u:CANARY-endpoint@h.example/'",
    "azure": "'accountname' => 'a', 'accountkey' => 'CANARYkey=', 'container' => 'c',"
    " 'serviceurl' => 'https://h.example/?sv=1&sig=CANARY-sig'",
    "swift": "'username' => 'u', 'password' => 'CANARY-password', 'container' => 'c',"
    " 'authurl' => 'https://CANARY-url@h.example/v3', 'trustid' => 'CANARY-trust'",
    "gcs": "'bucket' => 'b',"
    " 'credentials' => { 'type' => 'service_account', 'private_key' => 'CANARY-private' }",
    "oss": "'accesskeyid' => 'a', 'accesskeysecret' => 'CANARY-secret', 'region' => 'r', 'bucket' => 'b'",
}
SHORT = ("azure", "swift")
MIDDLEWARE = (
    "registry['middleware'] = { 'storage' => [{ 'name' => 'cloudfront', 'options' => {"
    " 'baseurl' => 'https://CANARY-base@cdn.example/', 'privatekey' => '/etc/gitlab/cdn.pem' } }] }"
)


@pytest.mark.parametrize(
    "driver", [pytest.param(driver, marks=() if driver in SHORT else pytest.mark.soak) for driver in STORES]
)
def test_canary_of_a_store_is_shown_by_no_command(site: Installation, driver: str) -> None:
    site.write(f"registry['storage'] = {{ '{driver}' => {{ {STORES[driver]} }} }}", MIDDLEWARE)
    site.settings.chmod(0o600)
    config = site.root / "config.yml"
    for words in (
        ["render", "--target", "files", "-o", str(site.root / "TEXTS")],
        ["validate", "--offline", "--format", "json"],
        *(
            [*command, *form]
            for command in (["show-config"], ["render", "--target", "files"])
            for form in JSON
        ),
        *(["diff-config", *more] for more in ([], ["--all"])),
        *(["reconfigure", "--dry-run", "--diff", *form] for form in JSON),
        ["registry-usage", str(config)],
        ["registry-garbage-collect", str(config), "--engine", "registry", "--yes"],
    ):
        done = run(site, *words)
        assert seen(done.stdout + done.stderr, site) == [], words
        if words[0] == "render" and "-o" in words:
            assert done.returncode == 0, done.stderr
            config.write_text((site.root / "TEXTS/config.yml").read_text())
            assert "CANARY" in config.read_text()


def test_canary_lies_on_disk_where_those_alone_who_need_it_can_read_it(secretive: Installation) -> None:
    site = secretive
    site.reconfigure()
    (site.root / "BACKUPS").mkdir(mode=0o700)
    for words in (["backup-etc", "-p", str(site.root / "BACKUPS")], ["rotate-registry-key"], ["reconfigure"]):
        site.ctl(*words)
    log = log_directory(site.layout, "registry")
    assert log is not None
    wait_for(lambda: b"CANARY-bearer" in (log / "current").read_bytes())
    wanted = [value.encode() for value in (*CANARIES, *secret_values(site))]
    paths = {
        path
        for path in site.root.rglob("*")
        if stat.S_ISREG(path.lstat().st_mode) and any(value in path.read_bytes() for value in wanted)
    }
    assert len({path.name for path in paths}) > 10
    assert [path for path in paths if reached_by_all(path, site.root)] == []
    shared = {path for path in paths if path.stat().st_mode & 0o077}
    # What a service reads is its group's as well; the log is closed by its directory.
    assert {path.parent.name for path in shared} == {"registry", "standby", "service_conf", "gitlab"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in shared if path.name != "current"} == {0o640}
    assert "masked.json" not in {path.name for path in paths}
    assert "history.log" not in {path.name for path in paths}


def reached_by_all(path: Path, root: Path) -> bool:
    """Whether everybody can read a file."""
    ways = [directory for directory in path.parents if directory.is_relative_to(root) and directory != root]
    return bool(path.stat().st_mode & 0o004) and all(directory.stat().st_mode & 0o001 for directory in ways)
