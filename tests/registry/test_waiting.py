from __future__ import annotations

import pytest

from ctl.registry.client import Client, Endpoint, Unreachable
from ctl.registry.waiting import wait_answering
from tests.ports import free_port
from tests.registry.answering import answering, http


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_waiting_ends_with_any_answer() -> None:
    with answering(http("500 I")) as server:
        assert wait_answering(server.client, 0).status == 500


def test_waiting_ends_at_the_deadline_with_the_last_reason() -> None:
    clock = Clock()
    client = Client(Endpoint("127.0.0.1", free_port(), "localhost"))
    with pytest.raises(Unreachable, match="connection refused"):
        wait_answering(client, 1.0, clock=clock, sleep=clock.sleep)
    assert clock.now == pytest.approx(1.0, abs=0.1)


def test_waiting_ends_when_the_service_is_gone() -> None:
    clock = Clock()
    client = Client(Endpoint("127.0.0.1", free_port(), "localhost"))
    with pytest.raises(Unreachable):
        wait_answering(client, 1000.0, alive=lambda: clock.now < 0.2, clock=clock, sleep=clock.sleep)
    assert clock.now < 1
