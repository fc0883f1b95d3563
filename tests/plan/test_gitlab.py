"""GitLab's part of a plan; the names of the tests carry the rule (B) or trap (T) that they prove."""

from __future__ import annotations

import pytest

from ctl.plan.model import Secret
from tests.plan.making import gitlab_of, plan_alone

ELSEWHERE = "registry['enable'] = false\ngitlab_rails['registry_enabled'] = true\n"


@pytest.mark.parametrize(
    ("text", "enabled"),
    [
        ("", True),
        ("registry['enable'] = false\n", False),
        (ELSEWHERE, True),
        ("gitlab_rails['registry_enabled'] = false\n", False),
    ],
)
def test_b7_b8_gitlab_has_a_registry_when_there_is_one_or_it_is_said(text: str, enabled: bool) -> None:
    gitlab = gitlab_of(text)
    assert gitlab.enabled is enabled
    assert gitlab.key == (Secret("key-s3cret") if enabled else None)


def test_b8_registry_switched_off_leaves_gitlab_its_address() -> None:
    gitlab = gitlab_of("registry['enable'] = false\n", url="https://r:5050")
    assert (gitlab.host, gitlab.port, gitlab.api_url, gitlab.path) == (
        "r",
        5050,
        "http://127.0.0.1:5000",
        None,
    )
    assert gitlab_of(ELSEWHERE + "gitlab_rails['registry_path'] = '/mnt/r'\n").path == "/mnt/r"


def test_b9_host_of_url_always_wins() -> None:
    text = "gitlab_rails['registry_host'] = 'other'\n"
    assert gitlab_of(text, url="https://R").host == "r"
    assert gitlab_of(text + ELSEWHERE, url=None).host == "other"


@pytest.mark.parametrize(
    ("url", "text", "port"),
    [
        ("https://r:5050", "gitlab_rails['registry_port'] = 1\n", 5050),
        ("https://r", "", None),
        ("http://r", "", None),
        ("http://r:443", "", None),
        ("https://r:80", "", None),
        ("https://r", "gitlab_rails['registry_port'] = '5678'\n", 5678),
    ],
)
def test_b18_port_of_url_wins_unless_it_is_80_or_443(url: str, text: str, port: int | None) -> None:
    assert gitlab_of(text, url=url).port == port


def test_b9_api_url_given_wins() -> None:
    assert gitlab_of("gitlab_rails['registry_api_url'] = 'https://i:5000'\n").api_url == "https://i:5000"


def test_external_registry_has_no_address_of_this_machine() -> None:
    gitlab = gitlab_of(ELSEWHERE, url=None)
    assert (gitlab.enabled, gitlab.host, gitlab.port, gitlab.api_url) == (True, None, None, None)


def test_issuer_is_the_same_on_both_sides() -> None:
    plan = plan_alone(
        "external_url 'https://g'\nregistry_external_url 'https://r'\n"
        "gitlab_rails['registry_issuer'] = 'gitlab-issuer'\n"
    )
    assert plan.registry is not None
    assert plan.registry.issuer == plan.gitlab.issuer == "gitlab-issuer"


GEO = "registry['notifications'] = [{ 'name' => 'geo_event', 'url' => 'https://h/', 'headers' => { %s } }]\n"


def test_b24_notification_secret_is_last_authorization_of_geo_event() -> None:
    secret = gitlab_of(GEO % "'Authorization' => ['x', 'y']").notification_secret
    assert secret == "y"
    assert isinstance(secret, Secret)


def test_b24_notification_secret_given_wins() -> None:
    text = GEO % "'Authorization' => ['x']" + "gitlab_rails['registry_notification_secret'] = 'z'\n"
    secret = gitlab_of(text).notification_secret
    assert secret == "z"
    assert isinstance(secret, Secret)


def test_key_may_be_read_by_group_of_gitlab_where_it_exists() -> None:
    assert gitlab_of("").group == "git"
    assert gitlab_of("user['group'] = 'nobody-has-this'\n").group is None
    assert gitlab_of("", groups=None).group is None


def test_default_feature_is_passed_on_when_it_is_said() -> None:
    name = "gitlab_default_projects_features_container_registry"
    assert gitlab_of("").default_feature is None
    assert gitlab_of(f"gitlab_rails['{name}'] = false\n").default_feature is False
