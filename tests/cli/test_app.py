"""The program as a shell calls it: exit codes, messages, options before and after the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ctl

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


def test_version_is_printed() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"ctl {ctl.__version__}\n")


def test_unknown_command_exits_2_with_a_suggestion() -> None:
    done = run("reconfigur")
    assert done.returncode == 2
    assert "Did you mean 'reconfigure'" in done.stderr


def test_valid_settings_exit_0(settings: Path, tmp_path: Path) -> None:
    done = run("validate", "-c", str(settings), "--root", str(tmp_path / "root"))
    assert (done.returncode, done.stdout) == (0, f"{settings}: no errors\n")


def test_invalid_settings_exit_3_with_every_mistake_and_its_place(settings: Path) -> None:
    settings.write_text(GOOD + "registry['enabled'] = true\nregistry['log_level'] = 'loud'\n")
    done = run("validate", "-c", str(settings))
    assert done.returncode == 3
    assert f"{settings}:3:10: error[unknown-setting]" in done.stderr
    assert f"{settings}:4:25: error[wrong-value]" in done.stderr
    assert "did you mean registry['enable']?" in done.stderr
    assert done.stderr.endswith("error: 2 errors in the settings\n")


def test_invalid_settings_as_json_are_a_list_on_standard_output(settings: Path) -> None:
    settings.write_text(GOOD + "registry['enabled'] = true\n")
    done = run("validate", "-c", str(settings), "--format", "json")
    assert done.returncode == 3
    assert [entry["code"] for entry in json.loads(done.stdout)] == ["unknown-setting"]


def test_options_count_before_and_after_the_command_and_from_the_environment(
    settings: Path, tmp_path: Path
) -> None:
    root = str(tmp_path / "root")
    for done in (
        run("-c", str(settings), "--root", root, "validate"),
        run("validate", "--config", str(settings), "--root", root),
        run("validate", CTL_CONFIG=str(settings), CTL_ROOT=root),
    ):
        assert (done.returncode, done.stdout) == (0, f"{settings}: no errors\n")


def test_missing_settings_file_says_how_to_begin(tmp_path: Path) -> None:
    done = run("validate", "--root", str(tmp_path))
    assert done.returncode == 3
    assert f"error: there is no settings file {tmp_path}/etc/gitlab/gitlab.rb" in done.stderr
    assert "registry_external_url 'https://registry.example.com'" in done.stderr


def test_render_writes_below_its_directory(settings: Path, tmp_path: Path) -> None:
    done = run("render", "-c", str(settings), "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/var/opt/gitlab/registry/config.yml").read_text().startswith("# Written by ctl")


def test_render_says_nothing_of_certificates_that_the_machine_it_is_for_will_have(
    settings: Path, tmp_path: Path
) -> None:
    settings.write_text(GOOD.replace("http://localhost:5050", "https://registry.example.com"))
    settings.chmod(0o600)
    done = run("render", "-c", str(settings), "-o", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (0, "")


def test_render_of_the_files_alone_prints_them_masked(settings: Path) -> None:
    done = run("render", "-c", str(settings), "--target", "files")
    assert done.returncode == 0, done.stderr
    for name in ("config.yml", "gitlab-registry.conf", "gitlab.yml"):
        assert f"# {name}\n# Written by ctl" in done.stdout
    assert 'secret: "<masked>"' in done.stdout
    as_json = run("render", "-c", str(settings), "--target", "files", "--json")
    assert list(json.loads(as_json.stdout)) == ["config.yml", "gitlab-registry.conf", "gitlab.yml"]


def test_render_of_the_files_alone_says_which_secret_it_would_have_to_make(
    settings: Path, tmp_path: Path
) -> None:
    out = str(tmp_path / "out")
    done = run("render", "-c", str(settings), "--target", "files", "-o", out, "--root", str(tmp_path))
    assert done.returncode == 3
    assert "registry['http_secret'] is given nowhere" in done.stderr
    assert not (tmp_path / "out").exists()


def test_render_of_a_tree_without_a_directory_is_an_error_of_usage(settings: Path) -> None:
    done = run("render", "-c", str(settings))
    assert done.returncode == 2
    assert "-o DIR" in done.stderr


def test_commands_without_an_installation_say_what_to_do(tmp_path: Path) -> None:
    for words in (("status",), ("diff",), ("rollback",), ("start", "registry")):
        done = run("--root", str(tmp_path / "none"), *words)
        assert done.returncode == 1, words
        assert done.stderr.splitlines()[-2].startswith(("error: ", "  ")), words
        assert "Traceback" not in done.stderr


def test_output_that_cannot_be_written_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ctl.cli.app", "--root", str(tmp_path), "history"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert "no space left on device" in done.stderr
    assert "Traceback" not in done.stderr
