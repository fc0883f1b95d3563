"""Migrations of the metadata database (B28)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.apply.generation import Staged
from ctl.apply.manifest import Manifest
from ctl.errors import CtlError
from ctl.flavours.table import GITLAB
from ctl.operations.change.migrate import migrate
from ctl.process import SubprocessRunner
from tests.plan.making import registry_of

DATABASE = "registry['database'] = { 'enabled' => true, 'host' => 'db' }\n"


@pytest.mark.parametrize(
    ("text", "migrates"),
    [
        ("", True),
        ("registry['auto_migrate'] = false\n", False),
        ("registry['database']['enabled'] = false\n", False),
    ],
)
def test_b28_database_in_use_is_brought_up_to_date_unless_it_is_said(text: str, migrates: bool) -> None:
    assert registry_of(DATABASE + text, flavour=GITLAB).migrates == migrates


def test_b28_no_database_no_migration() -> None:
    assert not registry_of("", flavour=GITLAB).migrates
    assert not registry_of(DATABASE).migrates


@pytest.mark.parametrize(("given", "options"), [("true", " -s"), ("", "")])
def test_registry_migrates_with_the_settings_that_are_to_take_effect(
    tmp_path: Path, given: str, options: str
) -> None:
    program = tmp_path / "registry"
    program.write_text(f'#!/bin/sh\necho "$@" $GODEBUG > {tmp_path}/asked\n')
    program.chmod(0o755)
    text = DATABASE + f"ctl['registry_binary'] = '{program}'\nregistry['env'] = {{ 'GODEBUG' => 'x=1' }}\n"
    plan = registry_of(text, flavour=GITLAB, groups=None)
    environment = {"SKIP_POST_DEPLOYMENT_MIGRATIONS": given}
    migrate(plan, Staged(1, tmp_path, Manifest({}, (), {}, {})), SubprocessRunner(), environment)
    asked = (tmp_path / "asked").read_text().strip()
    assert asked == f"database migrate up{options} {tmp_path}/registry/config.yml x=1"


def test_migration_that_fails_says_that_nothing_was_changed(tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\necho 'no route to host' >&2\nexit 1\n")
    program.chmod(0o755)
    plan = registry_of(DATABASE + f"ctl['registry_binary'] = '{program}'\n", flavour=GITLAB, groups=None)
    with pytest.raises(CtlError, match="nothing has been changed") as error:
        migrate(plan, Staged(1, tmp_path, Manifest({}, (), {}, {})), SubprocessRunner(), {})
    assert error.value.detail == "no route to host"
