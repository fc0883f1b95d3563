"""What ``ctl status`` says of collections, and which of them is undone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from functools import partial
from typing import Any

import pytest

from ctl.operations.collect.run import running
from ctl.state import lease
from tests.system.images import Registry
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.test_collect import ALL, collect, storage, worker_of
from tests.system.test_readonly import takes_pushes

pytestmark = pytest.mark.both_registries(soak=True)


def last(site: Installation) -> dict[str, Any]:
    """Return what status says of the last collection."""
    collection = json.loads(site.ctl("status", "--json").stdout)["collection"]
    return dict(collection or {})


def test_status_says_how_the_last_collection_of_this_registry_ended(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    piped = [line.split(":")[:2] for line in site.ctl("status").stdout.splitlines()]
    registry.image("v1")
    assert last(site) == {}
    collect(site, *ALL, "--dry-run")
    assert last(site) == {}
    collect(site)
    nothing = last(site)
    assert (nothing["outcome"], nothing["message"]) == ("done", "there was nothing to delete")
    registry.image(layers=1)
    done = site.ctl("registry-garbage-collect", "-m", "--yes", "--min-age", "0s", "--max-delete", "1", code=1)
    stopped = last(site)
    assert stopped["outcome"] == "stopped"
    assert f"error: {stopped['message']}\n" in done.stderr
    assert "--dry-run" in stopped["help"]
    swept = collect(site)["swept"]["moved"]
    collection = last(site)
    assert collection["outcome"] == "done"
    assert collection["deleted"] == {name: swept[name] for name in ("manifests", "blobs", "bytes")}
    assert collection["deleted"]["manifests"] == 1
    site.ctl("registry-garbage-collect", "--engine", "registry")
    assert "0 manifests eligible for deletion" in last(site)["message"]
    # What scripts read stays gitlab-ctl's lines.
    assert [line.split(":")[:2] for line in site.ctl("status").stdout.splitlines()] == piped


def test_collection_that_cannot_begin_is_a_failed_one(running_site: Installation) -> None:
    site = running_site
    place = storage(site)
    away = place.with_name("away")
    place.rename(away)
    site.ctl("registry-garbage-collect", "--yes", code=1)
    collection = last(site)
    assert (collection["outcome"], collection["message"]) == ("failed", f"there is no directory {place}")
    assert "mounted" in collection["help"]
    away.rename(place)
    site.ctl("registry-garbage-collect", "--yes", "/no/config.yml", code=1)
    assert last(site) == collection


def test_collection_that_another_run_keeps_from_its_end_is_a_failed_one(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    registry.image()
    with lease.opened(site.layout) as descriptor:
        lease.take(site.layout, descriptor)
        site.ctl("registry-garbage-collect", *ALL, code=4)
    collection = last(site)
    assert collection["outcome"] == "failed"
    assert "another run holds the registry" in collection["message"]
    with running(site.layout):
        site.ctl("registry-garbage-collect", *ALL, code=4)
    assert last(site) == collection


def test_collection_that_was_killed_is_a_failed_one(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    for number in (signal.SIGTERM, signal.SIGKILL):
        registry.image()
        command = subprocess.Popen(
            site.command("registry-garbage-collect", *ALL),
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(partial(worker_of, command.pid))
            worker = worker_of(command.pid)
            assert last(site)["outcome"] == "running"
        finally:
            command.send_signal(number)
            command.wait(60)
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        collection = last(site)
        expected = "stopped" if number == signal.SIGTERM else "failed"
        assert collection["outcome"] == expected
        assert "ctl registry-garbage-collect" in collection["help"]
        wait_for(lambda: takes_pushes(site))
    collect(site)
    assert last(site)["outcome"] == "done"


def test_run_that_is_named_is_undone(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    images, runs = [], []
    for _ in range(2):
        images.append(registry.image())
        runs.append(collect(site)["swept"]["run"])
    assert len(set(runs)) == 2
    wrong = site.ctl("registry-garbage-collect", "--undo", "20200101T000000Z", code=1)
    assert "there is no run 20200101T000000Z" in wrong.stderr
    assert runs[0] in wrong.stderr
    config = str(site.layout.current / "registry/config.yml")
    done = site.ctl("registry-garbage-collect", "--undo", runs[0], config)
    assert runs[0] in done.stdout
    undone = last(site)
    assert (undone["message"], undone["deleted"]) == (f"brought back what the run {runs[0]} deleted", None)
    assert registry.is_whole(images[0])
    assert registry.ask("GET", f"manifests/{images[1]}")[0] == 404
    site.ctl("registry-garbage-collect", "--undo")
    assert registry.is_whole(images[1])
