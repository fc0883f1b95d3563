"""``kill -9`` at any moment leaves the old generation or the new one, and the next run finishes."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.system.installation import Installation, wait_for
from tests.system.killing import Point, killed, points, spread
from tests.system.watching import dangling, half_done, in_force, secret_values, serves

pytestmark = pytest.mark.both_registries(soak=True)


def write(site: Installation, value: int) -> str:
    """Write settings that differ in a value for the registry and one for nginx; return its trace."""
    level = ("warn", "error")[value % 2]
    site.write(
        f"registry['log_level'] = '{level}'",
        f"registry['nginx']['hsts_max_age'] = {1000 + value % 2}",
        "ctl['keep_generations'] = 2",
    )
    return f'level: "{level}"'


def exposed(site: Installation) -> list[Path]:
    """Return the files with a secret in them that everybody can read."""
    secrets = [secret.encode() for secret in secret_values(site)]
    return [
        path
        for path in site.root.rglob("*")
        if stat.S_ISREG(path.lstat().st_mode)
        and path.stat().st_mode & 0o004
        and all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.is_relative_to(site.root))
        and any(secret in path.read_bytes() for secret in secrets)
    ]


def assert_whole(site: Installation) -> None:
    """Assert what has to hold at any moment."""
    secrets = json.loads(site.layout.secrets_file.read_text())
    assert set(secrets["registry"]) >= {"internal_key", "internal_certificate"}
    assert site.layout.secrets_file.stat().st_mode & 0o777 == 0o600
    assert exposed(site) == []


def assert_finished(site: Installation, expected: str) -> None:
    """Assert that the next run finishes and that nothing tells of the run that was killed."""
    site.reconfigure()
    assert in_force(site) == []
    assert expected in (site.root / "var/opt/gitlab/registry/config.yml").read_text()
    assert serves(site)
    assert half_done(site.root) == []
    assert dangling(site.root) == []
    assert_whole(site)


def kill_changes(site: Installation, directory: Path, count: int) -> None:
    """Kill runs that change a value, at so many points, and look at what is left each time."""
    for value in (0, 1, 0):
        write(site, value)
        site.reconfigure()
    write(site, 1)
    calls = points(site, directory / "trace", "reconfigure")
    before = 'level: "error"'
    reached = 0
    for value, point in enumerate(spread(calls, count)):
        after = write(site, value)
        numbers = site.generation
        reached += killed(site, point, "reconfigure")
        # Never a mixture, and never nothing.
        assert in_force(site) == [], point
        assert site.generation in (numbers, numbers + 1), point
        config = (site.layout.current / "registry/config.yml").read_text()
        assert (before if site.generation == numbers else after) in config, point
        assert_whole(site)
        wait_for(lambda: serves(site))
        assert_finished(site, after)
        before = after
    assert reached >= count * 0.9, f"only {reached} of {count} runs came to their point"


def test_change_killed_at_any_point_leaves_the_old_or_the_new(
    running_site: Installation, tmp_path: Path
) -> None:
    kill_changes(running_site, tmp_path, 20)


@pytest.mark.soak
def test_change_killed_at_two_hundred_points_leaves_the_old_or_the_new(
    running_site: Installation, tmp_path: Path
) -> None:
    kill_changes(running_site, tmp_path, 200)


def first_run(directory: Path) -> Installation:
    """Make an installation whose first run has a secret to write, but no key, which would take long."""
    site = Installation(directory)
    document = json.loads(site.layout.secrets_file.read_text())
    del document["registry"]["http_secret"]
    document["gitlab_rails"] = {"db_key_base": "kept"}
    site.layout.secrets_file.write_text(json.dumps(document))
    return site


def kill_first_runs(directory: Path, count: int) -> None:
    """Kill first runs at so many points; each is finished by the next run."""
    site = first_run(directory / "counted")
    try:
        calls: list[Point] = points(site, directory / "trace", "reconfigure")
    finally:
        site.close()
    for index, point in enumerate(spread(calls, count)):
        site = first_run(directory / str(index))
        try:
            assert killed(site, point, "reconfigure"), point
            if site.layout.current.is_symlink():
                assert in_force(site) == [], point
            json.loads(site.layout.secrets_file.read_text())
            site.reconfigure()
            assert in_force(site) == []
            assert serves(site)
            assert half_done(site.root) == []
            assert dangling(site.root) == []
            assert_whole(site)
            assert json.loads(site.layout.secrets_file.read_text())["gitlab_rails"] == {"db_key_base": "kept"}
        finally:
            site.close()
            shutil.rmtree(site.root)


def test_first_run_killed_at_any_point_is_finished_by_the_next(tmp_path: Path) -> None:
    kill_first_runs(tmp_path, 6)


@pytest.mark.soak
def test_first_run_killed_at_sixty_points_is_finished_by_the_next(tmp_path: Path) -> None:
    kill_first_runs(tmp_path, 60)


def test_rollback_killed_at_any_point_leaves_the_old_or_the_new(
    running_site: Installation, tmp_path: Path
) -> None:
    first = write(running_site, 0)
    running_site.reconfigure()
    second = write(running_site, 1)
    running_site.reconfigure()
    calls = points(running_site, tmp_path / "trace", "rollback")
    running_site.reconfigure()
    for point in spread(calls, 5):
        number = running_site.generation
        killed(running_site, point, "rollback")
        assert in_force(running_site) == [], point
        config = (running_site.layout.current / "registry/config.yml").read_text()
        assert (second if running_site.generation == number else first) in config
        wait_for(lambda: serves(running_site))
        # gitlab.rb says otherwise, and is what counts.
        assert_finished(running_site, second)
        running_site.layout.state.joinpath("applied.json").unlink()
        write(running_site, 0)
        running_site.reconfigure()
        assert_finished(running_site, write(running_site, 1))
