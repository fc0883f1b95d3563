"""Accounts of the services: made when they are missing, and recorded as ours when they are made."""

from __future__ import annotations

import grp
import pwd

from msgspec import Struct

from ctl.apply.made import record as put_on_record
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.process import Runner


class Wanted(Struct, frozen=True):
    """An account that a service runs as."""

    user: str
    group: str
    home: str
    shell: str = "/usr/sbin/nologin"
    uid: int | None = None
    gid: int | None = None


def make_accounts(layout: Layout, runner: Runner, wanted: list[Wanted]) -> list[str]:
    """Make the accounts that are missing; return their names.

    Raises:
        CtlError: an account cannot be made.
    """
    made: list[str] = []
    for account in wanted:
        if not _group_exists(account.group):
            number = [] if account.gid is None else ["--gid", str(account.gid)]
            _run(runner, ["groupadd", "--system", *number, account.group], layout, f"group {account.group}")
            made.append(account.group)
        if not _user_exists(account.user):
            number = [] if account.uid is None else ["--uid", str(account.uid)]
            _run(
                runner,
                [
                    *("useradd", "--system", *number, "--gid", account.group, "--home-dir", account.home),
                    *("--no-create-home", "--shell", account.shell, account.user),
                ],
                layout,
                f"user {account.user}",
            )
            made.append(account.user)
    return made


def require_accounts(wanted: list[Wanted]) -> None:
    """Make sure that accounts are there where ``ctl`` does not make them.

    Raises:
        CtlError: some are missing; all of them are named.
    """
    missing: list[str] = []
    commands: list[str] = []
    for account in wanted:
        if not _group_exists(account.group):
            missing.append(f"the group {account.group}")
            commands.append(f"  groupadd --system {account.group}")
        if not _user_exists(account.user):
            missing.append(f"the account {account.user}")
            commands.append(
                f"  useradd --system -g {account.group} -d {account.home} -s {account.shell} {account.user}"
            )
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise CtlError(
            f"{' and '.join(missing)} {are} missing, and manage_accounts['enable'] is false",
            help="\n".join(["make them by hand, or let ctl do it:", *commands]),
        )


def _run(runner: Runner, command: list[str], layout: Layout, record: str) -> None:
    done = runner.run(command)
    if not done.ok:
        raise CtlError(
            f"the account cannot be made: {' '.join(command)} failed",
            detail=done.stderr.strip(),
            help="make it by hand, and set manage_accounts['enable'] = false",
        )
    put_on_record(layout, [record])


def _group_exists(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
