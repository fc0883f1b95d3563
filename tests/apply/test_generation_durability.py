"""A generation is on the disk, and closed to others, before it is in force: seen by its system calls."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from ctl.apply import generation
from ctl.apply.manifest import described
from ctl.paths import Layout
from tests.apply.rendering import rendered, staged
from tests.apply.rendering import tree as tree_of

REPOSITORY = Path(__file__).parents[2]
CALLS = (
    "openat,mkdir,chown,fchown,lchown,chmod,fchmod,write,fsync,rename,renameat,renameat2,symlink,symlinkat"
)
STAGE_AND_SWITCH = """
from pathlib import Path
import sys
from ctl.apply import generation
from ctl.paths import Layout
from tests.apply.rendering import staged

layout = Layout(Path(sys.argv[1]))
generation.switch(layout, staged(layout, "a").number)
"""
WITHOUT_ROOM = """
import resource, signal, sys
from pathlib import Path
from ctl.errors import CtlError
from ctl.paths import Layout
from tests.apply.rendering import staged

layout = Layout(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
try:
    staged(layout, "a" * 100)
except CtlError as error:
    print(error.message)
"""


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a first generation asks of the kernel, in its order, with the paths of descriptors."""
    root = tmp_path_factory.mktemp("traced")
    trace = root / "trace"
    layout_home = Layout(root).home
    words = ["strace", "-f", "-y", "-s", "0", "-o", str(trace), "-e", f"trace={CALLS}"]
    subprocess.run([*words, sys.executable, "-c", STAGE_AND_SWITCH, str(root)], cwd=REPOSITORY, check=True)
    lines = [line for line in ended(trace.read_text().splitlines()) if str(layout_home) in line]
    assert len(lines) > 20
    return lines


def ended(lines: Iterable[str]) -> Iterator[str]:
    """Yield the calls of all threads as one sequence, each where it ended."""
    begun: dict[str, str] = {}
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.lstrip()
        if call.endswith(" <unfinished ...>"):
            begun[thread] = call.removesuffix(" <unfinished ...>")
        elif call.startswith("<... "):
            yield begun.pop(thread) + call.partition(" resumed>")[2]
        else:
            yield call


def places(calls: list[str], pattern: str) -> list[int]:
    return [place for place, line in enumerate(calls) if re.search(pattern, line)]


def test_every_file_is_made_anew_and_for_root_alone(calls: list[str]) -> None:
    made = [line for line in calls if line.startswith("openat") and "O_CREAT" in line]
    assert len(made) >= 6
    for line in made:
        assert "O_EXCL" in line
        assert "O_NOFOLLOW" in line
        assert ", 0600)" in line


def test_every_directory_is_closed_until_it_has_its_group(calls: list[str]) -> None:
    made = [line for line in calls if re.search(r'^mkdir\(".*/1\.partial/', line)]
    assert len(made) >= 4
    for line in made:
        assert ", 0700)" in line
        path = line.split('"')[1]
        [owned] = places(calls, rf'chown\("{re.escape(path)}"')
        [opened] = places(calls, rf'chmod\("{re.escape(path)}", 0750\)')
        assert calls.index(line) < owned < opened


def test_everything_is_on_the_disk_before_the_generation_has_its_name(calls: list[str]) -> None:
    [named] = places(calls, r'^rename.*/1\.partial".*/generations/1"')
    files = [line.split('"')[1] for line in calls if "O_CREAT" in line and ".partial/" in line]
    directories = [line.split('"')[1] for line in calls if re.search(r'^mkdir\(".*/1\.partial', line)]
    for path in [*files, *directories]:
        synced = places(calls, rf"^fsync\(\d+<{re.escape(path)}>\)")
        assert synced, path
        assert synced[-1] < named, path
        written = places(calls, rf"^write\(\d+<{re.escape(path)}>")
        assert all(place < synced[-1] for place in written), path
    assert places(calls, r"^fsync\(\d+<.*/generations>\)")[0] > named


def test_switch_is_on_the_disk_when_it_returns(calls: list[str]) -> None:
    [switched] = places(calls, r'^rename.*current\.new".*/current"')
    assert places(calls, r"^fsync\(\d+<.*/generations>\)")[0] < switched
    assert places(calls, r"^fsync\(\d+<.*/ctl>\)")[-1] > switched


def test_generation_without_room_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM, str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "a new generation cannot be written to" in done.stdout
    assert "file too large" in done.stdout
    assert list(Layout(tmp_path).generations.iterdir()) == []


def test_file_of_another_group_counts_as_damage(tmp_path: Path) -> None:
    built = staged(Layout(tmp_path), "a")
    os.chown(built.path / "one/a.txt", -1, os.getegid() + 1)
    assert generation.damaged(built) == ["one/a.txt"]


def test_every_file_has_the_group_of_its_reader_and_what_is_for_root_alone_that_of_root(
    tmp_path: Path,
) -> None:
    layout, group = Layout(tmp_path), os.getegid() + 1
    tree = rendered(layout, "a")
    made = generation.stage(layout, tree, described(tree, lambda _: group), {generation.SETTINGS: "{}"})
    groups = {path: (made.path / path).stat().st_gid for path in tree_of(made.path)}
    assert generation.damaged(made) == []
    of_readers = {path for path, gid in groups.items() if gid == group}
    assert of_readers == {
        *("one", "one/a.txt", "two", "two/deep", "two/deep/b.txt", "runit", "runit/svc", "runit/svc/run")
    }
    assert set(groups.values()) == {group, os.getegid()}


def test_file_that_need_not_have_a_group_is_intact_in_any(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    tree = rendered(layout, "a")
    made = generation.stage(layout, tree, described(tree, lambda _: -1), {})
    os.chown(made.path / "one/a.txt", -1, os.getegid() + 1)
    assert generation.damaged(made) == []
