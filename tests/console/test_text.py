from __future__ import annotations

from ctl.console.text import counted, safe


def test_control_characters_are_shown_and_not_sent() -> None:
    assert safe("a\x1b[2Jb\x9b") == "a\\x1b[2Jb\\x9b"


def test_one_is_said_in_the_singular() -> None:
    assert counted(1, "blob") == "1 blob"
    assert counted(0, "blob") == "0 blobs"
    assert counted(2, "repository", "repositories") == "2 repositories"
    assert counted(1, "repository", "repositories") == "1 repository"
