"""``ctl show-config``: every value in force and where it comes from; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import BaseModel, SecretStr

from ctl.diagnostics.known import MASK, Masker, mask_urls
from ctl.errors import CtlError
from ctl.facts.binaries import flavour_of
from ctl.facts.gather import Machine, find_registry
from ctl.operations.compile.prepare import now, prepare
from ctl.operations.compile.source import Source, read_source
from ctl.operations.inspect.derived import DEFAULT, DerivedValue, derived_values
from ctl.operations.inspect.explain import find
from ctl.paths import Layout
from ctl.plan.model import Secret
from ctl.process import Runner
from ctl.settings.literals import assignment, literal
from ctl.settings.model import Settings
from ctl.settings.reference import ANY, kind_of
from ctl.settings.secrecy import is_from_elsewhere, is_secret, secrets_of
from ctl.syntax.model import SettingPath

FLAVOUR: SettingPath = ("ctl", "registry_flavour")


class Shown(Struct, frozen=True):
    """One value.

    Args:
        path: of the setting.
        value: what is in force; secrets masked unless they were asked for.
        origin: ``gitlab.rb:12``, ``default``, ``gitlab-secrets.json``, ``derived from external_url``.
    """

    path: SettingPath
    value: Any
    origin: str

    @property
    def dotted(self) -> str:
        """The path with dots."""
        return ".".join(map(str, self.path))

    @property
    def statement(self) -> str:
        """The statement of a settings file that sets this value."""
        return assignment(self.path, literal(self.value))


def show_config(
    layout: Layout,
    settings_file: Path,
    runner: Runner,
    environment: Mapping[str, str],
    *,
    reveal: bool = False,
) -> list[Shown]:
    """Return every value that is in force for a settings file, in the order of declaration.

    The machine is asked for nothing but the registry's version and the secrets that are made already; where
    the program is missing or the secrets are closed to the caller, the values say so.

    Args:
        layout: the root.
        settings_file: its path.
        runner: asks the registry's program for its version.
        environment: the variables behind ``ENV``.
        reveal: whether secrets are shown.

    Raises:
        SettingsInvalid: the settings hold errors.
        CtlError: the settings file cannot be read, or a secret is asked for that the caller may not read.
    """
    source = read_source(layout, settings_file, environment, guarded=False)
    flavour = _flavour(source.settings, layout, runner)
    machine = Machine(layout, runner, now(), programs=False, offline=True)
    plan = prepare(_as_flavour(source, str(flavour.value)), machine, make_secrets=False).plan
    derived = derived_values(source, plan, layout, reveal=reveal)
    view = _View(source, {**derived, FLAVOUR: flavour}, reveal, Masker(secrets_of(source.evaluated)))
    return list(view.walk(type(source.settings), source.settings, ()))


def _flavour(settings: Settings, layout: Layout, runner: Runner) -> DerivedValue:
    """Tell which registry it is, without one being there if need be."""
    program = settings.ctl.registry_binary
    try:
        flavour = flavour_of(settings.ctl.registry_flavour, find_registry(settings, layout, runner))
        return DerivedValue(flavour.name, f"derived from {program} --version")
    except CtlError:
        return DerivedValue(
            flavour_of(settings.ctl.registry_flavour, None).name, "assumed: the program does not tell"
        )


def _as_flavour(source: Source, name: str) -> Source:
    own = source.settings.ctl.model_copy(update={"registry_flavour": name})
    return replace(source, settings=source.settings.model_copy(update={"ctl": own}))


class _View(Struct, frozen=True):
    source: Source
    derived: Mapping[SettingPath, DerivedValue]
    reveal: bool
    masker: Masker

    def walk(self, model: type[BaseModel], section: BaseModel | None, prefix: SettingPath) -> Iterator[Shown]:
        """Yield the values of a section; one that is not there may still have derived ones."""
        for name, field in model.model_fields.items():
            value, path = getattr(section, name, None), (*prefix, name)
            inner = kind_of(field.annotation, tuple(field.metadata)).section
            if inner is not None:
                yield from self.walk(inner, value, path)
            else:
                given = section is not None and name in section.model_fields_set and value is not None
                yield from self._leaf(path, value, given)

    def _leaf(self, path: SettingPath, value: Any, given: bool) -> Iterator[Shown]:
        derived = self.derived.get(path)
        if derived is not None and (derived.wins or not given):
            origin = self._place(path) if given and not derived.origin else derived.origin
            yield Shown(path, self._shown(derived.value, path), origin)
        elif value is not None:
            yield Shown(path, self._shown(value, path), self._place(path) if given else DEFAULT)

    def _place(self, path: SettingPath) -> str:
        span = self.source.places.value(path)
        if span is None:
            return self.source.path.name
        file = Path(span.file)
        own = file.name if file.parent == self.source.path.parent else span.file
        return f"{own}:{span.line}"

    def _shown(self, value: Any, path: SettingPath) -> Any:
        """Return a value as JSON has it, its secrets masked."""
        if isinstance(value, SecretStr):
            return value.get_secret_value() if self.reveal else MASK
        if isinstance(value, Secret):
            return str(value) if self.reveal else value.shown
        if isinstance(value, BaseModel):
            value = {name: getattr(value, name) for name in type(value).model_fields}
            value = {name: part for name, part in value.items() if part is not None}
        if isinstance(value, Mapping):
            return {name: self._shown(part, (*path, name)) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self._shown(part, (*path, index)) for index, part in enumerate(value)]
        if self.reveal or value is None or isinstance(value, bool):
            return value
        # Whatever came from a file or a variable is hidden here, whatever it is.
        written = self.source.places.written(path)
        if is_from_elsewhere(written, self.source.evaluated.secrets) or is_secret(path, str(value)):
            return MASK
        return self.masker.mask(mask_urls(value, own=True)) if isinstance(value, str) else value


def chosen(names: Sequence[str]) -> Callable[[Shown], bool]:
    """Return a test for values of some settings or sections; of all where none is named.

    Raises:
        CtlError: there is no such setting.
    """
    prefixes = [tuple(part for part in find(name)[0].path if part != ANY) for name in names]
    return lambda shown: not prefixes or any(shown.path[: len(prefix)] == prefix for prefix in prefixes)
