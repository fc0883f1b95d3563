from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from ctl.console.services import document, table
from ctl.operations.collect.schedule import Scheduled
from ctl.operations.inspect.overview import Expiry, Overview, ServiceView, Upcoming
from ctl.state.collection import Collected, Outcome
from ctl.state.readonly import ReadOnly
from ctl.supervise.status import ServiceState, State
from ctl.supervise.usage import Usage

UP = ServiceState("nginx", State.RUN, 123, 93784.0, wanted=True)
NGINX = ServiceView("nginx", UP, None, False, Usage(16 * 1024**2, (443, 5000)), False, None)
REGISTRY = ServiceView(
    "registry",
    replace(UP, name="registry", pid=124, since=59.0),
    replace(UP, name="log"),
    False,
    Usage(3 * 1024**3, ()),
    True,
    "restart",
)
FOUND = Overview([NGINX, REGISTRY], None, False, [], [], 0)
ENDS = datetime(2026, 12, 31, 12, tzinfo=UTC)


def shown(overview: Overview, width: int = 100) -> list[str]:
    return list(table(overview, width, coloured=False))


def test_table_has_a_line_for_each_service() -> None:
    assert shown(FOUND) == [
        "service   state             pid  uptime  memory    ports",
        "nginx     run               123  1d 2h   16.0 MiB  443 5000",
        "registry  run, restart due  124  59s     3.0 GiB   socket",
        "",
        "read-only    no",
        "not applied  nothing",
    ]


@pytest.mark.parametrize(
    ("state", "on_purpose", "words"),
    [
        (State.DOWN, True, "down, on purpose"),
        (State.DOWN, False, "down, keeps ending"),
        (State.ABSENT, False, "unsupervised"),
    ],
)
def test_service_that_is_down_says_why(state: State, on_purpose: bool, words: str) -> None:
    down = ServiceState("nginx", state, wanted=not on_purpose)
    view = replace(NGINX, state=down, on_purpose=on_purpose, usage=None)
    assert re.search(rf"^nginx +{words} +- ", shown(replace(FOUND, services=[view]))[1])


def test_what_is_due_stands_below_the_table() -> None:
    overview = replace(
        FOUND,
        read_only=ReadOnly("2026-11-21T10:00:00+00:00", "root", "collection"),
        pending=["/etc/gitlab/gitlab.rb was changed"],
        expiries=[Expiry("/a.crt", ENDS, -1), Expiry("/b.crt", ENDS, 1), Expiry("/c.crt", ENDS, 90)],
    )
    assert shown(overview)[4:] == [
        "read-only    since 2026-11-21T10:00:00+00:00 by root: collection",
        "not applied  /etc/gitlab/gitlab.rb was changed",
        "             ctl reconfigure applies it",
        "certificate  expired on 2026-12-31: /a.crt",
        "certificate  1 day left: /b.crt",
        "certificate  90 days left: /c.crt",
    ]
    assert any("gitlab.rb demands it" in line for line in shown(replace(FOUND, refuses_pushes=True)))


@pytest.mark.parametrize("width", [10, 20, 39, 40, 60, 61, 200])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    overview = replace(FOUND, pending=["/a/very/long/path/" + "x" * 100 + " was changed"])
    lines = shown(overview, width)
    assert max(map(len, lines)) <= width
    together = re.sub(r"\s+", "", "".join(lines))
    for word in ("nginx", "registry", "123", "1d2h", "16.0MiB", "4435000", "x" * 100):
        assert word in together


def test_colours_are_only_there_when_wanted_and_take_no_columns() -> None:
    plain = shown(FOUND)
    coloured = list(table(FOUND, 100, coloured=True))
    assert coloured != plain
    assert [re.sub(r"\x1b\[\d+m", "", line).rstrip() for line in coloured] == plain
    assert "\x1b" not in "".join(plain)


