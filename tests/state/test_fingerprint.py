from __future__ import annotations

import pytest

from ctl.state.fingerprint import Due, Fingerprint, larger


@pytest.mark.parametrize(
    ("noted", "due"),
    [
        (Fingerprint("a", "b"), Due.NOTHING),
        (Fingerprint("a", "c"), Due.RELOAD),
        (Fingerprint("c", "b"), Due.RESTART),
        (Fingerprint("c", "c"), Due.RESTART),
        (None, Due.RESTART),
    ],
)
def test_what_is_due_follows_from_the_half_that_differs(noted: Fingerprint | None, due: Due) -> None:
    assert Fingerprint("a", "b").due(noted) is due


def test_larger_of_two_is_enough_for_both() -> None:
    assert larger(Due.NOTHING, Due.RELOAD) is Due.RELOAD
    assert larger(Due.RESTART, Due.RELOAD) is Due.RESTART
    assert larger(Due.RELOAD, Due.RELOAD) is Due.RELOAD


def test_text_of_a_fingerprint_stands_for_it() -> None:
    assert str(Fingerprint("a", "b")) == "a b"
    assert Fingerprint.parse("a b\n") == Fingerprint("a", "b")
