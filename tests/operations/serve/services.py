"""Services that are played, for an exchange of the registry; the link and the mark are real."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from ctl.operations.progress import Silent
from ctl.operations.serve import exchange as module
from ctl.operations.serve.exchange import Exchange
from ctl.paths import REGISTRY, STANDBY, Layout
from ctl.registry.client import Unreachable
from ctl.state import guard, link
from ctl.supervise.status import State

DRAIN = 5.0
UNREACHABLE = Unreachable("connection refused")


class Noting(Silent):
    """Progress that is kept."""

    def __init__(self, steps: list[str]) -> None:
        self._steps = steps

    def step(self, text: str) -> None:
        self._steps.append(text)


@dataclass
class Played:
    """Services.

    Args:
        layout: where their files are.
        up: which run.
        wanted: which are meant to run.
        left: which their supervisor has left behind.
        mute: which do not answer.
        unheeding: which do not end when they are told to.
        supervised: which have a supervisor.
        turning: which come up, or end, as soon as that is waited for.
        waits: for how many seconds each wait was.
        steps: what whoever looks on was told.
        done: what was done, with where the link led then: to the standby, or home.
    """

    layout: Layout
    up: set[str] = field(default_factory=lambda: {REGISTRY})
    wanted: set[str] = field(default_factory=lambda: {REGISTRY})
    left: set[str] = field(default_factory=set)
    mute: set[str] = field(default_factory=set)
    unheeding: set[str] = field(default_factory=set)
    supervised: set[str] = field(default_factory=lambda: {REGISTRY, STANDBY})
    turning: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        assert guard.exchanging(self.layout), what
        self.done.append(f"{what}{' *' if link.active(self.layout) == STANDBY else ''}")

    def process_of(self, _: Layout, name: str) -> SimpleNamespace:
        is_up = name in self.up
        state = State.ABSENT if name not in self.supervised else State.RUN if is_up else State.DOWN
        return SimpleNamespace(is_up=is_up, pid=9 * is_up, wanted=name in self.wanted, state=state)

    def bring_up(self, _: Layout, name: str) -> None:
        self.note(f"up {name}")
        self.turning |= {name} - self.up
        self.wanted.add(name)

    def tell(self, _: Layout, name: str, command: str) -> None:
        self.note(f"{command} {name}")
        self.wanted.discard(name)
        if command == "k" or name not in self.unheeding:
            self.turning |= {name} & self.up

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        self.waits.append(seconds)
        if not condition():
            self.up ^= self.turning
            self.turning.clear()
        return condition()

    def cycle(self, _: Layout, name: str, seconds: float) -> None:
        assert seconds == DRAIN + module.MARGIN
        self.note(f"cycle {name}")

    def end(self, pids: list[str], number: int, seconds: float) -> None:
        assert (number, seconds) == (signal.SIGTERM, DRAIN + module.MARGIN)
        for name in pids:
            self.note(f"end {name}")
            self.left.discard(name)

    def client_of(self, _: Layout, name: str) -> SimpleNamespace:
        return SimpleNamespace(name=name, get=lambda _: self.ask(name))

    def ask(self, name: str) -> None:
        assert name in self.up | self.left
        if name in self.mute:
            raise UNREACHABLE

    def wait_answering(self, client: SimpleNamespace, seconds: float, alive: str) -> None:
        assert alive == client.name
        self.note(f"ask {client.name}")
        self.ask(client.name)

    def exchange(self, **given: Callable[..., None]) -> Exchange:
        steps: dict[str, Callable[..., None]] = {
            "prove": lambda name, client: self.note(f"prove {name}"),
            "leave": lambda: self.note("leave"),
            "switched": lambda: self.note("switched"),
        }
        return Exchange(self.layout, DRAIN, Noting(self.steps), **{**steps, **given})


def put_in_place(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Played:
    """Let exchanges have to do with played services."""
    made = Played(layout)
    for directory in (
        made.layout.services,
        made.layout.instance_socket(STANDBY).parent,
        made.layout.state,
    ):
        directory.mkdir(parents=True)
    (made.layout.services / STANDBY).symlink_to("../sv/registry-standby")
    link.activate(made.layout, REGISTRY)
    control = SimpleNamespace(
        wait_supervised=lambda _, name: made.note(f"supervised {name}"),
        SUPERVISED_SECONDS=1.0,
        **{name: getattr(made, name) for name in ("bring_up", "tell", "cycle")},
    )
    stand_ins: dict[str, object] = {
        "control": control,
        "runsvdir": SimpleNamespace(is_running=lambda _: True),
        "sockets": SimpleNamespace(traffic=lambda _: SimpleNamespace(is_idle=True)),
        "holders": lambda _, name: [name] if name in made.left else [],
        "not_crashing": lambda _, name: name,
        "log_tail": lambda _, name, count: [f"{name} ended"],
        **{
            name: getattr(made, name)
            for name in ("process_of", "end", "client_of", "wait_answering", "wait_until")
        },
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(module, name, stand_in)
    return made


def rests(played: Played) -> bool:
    """Whether the registry's own process serves alone, and no exchange is under way."""
    alone = STANDBY not in played.up | played.wanted | played.left
    return alone and link.is_home(played.layout) and not guard.exchanging(played.layout)


def begun(played: Played, *up: str) -> None:
    """Leave an exchange in the middle, the link leading to the standby."""
    guard.begin_exchange(played.layout)
    link.activate(played.layout, STANDBY)
    played.up = set(up)
