"""What changes with another registry is said before it takes the place of the one in use."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, FLAVOURS, GITLAB
from ctl.settings.rules.succession import READ_OTHERWISE, check_succession
from tests.settings.reading import URLS, loaded

V2, V3, GL = DISTRIBUTION_2_8.name, DISTRIBUTION_3.name, GITLAB.name


def said(text: str, before: str, after: str) -> list[Diagnostic]:
    result = loaded(URLS + text)
    assert result.settings is not None, result.diagnostics
    return list(check_succession(result.settings, before, after, result.places))


def of_settings(text: str, before: str, after: str) -> list[tuple[Severity, str]]:
    """Leave out what holds whatever the settings are."""
    return [
        (diagnostic.severity, diagnostic.message)
        for diagnostic in said(text, before, after)
        if diagnostic.severity > Severity.NOTE
    ]


def test_usual_settings_mean_the_same_to_distribution_3_but_for_old_manifests() -> None:
    (only,) = said("registry['storage_delete_enabled'] = true\n", V2, V3)
    assert (only.severity, only.code) == (Severity.NOTE, READ_OTHERWISE)
    assert "no manifest of schema 1" in only.message


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_same_registry_changes_nothing(flavour: str) -> None:
    text = "registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://a', 'threshold' => 3 }]\n"
    assert [
        diagnostic.code for diagnostic in said(text, flavour, flavour) if diagnostic.code == READ_OTHERWISE
    ] == []


@pytest.mark.parametrize(
    ("text", "before", "after", "message"),
    [
        (
            "registry['storage'] = { 's3' => { 'bucket' => 'bkt', 'region' => 'r',"
            " 'accelerate' => true } }\n",
            V2,
            V3,
            "distribution 3 heeds registry['storage']['s3']['accelerate'], which distribution 2.8 ignores",
        ),
        (
            "registry['storage'] = { 'filesystem' => {}, 'cache' => { 'blobdescriptorsize' => 5 } }\n",
            GL,
            V3,
            "distribution 3 heeds registry['storage']['cache']['blobdescriptorsize'],"
            " which GitLab's registry ignores",
        ),
        (
            "registry['notifications'] = [{ 'name' => 'a', 'url' => 'https://a',"
            " 'ignore' => { 'actions' => ['pull'] } }]\n",
            V2,
            V3,
            "distribution 3 heeds registry['notifications'][0]['ignore']['actions'],"
            " which distribution 2.8 ignores",
        ),
    ],
)
def test_setting_that_had_no_effect_until_now_is_warned_of(
    text: str, before: str, after: str, message: str
) -> None:
    assert of_settings(text, before, after) == [(Severity.WARNING, message)]


def test_what_the_next_one_ignores_and_refuses_is_said_too() -> None:
    diagnostics = said("registry['storage'] = { 'swift' => { 'container' => 'c' } }\n", V2, V3)
    assert [diagnostic.code for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR] == [
        "refused-by-registry"
    ]
    pool = "registry['redis'] = { 'addr' => 'r:1', 'pool' => { 'maxidle' => 3 } }\n"
    assert [
        diagnostic.code for diagnostic in said(pool, V2, V3) if diagnostic.severity is Severity.WARNING
    ] == ["ignored-by-registry"]


@pytest.mark.parametrize(("before", "after"), [(V2, V3), (V3, V2)])
def test_images_of_azure_that_would_not_be_found_are_an_error(before: str, after: str) -> None:
    given = "'accountname' => 'a', 'container' => 'abc', 'accountkey' => 'aHVudGVyMg=='"
    text = f"registry['storage'] = {{ 'azure' => {{ {given} }} }}\n"
    (diagnostics,) = [
        diagnostic for diagnostic in said(text, before, after) if diagnostic.severity is Severity.ERROR
    ]
    assert diagnostics.code == READ_OTHERWISE
    assert "looks for images of registry['storage']['azure'] below" in diagnostics.message
    assert diagnostics.span is not None


def test_registry_that_is_off_has_nothing_to_change() -> None:
    assert said("registry['enable'] = false\n", V2, V3) == []
