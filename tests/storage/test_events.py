"""What root takes from the worker's pipe: exactly what a worker says, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ctl.storage.events import EVENTS, Note, Progressed
from ctl.storage.pipe import LONGEST_LINE, HostileLine, line_of, read_event
from tests.storage.process import worker
from tests.storage.tree import Tree

PROGRESS = (
    b'{"event": "progress", "phase": "a", "done": 1, "total": 1, "bytes": 1, "seconds": 1.5, "rate": 1}\n'
)


def line(document: object) -> bytes:
    return json.dumps(document).encode() + b"\n"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """One event of every kind, as a real worker said it."""
    tree = Tree(tmp_path_factory.mktemp("events") / "store")
    tree.image("a", "v1")
    tree.image("a")
    tree.blob("orphan")
    root = str(tree.root)
    events = []
    with worker() as child:
        events += child.ask_all(do="mark", root=root, untagged=True)
        events += child.ask_all(do="list")
        events += child.ask_all(do="sweep", run="r1", limit={})
        events += child.ask_all(do="runs", root=root)
        events += child.ask_all(do="moved", root=root, run="r1")
        events += child.ask_all(do="undo", root=root, run="r1")
        events += child.ask_all(do="usage", root=root)
        events += child.ask_all(do="empty-trash", root=root, older_than=0)
        given = {"name": "ctl-proof-0123456789abcdef", "parameters": {"rootdirectory": root}}
        events += child.ask_all(do="prove", driver="filesystem", **given)
        events += child.ask_all(do="undo", root=root, run="none")
        about = {"driver": "filesystem", "parameters": {"rootdirectory": root}}
        events += child.ask_all(do="prove", name=f"ctl-proof-{'0' * 16}", **about)
        events += child.ask_all(do="identify", name="0" * 32, **about)
    return {event["event"]: event for event in events}


def test_every_line_of_a_real_worker_is_believed(said: dict[str, dict[str, Any]]) -> None:
    for event in said.values():
        read = read_event(line(event))
        assert type(read) is EVENTS[event["event"]]
        assert json.loads(line_of(read)) == event
    progressed = read_event(PROGRESS)
    assert isinstance(progressed, Progressed)
    assert progressed.seconds == 1.5
    rare = {"oddity", "oddities", "note"}
    assert {*EVENTS} - {*said} <= rare
    assert read_event(line({"event": "note", "code": "cache", "message": "\udcff"})) == Note(
        "cache", "\udcff"
    )


@pytest.mark.parametrize(
    "value",
    [None, True, -1, 1.5, 2**63, 10**30, "text", "x" * 70_000, [], ["a"], [1], {}, {"a": 1}, [[[[]]]]],
    ids=lambda value: str(value)[:12],
)
def test_field_of_another_type_or_out_of_range_is_refused(
    said: dict[str, dict[str, Any]], value: object
) -> None:
    refused = 0
    for event in said.values():
        for name, good in event.items():
            wrong = copy.deepcopy(event)
            wrong[name] = value
            try:
                read_event(line(wrong))
            except HostileLine:
                refused += 1
                continue
            # Only what is of the same kind may stand there.
            alike = (
                type(value) is type(good)
                or {type(value), type(good)} <= {int, float}
                or (isinstance(value, str | None) and isinstance(good, str | None))
            )
            assert alike, (event["event"], name)
    assert refused


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"no json\n",
        b"[]\n",
        b"null\n",
        b'{"event": 1}\n',
        b'{"event": "unknown"}\n',
        b'{"event": "listed"}',
        b'{"event": "listed", "more": 1}\n',
        b'{"event": "used"}\n',
        b'{"event": ' + b"[" * 100_000 + b"\n",
        b'{"event": "emptied", "runs": [[["deep"]]], "files": 1, "bytes": 1}\n',
        PROGRESS.replace(b"1.5", b"NaN"),
        PROGRESS.replace(b"1.5", b"1e999"),
        b"\xff\xfe\n",
        b"1" * 10_000 + b"\n",
        b"x" * LONGEST_LINE,
    ],
    ids=lambda data: str(data[:40]),
)
def test_line_that_no_worker_says_is_refused(data: bytes) -> None:
    with pytest.raises(HostileLine) as error:
        read_event(data)
    assert 0 < len(str(error.value)) < 200


def test_moment_that_no_calendar_has_is_refused(said: dict[str, dict[str, Any]]) -> None:
    marked = {**said["marked"], "spared_last": 2**62}
    with pytest.raises(HostileLine, match="spared_last"):
        read_event(line(marked))


def test_protocol_names_every_event(tmp_path: Path) -> None:
    import ctl.storage.worker

    for name in EVENTS:
        assert f'"event": "{name}"' in (ctl.storage.worker.__doc__ or ""), name
