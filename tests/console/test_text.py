"""What others have written reaches a terminal as text and as nothing else."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TextIO, cast

import pytest

from ctl.console.readonly import show_status
from ctl.console.report import print_json, show_error
from ctl.console.results import show_history
from ctl.console.terminal import Screened, screened
from ctl.console.text import counted, json_text, safe, safe_text
from ctl.console.usage import show_usage
from ctl.errors import CtlError
from ctl.operations.collect.usage import Measured
from ctl.state.readonly import ReadOnly
from ctl.storage.events import Usage, Used

HOSTILE = "a\nb\x1b[2J\x7f\x9b\x85\u202e\u2066\u2028\u2029\u200b\ufeff\udcff\U000e0041z"
SHOWN = "a\\x0ab\\x1b[2J\\x7f\\u009b\\u0085\\u202e\\u2066\\u2028\\u2029\\u200b\\ufeff\\xff\\U000e0041z"


def driving(text: str) -> set[str]:
    """Return the characters of a text that do something else than to show themselves."""
    return {
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\n"
    }


def test_name_is_one_line_of_what_can_be_seen() -> None:
    assert safe(HOSTILE) == SHOWN
    assert safe("grün 字 é\u0301") == "grün 字 é\u0301"


def test_text_keeps_its_lines_and_tabs_and_nothing_else() -> None:
    assert safe_text("a\n\tb\r\x0b\u2028") == "a\n\tb\\x0d\\x0b\\u2028"


def test_every_character_that_drives_is_escaped_and_every_other_stays() -> None:
    for point in range(0x110000):
        character = chr(point)
        drives = bool(driving(character)) or character == "\n"
        assert (safe(character) == character) is not drives, hex(point)


def test_json_means_the_same_and_drives_nothing() -> None:
    document = {HOSTILE: [HOSTILE, "grün"], "plain": "\x7f"}
    text = json_text(document)
    assert json.loads(text) == document
    assert not driving(text)
    assert "grün" in text
    for escaped in ("\\u202e", "\\u009b", "\\u2028", "\\u007f", "\\udcff"):
        assert escaped in text
    assert json_text({"a": "\x7f"}) == '{\n  "a": "\\u007f"\n}'


def test_error_is_escaped_in_all_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    error = CtlError(f"message {HOSTILE}", help=f"help {HOSTILE}", detail=f"detail {HOSTILE}")
    show_error(error, as_json=False)
    text = capsys.readouterr().err
    assert not driving(text)
    # A line of the message is none of ours; the lines of help and detail are.
    assert text.splitlines()[0] == f"error: message {SHOWN}"
    assert [line.strip() for line in text.splitlines()[1:]] == [
        "detail a",
        SHOWN.removeprefix("a\\x0a"),
        "help: help a",
        SHOWN.removeprefix("a\\x0a"),
    ]
    show_error(error, as_json=True)
    out = capsys.readouterr().out
    assert not driving(out)
    assert json.loads(out)["help"] == f"help {HOSTILE}"
    print_json([HOSTILE])
    assert not driving(capsys.readouterr().out)


def test_reason_with_a_line_break_makes_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    why = ReadOnly("2026-01-01", "root", f"because\n*   9  2026  root  reconfigure  done {HOSTILE}")
    show_status(why, running=True, as_json=False)
    assert len(capsys.readouterr().out.splitlines()) == 1
    entry = {"time": "2026", "who": HOSTILE, "command": "set-readonly", "result": "done", "what": why.reason}
    show_history([entry], [], None)
    text = capsys.readouterr().out
    assert len(text.splitlines()) == 1
    assert not driving(text)


def test_repository_is_one_line_of_the_table_and_of_the_csv(capsys: pytest.CaptureFixture[str]) -> None:
    measured = Measured([Usage(HOSTILE, 0, 0, 0, 0, 0, 0, 0)], Used(0, 0, 0, 0, 0, 0.0))
    for as_csv in (False, True):
        show_usage(measured, as_json=False, as_csv=as_csv)
        text = capsys.readouterr().out
        assert len(text.splitlines()) == (2 if as_csv else 3)
        assert not driving(text)


def test_stream_lets_only_our_own_sequences_through() -> None:
    out = io.StringIO()
    stream = cast(TextIO, Screened(cast(TextIO, out)))
    print(f"\x1b[31mred\x1b[0m \r\x1b[K{HOSTILE}\x1b]0;title\x07\r", file=stream)
    stream.writelines(["\x9b\n"])
    assert not driving(out.getvalue().replace("\x1b[31m", "").replace("\x1b[0m", "").replace("\r\x1b[K", ""))
    assert "\\u202e" in out.getvalue()
    assert screened("plain\ttext\n") == "plain\ttext\n"


@pytest.mark.parametrize(
    "words", [["status"], ["tail", HOSTILE], ["validate"], ["-c", f"/x{HOSTILE}", "validate"]]
)
def test_no_command_passes_on_what_drives_the_terminal(tmp_path: Path, words: list[str]) -> None:
    root = tmp_path / HOSTILE.replace("\udcff", "")
    # What a shell can say: bytes, of which some are no UTF-8.
    command = [sys.executable, "-m", "ctl.cli.app", "--root", str(root), *words]
    done = subprocess.run(
        [os.fsencode(word) if "\udcff" in word else word.encode() for word in command],
        capture_output=True,
        check=False,
        timeout=60,
    )
    text = (done.stdout + done.stderr).decode()
    assert done.returncode != 0
    assert text
    assert not driving(text)


def test_internal_error_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    from ctl.cli.app import _unexpected

    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        _unexpected(error)
    text = capsys.readouterr().err
    assert not driving(text)
    assert f"error: internal error: ValueError: {SHOWN}\n" in text


def test_one_is_said_in_the_singular() -> None:
    assert counted(1, "blob") == "1 blob"
    assert counted(0, "blob") == "0 blobs"
    assert counted(2, "repository", "repositories") == "2 repositories"
    assert counted(1, "repository", "repositories") == "1 repository"
