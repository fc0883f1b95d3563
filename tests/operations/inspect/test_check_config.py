"""What a version of GitLab's package has removed or deprecates."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.diagnostics.model import SettingsInvalid, Severity
from ctl.errors import CtlError, ExitCode
from ctl.operations.inspect.check_config import Checked, check_config, check_registry
from ctl.paths import Layout
from ctl.process import SubprocessRunner

URLS = "external_url 'https://gitlab.example.com'\nregistry_external_url 'https://registry.example.com'\n"
OLD = """\
registry_nginx['listen_port'] = 5678
registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://a.example', 'threshold' => 3 }]
grafana['enable'] = false
"""


def checked(tmp_path: Path, text: str, version: str | None = None) -> Checked:
    file = tmp_path / "gitlab.rb"
    file.write_text(URLS + text)
    return check_config(Layout(tmp_path / "root"), file, {}, version)


def findings(result: Checked) -> list[tuple[str, int]]:
    return [
        (diagnostic.code, diagnostic.span.line if diagnostic.span else 0) for diagnostic in result.diagnostics
    ]


def test_settings_of_today_pass(tmp_path: Path) -> None:
    result = checked(tmp_path, "registry['log_level'] = 'debug'\n", "18.5")
    assert (result.diagnostics, result.removed) == ((), False)
    assert result.summary == "nothing is removed or deprecated in GitLab 18.5"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("16.0", [("removed-setting", 5)]),
        ("17.1", [("deprecated-setting", 4), ("removed-setting", 5)]),
        ("18.5.1-ee.0", [("deprecated-setting", 4), ("removed-setting", 5)]),
        ("v19.2", [("deprecated-setting", 3), ("deprecated-setting", 4), ("removed-setting", 5)]),
        ("23.0.0", [("deprecated-setting", 3), ("removed-setting", 4), ("removed-setting", 5)]),
        (None, [("deprecated-setting", 3), ("removed-setting", 4), ("removed-setting", 5)]),
    ],
)
def test_version_decides_what_is_removed_and_what_deprecated(
    tmp_path: Path, version: str | None, expected: list[tuple[str, int]]
) -> None:
    result = checked(tmp_path, OLD, version)
    assert findings(result) == expected
    assert result.removed
    assert [diagnostic.severity is Severity.ERROR for diagnostic in result.diagnostics] == [
        code == "removed-setting" for code, _ in expected
    ]
    assert all(diagnostic.help for diagnostic in result.diagnostics)


def test_deprecated_settings_alone_remove_nothing(tmp_path: Path) -> None:
    result = checked(tmp_path, OLD.splitlines()[0], "20.0")
    assert findings(result) == [("deprecated-setting", 3)]
    assert not result.removed
    assert result.summary == "0 removed and 1 deprecated settings in GitLab 20.0"


@pytest.mark.parametrize("version", ["", "latest", "18", "18.", "18.5.x.y", "1000000000000.1", "18.5\n"])
def test_version_that_is_none_is_a_usage_error(tmp_path: Path, version: str) -> None:
    if not version:
        version = " "
    with pytest.raises(CtlError) as error:
        checked(tmp_path, "", version)
    assert error.value.exit_code is ExitCode.USAGE


def test_settings_with_errors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        checked(tmp_path, "registry['log_level'] = 'loud'\n")


def for_registry(tmp_path: Path, text: str, registry: str) -> Checked:
    file = tmp_path / "gitlab.rb"
    file.write_text(URLS + text)
    return check_registry(Layout(tmp_path / "root"), file, {}, SubprocessRunner(), registry)


@pytest.mark.parametrize("name", ["3", "v3", "3.1", "3.1.1", "distribution-3"])
def test_registry_to_come_is_held_against_the_one_in_use(tmp_path: Path, name: str) -> None:
    result = for_registry(tmp_path, "registry['compatibility_schema1_enabled'] = true\n", name)
    assert sorted(diagnostic.code for diagnostic in result.diagnostics) == [
        "ignored-by-registry",
        "read-otherwise",
    ]
    assert not result.removed
    assert result.summary == "settings that keep distribution 3 from serving: 0; remarks: 2"


def test_registry_that_is_in_use_already_changes_nothing(tmp_path: Path) -> None:
    assert for_registry(tmp_path, "", "2.8").summary == "everything means the same to distribution 2.8"
    third = "ctl['registry_flavour'] = 'distribution-3'\n"
    assert for_registry(tmp_path, third, "3").diagnostics == ()
    missing = "ctl['registry_binary'] = '/nowhere/registry'\n"
    assert for_registry(tmp_path, missing, "2.8").diagnostics == ()


def test_registry_that_refuses_a_setting_is_an_error(tmp_path: Path) -> None:
    result = for_registry(tmp_path, "registry['storage'] = { 'swift' => { 'container' => 'c' } }\n", "3")
    assert result.removed
    assert result.summary.startswith("settings that keep distribution 3 from serving: 1;")


@pytest.mark.parametrize("name", ["", "2", "4", "3.x", "zot", "3\n"])
def test_registry_that_is_none_is_a_usage_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(CtlError, match=r"is no registry that ctl knows; 2\.8, 3 or gitlab") as error:
        for_registry(tmp_path, "", name)
    assert error.value.exit_code is ExitCode.USAGE
