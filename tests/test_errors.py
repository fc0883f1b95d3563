from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ctl.errors import remedy


@pytest.mark.parametrize(
    ("number", "user", "expected"),
    [
        (errno.EACCES, 1000, "run this as root"),
        (errno.EPERM, 1000, "run this as root"),
        # Root is not told to be root.
        (errno.EACCES, 0, "namei -l '/a b' shows who may"),
        (errno.ENOSPC, 0, "make room"),
        (errno.EDQUOT, 0, "quota"),
        (errno.EROFS, 0, "writable"),
        (errno.ENOTDIR, 0, "namei -l '/a b'"),
        (errno.ELOOP, 0, "namei -l '/a b'"),
        (errno.EIO, 0, "dmesg"),
    ],
)
def test_what_the_system_refused_tells_what_to_do(
    number: int, user: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert expected in (remedy(OSError(number, os.strerror(number), "/a b")) or "")


def test_what_is_no_answer_of_the_system_has_no_remedy_of_its_own() -> None:
    assert remedy(None) is None
    assert remedy(ValueError("x")) is None
    assert remedy(OSError(errno.ENOENT, "gone", str(Path("/x")))) is None
