from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.credentials.document import with_member, without_member

NAMES = st.sampled_from(["a", "b", "c", 'quo"te', ""])
SECTION = st.dictionaries(NAMES, st.text() | st.integers() | st.lists(st.none()), max_size=4)
DOCUMENT = st.dictionaries(st.sampled_from(["registry", "other", "a"]), SECTION, max_size=3)


@given(DOCUMENT, NAMES, st.sampled_from([None, 0, 2, "\t"]))
def test_member_taken_out_leaves_every_other_value(
    document: dict[str, Any], key: str, indent: int | str | None
) -> None:
    left = without_member(json.dumps(document, indent=indent), "registry", key)
    document.get("registry", {}).pop(key, None)
    assert json.loads(left) == document


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"r": {"k": 1}}', '{"r": {}}'),
        ('{"r": {"k": 1, "b": 2}}', '{"r": {"b": 2}}'),
        ('{"r": {"b": 2, "k": 1}}', '{"r": {"b": 2}}'),
        ('{"r": {\n  "a": 1.50,\n  "k": 1,\n  "b": 2\n}}', '{"r": {\n  "a": 1.50,\n  "b": 2\n}}'),
        ('{"r": {"k": 1, "a": 0, "k": 2}}', '{"r": {"a": 0}}'),
        ('{"r": {"k": 1, "k": 2}}', '{"r": {}}'),
        ('{"r": null, "k": 1}', '{"r": null, "k": 1}'),
        ('{"k": 1}', '{"k": 1}'),
    ],
)
def test_member_taken_out_leaves_every_other_byte(text: str, expected: str) -> None:
    assert without_member(text, "r", "k") == expected


def test_member_added_and_taken_out_leaves_the_document_as_it_was() -> None:
    text = '{\n  "registry": {\n    "a": 1\n  }\n}\n'
    assert without_member(with_member(text, "registry", "k", "v"), "registry", "k") == text
