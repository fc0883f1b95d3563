"""``ctl registry-garbage-collect`` on a real registry that serves meanwhile."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ctl.apply.lock import locked
from ctl.operations.collect.run import running
from ctl.paths import REGISTRY
from ctl.state import readonly
from ctl.supervise.processes import alive
from ctl.supervise.status import process_of
from ctl.targets.runit.places import CONFIGS
from tests.registries import V3
from tests.system.images import Registry
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.test_readonly import at_rest, takes_pushes
from tests.system.test_switching import judged
from tests.system.traffic import Traffic, push_blob

pytestmark = pytest.mark.both_registries(soak=True)

ALL = ("-m", "--yes", "--min-age", "0s", "--max-delete", "100")


def collect(site: Installation, *words: str, code: int = 0) -> dict[str, Any]:
    """Collect and return the report."""
    done = site.ctl("registry-garbage-collect", "--json", *(words or ALL), code=code)
    return dict(json.loads(done.stdout))


def storage(site: Installation) -> Path:
    return site.root / "var/opt/gitlab/gitlab-rails/shared/registry"


@pytest.mark.both_registries
def test_every_image_with_a_tag_is_pulled_after_what_it_was_before(running_site: Installation) -> None:
    registry = Registry(running_site)
    plain = registry.image("v1", "latest")
    amd, arm = registry.image(), registry.image()
    index = registry.index([amd, arm], "multi")
    nested = registry.index([index], "nested")
    moved = registry.image("moving")
    target = registry.image("moving")
    untagged = registry.image()
    deleted = registry.image("gone")
    registry.delete(deleted)
    kept = [plain, amd, arm, index, nested, target]
    plain_run = collect(running_site, "--yes", "--min-age", "0s", "--max-delete", "100")
    assert all(registry.is_whole(digest) for digest in [*kept, moved, untagged])
    assert plain_run["swept"]["moved"]["blobs"] == 4
    dry = collect(running_site, "-m", "--dry-run", "--min-age", "0s")
    assert dry["swept"] is None
    report = collect(running_site)
    assert report["swept"]["moved"]["manifests"] == dry["marked"]["going_manifests"] == 2
    assert report["refused_seconds"] < 30
    for name in ("v1", "latest", "multi", "nested", "moving", *kept):
        assert registry.is_whole(name), name
    for gone in (moved, untagged):
        assert registry.ask("GET", f"manifests/{gone}")[0] == 404
    # What was deleted can be pushed again: no cache believes that it is still there.
    assert registry.is_whole(registry.image("again"))
    assert at_rest(running_site)
    assert takes_pushes(running_site)
    log = (running_site.layout.logs / "ctl/deleted.log").read_text()
    assert untagged in log
    assert "registry-garbage-collect" in running_site.ctl("history").stdout


def test_blob_that_is_pushed_again_after_its_deletion_is_stored(running_site: Installation) -> None:
    """The registry's cache in memory would take it for present, and the next image would be broken."""
    registry = Registry(running_site)
    registry.image("keep")
    content = b"a layer that comes back" * 1000
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    way = [running_site.http_port, False]
    assert push_blob(way, registry.token, content, 0.0, registry.repository) == digest
    assert registry.has(digest)
    collect(running_site)
    assert registry.ask("HEAD", f"blobs/{digest}")[0] == 404
    assert push_blob(way, registry.token, content, 0.0, registry.repository) == digest
    assert registry.has(digest)


