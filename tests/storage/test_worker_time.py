"""From when the worker counts ages."""

from __future__ import annotations

import json
import os
import time
from typing import Any, cast

import pytest

from ctl.storage import worker as worker_module
from ctl.storage.channel import Channel
from ctl.storage.engine.listing import list_store
from ctl.storage.events import Event
from ctl.storage.pipe import line_of
from tests.storage.tree import Tree


class Said:
    """A channel that keeps what is said."""

    is_signalled = False

    def __init__(self, *requests: dict[str, object]) -> None:
        self._requests = [json.dumps(request).encode() for request in requests]
        self.events: list[dict[str, object]] = []

    def next(self) -> bytes | None:
        return self._requests.pop(0) if self._requests else None

    def is_stopped(self) -> bool:
        return False

    def say(self, event: Event) -> None:
        self.events.append(json.loads(line_of(event)))

    def flush(self) -> None:
        pass


def test_what_is_pushed_while_the_store_is_listed_is_younger_than_the_marking(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.image("a", "v1")
    seconds = [time.time()]
    tree.age(10, now=seconds[0])

    def listing(*words: Any, **options: Any) -> Any:
        pushed = tree.blob("pushed meanwhile")
        os.utime(tree.blob_path(pushed), (seconds[0] + 30,) * 2)
        seconds[0] += 60
        return list_store(*words, **options)

    monkeypatch.setattr(worker_module, "list_store", listing)
    channel = Said({"do": "mark", "root": str(tree.root), "untagged": True})
    worker_module.Worker(cast(Channel, channel), lambda: seconds[0]).serve()
    marked = channel.events[-1]
    assert (marked["event"], marked["spared_blobs"], marked["going_blobs"]) == ("marked", 1, 0)
    assert not [event for event in channel.events if event.get("code") == "from-the-future"]
