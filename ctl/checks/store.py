"""Whether the registry can get at its storage."""

from __future__ import annotations

import os
import pwd
import shlex
from pathlib import Path

from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Hosted
from ctl.facts.storage_access import closed_directory, key_file_problem
from ctl.settings.model import Settings
from ctl.syntax.model import SettingPath, setting_name


def check_key_file(hosted: Hosted) -> Finding | None:
    """Say whether the key file of a Google service account is one."""
    storage = hosted.settings.registry.storage
    if not hosted.derived.registry_enabled or storage is None or storage.gcs is None:
        return None
    if storage.gcs.keyfile is None:
        return None
    path: SettingPath = ("registry", "storage", "gcs", "keyfile")
    file = hosted.machine.layout.under(storage.gcs.keyfile)
    problem = key_file_problem(file)
    if problem is None:
        return Finding(Outcome.OK, f"{file} is the key of a service account")
    return Finding(
        Outcome.ERROR,
        f"{setting_name(path)}: {problem}",
        code="key-file-unusable",
        place=hosted.places.value(path),
    )


def check_way(hosted: Hosted) -> Finding | None:
    """Warn of a directory that the registry's account cannot pass through (F13)."""
    settings, machine = hosted.settings, hosted.machine
    images = hosted.derived.image_directory
    if not hosted.derived.registry_enabled or not machine.accounts or images is None:
        return None
    directory = machine.layout.under(images)
    name = settings.registry.username
    numbers = _numbers(name)
    if numbers is None:
        # It is made later, or is said to be missing.
        return None
    closed = closed_directory(directory, *numbers)
    if closed is None:
        return _way_of_gitlab(hosted, directory) or Finding(
            Outcome.OK, f"the account {name} gets to {directory}"
        )
    return Finding(
        Outcome.WARNING,
        f"the account {name} cannot pass through {closed} to the images in {directory}",
        f"chmod o+x {shlex.quote(str(closed))}   # or give a group of {name} the right to pass",
        code="directory-closed",
        place=hosted.places.value(images_named_by(settings)),
    )


def _way_of_gitlab(hosted: Hosted, directory: Path) -> Finding | None:
    """Note that GitLab's own backup, where it is made on this machine, leaves the images out."""
    name = hosted.settings.user.username
    numbers = _numbers(name)
    closed = closed_directory(directory, *numbers) if numbers else None
    if closed is None:
        return None
    return Finding(
        Outcome.NOTE,
        f"GitLab's account {name} cannot pass through {closed}: a backup that GitLab makes here cannot read"
        f" the images in {directory}",
        f"chmod o+x {shlex.quote(str(closed))}, where such backups are made",
        code="directory-closed-to-gitlab",
        place=hosted.places.value(images_named_by(hosted.settings)),
    )


def _numbers(name: str) -> tuple[int, list[int]] | None:
    """Return the number of an account and those of its groups; None where there is no such account."""
    try:
        account = pwd.getpwnam(name)
        return account.pw_uid, os.getgrouplist(name, account.pw_gid)
    except (KeyError, OSError):
        return None


def images_named_by(settings: Settings) -> SettingPath:
    """Return the setting that says in which directory images lie."""
    storage = settings.registry.storage
    if storage is not None and storage.filesystem is not None and storage.filesystem.rootdirectory:
        return ("registry", "storage", "filesystem", "rootdirectory")
    if settings.gitlab_rails.registry_path is not None:
        return ("gitlab_rails", "registry_path")
    return ("registry_external_url",)


PROBES = (
    Probe(
        name="key-file",
        area=Area.STORE,
        title="the key file of the store",
        matters="the registry's driver does not start without it",
        needs=Hosted,
        run=check_key_file,
    ),
    Probe(
        name="directory-passable",
        area=Area.STORE,
        title="the way to the images",
        matters="the registry serves nothing that its own account cannot get to",
        needs=Hosted,
        run=check_way,
    ),
)
