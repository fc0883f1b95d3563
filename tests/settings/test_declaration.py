"""Every declared setting is documented, explained and reachable."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

import ctl.settings
from ctl.flavours.support import EVERYWHERE, UNSUPPORTED, matches
from ctl.flavours.table import FLAVOURS
from ctl.operations.compile.source import read_source
from ctl.paths import Layout
from ctl.settings.load import _model_of
from ctl.settings.model import Settings
from ctl.settings.reference import ANY, entries
from ctl.settings.section import ForeignSection, Section
from ctl.settings.sections.registry import Registry
from ctl.settings.sections.storage import DRIVERS, Storage
from ctl.settings.sections.vhost import WITHOUT_EFFECT, Vhost
from ctl.syntax.model import SettingPath
from tests.golden_tree import CASES
from tests.settings.reading import findings, settings_of

ROOM = Path(inspect.getfile(ctl.settings)).parent
MODULES = sorted(ROOM.rglob("*.py"))


def declared(module: Path) -> Iterator[tuple[str, str | None]]:
    """Yield every setting that a module declares, with the docstring below it."""
    for node in ast.walk(ast.parse(module.read_text())):
        if not isinstance(node, ast.ClassDef):
            continue
        following = [*node.body[1:], None]
        for statement, after in zip(node.body, following, strict=True):
            if isinstance(statement, ast.AnnAssign) and _calls_setting(statement.value):
                yield f"{node.name}.{ast.unparse(statement.target)}", _text(after)


def _calls_setting(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "setting"


def _text(node: ast.stmt | None) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value if isinstance(node.value.value, str) else None
    return None


def sections(model: type[BaseModel] = Settings) -> Iterator[type[BaseModel]]:
    """Yield every section that the settings consist of."""
    yield model
    for field in model.model_fields.values():
        inner = _model_of(field.annotation)
        if inner is not None:
            yield from sections(inner)


def _owner(model: type[BaseModel], field: str) -> str:
    """Return the name of the class that declares a field, which others may inherit."""
    owners = (owner for owner in model.__mro__ if field in vars(owner).get("__annotations__", {}))
    return next(owners).__name__


def test_declared_settings_each_have_a_docstring() -> None:
    texts = {name: text for module in MODULES for name, text in declared(module)}
    assert len(texts) > 120
    assert [name for name, text in texts.items() if not text] == []
    assert [name for name, text in texts.items() if not (text or "").rstrip().endswith(".")] == []


def test_declared_settings_are_all_fields_of_a_section_in_use() -> None:
    used = {Path(inspect.getfile(model)) for model in sections()}
    names = {name for module in used for name, _ in declared(module)}
    fields = {f"{_owner(model, name)}.{name}" for model in sections() for name in model.model_fields}
    assert len(fields) > 120
    assert names == fields


def test_sections_in_use_all_refuse_unknown_keys_or_are_foreign() -> None:
    models = set(sections())
    assert {Settings, Registry, Vhost, Storage} <= models
    assert [model for model in models if not issubclass(model, Section | ForeignSection)] == []
    assert {model.__name__ for model in models if issubclass(model, ForeignSection)} == {
        "Nginx",
        "LetsEncrypt",
        "WebServer",
        "User",
        "Logging",
        "ManageAccounts",
        "ManageStorageDirectories",
        "Package",
        "Postgresql",
    }


def test_sections_in_use_are_frozen_and_hide_their_input() -> None:
    for model in set(sections()):
        assert model.model_config.get("frozen") is True
        assert model.model_config.get("hide_input_in_errors") is True


def test_drivers_named_are_those_that_storage_declares() -> None:
    others = {"cache", "delete", "redirect", "maintenance", "tag"}
    assert set(Storage.model_fields) == set(DRIVERS) | others


def test_settings_without_effect_are_declared() -> None:
    said = "Accepted for the sake of existing files; it has no effect on the registry's vhost."
    names = {name for name, text in declared(ROOM / "sections" / "vhost.py") if text == said}
    assert names == {f"Vhost.{name}" for name in WITHOUT_EFFECT}


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_flavour_of_table_can_be_set(flavour: str) -> None:
    assert settings_of(f"ctl['registry_flavour'] = '{flavour}'\n").ctl.registry_flavour == flavour


def test_flavour_that_is_not_in_table_is_refused() -> None:
    (diagnostic,) = findings("ctl['registry_flavour'] = 'harbor'\n")
    assert diagnostic.message == f"ctl['registry_flavour']: one of {', '.join(FLAVOURS)} is expected"


@pytest.mark.parametrize(
    ("value", "right"), [("2", True), ("1000", True), ("1", False), ("1001", False), ("true", False)]
)
def test_generations_kept_are_within_bounds(value: str, right: bool) -> None:
    diagnostics = findings(f"ctl['keep_generations'] = {value}\n")
    assert [diagnostic.message for diagnostic in diagnostics] == (
        [] if right else ["ctl['keep_generations']: a number between 2 and 1000 is expected"]
    )


def test_settings_shown_hide_their_secrets() -> None:
    settings = settings_of(
        "registry['http_secret'] = 'hunter2'\ngitlab_rails['registry_notification_secret'] = 'hunter2'\n"
    )
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


def _is_below(patterns: Iterable[tuple[str, ...]], path: SettingPath) -> bool:
    return any(matches(pattern, path, below=True) for pattern in patterns)


def test_settings_of_config_yml_all_stand_in_the_flavour_tables() -> None:
    """Whoever adds a setting looks up which registries know it."""
    written = [
        entry for entry in entries() if entry.output.startswith("config.yml") and not entry.has_children
    ]
    assert len(written) > 200
    assert not EVERYWHERE & {unsupported.path for unsupported in UNSUPPORTED}
    unknown = [unsupported.path for unsupported in UNSUPPORTED]
    assert [
        entry.dotted
        for entry in written
        if not _is_below(unknown, entry.path[1:]) and not _is_below(EVERYWHERE, entry.path[1:])
    ] == []
    names = {tuple("*" if part == ANY else str(part) for part in entry.path[1:]) for entry in written}
    assert EVERYWHERE - names == set()


def _given(value: object, path: SettingPath) -> bool:
    if not path:
        return True
    first, *rest = path
    if isinstance(value, list):
        return any(_given(entry, tuple(rest) if first == ANY else path) for entry in value)
    if not isinstance(value, dict):
        return False
    inner = value.values() if first == ANY else [value[first]] if first in value else []
    return any(_given(entry, tuple(rest)) for entry in inner)


def test_settings_each_stand_in_a_golden_case(tmp_path: Path) -> None:
    """So the bytes that a setting comes to are looked at once, and kept."""
    environment = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}
    cases = [read_source(Layout(tmp_path), path.resolve(), environment) for path in CASES.values()]
    values = [case.evaluated.values for case in cases]
    assert len(values) > 20
    leaves = [entry for entry in entries() if not entry.has_children and not _ignored_by_all(entry.path)]
    assert [leaf.dotted for leaf in leaves if not any(_given(value, leaf.path) for value in values)] == []


def _ignored_by_all(path: SettingPath) -> bool:
    by = {
        flavour
        for unsupported in UNSUPPORTED
        if _is_below([unsupported.path], path[1:])
        for flavour in unsupported.flavours
    }
    return by == {*FLAVOURS}
