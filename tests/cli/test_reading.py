"""The commands that explain and show, as a shell calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

GOOD = "external_url 'https://gitlab.example.com'\nregistry_external_url 'http://localhost:5050'\n"


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ctl.cli.app", *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "gitlab.rb"
    path.write_text(GOOD)
    return path


def test_show_config_prints_a_settings_file_with_origins(settings: Path, tmp_path: Path) -> None:
    done = run("show-config", "-c", str(settings), "--root", str(tmp_path / "root"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"# {settings}"
    assert lines[1].split("  # ")[0].rstrip() == "external_url 'https://gitlab.example.com'"
    assert lines[1].endswith("# gitlab.rb:1")
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("words", [("--format", "json"), ("--json",)])
def test_show_config_as_json_is_one_document(settings: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run("show-config", "-c", str(settings), "--root", str(tmp_path), *words)
    document = json.loads(done.stdout)
    assert document["file"] == str(settings)
    assert document["settings"]["registry.log_level"] == {"value": "info", "origin": "default"}


def test_show_config_as_yaml_says_the_same_as_json(settings: Path, tmp_path: Path) -> None:
    words = ("show-config", "-c", str(settings), "--root", str(tmp_path))
    as_yaml, as_json = run(*words, "--format", "yaml"), run(*words, "--format", "json")
    assert yaml.safe_load(as_yaml.stdout) == json.loads(as_json.stdout)


def test_show_config_of_some_settings_prints_those(settings: Path, tmp_path: Path) -> None:
    words = ("show-config", "-c", str(settings), "--root", str(tmp_path))
    done = run(*words, "registry.log_level", "registry['dir']")
    assert [line.split(" = ")[0] for line in done.stdout.splitlines()[1:]] == [
        "registry['dir']",
        "registry['log_level']",
    ]
    wrong = run(*words, "registry.enabled")
    assert wrong.returncode == 2
    assert "did you mean registry.enable" in wrong.stderr


def test_show_config_of_wrong_settings_exits_3(settings: Path, tmp_path: Path) -> None:
    settings.write_text(GOOD + "registry['log_level'] = 'loud'\n")
    done = run("show-config", "-c", str(settings), "--root", str(tmp_path))
    assert done.returncode == 3
    assert "error[wrong-value]" in done.stderr
    assert done.stdout == ""


def test_show_config_hides_control_characters(settings: Path, tmp_path: Path) -> None:
    custom = 'registry["nginx"]["custom_gitlab_server_config"] = "# \\e[31m"\n'.replace("\\e", "\\t")
    settings.write_text(GOOD + custom)
    done = run("show-config", "-c", str(settings), "--root", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert '"\\# \\t[31m"' in done.stdout


def test_explain_shows_type_place_and_remarks() -> None:
    done = run("explain", "registry.storage.s3.chunksize")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "registry['storage']['s3']['chunksize']"
    assert "  type      bytes from 5242880 to 5368709120" in lines
    assert "  becomes   config.yml:storage.s3.chunksize" in lines
    lines = run("explain", "registry.storage.gcs.chunksize").stdout.splitlines()
    assert any(line.startswith("  note      not run") for line in lines)


def test_explain_lists_a_section_and_everything() -> None:
    assert "  readonly       Read-only mode." in run("explain", "registry.storage.maintenance").stdout
    assert "gitlab_rails" in run("explain").stdout
    assert json.loads(run("explain", "registry.dir", "--json").stdout)["default"] == (
        "'/var/opt/gitlab/registry'"
    )


def test_explain_of_an_unknown_setting_exits_2() -> None:
    done = run("explain", "registry.enabled")
    assert done.returncode == 2
    assert "error: there is no setting 'registry.enabled'" in done.stderr
    assert "help: did you mean registry.enable" in done.stderr
    assert "\x1b" not in run("explain", "\x1b[31m").stderr


def test_check_config_exits_1_where_a_setting_is_removed(settings: Path, tmp_path: Path) -> None:
    words = ("check-config", "-c", str(settings), "--root", str(tmp_path))
    assert run(*words).returncode == 0
    settings.write_text(GOOD + "grafana['enable'] = false\n")
    done = run(*words, "--version", "18.0")
    assert done.returncode == 1
    assert f"{settings}:3:1: error[removed-setting]" in done.stderr
    assert done.stdout == f"{settings}: 1 removed and 0 deprecated settings in GitLab 18.0\n"
    assert run(*words, "-n", "-v", "18.0").returncode == 0
    assert [entry["code"] for entry in json.loads(run(*words, "--json").stdout)] == ["removed-setting"]
    assert run(*words, "-v", "new").returncode == 2


def test_check_config_for_a_registry_exits_1_where_it_would_not_serve(settings: Path, tmp_path: Path) -> None:
    words = ("check-config", "-c", str(settings), "--root", str(tmp_path), "--for-registry")
    done = run(*words, "3")
    assert (done.returncode, "schema 1" in done.stderr) == (0, True)
    settings.write_text(GOOD + "registry['storage'] = { 'swift' => { 'container' => 'c' } }\n")
    assert run(*words, "3").returncode == 1
    assert run(*words, "3", "-n").returncode == 0
    assert run(*words, "4").returncode == 2
    both = run(*words, "3", "--version", "18.0")
    assert both.returncode == 2
    assert "ask for one at a time" in both.stderr


def test_diff_config_exits_0_with_the_difference_and_1_without_a_file(settings: Path, tmp_path: Path) -> None:
    done = run("diff-config", "-c", str(settings), "--root", str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.startswith(f"--- {settings}\n+++ complete example of ctl\n")
    settings.unlink()
    missing = run("diff-config", "-c", str(settings), "--root", str(tmp_path))
    assert missing.returncode == 1
    assert str(settings) in missing.stderr


@pytest.mark.parametrize("command", ["show-config", "explain", "check-config", "diff-config"])
def test_command_has_a_help_text(command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 5


def test_commands_import_nothing_heavy_before_they_run() -> None:
    program = (
        "import sys, ctl.cli.reading\n"
        "heavy = {'pydantic', 'jinja2', 'yaml', 'cryptography', 'ctl.settings.model'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
