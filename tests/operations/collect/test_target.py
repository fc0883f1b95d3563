"""Where a store is, as the registry that serves it means it."""

from __future__ import annotations

import grp
import json
import pwd
from pathlib import Path

import pytest

from ctl.errors import CtlError
from ctl.operations.collect.target import account_of, find_target
from ctl.paths import Layout
from ctl.process import Account
from ctl.render.quoting import shell_word
from tests.registry.conftest import Start, start

__all__ = ["start"]


def with_registry(root: Path, started: Path) -> Layout:
    """Make a root whose registry is started in a directory."""
    layout = Layout(root)
    script = layout.generations / "1/runit/registry/run"
    script.parent.mkdir(parents=True)
    script.write_text(
        f"#!/bin/sh\n# it's a comment\ncd {shell_word(str(started))} || exit 1\nexec registry\n"
    )
    files = {"runit/registry/run": {"sha256": "", "mode": 0o750, "gid": 0}}
    manifest = {"files": files, "links": [], "services": {}}
    (layout.generations / "1/manifest.json").write_text(json.dumps(manifest))
    layout.current.symlink_to("generations/1")
    return layout


def config(path: Path, root: str) -> Path:
    path.write_text(json.dumps({"storage": {"filesystem": {"rootdirectory": root}}}))
    return path


@pytest.mark.parametrize("given", ["images", "./a/../images/", "link/../images", "../{name}/images"])
def test_relative_root_is_where_the_real_registry_has_it(start: Start, tmp_path: Path, given: str) -> None:
    # Known only when it runs; so the way round by its parent is made of the name that pytest gives next.
    first = start()
    named = f"registry{int(first.directory.name.removeprefix('registry')) + 1}"
    given = given.format(name=named)
    running = start(storage={"filesystem": {"rootdirectory": given}})
    assert running.directory.name == named
    (tmp_path / "elsewhere/deep").mkdir(parents=True)
    (running.directory / "link").symlink_to(tmp_path / "elsewhere/deep")
    assert running.client.request("POST", "/v2/a/blobs/uploads/", body=b"").status == 202
    # A path with a quote and a blank has to come through the script.
    layout = with_registry(tmp_path / "root", running.directory)
    root = find_target(layout, config(tmp_path / "config.yml", given)).root
    assert root is not None
    assert root == running.directory / "images"
    assert (root / "docker/registry/v2/repositories/a/_uploads").is_dir()


def test_directory_with_blanks_and_quotes_is_read_from_the_script(tmp_path: Path) -> None:
    started = tmp_path / "it's a place"
    (started / "images").mkdir(parents=True)
    layout = with_registry(tmp_path / "root", started)
    assert find_target(layout, config(tmp_path / "c.yml", "images")).root == started / "images"


def test_relative_root_without_a_registry_of_ctls_is_refused_with_the_way_on(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="rootdirectory is relative: images") as error:
        find_target(Layout(tmp_path), config(tmp_path / "c.yml", "images"))
    assert "from / on" in (error.value.help or "")


def test_directory_is_taken_from_the_manifest_and_not_from_the_script(tmp_path: Path) -> None:
    started = tmp_path / "started"
    (started / "images").mkdir(parents=True)
    layout = with_registry(tmp_path / "root", tmp_path / "elsewhere")
    path = layout.current / "manifest.json"
    launch = {"user": None, "group": None, "directory": str(started)}
    path.write_text(json.dumps({**json.loads(path.read_text()), "launch": launch}))
    assert find_target(layout, config(tmp_path / "c.yml", "images")).root == started / "images"


def test_account_has_the_group_that_it_is_started_with_and_not_its_own() -> None:
    own, other = grp.getgrgid(pwd.getpwnam("nobody").pw_gid), grp.getgrnam("daemon")
    assert own != other
    assert account_of("nobody", other.gr_name) == Account(pwd.getpwnam("nobody").pw_uid, other.gr_gid)
    for user, group in (("nobody", "no-such-group"), ("no-such-user", other.gr_name)):
        with pytest.raises(CtlError, match=f"cannot be told: there is no {user}:{group}"):
            account_of(user, group)