def test_what_is_young_stays_and_is_said(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    untagged = registry.image()
    report = collect(running_site, "-m", "--yes")
    assert report["swept"] is None
    assert report["marked"]["spared_manifests"] == 1
    assert registry.is_whole(untagged)


def test_collection_is_undone_until_its_trash_is_emptied(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    untagged = registry.image()
    collect(running_site)
    assert registry.ask("GET", f"manifests/{untagged}")[0] == 404
    running_site.ctl("registry-garbage-collect", "--undo")
    assert registry.is_whole(untagged)
    collect(running_site)
    running_site.ctl("registry-garbage-collect", "--empty-trash", "--keep-deleted", "0s")
    assert "there is nothing to undo" in running_site.ctl("registry-garbage-collect", "--undo", code=1).stderr
    assert registry.is_whole("v1")


def test_too_much_at_once_is_not_deleted_unasked(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1", layers=1)
    untagged = registry.image(layers=9)
    done = running_site.ctl("registry-garbage-collect", "-m", "--yes", "--min-age", "0s", code=1)
    assert "% of all bytes would go, more than 50 %; nothing was touched" in done.stderr
    assert registry.is_whole(untagged)
    assert at_rest(running_site)


def test_empty_registry_has_nothing_to_collect(running_site: Installation) -> None:
    done = running_site.ctl("registry-garbage-collect")
    assert "holds no images" in done.stdout


def test_registry_that_is_stopped_stays_stopped(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    untagged = registry.image()
    running_site.ctl("stop", "registry")
    report = collect(running_site)
    assert report["swept"]["moved"]["manifests"] == 1
    assert not process_of(running_site.layout, REGISTRY).is_up
    running_site.ctl("start", "registry")
    wait_for(lambda: process_of(running_site.layout, REGISTRY).is_up)
    wait_for(lambda: takes_pushes(running_site))
    assert registry.is_whole("v1")
    assert registry.ask("GET", f"manifests/{untagged}")[0] == 404


def test_other_store_is_collected_without_touching_services(
    running_site: Installation, tmp_path: Path
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    registry.image()
    config = tmp_path / "config.yml"
    copy = tmp_path / "store"
    subprocess.run(["cp", "-a", str(storage(site)), str(copy)], check=True)
    config.write_text(f"storage:\n  filesystem:\n    rootdirectory: {copy}\n")
    pid = process_of(site.layout, REGISTRY).pid
    done = site.ctl("registry-garbage-collect", str(config), *ALL[:1], "--min-age", "0s", code=2)
    assert "nobody may write to it" in done.stderr
    report = collect(site, str(config), *ALL)
    assert (report["supervised"], report["refused_seconds"]) == (False, None)
    assert report["swept"]["moved"]["manifests"] == 1
    assert process_of(site.layout, REGISTRY).pid == pid
    # A link to the registry's own store is that store, whatever its path.
    link = tmp_path / "link"
    link.symlink_to(storage(site))
    config.write_text(f"storage:\n  filesystem:\n    rootdirectory: {link}\n")
    # T22: the path may stand behind an option.
    assert collect(site, "-m", str(config), "--dry-run")["supervised"]


def worker_of(pid: int) -> int:
    """Return the worker of a command; 0 while it has none."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if b"ctl.storage.worker" in Path(f"/proc/{line}/cmdline").read_bytes():
                return int(line)
    return 0


def while_marking(site: Installation, pid: int) -> bool:
    return worker_of(pid) > 0


def while_refusing(site: Installation, pid: int) -> bool:
    return readonly.leased(site.layout) is not None


def while_moving(site: Installation, pid: int) -> bool:
    return any(storage(site).glob("ctl-trash/*/plan-1"))


@pytest.mark.parametrize("moment", [while_marking, while_refusing, while_moving])
@pytest.mark.parametrize("victims", ["command", "worker", "both"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_run_that_dies_leaves_the_registry_writable_and_every_image_whole(
    running_site: Installation,
    moment: Callable[[Installation, int], bool],
    victims: str,
    number: signal.Signals,
) -> None:
    site = running_site
    registry = Registry(site)
    kept = registry.index([registry.image(), registry.image()], "multi")
    for _ in range(3):
        registry.image()
    command = subprocess.Popen(
        site.command("registry-garbage-collect", *ALL),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while command.poll() is None and not moment(site, command.pid):
        pass
    worker = worker_of(command.pid)
    for pid in [command.pid] * (victims != "worker") + [worker] * (victims != "command" and worker > 0):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    command.wait(60)
    wait_for(lambda: not (worker and alive(worker)))
    wait_for(lambda: readonly.leased(site.layout) is None, 10.0)
    wait_for(lambda: at_rest(site), 10.0)
    wait_for(lambda: takes_pushes(site), 10.0)
    assert registry.is_whole(kept)
    collect(site)
    assert registry.is_whole(kept)
    assert registry.ask("GET", "tags/list")[0] == 200
    assert at_rest(site)


def test_clients_notice_no_collection(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    for _ in range(5):
        registry.image()
    traffic = Traffic(site, pushers=2)
    try:
        for _ in range(2):
            collect(site)
            registry.image()
        report = traffic.stop()
    finally:
        traffic.kill()
    judged(report)


def test_second_collection_is_refused(running_site: Installation) -> None:
    site = running_site
    Registry(site).image("v1")
    with running(site.layout):
        done = site.ctl("registry-garbage-collect", *ALL, code=4)
    assert "ctl registry-garbage-collect (pid" in done.stderr


def waits_for_the_lock(site: Installation, pid: int) -> bool:
    """Whether a command has marked, and wants to switch services."""
    with contextlib.suppress(OSError):
        return any(
            descriptor.readlink() == site.layout.lock for descriptor in Path(f"/proc/{pid}/fd").iterdir()
        )
    return False


@contextlib.contextmanager
def collecting(site: Installation) -> Iterator[subprocess.Popen[str]]:
    """Collect, and be asked in before anything is switched: the caller holds the main lock meanwhile."""
    with locked(site.layout, "reconfigure"):
        command = subprocess.Popen(
            site.command("registry-garbage-collect", *ALL),
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: waits_for_the_lock(site, command.pid) or command.poll() is not None)
        assert command.poll() is None
        yield command


def test_collection_waits_for_a_change_that_is_under_way(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    untagged = registry.image()
    with collecting(running_site) as command:
        assert registry.is_whole(untagged)
    assert command.wait(60) == 0
    assert registry.ask("GET", f"manifests/{untagged}")[0] == 404


def test_store_that_is_another_one_after_marking_is_not_swept(
    running_site: Installation, tmp_path: Path
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    registry.image()
    before = sorted(storage(site).rglob("*"))
    config = site.layout.current / CONFIGS[REGISTRY, False]
    text = config.read_text()
    with collecting(site) as command:
        config.write_text(text.replace(str(storage(site)), str(tmp_path)))
    assert command.wait(60) == 1
    assert command.stderr is not None
    assert "the registry has another store; nothing was touched" in command.stderr.read()
    assert sorted(storage(site).rglob("*")) == before
    config.write_text(text)


def test_usage_says_what_every_repository_takes(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1", layers=3)
    registry.image()
    usage = json.loads(running_site.ctl("registry-usage", "--json").stdout)
    [row] = usage["rows"]
    assert (row["repository"], row["tags"], row["manifests"]) == ("group/app", 1, 2)
    assert row["reclaimable_untagged_bytes"] > row["reclaimable_bytes"] == 0
    assert usage["totals"]["going_untagged_bytes"] == row["reclaimable_untagged_bytes"]
    by_group = running_site.ctl("registry-usage", "--csv", "--by", "group").stdout.splitlines()
    assert by_group[1].startswith("group,1,2,")


def test_program_of_the_registry_collects_under_the_same_supervision(running_site: Installation) -> None:
    registry = Registry(running_site)
    registry.image("v1")
    done = running_site.ctl("registry-garbage-collect", "--engine", "registry")
    assert "blobs marked, 0 blobs and 0 manifests eligible for deletion" in done.stdout
    assert at_rest(running_site)
    assert takes_pushes(running_site)
    words = ("registry-garbage-collect", "--engine", "registry", "-m")
    if running_site.program is V3:
        # It keeps the children of a tagged index.
        index = registry.index([registry.image()], "multi")
        running_site.ctl(*words)
        assert registry.is_whole(index)
        return
    assert "multi-arch" in running_site.ctl(*words, code=1).stderr
