from __future__ import annotations

import io

import pytest

from ctl.console.tail import LinePrinter, shown
from ctl.operations.inspect.tail import Line


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"plain", "plain"),
        (b"a\tb", "a\tb"),
        ("grün".encode(), "grün"),
        (b"\x1b[2J\x07\x00\r", "\\x1b[2J\\x07\\x00\\x0d"),
        (b"\xff\x9b", "\\xff\\x9b"),
        ("\x9b\u202e".encode(), "\\u009b\\u202e"),
    ],
)
def test_line_of_a_log_does_not_drive_the_terminal(content: bytes, expected: str) -> None:
    assert shown(content) == expected


@pytest.mark.parametrize(
    ("labelled", "width", "coloured", "expected"),
    [
        (True, None, False, "nginx           | hello\n"),
        (True, 20, False, "nginx | hello\n"),
        (True, 100, True, "\x1b[2mnginx           | \x1b[0mhello\n"),
        (False, None, False, "hello\n"),
    ],
)
def test_label_stands_in_front(labelled: bool, width: int | None, coloured: bool, expected: str) -> None:
    out = io.StringIO()
    LinePrinter(out, labelled, width, coloured).show(iter([Line("nginx", b"hello")]))
    assert out.getvalue() == expected


def test_hostile_label_is_escaped() -> None:
    out = io.StringIO()
    LinePrinter(out, True, 20, False).show(iter([Line("a\x1b\udcff", b"x")]))
    assert out.getvalue() == "a\\x1b\\xff | x\n"
