"""What a run asks of the machine beside the settings themselves."""

from __future__ import annotations

import json

import pytest

from tests.system.installation import Installation

GCS = "registry['storage'] = { 'gcs' => { 'bucket' => 'bucket' } }"


def test_change_of_an_included_file_is_noticed(running_site: Installation) -> None:
    more = running_site.settings.with_name("more.rb")
    more.write_text("registry['log_level'] = 'debug'\n")
    running_site.write("from_file 'more.rb'")
    running_site.reconfigure()
    assert "nothing to do" in running_site.reconfigure().stdout
    before = running_site.generation
    more.write_text("registry['log_level'] = 'warn'\n")
    assert "nothing to do" not in running_site.reconfigure().stdout
    assert running_site.generation > before


def test_file_that_joins_a_listed_directory_is_noticed(running_site: Installation) -> None:
    directory = running_site.settings.with_name("conf.d")
    directory.mkdir()
    (directory / "a.rb").write_text("registry['log_level'] = 'debug'\n")
    running_site.write("Dir.glob('conf.d/*.rb').sort.each { |f| from_file f }")
    running_site.reconfigure()
    assert "nothing to do" in running_site.reconfigure().stdout
    before = running_site.generation
    (directory / "b.rb").write_text("registry['log_level'] = 'warn'\n")
    assert "nothing to do" not in running_site.reconfigure().stdout
    assert running_site.generation > before


def test_driver_that_the_program_lacks_stops_the_run_and_is_asked_for_once(
    running_site: Installation,
) -> None:
    before = running_site.generation
    running_site.write(GCS)
    memory = running_site.layout.state / "drivers.json"
    assert not memory.exists()
    stamps = []
    for words in (("reconfigure",), ("validate",), ("reconfigure", "--dry-run")):
        done = running_site.ctl(*words, code=3)
        assert "error[driver-not-built]: /usr/bin/docker-registry was built without" in done.stderr
        stamps.append(memory.stat().st_mtime_ns)
    assert len(set(stamps)) == 1
    assert json.loads(memory.read_text())["drivers"] == {"gcs": False}
    assert running_site.generation == before


@pytest.mark.parametrize("words", [("reconfigure",), ("validate",), ("reconfigure", "--dry-run")])
def test_settings_that_others_can_write_stop_the_run(site: Installation, words: tuple[str, ...]) -> None:
    site.settings.chmod(0o666)
    done = site.ctl(*words, code=3)
    assert f"others can write {site.settings}: its mode is 0666" in done.stderr
    assert f"chmod go-w {site.settings}" in done.stderr
    assert not site.layout.generations.exists()
    site.ctl("validate", "--offline")
