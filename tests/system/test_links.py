"""The well-known paths lead into the generation in force, whatever somebody has done to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.system.installation import Installation
from tests.system.watching import dangling, half_done, refused, run, serves

pytestmark = pytest.mark.both_registries(soak=True)

NOBODY = 65534
CONFIG = "var/opt/gitlab/registry/config.yml"


def test_file_put_in_the_place_of_a_link_is_kept_and_reported(running_site: Installation) -> None:
    site, path = running_site, running_site.root / CONFIG
    path.unlink()
    path.write_text("changed by hand\n")
    done = site.reconfigure()
    aside = path.with_name("config.yml.saved-1")
    assert f"{path} was not ctl's; it is kept as {aside}" in done.stderr
    assert aside.read_text() == "changed by hand\n"
    assert path.readlink() == site.layout.current / "registry/config.yml"
    assert serves(site)
    path.unlink()
    path.write_text("again\n")
    site.reconfigure()
    assert aside.read_text() == "changed by hand\n"
    assert path.with_name("config.yml.saved-2").read_text() == "again\n"


def test_directory_put_in_the_place_of_a_link_is_kept_and_reported(running_site: Installation) -> None:
    conf = running_site.root / "var/opt/gitlab/nginx/conf"
    conf.unlink()
    conf.mkdir()
    (conf / "mine.conf").write_text("mine\n")
    assert "it is kept as" in running_site.reconfigure().stderr
    assert (conf.with_name("conf.saved-1") / "mine.conf").read_text() == "mine\n"
    assert conf.is_symlink()
    assert serves(running_site)


@pytest.mark.parametrize(
    ("path", "readers"),
    [
        # Whoever reads by a link may have read something else meanwhile.
        (CONFIG, {"registry"}),
        ("opt/gitlab/sv/registry/run", {"registry"}),
        ("opt/gitlab/sv/nginx/log/run", set()),
        ("var/opt/gitlab/nginx/conf", set()),
    ],
)
def test_link_that_is_missing_or_leads_elsewhere_is_made_again(
    running_site: Installation, path: str, readers: set[str]
) -> None:
    link = running_site.root / path
    target = link.readlink()
    before = running_site.pids()
    for wrong in (None, "/nowhere"):
        link.unlink()
        if wrong:
            link.symlink_to(wrong)
        running_site.reconfigure()
        assert link.readlink() == target
    after = running_site.pids()
    assert {name for name, pid in before.items() if after[name] != pid} == readers
    assert serves(running_site)
    assert "nothing to do" in running_site.reconfigure().stdout


def test_directory_of_the_link_that_is_missing_is_made_again(running_site: Installation) -> None:
    for path in (running_site.root / "opt/gitlab/etc", running_site.root / "var/opt/gitlab/gitlab-rails/etc"):
        for link in [entry for entry in path.rglob("*") if entry.is_symlink()]:
            link.unlink()
        for directory in sorted(path.rglob("*"), reverse=True):
            directory.rmdir()
        path.rmdir()
    running_site.reconfigure()
    assert (running_site.root / "opt/gitlab/etc/registry/env").exists()
    assert dangling(running_site.root) == []


def test_link_of_gitlabs_own_directory_is_left_out_where_others_can_write(
    running_site: Installation,
) -> None:
    site = running_site
    etc = site.root / "var/opt/gitlab/gitlab-rails/etc"
    (etc / "gitlab-registry.key").unlink()
    os.chown(etc.parent, NOBODY, NOBODY)
    site.write("registry['log_level'] = 'warn'")
    try:
        done = run(site, "reconfigure")
        if done.returncode == 0:
            assert "another account can write" in done.stderr
            assert not (etc / "gitlab-registry.key").is_symlink()
        else:
            assert f"another account can write {etc.parent}" in refused(done, 1)
    finally:
        os.chown(etc.parent, 0, 0)
    assert serves(site)


def test_link_that_a_service_needs_is_refused_where_others_can_write(running_site: Installation) -> None:
    site = running_site
    place = site.root / "var/opt/gitlab/registry"
    before = site.pids()
    os.chown(place, NOBODY, NOBODY)
    site.write("registry['log_level'] = 'warn'", "registry['dir'] = '/var/opt/gitlab/registry/below'")
    said = refused(run(site, "reconfigure"), 1)
    assert f"another account can write {place}" in said
    assert site.generation == 1
    assert not (place / "below").exists()
    assert site.pids() == before
    assert serves(site)
    os.chown(place, 0, 0)
    site.write()
    site.reconfigure()
    assert serves(site)


def test_link_of_another_account_on_the_way_is_not_followed(site: Installation, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = site.root / "var/opt/gitlab"
    place.mkdir(parents=True)
    link = place / "registry"
    link.symlink_to(elsewhere)
    os.chown(link, NOBODY, NOBODY, follow_symlinks=False)
    said = refused(run(site, "reconfigure"), 1)
    assert "is a symlink to where another account can write" in said
    assert list(elsewhere.iterdir()) == []
    assert site.processes() == []
    assert half_done(site.root) == []
