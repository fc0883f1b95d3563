from __future__ import annotations

from typing import Any

import pytest

from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, GITLAB, Flavour
from ctl.plan.model import Secret
from ctl.render.files.sections import database_section, storage_section
from tests.plan.making import plan_alone, plan_of, registry_of


def test_database_without_a_word_of_it_is_not_there() -> None:
    assert registry_of("", flavour=GITLAB).database is None


def test_t4_b25_database_holds_nothing_internal() -> None:
    registry = registry_of(
        "registry['database'] = { 'enabled' => 'prefer', 'host' => 'h' }\n", flavour=GITLAB
    )
    assert database_section(registry.database) == {
        "enabled": "prefer",
        "user": "registry",
        "dbname": "registry",
        "port": 5432,
        "sslmode": "prefer",
        "host": "h",
    }


@pytest.mark.parametrize(("written", "rendered"), [("true", True), ("'true'", True), ("'false'", False)])
def test_b26_database_enabled_is_a_truth_value_however_written(written: str, rendered: bool) -> None:
    text = f"registry['database'] = {{ 'enabled' => {written}, 'host' => 'h' }}\n"
    database = database_section(registry_of(text, flavour=GITLAB).database)
    assert database is not None
    assert database["enabled"] is rendered


def test_b27_first_of_several_database_hosts_counts() -> None:
    text = "registry['database'] = { 'enabled' => true, 'host' => 'a, b', 'password' => 'pw' }\n"
    database = database_section(registry_of(text, flavour=GITLAB).database)
    assert database is not None
    assert database["host"] == "a"
    assert isinstance(database["password"], Secret)


def test_gc_and_reporting_are_passed_on_to_gitlabs_registry_alone() -> None:
    text = (
        "registry['gc'] = { 'reviewafter' => -1, 'blobs' => { 'interval' => '5s' } }\n"
        "registry['reporting'] = { 'sentry' => { 'enabled' => true, 'dsn' => 'https://k@h/1' } }\n"
    )
    registry = registry_of(text, flavour=GITLAB)
    assert registry.gc == {"reviewafter": -1, "blobs": {"interval": "5s"}}
    assert registry.reporting == {"sentry": {"enabled": True, "dsn": "https://k@h/1"}}
    other = registry_of(text)
    assert (other.gc, other.reporting, other.database) == (None, None, None)


REDIS = (
    "registry['redis'] = {\n"
    "  'cache' => { 'enabled' => %s, 'addr' => 'a:1,b:2', 'mainname' => 'm', 'db' => 1 }\n}\n"
)


@pytest.mark.parametrize("flavour", [DISTRIBUTION_2_8, DISTRIBUTION_3, GITLAB])
def test_b29_redis_that_is_off_everywhere_is_not_there(flavour: Flavour) -> None:
    assert registry_of(REDIS % "false", flavour=flavour).redis is None


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [
        (DISTRIBUTION_2_8, {"addr": "a:1,b:2", "db": 1}),
        (DISTRIBUTION_3, {"addrs": ["a:1", "b:2"], "mastername": "m", "db": 1}),
        (GITLAB, {"cache": {"addr": "a:1,b:2", "mainname": "m", "db": 1, "enabled": True}}),
    ],
)
def test_b29_redis_has_the_shape_of_the_flavour(flavour: Flavour, expected: dict[str, Any]) -> None:
    assert registry_of(REDIS % "true", flavour=flavour).redis == expected


@pytest.mark.parametrize(
    ("flavour", "expected"),
    [
        (DISTRIBUTION_2_8, {"addr": "a:1", "pool": {"maxactive": 9, "idletimeout": "3s"}}),
        (DISTRIBUTION_3, {"addrs": ["a:1"], "poolsize": 9, "connmaxidletime": "3s"}),
    ],
)
def test_redis_pool_has_the_names_of_the_flavour(flavour: Flavour, expected: dict[str, Any]) -> None:
    text = "registry['redis'] = { 'addr' => 'a:1', 'pool' => { 'size' => 9, 'idletimeout' => '3s' } }\n"
    assert registry_of(text, flavour=flavour).redis == expected


LETS_ENCRYPT = "letsencrypt['enable'] = true\n"


def test_t14_b30_b31_registry_beside_gitlab_shows_the_port_that_nginx_listens_on() -> None:
    plan = plan_alone("external_url 'https://g.example.com:8443'\n" + LETS_ENCRYPT)
    assert plan.registry is not None
    assert plan.vhost is not None
    assert (plan.vhost.host, plan.vhost.port, plan.gitlab.port) == ("g.example.com", 5050, 5050)
    assert plan.gitlab.host == "g.example.com"
    assert plan.vhost.redirect is None


def test_b30_port_of_automatic_registry_can_be_chosen() -> None:
    text = "external_url 'https://g.example.com'\nregistry['nginx']['listen_port'] = 5555\n" + LETS_ENCRYPT
    plan = plan_alone(text)
    assert plan.vhost is not None
    assert (plan.vhost.port, plan.gitlab.port) == (5555, 5555)


@pytest.mark.parametrize(
    "text",
    [
        "external_url 'http://g.example.com'\n" + LETS_ENCRYPT,
        "external_url 'https://g.example.com/gitlab'\n" + LETS_ENCRYPT,
        "external_url 'https://g.example.com'\n",
        "external_url 'https://g.example.com'\nregistry['enable'] = false\n" + LETS_ENCRYPT,
    ],
)
def test_b30_b32_registry_is_not_enabled_by_itself_otherwise(text: str) -> None:
    assert plan_alone(text).registry is None


def test_object_stores_secrets_are_secrets_and_paths_below_the_root() -> None:
    text = (
        "registry['storage'] = { 'azure' => {\n"
        "  'accountname' => 'a', 'accountkey' => 'a2V5', 'container' => 'c' } }\n"
    )
    storage = plan_of(text).registry
    assert storage is not None
    assert isinstance(storage_section(storage.storage)["azure"]["accountkey"], Secret)
    assert storage.storage.directory is None
    swift = registry_of("registry['storage'] = { 'swift' => { 'container' => 'c', 'password' => 'p' } }\n")
    assert isinstance(storage_section(swift.storage)["swift"]["password"], Secret)
    assert storage_section(swift.storage)["swift"]["container"] == "c"
