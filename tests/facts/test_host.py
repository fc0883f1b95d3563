from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from ctl.facts.host import MAXIMUM_LISTED, Node, group_number, listing, reader
from ctl.paths import Layout
from ctl.syntax.model import ReadRefused


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    path = tmp_path / "root/etc/gitlab/gitlab.rb"
    path.parent.mkdir(parents=True)
    path.write_text("")
    return path


def read(settings_file: Path, path: str) -> str:
    return reader(Layout(settings_file.parents[2]), settings_file)(path)


def test_file_beside_the_settings_is_read_by_its_name(settings_file: Path) -> None:
    (settings_file.parent / "secret").write_text("x\n")
    assert read(settings_file, "secret") == "x\n"


def test_absolute_path_is_meant_below_the_root(settings_file: Path) -> None:
    (settings_file.parent / "secret").write_text("y")
    assert read(settings_file, "/etc/gitlab/secret") == "y"


def test_run_secrets_are_read(settings_file: Path) -> None:
    secrets = settings_file.parents[2] / "run/secrets"
    secrets.mkdir(parents=True)
    (secrets / "key").write_text("z")
    assert read(settings_file, "/run/secrets/key") == "z"


def test_links_that_go_round_at_another_place_hinder_no_reading(settings_file: Path) -> None:
    (settings_file.parent / "secret").write_text("x")
    secrets = settings_file.parents[2] / "run/secrets"
    secrets.parent.mkdir()
    secrets.symlink_to(secrets)
    assert read(settings_file, "secret") == "x"


@pytest.mark.parametrize("path", ["/etc/passwd", "../../etc/passwd", "/etc/gitlab/../passwd"])
def test_file_elsewhere_is_refused(settings_file: Path, path: str) -> None:
    (settings_file.parents[1] / "passwd").write_text("root")
    with pytest.raises(ReadRefused, match="may not read"):
        read(settings_file, path)


def test_link_that_leads_out_is_refused(settings_file: Path) -> None:
    (settings_file.parent / "link").symlink_to("/etc/passwd")
    with pytest.raises(ReadRefused, match="may not read"):
        read(settings_file, "link")


def test_missing_file_directory_and_pipe_are_refused(settings_file: Path) -> None:
    os.mkfifo(settings_file.parent / "pipe")
    (settings_file.parent / "directory").mkdir()
    for name, words in [
        ("gone", "does not exist"),
        ("pipe", "not a regular file"),
        ("directory", "not a regular file"),
    ]:
        with pytest.raises(ReadRefused, match=words):
            read(settings_file, name)


def test_large_or_binary_file_is_refused(settings_file: Path) -> None:
    (settings_file.parent / "large").write_bytes(b"x" * (1024 * 1024 + 1))
    (settings_file.parent / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ReadRefused, match="larger than 1 MiB"):
        read(settings_file, "large")
    with pytest.raises(ReadRefused, match="not UTF-8"):
        read(settings_file, "binary")


def test_node_knows_the_machines_names_and_nothing_else() -> None:
    node = Node()
    assert node["hostname"] == socket.gethostname()
    assert set(node) == {"fqdn", "hostname", "domain"}
    with pytest.raises(KeyError):
        node["kernel"]


def test_number_of_a_group_that_is_not_there_is_roots() -> None:
    assert group_number("no-such-group") == 0
    assert group_number(None) == 0


NAMES = ["b.rb", "a.rb", "a-b/x.rb", "a/x.rb", "a/deep/y.rb", "c.txt", ".hidden.rb", "B.rb", "ab.rb"]


def listed(settings_file: Path, pattern: str) -> list[str]:
    return listing(Layout(settings_file.parents[2]), settings_file)(pattern)


def conf_d(settings_file: Path) -> Path:
    directory = settings_file.parent / "conf.d"
    for name in NAMES:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text("")
    return directory


@pytest.mark.parametrize(
    "pattern",
    [
        *("*.rb", "*", "**/*.rb", "*/*.rb", "{b,a}.rb", "[ab].rb", "[^a].rb", "?.rb", "a.rb", "none/*.rb"),
        *("{a,a-b}/*.rb", "**/deep/*", "gone.rb", "*.{rb,txt}", "a*"),
    ],
)
def test_listing_finds_what_ruby_finds_in_its_order(settings_file: Path, pattern: str) -> None:
    directory = conf_d(settings_file)
    asked = f"{directory}/{pattern}"
    script = "require 'json'; puts JSON.generate(Dir.glob(ARGV[0]))"
    theirs = subprocess.run(["ruby", "-e", script, asked], capture_output=True, check=True, text=True)
    assert listed(settings_file, asked) == json.loads(theirs.stdout)


def test_listing_spells_paths_as_the_pattern_does(settings_file: Path) -> None:
    conf_d(settings_file)
    assert listed(settings_file, "conf.d/?.rb") == ["conf.d/B.rb", "conf.d/a.rb", "conf.d/b.rb"]
    assert listed(settings_file, "") == []
    assert listed(settings_file, "/etc/gitlab/conf.d/c*") == ["/etc/gitlab/conf.d/c.txt"]


@pytest.mark.parametrize(
    "pattern", ["/etc/*", "../*", "/etc/gitlab/../*", "/*/*", "{/etc,/tmp}/*", "a\\*", "a\0*"]
)
def test_pattern_that_leads_elsewhere_is_refused(settings_file: Path, pattern: str) -> None:
    with pytest.raises(ReadRefused):
        listed(settings_file, pattern)


def test_listed_link_that_leads_out_is_refused(settings_file: Path) -> None:
    (settings_file.parent / "out").symlink_to("/usr")
    with pytest.raises(ReadRefused, match="may not read"):
        listed(settings_file, "*/bin")


def test_listing_of_too_many_files_is_refused(settings_file: Path) -> None:
    for number in range(MAXIMUM_LISTED + 1):
        (settings_file.parent / f"{number}.rb").touch()
    with pytest.raises(ReadRefused, match="more than 1000 files"):
        listed(settings_file, "*.rb")
