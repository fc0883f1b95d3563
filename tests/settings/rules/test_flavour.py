from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.support import UNSUPPORTED, unsupported_by
from ctl.flavours.table import FLAVOURS
from ctl.settings.load import load
from ctl.settings.rules.flavour import check_flavour
from ctl.settings.sections.registry import Registry
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context

HEAD = "external_url 'https://g.example.com'\nregistry_external_url 'https://r.example.com'\n"
ROOTS = frozenset({"external_url", "registry_external_url", "registry", "gitlab_rails", "ctl"})


def is_declared(section: Any, path: tuple[str, ...]) -> bool:
    """Whether a path leads to a setting; a star leads into what an array holds."""
    if not path:
        return True
    models = [part for part in parts(section) if isinstance(part, type) and issubclass(part, BaseModel)]
    if path[0] == "*":
        return is_declared(section, path[1:])
    return any(
        path[0] in model.model_fields and is_declared(model.model_fields[path[0]].annotation, path[1:])
        for model in models
    )


def parts(annotation: Any) -> list[Any]:
    """Return every type that an annotation is made of."""
    inner = [part for argument in getattr(annotation, "__args__", ()) for part in parts(argument)]
    return [annotation, *inner]


def remarks(text: str, flavour: str) -> list[Diagnostic]:
    loaded = load(evaluate(HEAD + text, "gitlab.rb", Context({}, lambda path: "", {}, ROOTS)))
    assert loaded.settings is not None, loaded.diagnostics
    return sorted(
        check_flavour(loaded.settings, flavour, loaded.places), key=lambda diagnostic: diagnostic.position
    )


def codes(text: str, flavour: str) -> list[str]:
    return [diagnostic.code for diagnostic in remarks(text, flavour)]


def test_every_unsupported_setting_is_declared_and_every_flavour_known() -> None:
    assert len(UNSUPPORTED) > 40
    for unsupported in UNSUPPORTED:
        assert is_declared(Registry, unsupported.path), unsupported.path
        assert set(unsupported.flavours) < set(FLAVOURS), unsupported.path


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_usual_settings_pass_in_every_flavour(flavour: str) -> None:
    assert unsupported_by(flavour)
    assert (
        codes(
            "registry['log_level'] = 'debug'\nregistry['storage'] = { 'delete' => { 'enabled' => true } }\n",
            flavour,
        )
        == []
    )


@pytest.mark.parametrize(
    ("text", "ignored_by"),
    [
        ("registry['database'] = { 'enabled' => false }\n", {"distribution-2.8", "distribution-3"}),
        ("registry['gc'] = { 'disabled' => true }\n", {"distribution-2.8", "distribution-3"}),
        ("registry['compatibility_schema1_enabled'] = true\n", {"distribution-3", "gitlab"}),
        (
            "registry['notifications'] = [{ 'name' => 'a', 'url' => 'http://h', 'maxretries' => 1 }]\n",
            {"distribution-2.8", "distribution-3"},
        ),
        (
            "registry['storage'] = { 's3' => { 'bucket' => 'bkt', 'region' => 'r', 'pathstyle' => true } }\n",
            {"distribution-2.8"},
        ),
    ],
)
def test_setting_that_a_flavour_ignores_is_a_warning_there_and_nowhere_else(
    text: str, ignored_by: set[str]
) -> None:
    assert {flavour for flavour in FLAVOURS if codes(text, flavour)} == ignored_by
    for flavour in ignored_by:
        (diagnostic,) = remarks(text, flavour)
        assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "ignored-by-registry")
        assert diagnostic.span is not None
        assert diagnostic.span.line == 3


@pytest.mark.parametrize(
    ("text", "refused_by"),
    [
        ("registry['storage'] = { 'tag' => { 'concurrencylimit' => 2 } }\n", {"distribution-2.8", "gitlab"}),
        ("registry['storage'] = { 'swift' => { 'container' => 'c' } }\n", {"distribution-3", "gitlab"}),
        (
            "registry['storage'] = { 's3_v2' => { 'bucket' => 'bucket', 'region' => 'r' } }\n",
            {"distribution-2.8", "distribution-3"},
        ),
    ],
)
def test_setting_that_stops_a_flavour_is_an_error_there(text: str, refused_by: set[str]) -> None:
    assert {flavour for flavour in FLAVOURS if "refused-by-registry" in codes(text, flavour)} == refused_by


