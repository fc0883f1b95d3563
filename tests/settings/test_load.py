from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from ctl.settings.load import load
from ctl.syntax.model import Value
from tests.settings.reading import URLS, findings, loaded, only, pointed_at, read, settings_of


def test_load_without_settings_of_registry_gives_defaults() -> None:
    result = loaded("external_url 'https://gitlab.example.com'\n")
    assert result.diagnostics == []
    assert result.settings is not None
    assert result.settings.registry.enable is None
    assert result.settings.gitlab_rails.registry_issuer == "omnibus-gitlab-issuer"


def test_unknown_key_is_refused_at_its_place_with_suggestion() -> None:
    text = "registry['enabled'] = true\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "unknown-setting")
    assert diagnostic.message == "registry['enabled'] is not a setting"
    assert diagnostic.help == "did you mean registry['enable']?"
    assert pointed_at(text, diagnostic) == "'enabled'"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("registry['ssl_certificate'] = '/a'", "did you mean registry['nginx']['ssl_certificate']?"),
        ("registry['nginx']['registry_http_addr'] = 'a'", "did you mean registry['registry_http_addr']?"),
        ("registry['registry_path'] = '/a'", "did you mean gitlab_rails['registry_path']?"),
        ("registry['registry_external_url'] = 'https://a'", "did you mean registry_external_url?"),
        ("gitlab_rails['registry_http_addr'] = 'a:1'", "did you mean registry['registry_http_addr']?"),
        (
            "registry['storage']['delete']['enable'] = true",
            "did you mean registry['storage']['delete']['enabled']?",
        ),
        ("registry['storage']['s3']['buckets'] = 'a'", "did you mean registry['storage']['s3']['bucket']?"),
        ("ctl['registry_flavor'] = 'gitlab'", "did you mean ctl['registry_flavour']?"),
        (
            "registry['zzz'] = 1",
            "if it is newer than this ctl, add 'registry.zzz' to ctl['allow_unknown']",
        ),
    ],
)
def test_unknown_key_is_answered_with_what_was_meant(text: str, help: str) -> None:
    diagnostics = [finding for finding in findings(text) if finding.code == "unknown-setting"]
    assert [diagnostic.help for diagnostic in diagnostics] == [help]


def test_unknown_key_inside_array_is_pointed_at() -> None:
    text = "registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://h/', 'retries' => 5 }]\n"
    diagnostic = only(text)
    assert diagnostic.message == "registry['notifications'][0]['retries'] is not a setting"
    assert diagnostic.help == "did you mean registry['notifications'][0]['maxretries']?"
    assert pointed_at(text, diagnostic) == "'retries'"


def test_foreign_sections_are_left_alone() -> None:
    text = (
        "nginx['gzip_enabled'] = 4\nnginx['enable'] = false\npuma['zzz'] = {}\nuser['home'] = 5\n"
        "letsencrypt['zzz'] = ['a']\ngitlab_rails['smtp_enable'] = true\nweb_server['x'] = 1\n"
    )
    assert findings(text) == []
    settings = settings_of(text)
    assert settings.nginx.enable is False
    assert settings.letsencrypt.enable is None


def test_registry_setting_of_gitlab_rails_unknown_is_refused() -> None:
    assert (
        only("gitlab_rails['registry_keypath'] = '/a'\n").help
        == "did you mean gitlab_rails['registry_key_path']?"
    )


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("registry = 5\n", None, None),
        ("registry['storage'] = 5", "registry['storage']: a hash is expected", "5"),
        ("registry['env'] = ['a']", "registry['env']: a hash is expected", "['a']"),
        ("registry['notifications'] = {}", "registry['notifications']: an array is expected", "{}"),
        (
            "registry['nginx']['listen_port'] = 'x'",
            "registry['nginx']['listen_port']: a whole number is expected, this is a string",
            "'x'",
        ),
        (
            "registry['env'] = { 'A B' => 'c' }",
            "registry['env']['A B']: the name of an environment variable holds letters, digits and _ only",
            "'A B'",
        ),
        (
            "registry['middleware'] = { 'stroage' => [] }",
            "registry['middleware']['stroage']: one of registry, repository, storage is expected",
            "'stroage'",
        ),
    ],
)
def test_wrong_value_is_refused_at_its_place(text: str, message: str | None, place: str | None) -> None:
    if message is None:
        # A Ruby local variable; the language refuses it, loading has nothing to say.
        with pytest.raises(AssertionError):
            read(text)
        return
    diagnostic = only(text)
    assert (diagnostic.code, diagnostic.message) == ("wrong-value", message)
    assert pointed_at(text, diagnostic) == place


