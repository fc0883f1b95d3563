"""Settings whose life ends are found wherever they stand."""

from __future__ import annotations

import pytest

from ctl.settings.older import OLDER_NAMES
from ctl.settings.reference import entries
from ctl.settings.rules.lifetimes import LIFETIMES, ending
from tests.settings.reading import read


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("registry['dir'] = '/a'", []),
        ("registry_nginx['listen_port'] = 1", [("registry_nginx",)]),
        ("registry_nginx({})", []),
        (
            "registry['default_notifications_threshold'] = 5",
            [("registry", "default_notifications_threshold")],
        ),
        ("registry['default_notifications_threshold'] = nil", []),
        (
            "registry['notifications'] = [{ 'name' => 'a' }, { 'threshold' => 5 }]",
            [("registry", "notifications", 1, "threshold")],
        ),
        ("registry['notifications'] = 'text'", []),
        ("registry['threshold'] = 5", []),
    ],
)
def test_settings_that_end_are_found_at_their_places(text: str, paths: list[tuple[str | int, ...]]) -> None:
    assert [path for path, _ in ending(read(text).values)] == paths


def test_lifetimes_are_of_settings_that_were_or_are() -> None:
    declared = {entry.path for entry in entries()}
    for lifetime in LIFETIMES:
        assert lifetime.path in declared or lifetime.path[0] in OLDER_NAMES | {"registry_nginx"}
        assert lifetime.removed is None or lifetime.deprecated <= lifetime.removed
        assert lifetime.instead
    assert {lifetime.path for lifetime in LIFETIMES} >= {(name,) for name in OLDER_NAMES}
