from __future__ import annotations

from pathlib import Path

from ctl.apply import generation, recovery
from ctl.apply.links import make_links
from ctl.paths import Layout
from ctl.targets.model import Link
from tests.apply.rendering import staged


def test_nothing_is_unfinished_before_the_first_run_and_after_a_good_one(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert recovery.unfinished(layout) == []
    recovery.clear(layout)
    staged(layout, "a")
    generation.switch(layout, 1)
    assert recovery.unfinished(layout) == []
    recovery.clear(layout)
    assert generation.numbers(layout) == [1]


def test_generation_that_did_not_stay_in_force_is_cleared_with_its_links(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    first = staged(layout, "a")
    generation.switch(layout, 1)
    make_links(layout, first.manifest.links)
    second = staged(layout, "b", Link(str(tmp_path / "etc/b.txt"), "two/deep/b.txt"))
    make_links(layout, second.manifest.links)
    (tmp_path / "etc/.b.txt.ctl-new").symlink_to("half")
    assert [path.name for path in recovery.unfinished(layout)] == ["2"]
    recovery.clear(layout)
    assert generation.numbers(layout) == [1]
    assert sorted(path.name for path in (tmp_path / "etc").iterdir()) == ["a.txt"]
    assert (tmp_path / "etc/a.txt").read_text() == "a"


def test_half_of_a_generation_is_cleared(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a").path.rename(layout.generations / "1.partial")
    assert [path.name for path in recovery.unfinished(layout)] == ["1.partial"]
    recovery.clear(layout)
    assert list(layout.generations.iterdir()) == []


def test_generations_are_kept_when_nothing_is_in_force(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    staged(layout, "a"), staged(layout, "b")
    recovery.clear(layout)
    assert generation.numbers(layout) == [1, 2]


def test_files_that_were_not_renamed_yet_are_cleared(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    places = [
        layout.home / "current.new",
        layout.state / ".applied.json.new",
        layout.state / "running/.registry.new",
        layout.state / "stopped/.registry.new",
        layout.services / ".registry.new",
        layout.secrets_file.with_name(".gitlab-secrets.json.new"),
    ]
    kept = layout.secrets_file.with_name("somebody.new")
    for path in [*places, kept]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    recovery.clear(layout)
    assert [path for path in places if path.exists()] == []
    assert kept.exists()


def test_all_links_are_those_of_every_generation_that_can_be_read(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    own = Link(str(tmp_path / "etc/b.txt"), "two/deep/b.txt")
    staged(layout, "a", own), staged(layout, "b")
    (staged(layout, "c").path / "manifest.json").write_text("{")
    assert set(recovery.all_links(layout)) == {Link(str(tmp_path / "etc/a.txt"), "one/a.txt"), own}
    assert recovery.earlier(layout, 3)
    assert not recovery.earlier(layout, 1)