def test_section_of_wrong_type_is_refused() -> None:
    evaluated = read(URLS)
    evaluated.values["registry"] = 5
    evaluated.values["gitlab_rails"] = []
    assert sorted(diagnostic.message for diagnostic in load(evaluated).diagnostics) == [
        "gitlab_rails: a hash is expected",
        "registry: a hash is expected",
    ]


def test_missing_key_of_endpoint_is_named() -> None:
    text = "registry['notifications'] = [{ 'name' => 'a' }]\n"
    diagnostic = only(text)
    assert (diagnostic.code, diagnostic.message) == (
        "missing-setting",
        "registry['notifications'][0]['url'] is missing",
    )
    assert diagnostic.help == "registry['notifications'][0] needs a url"
    assert diagnostic.span is not None


def test_several_errors_are_reported_at_once() -> None:
    text = (
        "registry['enabled'] = true\nregistry['log_level'] = 'loud'\nregistry['uid'] = -1\n"
        "registry['storage'] = { 's3' => { 'bucket' => 'a/b' } }\n"
    )
    assert [(finding.code, finding.span.line - 2) for finding in findings(text) if finding.span] == [
        ("unknown-setting", 1),
        ("wrong-value", 2),
        ("wrong-value", 3),
        ("missing-setting", 4),
        ("wrong-value", 4),
    ]
    assert loaded(URLS + text).settings is None


# nil


def test_nil_means_not_set() -> None:
    settings = settings_of(
        "registry['log_level'] = nil\nregistry['storage'] = nil\nregistry['zzz'] = nil\n"
        "registry['storage'] = { 'filesystem' => nil, 'delete' => { 'enabled' => nil } }\n"
        "registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://h/', 'headers' => nil }]\n"
        "gitlab_rails['registry_issuer'] = nil\nregistry['nginx'] = nil\n"
    )
    assert settings.registry.log_level == "info"
    assert settings.registry.storage is not None
    assert settings.registry.storage.delete is not None
    assert settings.registry.storage.delete.enabled is True
    assert settings.registry.notifications is not None
    assert settings.registry.notifications[0].headers == {}
    assert settings.gitlab_rails.registry_issuer == "omnibus-gitlab-issuer"


def test_nil_of_proxy_header_is_kept() -> None:
    settings = settings_of("registry['nginx']['proxy_set_headers'] = { 'Host' => nil, 'X-A' => 'b' }\n")
    assert settings.registry.nginx.proxy_set_headers == {"Host": None, "X-A": "b"}


def test_nil_inside_array_is_refused() -> None:
    diagnostic = only("registry['nginx']['ssl_conf_command'] = [nil]\n")
    assert diagnostic.message == "registry['nginx']['ssl_conf_command'][0]: a string is expected, this is nil"


# registry_nginx


def test_old_vhost_is_moved_with_deprecation() -> None:
    text = "registry_nginx['listen_port'] = 5080\nregistry_nginx['listen_https'] = false\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.DEPRECATION, "old-name")
    assert diagnostic.message == "registry_nginx is the old name of registry['nginx']"
    assert diagnostic.help == "write registry['nginx']['KEY'] for registry_nginx['KEY']"
    assert pointed_at(text, diagnostic) == "'listen_port'"
    vhost = settings_of(text).registry.nginx
    assert (vhost.listen_port, vhost.listen_https) == (5080, False)


