"""A finding names its cause: what overrules a value, what a name was meant to be, what is not set."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.load import load
from ctl.settings.model import Settings
from ctl.settings.places import Places
from ctl.settings.reference import entries
from ctl.settings.rules.misnamed import OTHER_NAMES
from ctl.settings.rules.variables import check_variables
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Evaluated, ReadRefused
from tests.settings.reading import ROOTS, URLS, findings, loaded, only

PORTED = "external_url 'https://gitlab.example.com'\nregistry_external_url 'https://r.example.com:5050'\n"


def _evaluated(text: str, **environment: str) -> Evaluated:
    def no_file(path: str) -> str:
        raise ReadRefused("no such file")

    return evaluate(text, "gitlab.rb", Context(environment, no_file, {}, ROOTS))


def _said(text: str, **environment: str) -> list[str]:
    evaluated = _evaluated(text, **environment)
    diagnostics = (*evaluated.diagnostics, *load(evaluated).diagnostics)
    return [diagnostic.message for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]


# what a URL overrules


@pytest.mark.parametrize("value", ["'other.example.com'", "'http://r.example.com'", "'a b'", "''"])
def test_host_beside_a_url_is_overruled_and_cannot_be_wrong(value: str) -> None:
    diagnostic = only(f"gitlab_rails['registry_host'] = {value}\n")
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "without-effect")
    assert diagnostic.message == (
        "gitlab_rails['registry_host'] has no effect beside registry_external_url, whose host is used"
    )


@pytest.mark.parametrize("value", ["5000", "'x'", "70000"])
def test_port_beside_a_url_with_a_port_is_overruled(value: str) -> None:
    result = loaded(f"{PORTED}gitlab_rails['registry_port'] = {value}\n")
    assert [diagnostic.message for diagnostic in result.diagnostics] == [
        "gitlab_rails['registry_port'] has no effect beside registry_external_url, whose port is used"
    ]


def test_host_and_port_that_say_the_same_are_accepted_without_remark() -> None:
    text = "gitlab_rails['registry_host'] = 'R.example.com'\ngitlab_rails['registry_port'] = '5050'\n"
    assert loaded(PORTED + text).diagnostics == []


def test_port_beside_a_url_with_a_usual_port_counts() -> None:
    result = loaded(URLS + "gitlab_rails['registry_port'] = 5050\n")
    assert result.settings is not None
    assert result.settings.gitlab_rails.registry_port == 5050
    assert result.diagnostics == []


def test_host_with_a_scheme_is_wrong_where_no_url_overrules_it() -> None:
    (message,) = _said("external_url 'https://g'\ngitlab_rails['registry_host'] = 'http://r'\n")
    assert message.endswith("a host name is expected without a scheme, such as registry.example.com")


# 'true'


@pytest.mark.parametrize(
    "setting",
    [
        "registry['autoredirect'] = %s",
        "registry['nginx']['https'] = %s",
        "registry['storage'] = { 'delete' => { 'enabled' => %s } }",
        "registry['notifications'] = [{ 'name' => 'a', 'url' => 'http://a', 'disabled' => %s }]",
        "nginx['enable'] = %s",
        "manage_accounts['enable'] = %s",
    ],
)
def test_true_in_quotes_is_remarked_on_and_false_in_quotes_refused(setting: str) -> None:
    (diagnostic,) = [
        finding for finding in findings(f"{setting % repr('true')}\n") if finding.code == "quoted-flag"
    ]
    assert diagnostic.severity is Severity.WARNING
    assert diagnostic.help is not None
    assert "write true without quotes" in diagnostic.help
    refused = only(f"{setting % repr('false')}\n")
    assert (refused.severity, refused.code) == (Severity.ERROR, "wrong-value")


# variables that are not set


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("external_url \"https://#{ENV['X']}\"", "'https://'"),
        ("x = ENV['X']\nexternal_url \"https://#{x}\"", "'https://'"),
        ("external_url \"https://u:pw@#{ENV['X']}\"", "'https://…@'"),
        ("external_url \"https://#{ENV['SET']}@#{ENV['X']}\"", "incomplete"),
        ("registry['token_realm'] = 'https://' + ENV['X'].to_s", "'https://'"),
        ("registry['registry_http_addr'] = \"127.0.0.1:#{ENV['X']}\"", "'127.0.0.1:'"),
    ],
)
def test_wrong_value_made_of_a_variable_that_is_not_set_names_it(text: str, shown: str) -> None:
    (message,) = _said(text + "\n", SET="s3cret")
    assert f"the environment variable X is not set, which makes it {shown}; " in message
    assert "s3cret" not in message


def test_url_that_is_nil_for_want_of_a_variable_is_warned_of() -> None:
    diagnostics = load(_evaluated("external_url 'https://g'\nregistry_external_url ENV['X']\n")).diagnostics
    assert [(diagnostic.severity, diagnostic.message) for diagnostic in diagnostics] == [
        (
            Severity.WARNING,
            "registry_external_url counts as left out: the environment variable X is not set",
        )
    ]


# names


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("registry['storage'] = { 's3' => { 'buckett' => 'b', 'region' => 'r' } }", ["unknown-setting"]),
        (
            "registry['notifications'] = [{ 'nmae' => 'a', 'endpoint' => 'http://a' }]",
            ["unknown-setting", "unknown-setting"],
        ),
        (
            "registry['storage'] = { 's3' => { 'zzz' => 'b', 'region' => 'r' } }",
            ["missing-setting", "unknown-setting"],
        ),
    ],
)
def test_misspelt_key_is_told_once(text: str, codes: list[str]) -> None:
    assert sorted(finding.code for finding in findings(text + "\n")) == codes


@pytest.mark.parametrize(
    "line", ["external_urll 'https://g'", "external_url = 'https://g'", "external_url 'https://g"]
)
def test_mistake_in_a_url_is_told_once(line: str) -> None:
    assert len(_said(f"{line}\nregistry_external_url 'https://r'\n")) == 1


@pytest.mark.parametrize(("path", "name"), OTHER_NAMES.items(), ids=lambda case: str(case))
def test_other_names_lead_to_settings_that_exist(path: tuple[str, ...], name: str) -> None:
    declared = {entry.dotted for entry in entries()}
    plain = name.replace("']['", ".").replace("['", ".").replace("']", "")
    assert (plain if "*" not in path else ".".join((*path[:-1], plain))) in declared
    assert ".".join(path) not in declared


# the environment


def _variables(text: str, name: str, value: str) -> list[Diagnostic]:
    result = loaded(f"{URLS}{text}registry['env'] = {{ '{name}' => '{value}' }}\n")
    assert isinstance(result.settings, Settings)
    assert isinstance(result.places, Places)
    return list(check_variables(result.settings, "distribution-2.8", result.places))


@pytest.mark.parametrize(
    ("text", "name", "value", "severity"),
    [
        ("", "REGISTRY_STORAGE_S3_BUCKET", "b", Severity.ERROR),
        ("", "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/x", Severity.WARNING),
        ("", "REGISTRY_LOG_LEVEL", "debug", Severity.WARNING),
        ("", "REGISTRY_LOG_LEVEL", "info", None),
        ("", "REGISTRY_LOG_ACCESSLOG_DISABLED", "true", None),
        ("registry['http_secret'] = 'x'\n", "REGISTRY_HTTP_SECRET", "y", Severity.WARNING),
    ],
)
def test_variable_that_says_otherwise_than_config_yml_is_told(
    text: str, name: str, value: str, severity: Severity | None
) -> None:
    diagnostics = _variables(text, name, value)
    assert [diagnostic.severity for diagnostic in diagnostics] == ([severity] if severity else [])
    assert all(diagnostic.help and "registry[" in diagnostic.help for diagnostic in diagnostics)
