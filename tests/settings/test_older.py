from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from ctl.operations.compile.source import known_names
from ctl.settings.load import Loaded, load
from ctl.settings.older import OLDER_NAMES
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context
from tests.settings.reading import URLS, findings, pointed_at, settings_of


def loaded_with_all_names(text: str) -> Loaded:
    evaluated = evaluate(URLS + text, "gitlab.rb", Context({}, lambda path: "", {}, known_names()))
    assert evaluated.ok, evaluated.diagnostics
    return load(evaluated)


# sections


def test_older_names_are_known_and_are_none_of_today() -> None:
    assert len(OLDER_NAMES) > 10
    assert known_names() >= OLDER_NAMES
    today = {"registry", "gitlab_rails", "bootstrap", "gitlab_ci", "unicorn", "high_availability"}
    assert not today & OLDER_NAMES


@pytest.mark.parametrize("name", sorted(name for name in OLDER_NAMES if not name.endswith("_url")))
def test_older_section_is_ignored_with_one_note_at_its_first_place(name: str) -> None:
    result = loaded_with_all_names(f"{name}['enable'] = true\n{name}['x'] = {{ 'y' => 1 }}\n")
    assert result.settings is not None
    (diagnostic,) = result.diagnostics
    assert (diagnostic.severity, diagnostic.code) == (Severity.NOTE, "old-section")
    assert diagnostic.message == f"{name} is gone from GitLab's package; it is ignored here"
    assert diagnostic.help == "remove it: newer versions of the package refuse it"
    assert diagnostic.span is not None
    assert diagnostic.span.line == 3


def test_older_url_is_ignored_with_a_note() -> None:
    (diagnostic,) = loaded_with_all_names("ci_external_url 'https://ci.example.com'\n").diagnostics
    assert diagnostic.code == "old-section"
    assert diagnostic.span is not None
    assert (diagnostic.span.line, diagnostic.span.column) == (3, 1)


def test_older_section_that_is_only_asked_for_is_noted_too() -> None:
    (diagnostic,) = loaded_with_all_names("gitlab_rails['x'] = grafana['enable']\n").diagnostics
    assert diagnostic.code == "old-section"
    assert diagnostic.span is not None
    assert diagnostic.span.line == 3


def test_section_that_the_package_has_is_not_noted() -> None:
    assert loaded_with_all_names("bootstrap['enable'] = true\ngitlab_ci['x'] = 1\n").diagnostics == []


# registry_nginx beside registry['nginx']


@pytest.mark.parametrize("new_first", [True, False])
def test_key_in_both_spellings_is_warned_of_and_the_new_one_wins(new_first: bool) -> None:
    old, new = "registry_nginx['listen_port'] = 5080\n", "registry['nginx']['listen_port'] = 5090\n"
    text = new + old if new_first else old + new
    assert settings_of(text).registry.nginx.listen_port == 5090
    (diagnostic,) = [finding for finding in findings(text) if finding.code == "given-twice"]
    assert diagnostic.severity is Severity.WARNING
    assert diagnostic.message == (
        "registry_nginx['listen_port'] differs from registry['nginx']['listen_port'], which wins"
    )
    assert diagnostic.help == "remove registry_nginx['listen_port']"
    assert diagnostic.span is not None
    assert diagnostic.span.line == (4 if new_first else 3)
    assert pointed_at(text, diagnostic) == "'listen_port'"


def test_key_in_both_spellings_alike_is_only_deprecated() -> None:
    text = "registry_nginx['listen_port'] = 5080\nregistry['nginx']['listen_port'] = 5080\n"
    assert [finding.code for finding in findings(text)] == ["old-name"]
