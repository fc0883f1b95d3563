"""Where servers listen, taken apart once."""

from __future__ import annotations

import pytest

from ctl.plan.address import ListenAddress


@pytest.mark.parametrize(
    ("text", "host", "ipv6", "everywhere", "reached"),
    [
        ("127.0.0.1:5000", "127.0.0.1", False, False, "127.0.0.1:5000"),
        ("localhost:5000", "localhost", False, False, "127.0.0.1:5000"),
        (":5000", "", False, True, "127.0.0.1:5000"),
        ("0.0.0.0:5000", "0.0.0.0", False, True, "127.0.0.1:5000"),  # noqa: S104 - compared, not bound
        ("[::]:5000", "::", True, True, "[::1]:5000"),
        ("[2001:db8::1]:5000", "2001:db8::1", True, False, "[2001:db8::1]:5000"),
        ("[fe80::1%eth0]:5000", "fe80::1%eth0", True, False, "[fe80::1%eth0]:5000"),
        ("registry.internal:5000", "registry.internal", False, False, "registry.internal:5000"),
    ],
)
def test_address_is_taken_apart_and_written_as_it_was(
    text: str, host: str, ipv6: bool, everywhere: bool, reached: str
) -> None:
    address = ListenAddress.parse(text)
    assert (address.host, address.port, str(address)) == (host, 5000, text)
    assert (address.ipv6, address.everywhere, str(address.reached)) == (ipv6, everywhere, reached)


def test_star_of_nginx_is_everywhere() -> None:
    address = ListenAddress("*", 443, tls=True)
    assert (address.everywhere, str(address), str(address.reached)) == (True, "*:443", "127.0.0.1:443")
    assert address.reached.tls is False
