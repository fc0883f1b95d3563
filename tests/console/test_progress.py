from __future__ import annotations

import io

import pytest

from ctl.console.progress import Steps


@pytest.fixture(autouse=True)
def smart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_steps_elsewhere_are_plain_lines() -> None:
    out = io.StringIO()
    steps = Steps(out)
    steps.step("one")
    steps.note("a remark")
    steps.step("two")
    steps.finish(good=False)
    assert out.getvalue() == "  note: a remark\n  - one\n  ! two\n"


def test_steps_on_a_terminal_show_as_they_begin_and_are_ticked() -> None:
    out = Terminal()
    steps = Steps(out)
    steps.step("one")
    assert out.getvalue() == "  … one"
    steps.finish()
    assert out.getvalue() == "  … one\r\x1b[K  ✓ one\n"


def test_note_on_a_terminal_leaves_the_step_open() -> None:
    out = Terminal()
    steps = Steps(out)
    steps.step("one")
    steps.note("a remark")
    assert out.getvalue() == "  … one\r\x1b[K  note: a remark\n  … one"


def test_control_characters_of_a_step_do_not_reach_the_terminal() -> None:
    out = io.StringIO()
    steps = Steps(out)
    steps.step("a\x1b[2Jb")
    steps.finish()
    assert out.getvalue() == "  - a\\x1b[2Jb\n"


def test_finish_without_a_step_prints_nothing() -> None:
    out = io.StringIO()
    Steps(out).finish()
    assert out.getvalue() == ""


def test_terminal_that_understands_no_control_sequences_gets_plain_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    steps = Steps(out)
    steps.step("one")
    steps.finish()
    assert out.getvalue() == "  - one\n"
