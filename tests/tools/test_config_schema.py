"""The schemas of config.yml: what ctl writes validates, what a flavour does not know does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from ctl.flavours.table import DISTRIBUTION_2_8, FLAVOURS
from ctl.plan.derive import derive
from ctl.plan.resolve import resolve
from ctl.settings.model import Settings
from ctl.settings.reference import Entry, entries
from ctl.targets.runit.tree import render
from tests.golden_tree import CASES, GOLDEN
from tests.plan.making import SYSTEM, facts
from tests.settings.samples import candidates, settings_with
from tools.config_schema import config_schema, known_to


def case_of(path: Path) -> str:
    """Return the golden case that a file belongs to."""
    return path.relative_to(GOLDEN).parts[0]


CONFIG = "registry/config.yml"
SCHEMAS = {name: Draft202012Validator(config_schema(flavour)) for name, flavour in FLAVOURS.items()}
# Both instances', each in its writable and its read-only form.
WRITTEN = sorted(GOLDEN.rglob("generations/1/registry/*.yml"))
MINIMAL = next(path for path in WRITTEN if case_of(path) == "minimal")


def flavour_of(case: str) -> str:
    text = CASES[case].read_text()
    return next((name for name in FLAVOURS if f"'{name}'" in text), DISTRIBUTION_2_8.name)


def messages(flavour: str, document: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in SCHEMAS[flavour].iter_errors(document)]


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_schema_is_right_by_its_own_rules(flavour: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[flavour].schema)


def test_golden_files_are_of_every_flavour() -> None:
    assert len(WRITTEN) > 50
    assert {flavour_of(case_of(path)) for path in WRITTEN} == set(FLAVOURS)


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: f"{case_of(path)}-{path.stem}")
def test_golden_config_validates(path: Path) -> None:
    document = yaml.safe_load(path.read_text().replace("@ROOT@", ""))
    assert messages(flavour_of(case_of(path)), document) == []


def configs(entry: Entry, flavour: str) -> list[Any]:
    documents = []
    for value in candidates(entry):
        try:
            settings = Settings.model_validate(settings_with(entry.path, value))
        except ValidationError:
            continue
        plan = resolve(settings, derive(settings), facts(FLAVOURS[flavour]), SYSTEM)
        files = {file.path: file.content for file in render(plan, SYSTEM).files}
        documents += [yaml.safe_load(text) for path, text in files.items() if path == CONFIG]
    return documents


def known(flavour: str) -> list[Entry]:
    return [
        entry
        for entry in entries()
        if entry.path[0] == "registry" and not entry.has_children and known_to(FLAVOURS[flavour], entry)
    ]


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_config_of_every_setting_that_a_flavour_knows_validates(flavour: str) -> None:
    checked = 0
    for entry in known(flavour):
        for document in configs(entry, flavour):
            assert messages(flavour, document) == [], entry.dotted
            checked += 1
    assert checked > 200


@pytest.mark.parametrize(
    ("flavour", "change"),
    [
        ("distribution-2.8", {"htttp": {}}),
        ("distribution-2.8", {"database": {"enabled": True}}),
        ("distribution-2.8", {"version": 1}),
        ("distribution-2.8", {"storage": {"filesystem": {"rootdirectory": "/a"}, "s3": {}}}),
        ("distribution-2.8", {"storage": {"cache": {"blobdescriptor": "inmemory"}}}),
        ("distribution-2.8", {"storage": {"filesystem": {}, "tag": {"concurrencylimit": 1}}}),
        ("distribution-2.8", {"redis": {"addrs": ["a:1"]}}),
        ("distribution-3", {"redis": {"addr": "a:1"}}),
        ("distribution-3", {"compatibility": {"schema1": {"enabled": True}}}),
        ("gitlab", {"storage": {"swift": {}}}),
        ("gitlab", {"http": {"addr": "localhost", "draintimeout": "30s"}}),
        ("gitlab", {"gc": {"interval": 5}}),
    ],
)
def test_config_with_what_a_flavour_does_not_know_is_refused(flavour: str, change: dict[str, Any]) -> None:
    good = yaml.safe_load(MINIMAL.read_text().replace("@ROOT@", ""))
    assert messages(flavour, good) == []
    assert messages(flavour, good | change) != []
