from __future__ import annotations

import json

import pytest

from ctl.state.document import MOST_DEPTH, parse


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_document_within_bounds_is_what_it_says() -> None:
    assert parse(b'{"a": [1, 2.5, null, "\\ud800"]}') == {"a": [1, 2.5, None, "\ud800"]}
    assert parse(nested(MOST_DEPTH)) == json.loads(nested(MOST_DEPTH))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "empty"),
        (b"{", "not JSON: expecting property name enclosed in double quotes at line 1, column 2"),
        (b"\xff\xfe\x00\x01", "not UTF-8"),
        (b"\x80", "not UTF-8 at offset 0"),
        (b"NaN", "a number in it cannot be read"),
        (b"[Infinity]", "a number in it cannot be read"),
        (b"1" * 5000, "a number in it cannot be read"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (nested(MOST_DEPTH + 1).encode(), "nested too deeply"),
    ],
    ids=lambda value: str(value[:10]),
)
def test_document_out_of_bounds_is_refused_in_words(text: bytes, said: str) -> None:
    with pytest.raises(ValueError, match="^" + said.replace("(", "\\(")) as error:
        parse(text)
    # Nothing that carries the document itself.
    assert error.value.__cause__ is None
    assert len(str(error.value)) < 100
