from __future__ import annotations

from ctl.operations.change.preview import difference
from ctl.operations.progress import Silent, Unfailing


def test_difference_shows_what_was_added_changed_and_removed() -> None:
    old = {"a": "1\n2\n", "gone": "x\n", "same": "s\n"}
    new = {"a": "1\n3\n", "new": "y", "same": "s\n"}
    assert difference(old, new, []).splitlines() == [
        *("--- a/a", "+++ b/a", "@@ -1,2 +1,2 @@", " 1", "-2", "+3"),
        *("--- a/gone", "+++ /dev/null", "@@ -1 +0,0 @@", "-x"),
        *("--- /dev/null", "+++ b/new", "@@ -0,0 +1 @@", "+y", "\\ no newline at the end"),
    ]


def test_difference_in_a_secret_alone_is_named_and_not_shown() -> None:
    assert difference({"a": "***\n"}, {"a": "***\n"}, ["a"]) == "a/a and b/a differ in a secret\n"
    assert difference({"a": "***\n"}, {"a": "***\n"}, []) == ""


class Gone(Silent):
    """A terminal that has gone away."""

    def step(self, text: str) -> None:
        raise BrokenPipeError

    def note(self, text: str) -> None:
        raise ValueError("I/O operation on closed file")


def test_progress_that_cannot_be_shown_breaks_nothing() -> None:
    progress = Unfailing(Gone())
    progress.step("one")
    progress.note("two")