def test_cache_in_redis_without_redis_is_an_error_at_its_value() -> None:
    text = "registry['storage'] = { 'cache' => { 'blobdescriptor' => 'redis' } }\n"
    (diagnostic,) = remarks(text, "distribution-2.8")
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "cache-without-redis")
    with_redis = text + "registry['redis'] = { 'cache' => { 'enabled' => true, 'addr' => 'h:1' } }\n"
    assert codes(with_redis, "distribution-2.8") == []
    off = text + "registry['redis'] = { 'cache' => { 'enabled' => false, 'addr' => 'h:1' } }\n"
    assert "cache-without-redis" in codes(off, "distribution-2.8")


def test_cache_in_redis_without_a_redis_of_its_own_is_an_error_with_gitlabs_registry() -> None:
    """Its group ``cache`` is for the metadata database: the registry would not start."""
    text = "registry['storage'] = { 'cache' => { 'blobdescriptor' => 'redis' } }\n"
    group = text + "registry['redis'] = { 'cache' => { 'enabled' => true, 'addr' => 'h:1' } }\n"
    (diagnostic,) = remarks(group, "gitlab")
    assert (diagnostic.severity, diagnostic.code) == (Severity.ERROR, "cache-without-redis")
    assert diagnostic.help == "set registry['redis'] = { 'addr' => 'HOST:6379' }"
    assert "cache-without-redis" not in codes(text + "registry['redis'] = { 'addr' => 'h:1' }\n", "gitlab")
    database = group + "registry['database'] = { 'enabled' => true, 'host' => 'h' }\n"
    assert "cache-without-redis" not in codes(database, "gitlab")


@pytest.mark.parametrize(
    ("attempts", "help"),
    [
        ("'threshold' => 3", "write 'maxretries' => 3"),
        ("'threshold' => 3, 'maxretries' => 3", "remove it: maxretries is given too"),
    ],
)
def test_threshold_is_deprecated_by_gitlab_at_its_key(attempts: str, help: str) -> None:
    text = f"registry['notifications'] = [{{ 'name' => 'a', 'url' => 'http://h', {attempts} }}]\n"
    (diagnostic,) = remarks(text, "gitlab")
    assert (diagnostic.severity, diagnostic.code, diagnostic.help) == (Severity.DEPRECATION, "old-name", help)
    assert diagnostic.message == "registry['notifications'][0]['threshold'] is the old name of maxretries"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (3, text.index("'threshold'") + 1)
    assert "old-name" not in codes(text, "distribution-2.8") + codes(text, "distribution-3")


def test_default_threshold_is_ignored_by_gitlab() -> None:
    text = "registry['default_notifications_threshold'] = 3\n"
    (diagnostic,) = remarks(text, "gitlab")
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "ignored-by-registry")
    assert diagnostic.help == "use 'default_notifications_maxretries'"
    assert codes(text, "distribution-2.8") == []


def test_settings_of_a_registry_that_does_not_run_here_are_not_judged() -> None:
    assert codes("registry['enable'] = false\nregistry['gc'] = { 'disabled' => true }\n", "gitlab") == []
    assert codes("registry['enable'] = false\nregistry['gc'] = {}\n", "distribution-2.8") == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", ["refused-by-registry"]),
        (", 'connectionstring' => 'AccountName=a'", ["refused-by-registry", "ignored-by-registry"]),
        (", 'connectionstring' => 'c', 'accountkey' => 'aHVudGVyMg=='", ["ignored-by-registry"]),
        (", 'accountkey' => 'aHVudGVyMg=='", []),
        (", 'credentials' => { 'type' => 'default_credentials' }", []),
    ],
)
def test_azure_without_a_way_to_sign_in_is_refused_by_distribution_3(more: str, expected: list[str]) -> None:
    text = f"registry['storage'] = {{ 'azure' => {{ 'accountname' => 'a', 'container' => 'abc'{more} }} }}\n"
    assert codes(text, "distribution-3") == expected
