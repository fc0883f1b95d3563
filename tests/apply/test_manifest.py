"""What a generation says of itself: typed when it is read, whichever version wrote it, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ctl.apply import manifest
from ctl.apply.generation import Staged
from ctl.apply.manifest import Launch, Manifest, Told, described
from ctl.apply.older import launch_of
from ctl.paths import Layout
from ctl.render.quoting import shell_word
from ctl.state.files import Damaged
from tests.apply.rendering import rendered

FULL = replace(
    described(rendered(Layout(Path("/nowhere")), "a"), lambda reader: 7),
    drain=12.5,
    storage_directories=("/mnt/one", "/mnt/two"),
    gitlab=Told(True, "registry.example.com", 5005, None, "issuer", "k" * 64),
    launch=Launch("registry", "registry", "/var/opt/gitlab/registry"),
)
# What the first versions wrote.
OLDEST = ("files", "links", "services", "gitlab")
ABSENT = object()


def put(directory: Path, document: object) -> Path:
    (directory / manifest.NAME).write_text(json.dumps(document))
    return directory


def test_manifest_that_is_read_equals_the_one_that_was_written(tmp_path: Path) -> None:
    (tmp_path / manifest.NAME).write_text(manifest.written(FULL))
    assert manifest.read(tmp_path) == FULL


def test_manifest_has_the_form_that_versions_before_read() -> None:
    document = json.loads(manifest.written(FULL))
    assert document["files"]["one/a.txt"].keys() == {"sha256", "mode", "gid"}
    assert document["links"] == [["/nowhere/etc/a.txt", "one/a.txt", False]]
    assert document["services"] == {"svc": str(FULL.services["svc"])}
    assert document["reads"] == {"svc": {"restart": ["one/"], "reload": ["two/"]}}
    assert document["gitlab"]["key"] == "k" * 64


def test_manifest_of_a_version_before_is_read_and_is_not_equal_to_todays(tmp_path: Path) -> None:
    whole = json.loads(manifest.written(FULL))
    older = manifest.read(put(tmp_path, {name: whole[name] for name in OLDEST}))
    assert older == replace(FULL, reads={}, drain=0.0, storage_directories=(), launch=None)
    assert older != FULL
    later = manifest.read(put(tmp_path, {**whole, "of a later version": 1}))
    assert later == FULL


def test_manifest_that_is_gone_is_none(tmp_path: Path) -> None:
    assert manifest.read(tmp_path) is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *((name, ABSENT) for name in ("files", "links", "services")),
        *((name, 1) for name in ("files", "links", "services", "reads", "storage_directories", "gitlab")),
        *((name, [1]) for name in ("files", "links", "services", "reads", "storage_directories", "launch")),
        *((f"files one/a.txt {name}", None) for name in ("sha256", "mode", "gid")),
        ("files one/a.txt mode", True),
        ("files one/a.txt", "x"),
        ("links", [["/a", "b"]]),
        ("links", [["/a", "b", 1]]),
        ("links", ["abc"]),
        ("services svc", "one"),
        ("services svc", "one two three"),
        ("services svc", 1),
        ("reads svc", {"restart": ["a"]}),
        ("reads svc", {"restart": "a", "reload": []}),
        ("drain", "5s"),
        ("drain", None),
        ("drain", True),
        ("gitlab", []),
        ("gitlab key", ABSENT),
        ("gitlab port", "5005"),
        ("gitlab issuer", None),
        ("launch", {}),
        ("launch user", 0),
        ("launch directory", None),
    ],
)
def test_manifest_with_bad_content_anywhere_is_damaged(tmp_path: Path, place: str, value: object) -> None:
    document: dict[str, Any] = json.loads(manifest.written(FULL))
    *way, last = place.split(" ")
    inner = document
    for name in way:
        inner = inner[name]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    with pytest.raises(Damaged, match=r"manifest\.json cannot be used: it is no manifest") as error:
        manifest.read(put(tmp_path, document))
    assert error.value.help == "ctl reconfigure makes a new generation"


def older(directory: Path, script: str) -> Staged:
    """Make a generation of a version that did not note how the registry is started."""
    tree = replace(described(rendered(Layout(directory), "a"), lambda reader: 7), launch=None)
    files = {**tree.files, "runit/registry/run": tree.files["runit/svc/run"]}
    (directory / "runit/registry").mkdir(parents=True)
    (directory / "runit/registry/run").write_text(script)
    return Staged(1, directory, replace(tree, files=files))


@pytest.mark.parametrize(
    ("become", "user", "group"),
    [
        ("-U 'registry:images' -u 'registry:images' ", "registry", "images"),
        ("-U registry:registry -u registry:registry ", "registry", "registry"),
        ("", None, None),
    ],
)
def test_launch_that_an_older_version_did_not_note_is_read_from_its_script(
    tmp_path: Path, become: str, user: str | None, group: str | None
) -> None:
    directory = "/srv/it's a place"
    script = (
        f"#!/bin/sh\n# it's a comment\ncd {shell_word(directory)} || exit 1\n"
        f'exec env -i chpst -e /env -P {become}\\\n  registry serve "$config"\n'
    )
    assert launch_of(older(tmp_path, script)) == Launch(user, group, directory)


@pytest.mark.parametrize("script", ["", "cd", "cd '/x", "exec registry\n", "cd /x\nchpst -u"])
def test_older_script_that_starts_no_registry_is_damaged(tmp_path: Path, script: str) -> None:
    with pytest.raises(Damaged, match="runit/registry/run cannot be used: it starts no registry"):
        launch_of(older(tmp_path, script))


def test_launch_that_is_noted_counts_whatever_the_script_says(tmp_path: Path) -> None:
    launch = Launch("a", "b", "/c")
    staged = older(tmp_path, "cd /x\nchpst -u c:d registry\n")
    assert launch_of(replace(staged, manifest=replace(staged.manifest, launch=launch))) == launch


def test_generation_without_a_registry_has_no_launch(tmp_path: Path) -> None:
    assert launch_of(Staged(1, tmp_path, Manifest({}, (), {}, {}))) is None
