"""Who can get to what the services listen on."""

from __future__ import annotations

import pytest

from ctl.checks.listeners import Reach, reach_of
from ctl.paths import Layout
from ctl.supervise.ports import listening


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("127.0.0.1", Reach.MACHINE),
        ("127.8.9.1", Reach.MACHINE),
        ("::1", Reach.MACHINE),
        ("::ffff:127.0.0.1", Reach.MACHINE),
        ("10.1.2.3", Reach.NETWORK),
        ("192.168.0.1", Reach.NETWORK),
        ("fe80::1%eth0", Reach.NETWORK),
        ("fd00::1", Reach.NETWORK),
        ("0.0.0.0", Reach.EVERYBODY),  # noqa: S104
        ("::", Reach.EVERYBODY),
        ("8.8.8.8", Reach.EVERYBODY),
        ("2a00:1450::1", Reach.EVERYBODY),
    ],
)
def test_reach_is_that_of_the_address_that_is_listened_on(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach


def test_installation_without_services_listens_nowhere(layout: Layout) -> None:
    assert listening(layout) == []
