"""Compiles a snippet as a machine of its own would, and reads what it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ctl.diagnostics.model import Diagnostic
from ctl.flavours.table import FLAVOURS
from ctl.plan.derive import derive
from ctl.plan.model import CertificateFact
from ctl.plan.resolve import resolve
from ctl.settings.load import load
from ctl.settings.model import Settings
from ctl.settings.rules.flavour import check_flavour
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, ReadRefused
from ctl.targets.runit.tree import render
from tests.plan.making import SYSTEM, facts
from tests.settings.reading import ROOTS

HERE = Path(__file__).parent
SNIPPETS = {path.stem: path for path in sorted(HERE.glob("*.rb"))}
ORIGINALS = {path.stem: path for path in sorted((HERE / "originals").glob("*.rb"))}

GITLAB = "external_url 'https://gitlab.example.com'\n"
REGISTRY = "registry_external_url 'https://registry.example.com'\n"
BOTH = GITLAB + REGISTRY


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a snippet comes to.

    Args:
        settings: None when there was an error.
        diagnostics: all of them, by place.
        files: text of every rendered file.
    """

    settings: Settings | None
    diagnostics: list[Diagnostic]
    files: dict[str, str]

    def fact(self, name: str) -> Any:
        """Look up ``FILE:KEY.KEY``; without a key, the file's text; None for what is not there."""
        file, _, keys = name.partition(":")
        text = self.files.get(file)
        value: Any = yaml.safe_load(text) if text is not None and keys else text
        for key in keys.split(".") if keys else ():
            if isinstance(value, list):
                value = value[int(key)]
            else:
                value = value.get(key) if isinstance(value, dict) else None
        return value


def _nothing(path: str) -> str:
    raise ReadRefused("no such file")


def compile_text(text: str, flavour: str) -> Compiled:
    """Take a settings file all the way, without a machine."""
    evaluated = evaluate(text, "gitlab.rb", Context({}, _nothing, {}, ROOTS))
    diagnostics = list(evaluated.diagnostics)
    if not evaluated.ok:
        return Compiled(None, _sorted(diagnostics), {})
    loaded = load(evaluated)
    diagnostics += loaded.diagnostics
    if loaded.settings is None:
        return Compiled(None, _sorted(diagnostics), {})
    diagnostics += check_flavour(loaded.settings, flavour, loaded.places)
    derived = derive(loaded.settings)
    paths = derived.certificate_paths
    certificate = CertificateFact(*paths, "digest") if paths else None
    machine = facts(FLAVOURS[flavour], certificate=certificate)
    rendered = render(resolve(loaded.settings, derived, machine, SYSTEM, evaluated.secrets), SYSTEM)
    return Compiled(
        loaded.settings, _sorted(diagnostics), {file.path: file.content for file in rendered.files}
    )


def _sorted(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    return sorted(diagnostics, key=lambda diagnostic: diagnostic.position)
