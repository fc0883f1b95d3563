"""The programs that are configured: where they are, which version, and whether they changed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

from ctl.errors import CtlError, reason
from ctl.facts.permissions import weakness
from ctl.facts.stamps import stamp
from ctl.flavours.table import DISTRIBUTION_2_8, FLAVOURS, Flavour, detect
from ctl.plan.model import BinaryFact
from ctl.process import BASE_ENVIRONMENT, Account, Runner, run_as

# What Debian 12 ships; the syntax for it is understood by every later nginx too.
DEFAULT_NGINX = (1, 22, 1)


def find_binary(
    path: str,
    setting: str,
    package: str,
    runner: Runner,
    *version_flag: str,
    trusted: int | None = None,
    account: Account | None = None,
) -> BinaryFact:
    """Ask a program for its version, when nobody can have put another in its place.

    Args:
        path: of the program.
        setting: that names it.
        package: of Debian, that brings it.
        runner: runs it.
        version_flag: the words that make it tell.
        trusted: see `require_trusted`.
        account: who runs it; None for whoever runs this.

    Raises:
        CtlError: it is missing, can be changed by another account, may not be executed or does not answer.
    """
    file = Path(path)
    # Before anything follows a link on the way.
    if os.path.lexists(file):
        require_trusted(file, setting, trusted)
    if not file.is_file():
        raise CtlError(
            f"the program {path} was not found",
            help=f"apt-get install {package}, or name the program with {setting}",
        )
    if not os.access(file, os.X_OK):
        raise CtlError(
            f"the program {path} may not be executed",
            help=f"chmod a+x {shlex.quote(path)}, or name another with {setting}",
        )
    try:
        done = runner.run(run_as(account, [path, *version_flag]), timeout=20)
    except OSError as error:
        raise CtlError(f"the program {path} cannot be run: {reason(error)}") from error
    if not done.ok:
        text = (done.stderr or done.stdout).strip().splitlines()
        raise CtlError(
            f"the program {path} does not tell its version: it ended with {done.returncode}",
            detail=text[0] if text else None,
            help=f"is it the right one? {setting} names another",
        )
    return BinaryFact(path, (done.stdout + done.stderr).strip(), stamp(file))


def require_trusted(file: Path, setting: str, trusted: int | None) -> None:
    """Make sure that no other account decides what a program does.

    Args:
        file: the program.
        setting: that names it; empty where none does.
        trusted: the user id that may change it beside root's; None for whoever runs this.

    Raises:
        CtlError: another account can change the program, or put another in its place.
    """
    flaw = weakness(file, os.geteuid() if trusted is None else trusted)
    if flaw is not None:
        other = f", or name another program with {setting}" if setting else ""
        raise CtlError(f"the program {file} is not run: {flaw.message}", help=f"{flaw.remedy}{other}")


def check_filter(command: str | None, setting: str, trusted: int | None) -> None:
    """Make sure of the program that root's svlogd lets a shell run; one that is not there is not looked at.

    Raises:
        CtlError: see `require_trusted`.
    """
    try:
        words = shlex.split(command or "")
    except ValueError:
        return
    program = shutil.which(words[0], path=BASE_ENVIRONMENT["PATH"]) if words else None
    if program is not None:
        require_trusted(Path(program), setting, trusted)


def flavour_of(given: str | None, binary: BinaryFact | None) -> Flavour:
    """Tell which registry a program is: as said, else as it says itself.

    Raises:
        CtlError: the program's own words name none that we know.
    """
    if given:
        return FLAVOURS[given]
    if binary is None:
        return DISTRIBUTION_2_8
    flavour = detect(binary.version)
    if flavour is None:
        raise CtlError(
            f"{binary.path} is none of the registries that ctl knows: it says {binary.version[:80]!r}",
            help=f"name what it is: ctl['registry_flavour'] = one of {', '.join(FLAVOURS)}",
        )
    return flavour


def nginx_version(binary: BinaryFact | None) -> tuple[int, int, int]:
    """Read the number out of what ``nginx -v`` says; Debian 12's where there is none."""
    match = re.search(r"nginx/([0-9]+)\.([0-9]+)\.([0-9]+)", binary.version) if binary else None
    return (int(match[1]), int(match[2]), int(match[3])) if match else DEFAULT_NGINX
