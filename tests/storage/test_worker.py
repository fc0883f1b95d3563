"""The worker's protocol, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.storage.dying import tagged, whole
from tests.storage.process import Event, WorkerProcess, worker
from tests.storage.tree import Tree


@pytest.fixture
def tree(root: Path) -> Tree:
    tree = Tree(root / "store")
    for name in ("a", "group/b"):
        tree.image(name, "v1")
        tree.index(name, [tree.image(name), tree.image(name)])
    tree.blob("orphan")
    return tree


def mark(tree: Tree, **more: object) -> dict[str, object]:
    return {"do": "mark", "root": str(tree.root), "untagged": True, **more}


def test_collection_is_marked_swept_undone_and_emptied(tree: Tree, root: Path) -> None:
    snapshot = tree.snapshot()
    cache = str(root / "cache")
    with worker() as child:
        events = child.ask_all(**mark(tree, cache=cache))
        marked = events[-1]
        assert marked["event"] == "marked"
        assert (marked["going_manifests"], marked["going_blobs"], marked["blobs"]) == (6, 15, 21)
        assert (marked["stops"], marked["nothing_marked"], marked["read"]) == (0, False, 8)
        assert 0 < marked["percent"] < 100
        repositories = [event for event in events if event["event"] == "repository"]
        assert [event["repository"] for event in repositories] == ["a", "group/b"]
        assert {event["untagged"] for event in repositories} == {3}
        phases = {event["phase"] for event in events if event["event"] == "progress"}
        assert {"listing-blobs", "listing-repositories", "reading-manifests", "marking"} <= phases
        events = child.ask_all(do="sweep", run="r1", limit={"blobs": marked["going_blobs"]})
        swept = events[-1]
        assert (swept["event"], swept["moved"]["blobs"], swept["vanished"]) == ("swept", 15, 0)
        moved = [event["digest"] for event in events if event["event"] == "moved" and event["kind"] == "blob"]
        assert len(moved) == 15
        assert not set(moved) & tree.blobs()
        whole(tree)
        runs = child.ask_all(do="runs", root=str(tree.root))
        assert [(event.get("run"), event.get("finished")) for event in runs] == [("r1", True), (None, None)]
        assert child.ask(do="undo", root=str(tree.root), run="r1")["restored"]["blobs"] == 15
        assert tree.snapshot() == snapshot
        assert child.ask(**mark(tree, cache=cache))["going_blobs"] == 15
        child.ask(do="sweep", run="r2")
        emptied = child.ask(do="empty-trash", root=str(tree.root), older_than=0, now=int(time.time()) + 5)
        assert emptied["runs"] == ["r2"]
        assert emptied["files"] > 15
        assert child.ask(**mark(tree, cache=cache))["going_blobs"] == 0
        assert child.end() == (0, "")
    assert tree.trash() == []


def test_cache_that_is_warm_reads_no_manifest(tree: Tree, root: Path) -> None:
    with worker() as child:
        first = child.ask(**mark(tree, cache=str(root / "cache")))
        second = child.ask(**mark(tree, cache=str(root / "cache")))
    assert (first["read"], second["read"]) == (8, 0)
    assert {**first, "read": 0} == second


def test_usage_tells_pushed_own_and_reclaimable_bytes(tree: Tree) -> None:
    with worker() as child:
        events = child.ask_all(do="usage", root=str(tree.root))
    usage = {event["repository"]: event for event in events if event["event"] == "usage"}
    assert set(usage) == {"a", "group/b"}
    assert usage["a"]["tags"] == 1
    assert usage["a"]["manifests"] == 4
    assert usage["a"]["reclaimable_bytes"] == 0
    assert 0 < usage["a"]["reclaimable_untagged_bytes"] < usage["a"]["bytes"]
    assert usage["a"]["exclusive_bytes"] == usage["a"]["bytes"] == usage["a"]["pushed_bytes"]
    used = events[-1]
    assert used["going_bytes"] == len("orphan")
    assert used["pushed_bytes"] + len("orphan") == used["bytes"]
    assert used["ratio"] <= 1


def test_layers_that_are_shared_show_in_ratio_and_exclusive_bytes(tree: Tree) -> None:
    big = tree.blob("x" * 100_000)
    for name in ("a", "group/b", "c"):
        tree.image(name, "big", layers=[big])
    with worker() as child:
        events = child.ask_all(do="usage", root=str(tree.root))
    assert 2.5 < events[-1]["ratio"] < 3
    assert all(event["exclusive_bytes"] < 10_000 for event in events if event["event"] == "usage")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"do": "fly"}, "bad-request"),
        ({"do": "mark"}, "bad-request"),
        ({"do": "mark", "root": 7}, "bad-request"),
        ({"do": "mark", "root": "/", "min_age": -1}, "bad-request"),
        ({"do": "mark", "root": "/", "min_age": True}, "bad-request"),
        ({"do": "mark", "root": "/", "colour": "red"}, "bad-request"),
        ({"do": "mark", "root": "/does/not/exist"}, "root-missing"),
        ({"do": "mark", "root": "/proc/self"}, "no-registry"),
        ({"do": "sweep", "run": "r"}, "no-mark"),
        ({"do": "list"}, "no-mark"),
        ({"do": "sweep", "run": "r", "limit": {"bytes": "many"}}, "bad-request"),
        ({"do": "sweep", "run": "r", "limit": {"check": 7}}, "bad-request"),
        ({"do": "undo", "root": "/proc/self", "run": "r"}, "no-run"),
    ],
)
def test_wrong_request_is_answered_and_the_next_one_served(
    tree: Tree, request_: dict[str, object], code: str
) -> None:
    with worker() as child:
        answer = child.ask(**request_)
        assert (answer["event"], answer["code"]) == ("error", code)
        assert child.ask(**mark(tree))["event"] == "marked"
        assert child.end() == (0, "")


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b"[" * 100_000, b'"x"'])
def test_line_that_is_no_request_is_answered(line: bytes) -> None:
    with worker() as child:
        assert child.process.stdin is not None
        child.process.stdin.write(line + b"\n")
        child.process.stdin.flush()
        assert next(child.events())["code"] == "bad-request"
        assert child.end() == (0, "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signal_ends_an_idle_worker(name: str) -> None:
    with worker() as child:
        child.ask(do="runs", root="/proc/self")
        os.kill(child.process.pid, getattr(signal, name))
        assert child.process.wait(timeout=10) == 1


def test_end_of_stdin_ends_an_idle_worker_well() -> None:
    with worker() as child:
        assert child.end() == (0, "")


def large(root: Path) -> Tree:
    """Make a store whose sweep takes a moment."""
    tree = Tree(root / "large")
    tree.image("a", "v1")
    for number in range(4000):
        tree.blob(f"orphan {number}")
    return tree


def begun(child: WorkerProcess, tree: Tree) -> None:
    """Start a sweep and wait until it moves."""
    assert child.ask(**mark(tree))["event"] == "marked"
    child.send(do="sweep", run="r")
    deadline = time.monotonic() + 20
    moved = tree.root / "ctl-trash/r/docker"
    while not moved.exists():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "SIGHUP", "stdin"])
def test_sweep_that_is_told_to_stop_ends_between_two_moves(root: Path, how: str) -> None:
    tree = large(root)
    snapshot = tree.snapshot()
    with worker() as child:
        begun(child, tree)
        assert child.process.stdin is not None
        if how == "stdin":
            child.process.stdin.close()
        else:
            os.kill(child.process.pid, getattr(signal, how))
        *_, answer = child.events()
        assert (answer["event"], answer["code"]) == ("error", "stopped")
        assert child.process.wait(timeout=10) == 1
    assert 0 < len(tree.blobs()) - 3 < 4000
    with worker() as child:
        (run, _) = child.ask_all(do="runs", root=str(tree.root))
        assert not run["finished"]
        child.ask(**mark(tree))
        assert child.ask(do="sweep", run=run["run"])["event"] == "swept"
        assert len(tree.blobs()) == 3
        child.ask(do="undo", root=str(tree.root), run="r")
    assert tree.snapshot() == snapshot


def test_worker_whose_listener_is_gone_ends(root: Path) -> None:
    tree = large(root)
    with worker() as child:
        child.ask(**mark(tree))
        assert child.process.stdout is not None
        child.process.stdout.close()
        child.send(do="sweep", run="r")
        assert child.process.wait(timeout=20) == 1
        assert child.process.stderr is not None
        assert child.process.stderr.read() == b""


PARENT = """
import subprocess, sys, time
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
child = subprocess.Popen([sys.executable, "-m", "ctl.storage.worker"], **pipes)
child.stdin.write(b'{"do": "runs", "root": "/proc/self"}\\n')
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def test_worker_dies_with_its_parent() -> None:
    # The test holds the worker's stdin open too, so that only the kernel can tell the worker.
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    stdin = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(f"/proc/{pid}/fd/0", os.O_WRONLY | os.O_NONBLOCK)
    try:
        parent.kill()
        parent.wait()
        deadline = time.monotonic() + 10
        while is_alive(pid):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        os.close(stdin)
        os.close(writer)
        parent.stdout.close()


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_names_that_are_not_utf_8_come_through(tree: Tree) -> None:
    tree.image("b", "v1")
    tree.repository("b").rename(tree.repository("\udcff\nb"))
    with worker() as child:
        events = child.ask_all(**mark(tree))
    assert "\udcff\nb" in [event.get("repository") for event in events]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another account")
