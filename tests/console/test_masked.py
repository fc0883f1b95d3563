from __future__ import annotations

import io
import sys
from typing import TextIO, cast

import pytest

from ctl.console.masked import MaskedStream
from ctl.diagnostics import known
from ctl.diagnostics.known import Known


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Known:
    """What the process knows, for this test alone."""
    made = Known()
    monkeypatch.setattr("ctl.console.masked.KNOWN", made)
    return made


def test_stream_of_text_carries_no_known_secret(secrets: Known) -> None:
    out = io.StringIO()
    stream = cast(TextIO, MaskedStream(out))
    secrets.learn(["hunter-two"])
    print("it is hunter-two", file=stream)
    stream.writelines(["hunter", "-two or ", "hunter-two\n"])
    assert out.getvalue() == "it is <masked>\nhunter-two or <masked>\n"
    secrets.revealed = True
    print("hunter-two", file=stream)
    assert out.getvalue().endswith("hunter-two\n")


def test_stream_is_otherwise_the_one_that_it_masks(secrets: Known) -> None:
    stream = MaskedStream(sys.__stdout__ or io.StringIO())
    assert stream.encoding == (sys.__stdout__ or io.StringIO()).encoding
    assert not io.StringIO().isatty() or stream.isatty()
    out = io.StringIO()
    MaskedStream(out).close()
    assert out.closed


def test_secrets_are_looked_up_once_and_only_when_something_is_written(secrets: Known) -> None:
    asked: list[int] = []

    def find() -> list[str]:
        asked.append(1)
        return ["hunter-two"]

    secrets.look_up(find)
    assert asked == []
    stream = MaskedStream(io.StringIO())
    stream.write("a hunter-two")
    stream.write("b")
    assert asked == [1]
    assert known.KNOWN is not secrets
