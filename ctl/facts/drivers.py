"""Whether the registry's program has the storage driver that the settings name."""

from __future__ import annotations

from pathlib import Path

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.errors import CtlError
from ctl.facts.gather import service_account
from ctl.paths import Layout
from ctl.plan.derive import Derived
from ctl.plan.model import BinaryFact
from ctl.process import Account, Runner, run_as
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.state import drivers as remembered
from ctl.syntax.model import SettingPath, setting_name

# Every build has it.
ALWAYS = "filesystem"
TIMEOUT_SECONDS = 5.0


def check_driver(
    settings: Settings, derived: Derived, binary: BinaryFact, layout: Layout, runner: Runner, places: Finder
) -> Diagnostic | None:
    """Return an error where the registry's program was built without the driver that the settings name."""
    name, account = derived.driver, service_account(layout, settings.registry.username)
    if name == ALWAYS or built_in(name, binary, layout, runner, account) is not False:
        return None
    path: SettingPath = ("registry", "storage", name)
    return Diagnostic(
        Severity.ERROR,
        "driver-not-built",
        f"{binary.path} was built without the driver that {setting_name(places.written(path))} names",
        places.key(path),
        "name a registry that has it, with ctl['registry_binary'], or use another driver;"
        " Debian's docker-registry has filesystem, s3 and swift",
    )


def built_in(
    name: str, binary: BinaryFact, layout: Layout, runner: Runner, account: Account | None = None
) -> bool | None:
    """Tell whether a program was built with a driver; None when it does not say.

    It is asked once, as an account of the services: what it says is remembered until its file changes.
    """
    known = remembered.known(layout, binary.stamp)
    if name in known:
        return known[name]
    present = _ask(name, binary.path, runner, account)
    if present is not None:
        remembered.remember(layout, binary.stamp, {**known, name: present})
    return present


def _ask(name: str, program: str, runner: Runner, account: Account | None) -> bool | None:
    """Let a dry garbage collection fail: for want of the driver, or at the driver's first parameter.

    Every driver misses a parameter in an empty section before it looks for credentials or opens a
    connection.
    """
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ctl-driver-") as directory:
        config = Path(directory) / "config.yml"
        config.write_text(f"version: 0.1\nlog:\n  level: error\nstorage:\n  {name}: {{}}\n")
        # It holds no secret, and the account has to read it.
        Path(directory).chmod(0o755)
        config.chmod(0o644)
        try:
            command = run_as(account, [program, "garbage-collect", "-d", config])
            done = runner.run(command, timeout=TIMEOUT_SECONDS)
        except CtlError:
            return None
    said = done.stdout + done.stderr
    if f"StorageDriver not registered: {name}" in said:
        return False
    return True if f"{name} driver" in said or "parameter" in said else None
