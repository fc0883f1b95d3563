"""The same random stores, collected by distribution 3 and by us: ours never deletes what it keeps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.registries import V3
from tests.storage.test_differential import FAST, LONG, plain_case

# Of a program that takes a tenth of a second to start.
SHORT = settings(FAST, max_examples=40)


@SHORT
@given(st.data())
def test_choice_without_untagged_is_that_of_distribution_3(data: st.DataObject) -> None:
    plain_case(data, V3.needed())


@pytest.mark.soak
@LONG
@given(st.data())
def test_choice_without_untagged_is_that_of_distribution_3_on_thousands(data: st.DataObject) -> None:
    plain_case(data, V3.needed())