def test_hostile_reason_does_not_drive_the_terminal_and_is_exact_as_json() -> None:
    reason = 'a\x1b[2J\x9b"\u202e'
    overview = replace(FOUND, read_only=ReadOnly("now", "root", reason))
    assert "a\\x1b[2J\\u009b" in shown(overview)[4]
    text = document(overview)
    assert text.isascii()
    assert json.loads(text)["read_only"] == {"since": "now", "who": "root", "reason": reason}


def test_json_holds_everything() -> None:
    overview = replace(FOUND, expiries=[Expiry("/a.crt", ENDS, 40)])
    content = json.loads(document(overview))
    assert content["services"][1] == {
        "name": "registry",
        "state": "run",
        "pid": 124,
        "seconds": 59,
        "wanted": True,
        "paused": False,
        "stopped_on_purpose": False,
        "memory_bytes": 3 * 1024**3,
        "ports": [],
        "pending": "restart",
        "log": {"state": "run", "pid": 123, "seconds": 93784},
    }
    assert content["services"][0]["log"] is None
    assert content["certificates"] == [
        {"path": "/a.crt", "not_after": "2026-12-31T12:00:00+00:00", "days_left": 40}
    ]
    assert (content["read_only"], content["refuses_pushes"], content["not_applied"]) == (None, False, [])


DONE = Collected(
    "2026-11-22T04:05:59+01:00",
    Outcome.DONE,
    "deleted all of it",
    deleted={"manifests": 3, "blobs": 5, "bytes": 1_234_567_890},
)
UPCOMING = Upcoming(
    Scheduled("Sun 04:05", "systemd", "/usr/bin/ctl x", "/etc/t"), datetime(2026, 11, 29, 4, 5, tzinfo=UTC)
)


def test_collection_that_is_done_says_how_much_went_and_when_the_next_one_comes() -> None:
    assert shown(replace(FOUND, collected=DONE, upcoming=UPCOMING))[6:] == [
        "collection   done 2026-11-22T04:05:59+01:00: deleted 3 manifests and 5 blobs, 1.2 GB",
        "scheduled    collection Sun 04:05 by systemd, next on 2026-11-29 04:05 UTC",
    ]
    unreadable = replace(UPCOMING, following=None)
    assert shown(replace(FOUND, upcoming=unreadable))[-1] == "scheduled    collection Sun 04:05 by systemd"


@pytest.mark.parametrize(("outcome", "colour"), [(Outcome.FAILED, 31), (Outcome.STOPPED, 33)])
def test_collection_that_did_not_come_to_its_end_stands_out_and_says_what_to_do(
    outcome: Outcome, colour: int
) -> None:
    overview = replace(FOUND, collected=Collected("now", outcome, "a \x1b disk", "mend it"))
    assert shown(overview)[6:] == [f"collection   {outcome} now: a \\x1b disk", "             mend it"]
    line = list(table(overview, 100, coloured=True))[6]
    assert line == f"\x1b[{colour}mcollection   {outcome} now: a \\x1b disk\x1b[0m"
    assert not list(table(replace(FOUND, collected=DONE), 100, coloured=True))[6].startswith("\x1b")


def test_json_holds_the_last_collection_and_the_next() -> None:
    content = json.loads(document(replace(FOUND, collected=DONE, upcoming=UPCOMING)))
    assert content["collection"] == {
        "moment": "2026-11-22T04:05:59+01:00",
        "outcome": "done",
        "message": "deleted all of it",
        "help": None,
        "deleted": {"manifests": 3, "blobs": 5, "bytes": 1_234_567_890},
    }
    assert content["schedule"] == {
        "when": "Sun 04:05",
        "by": "systemd",
        "command": "/usr/bin/ctl x",
        "path": "/etc/t",
        "next": "2026-11-29T04:05:00+00:00",
    }
    nothing = json.loads(document(FOUND))
    assert (nothing["collection"], nothing["schedule"]) == (None, None)
