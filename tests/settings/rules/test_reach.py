"""Who can reach what is said of every listener that has neither a password nor TLS."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.settings.reading import loaded, only, pointed_at

EVERYWHERE = ["", "0.0.0.0", "[::]", "[::0]", "[0:0:0:0:0:0:0:0]", "[::ffff:0.0.0.0]"]  # noqa: S104


@pytest.mark.parametrize("host", EVERYWHERE)
@pytest.mark.parametrize(
    ("name", "port", "offer"),
    [("debug_addr", 5002, "without a password"), ("registry_http_addr", 5000, "in plain text")],
)
def test_listener_on_every_address_is_warned_of_with_its_reach(
    name: str, port: int, offer: str, host: str
) -> None:
    text = f"registry['{name}'] = '{host}:{port}'\n"
    diagnostic = only(text)
    assert (diagnostic.severity, diagnostic.code) == (Severity.WARNING, "reachable-by-all")
    assert (
        f"registry['{name}'] is every address of this machine: whoever reaches port {port}"
        in diagnostic.message
    )
    assert offer in diagnostic.message
    assert diagnostic.help is not None
    assert diagnostic.help.startswith(f"'127.0.0.1:{port}' is for this machine alone")
    assert pointed_at(text, diagnostic) == f"'{host}:{port}'"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "192.0.2.1", "registry.internal"])
@pytest.mark.parametrize(("name", "port"), [("debug_addr", 5002), ("registry_http_addr", 5000)])
def test_listener_on_an_address_of_its_own_is_not_warned_of(name: str, port: int, host: str) -> None:
    assert loaded(f"registry['{name}'] = '{host}:{port}'\n").diagnostics == []


def test_listener_of_a_registry_that_is_off_is_not_warned_of() -> None:
    result = loaded("registry['enable'] = false\nregistry['debug_addr'] = ':5002'\n")
    assert [diagnostic.code for diagnostic in result.diagnostics] == []
