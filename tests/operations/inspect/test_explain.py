"""Names as people write them, and what is said of the setting they mean."""

from __future__ import annotations

import pytest

from ctl.errors import CtlError, ExitCode
from ctl.operations.inspect.explain import explain, parts
from ctl.settings.load import load
from ctl.settings.reference import ANY, Entry, children, entries
from tests.settings.reading import read


@pytest.mark.parametrize(
    "name",
    [
        "registry.storage.s3.chunksize",
        "registry['storage']['s3']['chunksize']",
        'registry["storage"]["s3"]["chunksize"]',
        "registry[:storage][:s3][:chunksize]",
        "registry['storage'].s3.chunksize",
        " registry.storage.s3.chunksize ",
    ],
)
def test_setting_is_found_by_every_spelling(name: str) -> None:
    explained = explain(name)
    assert explained.name == "registry['storage']['s3']['chunksize']"
    assert explained.kind == "bytes from 5242880 to 5368709120"
    assert explained.becomes == "config.yml:storage.s3.chunksize"
    assert explained.settings == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("registry.notifications.url", "registry['notifications'][*]['url']"),
        ("registry.notifications.0.url", "registry['notifications'][*]['url']"),
        ("registry['notifications'][0]['url']", "registry['notifications'][*]['url']"),
        ("registry.notifications.*.url", "registry['notifications'][*]['url']"),
        ("registry['notifications'][0]", "registry['notifications']"),
        ("registry.middleware.storage.0.options", "registry['middleware'][*][*]['options']"),
        ("registry.middleware.storage", "registry['middleware']"),
        ("registry.env.REGISTRY_LOG_LEVEL", "registry['env']"),
    ],
)
def test_places_in_arrays_and_free_keys_may_be_given_or_left_out(name: str, expected: str) -> None:
    assert explain(name).name == expected


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.dotted)
def test_every_setting_is_explained_by_its_own_name(entry: object) -> None:
    path = str(getattr(entry, "dotted", ""))
    assert explain(path).path == path
    assert explain(explain(path).name).path == path


def test_section_lists_what_lies_directly_in_it() -> None:
    explained = explain("registry.storage.maintenance")
    assert [setting.path.rpartition(".")[2] for setting in explained.settings] == [
        "readonly",
        "uploadpurging",
    ]
    assert all(setting.doc for setting in explained.settings)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("storage_delete_enabled", "registry.storage_delete_enabled"),
        ("log_level", "registry.log_level"),
        ("registry_host", "gitlab_rails.registry_host"),
        ("config.yml:http.addr", "registry.registry_http_addr"),
        ("http.addr", "registry.registry_http_addr"),
        ("REGISTRY_LOG_LEVEL", "registry.log_level"),
        ("gitlab.yml:registry.api_url", "gitlab_rails.registry_api_url"),
        ("vhost:ssl_certificate", "registry.nginx.ssl_certificate"),
        ("registry.storage.cache.layerinfo", "registry.storage.cache.blobdescriptor"),
        ("gitlab_rails['registry_api_host']", "gitlab_rails.registry_api_url"),
    ],
)
def test_setting_is_found_by_its_own_name_by_what_it_becomes_and_by_other_names(
    name: str, expected: str
) -> None:
    assert explain(name).path == expected


def test_key_that_several_settings_make_names_them_all() -> None:
    with pytest.raises(CtlError) as error:
        explain("config.yml:storage.delete.enabled")
    assert (
        error.value.help == "did you mean registry.storage.delete.enabled or registry.storage_delete_enabled?"
    )


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.dotted)
def test_setting_without_a_default_that_shows_its_form_has_an_example_that_sets_it(entry: Entry) -> None:
    explained = explain(entry.dotted)
    inside = ANY in entry.path or (entry.is_section and not entry.optional)
    shown = explained.default is not None and explained.default not in ("[]", "{}")
    if inside or shown or entry.kind.words == "anything":
        return
    if all(child.has_children for child in children(entry.path)) and entry.has_children:
        return  # its own hashes have examples
    assert explained.example
    text = "\n".join(explained.example)
    evaluated = read(text)
    value: object = evaluated.values
    for part in entry.path:
        assert isinstance(value, dict)
        value = value[part]
    wrong = [
        diagnostic.message
        for diagnostic in load(evaluated).diagnostics
        if diagnostic.code in ("wrong-value", "unknown-setting")
    ]
    assert wrong == []


def test_example_of_the_registrys_url_is_a_line_of_a_settings_file() -> None:
    assert explain("registry_external_url").example == (
        "registry_external_url 'https://registry.example.com'",
    )


def test_no_name_lists_the_sections() -> None:
    explained = explain(None)
    assert explained.doc == f"{len(entries())} settings"
    assert {"registry", "gitlab_rails", "external_url"} <= {setting.path for setting in explained.settings}


def test_old_name_of_the_vhost_is_explained_under_the_new_one() -> None:
    explained = explain("registry_nginx['listen_port']")
    assert explained.name == "registry['nginx']['listen_port']"
    assert "registry_nginx is the old name of registry['nginx']" in explained.remarks


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        ("registry.chunksize", "registry.storage.s3.chunksize"),
        ("registry.storage.s3.chunksiz", "registry.storage.s3.chunksize"),
        ("registry['enabled']", "registry.enable"),
        ("enabled", "registry.storage.delete.enabled"),
        ("config.yml:http.adr", "registry.registry_http_addr"),
        ("http.adr", "registry.registry_http_addr"),
        ("registri", "registry"),
    ],
)
def test_unknown_name_is_a_usage_error_with_what_was_meant(name: str, guess: str) -> None:
    with pytest.raises(CtlError) as error:
        explain(name)
    assert error.value.exit_code is ExitCode.USAGE
    assert error.value.message == f"there is no setting {name!r}"
    assert guess in (error.value.help or "")


@pytest.mark.parametrize("name", ["]", "registry[", "a b", "zzzz", "\x1b[2J", "registry['dir']x y"])
def test_name_that_is_none_is_a_usage_error(name: str) -> None:
    with pytest.raises(CtlError) as error:
        explain(name)
    assert error.value.exit_code is ExitCode.USAGE


def test_setting_of_another_service_is_named_as_such() -> None:
    with pytest.raises(CtlError, match="puma is a setting of GitLab's package that does not concern"):
        explain("puma['workers']")


def test_name_is_taken_apart() -> None:
    assert parts("a['b'][0].c-d") == ("a", "b", "0", "c-d")
    assert parts("") == ()
    assert parts("a b") == ()


def test_json_leaves_out_what_does_not_apply() -> None:
    assert explain("registry.nginx.enable").as_json() == {
        "setting": "registry['nginx']['enable']",
        "path": "registry.nginx.enable",
        "doc": "Whether there is a virtual host; it needs nginx['enable'] too.",
        "type": "true or false",
        "default": "true",
        "becomes": "vhost",
    }
