"""``ctl render --target files``: config.yml, the vhost and gitlab.yml's block alone, as they fit anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ctl.credentials import secrets as secrets_file
from ctl.diagnostics.known import KNOWN, Masker
from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity
from ctl.diagnostics.secrecy import secrets_within
from ctl.errors import CtlError, reason
from ctl.facts.gather import Machine
from ctl.operations.compile.prepare import Prepared, now, prepare
from ctl.operations.compile.source import read_source
from ctl.paths import Layout
from ctl.plan.model import Plan, Secret, Unmade, masked
from ctl.process import Runner
from ctl.state.files import write_atomically
from ctl.syntax.model import setting_name
from ctl.targets.files import render_files
from ctl.targets.model import RenderedFile

# Wherever the texts go, their paths are those that the settings name.
_ANYWHERE = Layout(Path("/"))
_HTTP_SECRET = ("registry", "http_secret")


class Texts(Struct, frozen=True):
    """What the settings come to.

    Args:
        prepared: from what.
        files: by their names, which have no directory.
    """

    prepared: Prepared
    files: tuple[RenderedFile, ...]


def shown(layout: Layout, settings_file: Path, runner: Runner, environment: Mapping[str, str]) -> Texts:
    """Return the texts to be looked at: every secret is masked, and none has to be there.

    Raises:
        SettingsInvalid: the settings hold errors.
    """
    prepared = _prepared(layout, settings_file, runner, environment)
    plan = _with_http_secret(prepared.plan, Secret("")) if _lacks_secret(prepared.plan) else prepared.plan
    return Texts(prepared, render_files(masked(plan, Masker(prepared.secret_values))))


def write(
    layout: Layout, settings_file: Path, target: Path, runner: Runner, environment: Mapping[str, str]
) -> Texts:
    """Write the texts into a directory, each whole or not at all, and nothing else.

    Secrets are those of the settings and of the installation's secrets file; none is made, for there is no
    place where it could be kept.

    Args:
        layout: of the installation.
        settings_file: its settings.
        target: the directory; made where it is missing.
        runner: is asked for nothing.
        environment: the variables behind ``ENV``.

    Raises:
        SettingsInvalid: the settings hold errors, or a secret is missing.
        CtlError: the directory cannot be written, or the secrets file not be read.
    """
    prepared = _prepared(layout, settings_file, runner, environment)
    plan = prepared.plan
    if _lacks_secret(plan):
        plan = _with_http_secret(plan, _kept_secret(layout, prepared))
    files = render_files(plan)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            write_atomically(target / file.path, file.content.encode(), file.mode)
    except OSError as error:
        place = error.filename or target
        raise CtlError(f"{place} cannot be written: {reason(error)}") from error
    return Texts(prepared, files)


def _prepared(
    layout: Layout, settings_file: Path, runner: Runner, environment: Mapping[str, str]
) -> Prepared:
    source = read_source(layout, settings_file, environment, guarded=False)
    anywhere = Machine(_ANYWHERE, runner, now(), programs=False, offline=True, sockets=False)
    return prepare(source, anywhere, make_secrets=False)


def _lacks_secret(plan: Plan) -> bool:
    return plan.registry is not None and isinstance(plan.registry.http_secret, Unmade)


def _with_http_secret(plan: Plan, secret: Secret) -> Plan:
    return replace(plan, registry=replace(plan.registry, http_secret=secret)) if plan.registry else plan


def _kept_secret(layout: Layout, prepared: Prepared) -> Secret:
    """Return the installation's http_secret.

    Raises:
        SettingsInvalid: it has none.
        CtlError: its secrets file cannot be read.
    """
    kept = secrets_file.read(layout.secrets_file).registry.http_secret
    if kept is None:
        missing = Diagnostic(
            Severity.ERROR,
            "secret-missing",
            f"{setting_name(_HTTP_SECRET)} is given nowhere: not here, and not in {layout.secrets_file}",
            prepared.source.places.key(_HTTP_SECRET),
            "set it: openssl rand -hex 64 makes one; every registry of the same images has the same",
        )
        raise SettingsInvalid((*prepared.diagnostics, missing), prepared.source.sources)
    KNOWN.learn(secrets_within(kept))
    return Secret(kept)
