"""Every refusal of a collection names a way that works: what its help says is done, and not refused again."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.test_collect import collect

# The refusals of the own program are those of 2.8.
BOTH = pytest.mark.both_registries(soak=True)

OURS = ("cannot be collected by ctl itself", "leave -m away", "leave --engine away")


def helped(text: str) -> list[str]:
    """Return the words of the command that a help names."""
    (line,) = re.findall(r"help: .*?(ctl registry-garbage-collect[^,;]*)", text)
    return shlex.split(line)[1:]


@pytest.mark.parametrize("words", [("-m",), (), ("-m", "--engine", "registry")])
def test_store_behind_an_object_driver_is_sent_to_where_it_is_not_sent_back(
    running_site: Installation, tmp_path: Path, words: tuple[str, ...]
) -> None:
    site = running_site
    config = tmp_path / "config.yml"
    s3 = "{bucket: b, region: r, regionendpoint: 'http://127.0.0.1:1', accesskey: a, secretkey: s}"
    config.write_text(f"version: 0.1\nlog: {{level: error}}\nstorage:\n  s3: {s3}\n")
    done = site.ctl("registry-garbage-collect", *words, str(config), "--dry-run", code=1)
    assert any(phrase in done.stderr for phrase in OURS)
    way = helped(done.stderr)
    assert str(config) in way
    # Nobody answers there; that it was asked at all is what counts.
    second = site.ctl(*way, "--dry-run", code=1)
    assert not any(phrase in second.stderr for phrase in OURS), second.stderr


def test_untagged_manifests_by_the_registrys_own_program_are_sent_to_ctls_collector(
    running_site: Installation,
) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    registry.image()
    done = site.ctl("registry-garbage-collect", "-m", "--engine", "registry", code=1)
    way = helped(done.stderr.replace(" keeps them", ","))
    collected = site.ctl(*way, "--yes", "--min-age", "0s", "--json", "--max-delete", "90")
    assert json.loads(collected.stdout)["swept"]["moved"]["manifests"] == 1


@BOTH
def test_last_image_that_was_deleted_is_collected_when_all_of_it_is_wished_away(
    running_site: Installation,
) -> None:
    site = running_site
    registry = Registry(site)
    registry.delete(registry.image("v1"))
    words = ("registry-garbage-collect", "-m", "--yes", "--min-age", "0s")
    done = site.ctl(*words, code=1)
    assert "none of them is needed: rather a mistake than a wish; nothing was touched" in done.stderr
    (way,) = re.findall(r"--max-delete \d+", done.stderr)
    report = json.loads(site.ctl(*words, *way.split(), "--json").stdout)
    assert report["swept"]["moved"]["blobs"] == 4
    site.ctl("registry-garbage-collect", "--undo")
    assert collect(site)["swept"]["moved"]["blobs"] == 4


@BOTH
def test_more_than_may_go_is_allowed_by_the_value_that_is_named(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1", layers=1)
    registry.image(layers=9)
    words = ("registry-garbage-collect", "-m", "--yes", "--min-age", "0s")
    done = site.ctl(*words, code=1)
    (way,) = re.findall(r"--max-delete \d+", done.stderr)
    assert json.loads(site.ctl(*words, *way.split(), "--json").stdout)["swept"]["moved"]["manifests"] == 1


@BOTH
def test_trash_that_is_empty_advises_nothing_that_was_just_done(running_site: Installation) -> None:
    site = running_site
    registry = Registry(site)
    registry.image("v1")
    registry.image()
    collect(site)
    words = ("registry-garbage-collect", "--empty-trash")
    assert "none of 1 run in the trash is old enough; --keep-deleted 0 takes all" in site.ctl(*words).stdout
    assert "freed" in site.ctl(*words, "--keep-deleted", "0").stdout
    assert site.ctl(*words, "--keep-deleted", "0").stdout == "there is nothing in the trash\n"
