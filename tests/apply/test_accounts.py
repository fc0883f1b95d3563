from __future__ import annotations

import grp
import os
import pwd

import pytest

from ctl.apply.accounts import Wanted, require_accounts
from ctl.errors import CtlError

HERE = pwd.getpwuid(os.getuid()).pw_name
GROUP = grp.getgrgid(os.getgid()).gr_name


def test_accounts_that_are_there_are_enough() -> None:
    require_accounts([Wanted(HERE, GROUP, "/srv/a")])


def test_accounts_that_are_missing_are_all_named_with_their_commands() -> None:
    wanted = [Wanted("ctl-none", "ctl-nones", "/srv/a"), Wanted(HERE, "ctl-other", "/srv/b")]
    with pytest.raises(CtlError) as raised:
        require_accounts(wanted)
    assert raised.value.message == (
        "the group ctl-nones and the account ctl-none and the group ctl-other are missing,"
        " and manage_accounts['enable'] is false"
    )
    assert raised.value.help == (
        "make them by hand, or let ctl do it:\n"
        "  groupadd --system ctl-nones\n"
        "  useradd --system -g ctl-nones -d /srv/a -s /usr/sbin/nologin ctl-none\n"
        "  groupadd --system ctl-other"
    )


def test_one_account_that_is_missing_is_named_alone() -> None:
    with pytest.raises(CtlError, match=r"^the account ctl-none is missing, and manage_accounts"):
        require_accounts([Wanted("ctl-none", GROUP, "/srv/a")])