def test_worker_of_another_account_says_what_it_may_not(tree: Tree, root: Path) -> None:
    root.chmod(0o755)
    image = next(
        path.parent.name for path in tree.base.glob("repositories/a/_manifests/revisions/sha256/*/link")
    )
    tree.blob_path(f"sha256:{image}").chmod(0)
    with worker(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]) as child:
        events = child.ask_all(**mark(tree))
        assert "manifest-not-understood" in {event.get("code") for event in events}
        kept = {event["repository"] for event in events if event.get("kept")}
        assert kept == {"a"}
        before = tree.snapshot_names()
        answer = child.ask(do="sweep", run="r")
        assert answer["code"] == "io-error"
        assert "permission denied" in answer["message"]
    assert tree.snapshot_names() == before


# Killed by the kernel at counted system calls.

CHANGES = "?rename,renameat,?renameat2,mkdirat,unlinkat,fsync,write"


def traced(tree: Tree, root: Path) -> list[tuple[str, int]]:
    """Sweep a copy and give the system calls by which it is changed."""
    copy = Tree(Path(shutil.copytree(tree.root, root / "copy")))
    log = root / "trace"
    with worker(["strace", "-qq", "-o", str(log), "-e", f"trace={CHANGES}"]) as child:
        child.ask(**mark(copy))
        assert child.ask(do="sweep", run="r")["event"] == "swept"
        child.end()
    shutil.rmtree(copy.root)
    seen: dict[str, int] = {}
    calls = []
    for line in log.read_text().splitlines():
        call = re.match(r"[a-z0-9]+", line)
        if call:
            seen[call[0]] = seen.get(call[0], 0) + 1
            calls.append((call[0], seen[call[0]]))
    assert len(calls) > 60
    return calls


