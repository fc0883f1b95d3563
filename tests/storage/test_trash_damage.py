"""Whatever lies in the place of the trash's own files: one error that names it, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ctl.storage.backends.filesystem import FilesystemStore
from ctl.storage.engine.progress import silent
from ctl.storage.removal import trash
from ctl.storage.store import StoreError
from tests.storage.engine import collect, undo
from tests.storage.process import worker
from tests.storage.tree import Tree

DAMAGES: dict[str, Callable[[Path, bytes], object]] = {
    "empty": lambda path, _: path.write_bytes(b""),
    "cut": lambda path, content: path.write_bytes(content[: len(content) // 2]),
    "deep": lambda path, _: path.write_bytes(b"[" * 100_000),
    "deep-trailer": lambda path, content: path.write_bytes(content + b"[" * 100_000 + b"\n"),
    "binary": lambda path, _: path.write_bytes(bytes(range(256)) * 16),
    "directory": lambda path, _: path.mkdir(),
    "dangling": lambda path, _: path.symlink_to("/no/such/place"),
    "fifo": lambda path, _: os.mkfifo(path),
}


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["plan-1", "lock", "finished", ".", ".."])
def test_damage_in_the_trash_is_told_and_takes_nothing(root: Path, name: str, how: str) -> None:
    tree = Tree(root / "store")
    tree.image("a", "v1")
    tree.blob("orphan")
    where = str(tree.root)
    with worker() as child:
        child.ask(do="mark", root=where)
        assert child.ask(do="sweep", run="r1", limit={})["event"] == "swept"
    trash = next(path for path in tree.root.rglob("r1") if path.is_dir()).parent
    path = Path(os.path.normpath({"lock": trash / "lock"}.get(name, trash / "r1" / name)))
    live = tree.blobs()
    content = path.read_bytes() if path.is_file() else b""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    DAMAGES[how](path, content)
    for request in (
        {"do": "runs", "root": where},
        {"do": "undo", "root": where, "run": "r1"},
        {"do": "empty-trash", "root": where, "older_than": 10**9},
    ):
        with worker() as child:
            last = child.ask(**request)
        told = f"{request}: {last}"
        assert last["event"] != "error" or last["code"] != "internal", told
    with worker() as child:
        marked = child.ask(do="mark", root=where)
        assert marked["event"] in ("marked", "error")
        last = child.ask(do="sweep", run="r2", limit={})
        assert last["event"] != "error" or last["code"] != "internal", last
    assert tree.blobs() >= live


@pytest.mark.parametrize("target", ["/", "{victim}", "../docker/registry/v2/blobs", "r1", "nowhere"])
@pytest.mark.parametrize(
    "name", ["planted", "0.unlinking", "r1.unlinking", "lock", "lock.aside-1", "ctl-trash"]
)
def test_link_among_the_runs_hinders_nothing_and_what_it_leads_to_stays(
    root: Path, name: str, target: str
) -> None:
    tree, victim = Tree(root / "store"), root / "victim"
    tree.image("a", "v1")
    tree.blob("orphan")
    (victim / "docker").mkdir(parents=True)
    (victim / "plan-1").write_text("precious")
    with FilesystemStore(str(tree.root)) as store:
        collect(tree, run="r1")
        (tree.root / "ctl-trash" / "lock").unlink()
        (tree.root / "ctl-trash" / name).symlink_to(target.format(victim=victim))
        live = tree.blobs()
        with trash.locked(store):
            assert [run.name for run in trash.runs(store)] == ["r1"]
            with pytest.raises(StoreError) as refused:
                trash.undo(store, "planted", silent())
            assert refused.value.code == "no-run"
            gone, _, _ = trash.empty(store, 0, int(time.time()) + 1, silent())
            assert gone == ["r1"]
        tree.blob("another")
        collect(tree, run="r2")
        undo(tree, "r2")
    assert tree.blobs() > live
    assert sorted(path.name for path in victim.iterdir()) == ["docker", "plan-1"]
    assert (victim / "plan-1").read_text() == "precious"
