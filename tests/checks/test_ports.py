"""Whether services can listen where they will."""

from __future__ import annotations

import os
import socket

import pytest

from ctl.checks import ports
from ctl.checks.catalogue import planned
from ctl.checks.model import Checked, Outcome
from ctl.checks.needs import Planned
from ctl.checks.runner import NOT_TRIED, run
from ctl.paths import Layout
from ctl.supervise.ports import Holder
from tests.plan.making import plan_of
from tests.ports import free_port
from tests.settings.reading import settings_of

HELD = Holder(5000, "127.0.0.1", None, None, None)


def looked(layout: Layout, text: str) -> list[Checked]:
    return run(planned(), Planned(layout, plan_of(text, layout=layout), settings_of(text)))


def listening(address: str, port: int) -> str:
    vhost = (
        f"registry['nginx']['listen_addresses'] = ['127.0.0.1']\nregistry['nginx']['listen_port'] = {port}\n"
    )
    return f"registry['registry_http_addr'] = '{address}'\n{vhost}"


def test_port_that_another_process_holds_names_it_and_the_setting(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        here, free = looked(layout, listening(f"127.0.0.1:{port}", free_port()))
    assert here.finding.outcome is Outcome.OK
    assert free.finding.outcome is Outcome.ERROR
    assert free.finding.message.startswith(f"port {port} is held by ")
    assert f"(pid {os.getpid()})" in free.finding.message
    assert free.finding.message.endswith("wanted by registry['registry_http_addr']")
    assert free.finding.evidence == (free.finding.message,)
    assert free.finding.help


def test_ports_that_nobody_holds_are_free(layout: Layout) -> None:
    results = looked(layout, listening(f"127.0.0.1:{free_port()}", free_port()))
    assert [result.finding.outcome for result in results] == [Outcome.OK, Outcome.OK]


def test_address_of_another_machine_is_named_and_its_port_not_looked_at(layout: Layout) -> None:
    here, free = looked(layout, listening("203.0.113.7:5000", free_port()))
    assert here.finding.message == (
        "registry['registry_http_addr']: 203.0.113.7 cannot be used: no interface has this address"
    )
    assert here.finding.help == "name an address of this machine"
    assert free.finding.code == NOT_TRIED


@pytest.mark.parametrize("second", [[], [HELD]], ids=["gone", "there"])
def test_holder_of_a_port_is_one_who_is_there_when_it_is_looked_for_again(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, second: list[Holder]
) -> None:
    """A service that is just ending, or that has only begun to listen, is nobody's for a moment."""
    looks = [[HELD], second]
    monkeypatch.setattr("ctl.supervise.ports.strangers", lambda layout, wanted: looks.pop(0))
    text = listening(f"127.0.0.1:{free_port()}", free_port())
    assert ports.strangers(Planned(layout, plan_of(text, layout=layout), settings_of(text))) == second
