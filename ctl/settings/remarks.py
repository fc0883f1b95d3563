"""What is to be said of a setting beside its docstring: what the flavours make of it, what was never run."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.flavours.support import UNSUPPORTED, matches
from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, FLAVOURS
from ctl.settings.reference import Entry
from ctl.settings.rules.flavour import DRIVER_NAMES
from ctl.settings.sections.storage import DRIVERS
from ctl.syntax.model import SettingPath

RUN_DRIVERS = ("filesystem", "s3", "azure")
"""The drivers whose registry was started, filled and read by the tests; S3's and Azure's on stand-ins."""
RUN_FLAVOURS = (DISTRIBUTION_2_8.name, DISTRIBUTION_3.name)
"""The flavours whose programs the tests start."""
_AZURE_NOT_RUN = ("realm", "connectionstring", "credentials", "trimlegacyrootprefix", "legacyrootprefix")
# What no stand-in can do, or what only GitLab's registry has.
_S3_NOT_RUN = (
    *("encrypt", "keyid", "skipverify", "usedualstack", "accelerate", "usefipsendpoint"),
    *("sessiontoken", "objectownership", "maxrequestspersecond", "maxretries", "parallelwalk"),
)
_REDIS_NOT_RUN = (
    *("mainname", "sentinelusername", "sentinelpassword", "tls"),
    *(f"cache.{name}" for name in ("mainname", "sentinelusername", "sentinelpassword", "tls")),
    *("loadbalancing", "ratelimiter"),
)
_NOT_RUN: frozenset[SettingPath] = frozenset(
    {
        *(("registry", "storage", name) for name in DRIVERS if name not in RUN_DRIVERS),
        *(("registry", name) for name in ("database", "gc", "reporting", "auto_migrate")),
        *(("registry", "storage", "azure", name) for name in _AZURE_NOT_RUN),
        *(("registry", "storage", "s3", name) for name in _S3_NOT_RUN),
        *(("registry", "redis", *name.split(".")) for name in _REDIS_NOT_RUN),
    }
)
NOT_RUN = "not run: what becomes of this was never tried with a real program and service"
_GCS: SettingPath = ("registry", "storage", "gcs")
_NO_STAND_IN = "; an upload begins at Google's own address, so that no stand-in could take it"
NOT_RUN_FLAVOUR = "not run: config.yml is written in its shape; its program was never started with it"


def flavour_name(flavour: str) -> str:
    """Return a flavour's name in a sentence, marked where it was never run."""
    return DRIVER_NAMES[flavour] + ("" if flavour in RUN_FLAVOURS else " (not run)")


def not_run(path: SettingPath) -> bool:
    """Whether a setting, or what it lies in, was never tried with a real program."""
    return any(path[:length] in _NOT_RUN for length in range(1, len(path) + 1))


def remarks(entry: Entry, *, inherited: bool = True) -> list[str]:
    """Return what flavours ignore or refuse, and whether it was ever run.

    Args:
        entry: of the setting.
        inherited: whether what holds for the section around it is said again.
    """
    notes = list(_unsupported(entry.path, inherited))
    if not_run(entry.path) and (inherited or entry.path in _NOT_RUN):
        notes.append(NOT_RUN + (_NO_STAND_IN if entry.path == _GCS else ""))
    return notes


def _unsupported(path: SettingPath, inherited: bool) -> Iterator[str]:
    for verdict, help_text, flavours in _grouped(path, inherited):
        names = [DRIVER_NAMES[name] for name in FLAVOURS if name in flavours]
        # "distribution 2.8 and GitLab's registry ignore" reads on from "ignores".
        plural = verdict.replace("ignores", "ignore").replace("refuses", "refuse")
        text = f"{' and '.join(names)} {verdict if len(names) == 1 else plural} it"
        yield f"{text}; {help_text}" if help_text else text


def _grouped(path: SettingPath, inherited: bool) -> Iterator[tuple[str, str | None, frozenset[str]]]:
    grouped: dict[tuple[str, str | None], set[str]] = {}
    for unsupported in UNSUPPORTED:
        if path[0] == "registry" and matches(unsupported.path, path[1:], below=inherited):
            grouped.setdefault((unsupported.verdict, unsupported.help), set()).update(unsupported.flavours)
    for (verdict, help_text), flavours in grouped.items():
        yield verdict, help_text, frozenset(flavours)
