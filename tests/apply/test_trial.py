"""A generation is tried out whole before it has its name, and nothing is left of one that is no good."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ctl.apply import generation, recovery, tree
from ctl.apply.check import check_nginx
from ctl.apply.manifest import NAME, described
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.process import Completed
from tests.apply.rendering import rendered


def staged(layout: Layout, trial: Callable[[Path], None]) -> generation.Staged:
    made = rendered(layout, "a")
    return generation.stage(layout, made, described(made, lambda reader: -1), {"settings.json": "{}"}, trial)


def test_trial_sees_every_file_of_a_generation_that_has_no_name_yet(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    seen: list[set[str]] = []

    def trial(directory: Path) -> None:
        seen.append({str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()})
        assert generation.numbers(layout) == []

    built = staged(layout, trial)
    assert seen == [{str(path.relative_to(built.path)) for path in built.path.rglob("*") if path.is_file()}]
    assert {NAME, "settings.json", *built.manifest.files} <= seen[0]


@pytest.mark.parametrize("error", [CtlError("no good"), KeyboardInterrupt("no time")])
def test_generation_that_does_not_stand_its_trial_is_gone(tmp_path: Path, error: BaseException) -> None:
    layout = Layout(tmp_path)

    def trial(directory: Path) -> None:
        raise error

    with pytest.raises(type(error), match="no "):
        staged(layout, trial)
    assert [*layout.generations.iterdir()] == []


def test_who_interrupts_a_run_does_not_wait_for_a_trial_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, end = Layout(tmp_path), threading.Event()

    def hang(directory: Path) -> None:
        end.wait()

    def interrupted(root: Path) -> None:
        raise KeyboardInterrupt("no time")

    monkeypatch.setattr(tree, "sync", interrupted)
    try:
        with pytest.raises(KeyboardInterrupt, match="no time"):
            staged(layout, hang)
        assert not end.is_set()
    finally:
        end.set()
    assert [*layout.generations.iterdir()] == []


class Nginx:
    """An nginx that only looks at what it is given."""

    def __init__(self, completed: Completed) -> None:
        self.completed = completed
        self.seen: list[str] = []

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        program: str | Path | None = None,
        stdin: str | None = None,
        timeout: float = 60.0,
    ) -> Completed:
        prefix = Path(str(argv[argv.index("-p") + 1]))
        self.seen = sorted(path.name for path in prefix.iterdir())
        assert (prefix / str(argv[argv.index("-c") + 1])).read_text() == "events {}\n"
        error = self.completed.stderr.replace("PREFIX", f"{prefix}")
        return Completed(self.completed.returncode, "", error)

    def spawn(self, argv: Sequence[str | Path], *, log: Path, cwd: Path) -> int:
        raise NotImplementedError


def configuration(layout: Layout) -> Path:
    directory = layout.generations / "1.partial"
    (directory / "nginx").mkdir(parents=True)
    (directory / "nginx/nginx.conf").write_text("events {}\n")
    return directory


def test_nginx_reads_the_generation_with_a_prefix_of_its_own_that_goes(tmp_path: Path) -> None:
    layout, nginx = Layout(tmp_path), Nginx(Completed(0, "", ""))
    check_nginx(configuration(layout), "/usr/sbin/nginx", nginx)
    assert nginx.seen == ["conf", "logs", "run", "temp"]
    assert [path.name for path in layout.generations.iterdir()] == ["1.partial"]
    assert (layout.generations / "1.partial/nginx/nginx.conf").read_text() == "events {}\n"


def test_refusal_names_the_file_as_the_generation_has_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    nginx = Nginx(Completed(1, "", "nginx: [emerg] no such thing in PREFIX/conf/nginx.conf:1\n"))
    with pytest.raises(CtlError) as caught:
        check_nginx(configuration(layout), "/usr/sbin/nginx", nginx)
    assert caught.value.detail == "[emerg] no such thing in nginx.conf:1"
    assert [path.name for path in layout.generations.iterdir()] == ["1.partial"]


def test_prefix_that_a_killed_run_has_left_is_cleared(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    left = layout.generations / "check.partial"
    (left / "logs").mkdir(parents=True)
    (left / "conf").symlink_to(tmp_path)
    assert recovery.unfinished(layout) == [left]
    recovery.clear(layout)
    assert not os.path.lexists(left)
    assert tmp_path.is_dir()


def test_directory_is_removed_with_whatever_is_in_it_and_nothing_that_it_leads_to(tmp_path: Path) -> None:
    doomed, other = tmp_path / "doomed", tmp_path / "other"
    (doomed / "deep/deeper").mkdir(parents=True)
    other.mkdir()
    for place in (doomed, doomed / "deep", doomed / "deep/deeper", other):
        (place / "file").write_text("a")
    (doomed / "to-directory").symlink_to(other)
    (doomed / "deep/to-file").symlink_to(other / "file")
    (doomed / "dangling").symlink_to("nowhere")
    os.mkfifo(doomed / "deep/pipe")
    tree.remove(doomed)
    assert not os.path.lexists(doomed)
    assert (other / "file").read_text() == "a"


def test_directory_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tree.remove(tmp_path / "gone")