def killed_everywhere(tree: Tree, root: Path, count: int) -> None:
    calls = traced(tree, root)
    step = (len(calls) - 1) / (count - 1)
    needed, snapshot = tagged(tree), tree.snapshot()
    original = Path(shutil.copytree(tree.root, root / "original"))
    deaths = 0
    for number in range(count):
        call, occurrence = calls[round(step * number)]
        inject = f"inject={call}:signal=SIGKILL:when={occurrence}"
        with worker(["strace", "-qq", "-o", "/dev/null", "-e", inject]) as child:
            events: list[Event] = []
            try:
                events += child.ask_all(**mark(tree))
                events += child.ask_all(do="sweep", run="r")
            except BrokenPipeError:
                pass
            deaths += not events or events[-1]["event"] != "swept"
        assert needed <= tree.blobs()
        whole(tree)
        with worker() as child:
            assert child.ask(**mark(tree))["event"] == "marked"
            again = child.ask(do="sweep", run="r")
            assert again["event"] == "swept" or again["code"] == "run-finished", again
            assert needed == tree.blobs()
            whole(tree)
            for run in [event["run"] for event in child.ask_all(do="runs", root=str(tree.root))[:-1]]:
                child.ask(do="undo", root=str(tree.root), run=run)
        assert tree.snapshot() == snapshot
        shutil.rmtree(tree.root)
        shutil.copytree(original, tree.root)
    assert deaths > count * 0.8


def test_worker_killed_at_any_system_call_loses_nothing(tree: Tree, root: Path) -> None:
    killed_everywhere(tree, root, 20)


@pytest.mark.soak
def test_worker_killed_at_two_hundred_system_calls_loses_nothing(tree: Tree, root: Path) -> None:
    killed_everywhere(tree, root, 200)


def test_interrupted_mark_goes_on_from_its_cache(tree: Tree, root: Path) -> None:
    for number in range(2500):
        tree.put("a", {"schemaVersion": 2, "layers": [], "annotations": {"n": str(number)}}, "x")
    cache, log = str(root / "cache"), root / "trace"
    with worker(["strace", "-qq", "-o", str(log), "-e", "trace=openat"]) as child:
        assert child.ask(**mark(tree))["event"] == "marked"
    # The last calls are those of manifests; of the first 1,500 one batch of a thousand is in the cache.
    fatal = len(log.read_text().splitlines()) - 1000
    inject = f"inject=openat:signal=SIGKILL:when={fatal}"
    with worker(["strace", "-qq", "-o", "/dev/null", "-e", inject]) as child:
        child.send(**mark(tree, cache=cache))
        assert "marked" not in [event["event"] for event in child.events()]
    with worker() as child:
        marked = child.ask(**mark(tree, cache=cache))
    assert marked["read"] == 2508 - 1000


def test_list_between_mark_and_sweep_tells_what_listing_takes_and_changes_nothing(tree: Tree) -> None:
    with worker() as child:
        first = next(event for event in child.ask_all(**mark(tree)) if event["event"] == "listing")
        timed = child.ask(do="list")
        assert timed["event"] == "timed"
        assert 0 < timed["listing"] < first["seconds"] + 5
        assert child.ask(do="sweep", run="r")["moved"]["blobs"] == 15