def test_old_vhost_beside_new_one_fills_what_is_left_out() -> None:
    settings = settings_of(
        "registry_nginx['listen_port'] = 1\nregistry_nginx['fqdn'] = 'old'\n"
        "registry['nginx']['listen_port'] = 2\nregistry['nginx']['fqdn'] = nil\n"
    )
    assert (settings.registry.nginx.listen_port, settings.registry.nginx.fqdn) == (2, "old")


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (
            "registry_nginx['listen_port'] = 0",
            "registry_nginx['listen_port']: a port is between 1 and 65535, this is 0",
            "0",
        ),
        ("registry_nginx['listenport'] = 1", "registry_nginx['listenport'] is not a setting", "'listenport'"),
        (
            "registry_nginx['proxy_set_headers'] = { 'X-A' => '$' }",
            "registry_nginx['proxy_set_headers']['X-A']: a $ must start the name of an nginx variable;"
            " nginx cannot represent a bare $",
            "'$'",
        ),
    ],
)
def test_error_in_old_vhost_is_told_in_its_old_spelling(text: str, message: str, place: str) -> None:
    (diagnostic,) = [finding for finding in findings(text) if finding.severity is Severity.ERROR]
    assert diagnostic.message == message
    assert pointed_at(text, diagnostic) == place


def test_unknown_key_of_old_vhost_is_answered_in_its_old_spelling() -> None:
    (diagnostic,) = [
        finding
        for finding in findings("registry_nginx['listenport'] = 1\n")
        if finding.code == "unknown-setting"
    ]
    assert diagnostic.help == "did you mean registry_nginx['listen_port']?"


@pytest.mark.parametrize("value", [5, "", False, ["a"]])
def test_old_vhost_that_is_no_hash_is_refused(value: Value) -> None:
    evaluated = read(URLS)
    evaluated.values["registry_nginx"] = value
    (diagnostic,) = load(evaluated).diagnostics
    assert (diagnostic.code, diagnostic.severity) == ("wrong-type", Severity.ERROR)
    assert diagnostic.message.startswith("registry_nginx: a hash is expected, this is ")


def test_old_vhost_empty_says_nothing() -> None:
    evaluated = read(URLS)
    evaluated.values["registry_nginx"] = {}
    assert load(evaluated).diagnostics == []


# allow_unknown


def test_setting_that_is_allowed_though_unknown_is_ignored() -> None:
    settings = settings_of(
        "ctl['allow_unknown'] = ['registry.new_key', 'registry.nginx.newer', 'registry_nginx.newest',\n"
        "  'gitlab_rails.registry_new', 'registry.notifications.0.new', 'a.b', 'registry.x.y', '']\n"
        "registry['new_key'] = 1\nregistry['nginx']['newer'] = 2\nregistry_nginx['newest'] = 3\n"
        "gitlab_rails['registry_new'] = 4\n"
        "registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://h/', 'new' => 5 }]\n"
    )
    assert settings.ctl.allow_unknown[0] == "registry.new_key"


def test_setting_that_is_allowed_and_known_counts() -> None:
    settings = settings_of("ctl['allow_unknown'] = ['registry.log_level']\nregistry['log_level'] = 'debug'\n")
    assert settings.registry.log_level == "debug"


def test_help_for_unknown_key_names_what_allows_it() -> None:
    text = "registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://h/', 'zzz' => 5 }]\n"
    diagnostic = only(text)
    assert diagnostic.help is not None
    name = diagnostic.help.split("'")[1]
    assert findings(text + f"ctl['allow_unknown'] = ['{name}']\n") == []


def test_allow_unknown_that_is_no_array_is_refused() -> None:
    diagnostic = only("ctl['allow_unknown'] = 'registry.new_key'\n")
    assert diagnostic.message == "ctl['allow_unknown']: an array is expected"


# diagnostics


def test_message_never_shows_a_value() -> None:
    secret = "hunter2hunter2"
    text = "".join(
        f"{setting} = {value}\n"
        for setting in (
            "registry['http_secret']",
            "registry['internal_key']",
            "registry['log_level']",
            "registry['token_realm']",
            "registry['registry_http_addr']",
            "registry['nginx']['listen_port']",
            "registry['storage']['s3']['bucket']",
            "registry['dir']",
        )
        for value in (f'"{secret}\\n/:"',)
    )
    diagnostics = findings(text)
    assert len(diagnostics) >= 8
    assert secret not in str(diagnostics)


def test_loading_leaves_evaluated_values_as_they_are() -> None:
    text = (
        "registry['storage'] = { 'oss' => { 'a' => nil } }\nregistry['gc'] = nil\n"
        "registry_nginx['fqdn'] = 'a'\n"
        "registry['notifications'] = [{ 'x' => 1 }]\nctl['allow_unknown'] = ['registry.notifications.0.x']\n"
    )
    evaluated = read(text)
    load(evaluated)
    assert evaluated == read(text)
