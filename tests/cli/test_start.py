"""A command imports what it needs and no more: what it does not, everybody waits for at every call."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from ctl.cli.places import COMMANDS

REPOSITORY = Path(__file__).parents[2]
_RUN = """
import sys
from ctl.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(sys.modules), sep=",")
"""


def loaded(*words: str) -> set[str]:
    """Run a command and return the modules that it has imported."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *words], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return set(done.stdout.splitlines()[-1].split(","))


def below(modules: set[str], *packages: str) -> list[str]:
    """Return the modules that are in one of the packages."""
    return sorted(
        module for module in modules if any(f"{module}.".startswith(f"{name}.") for name in packages)
    )


def test_table_of_commands_is_what_the_modules_register() -> None:
    for module, names in COMMANDS.items():
        commands = import_module(f"ctl.cli.{module}").COMMANDS
        assert tuple(command.name for command in commands) == names, module


def test_command_imports_its_own_module_of_the_command_line_alone(tmp_path: Path) -> None:
    modules = loaded("--root", str(tmp_path), "history")
    assert below(modules, *(f"ctl.cli.{name}" for name in COMMANDS)) == ["ctl.cli.inspection"]


def test_collection_of_a_named_configuration_imports_no_settings(tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / "docker/registry/v2/repositories").mkdir(parents=True)
    config = tmp_path / "config.yml"
    config.write_text(json.dumps({"version": 0.1, "storage": {"filesystem": {"rootdirectory": str(store)}}}))
    modules = loaded("--root", str(tmp_path), "registry-garbage-collect", str(config), "-d")
    assert "ctl.operations.collect.run" in modules
    heavy = (
        "pydantic",
        "jinja2",
        "cryptography",
        "logging",
        "http",
        "ctl.syntax",
        "ctl.plan",
        "ctl.operations.serve",
    )
    assert below(modules, *heavy) == []
    assert below(modules, "ctl.settings") == ["ctl.settings", "ctl.settings.durations", "ctl.settings.text"]


@pytest.mark.parametrize("module", ["ctl.storage.worker", "ctl.targets.runit.tree"])
def test_import_of_a_module_brings_nothing_heavy_along(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(sys.modules), sep=',')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    modules = set(done.stdout.strip().split(","))
    assert (
        below(modules, "pydantic", "jinja2", "cryptography", "yaml", "ctl.settings.model", "ctl.syntax") == []
    )


@pytest.mark.parametrize("module", ["ctl.paths", "ctl.storage.worker", "ctl.cli.app"])
def test_records_are_made_without_what_msgspec_can_do_without(module: str) -> None:
    code = f"import sys, {module}; print(*sorted(sys.modules), sep=','); import typing_extensions"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    modules = set(done.stdout.strip().split(","))
    assert "msgspec" in modules
    assert below(modules, "typing_extensions", "inspect", "ast") == []


def test_validation_looks_for_no_plugins_of_pydantic(tmp_path: Path) -> None:
    file = tmp_path / "gitlab.rb"
    file.write_text("external_url 'https://gitlab.example.com'\nregistry['log_level'] = 'info'\n")
    modules = loaded("--root", str(tmp_path), "validate", "--offline", "-c", str(file))
    assert "ctl.settings.model" in modules
    assert below(modules, "importlib.metadata", "email", "typer", "jinja2") == []
