"""What is looked at on the machine, and what is not with ``--offline``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ctl.diagnostics.model import Diagnostic, SettingsInvalid, Severity
from ctl.operations.inspect.validate import Validated, validate
from ctl.paths import Layout
from ctl.process import Completed, SubprocessRunner

URLS = "external_url 'https://gitlab.example.com'\nregistry_external_url 'https://registry.example.com'\n"
PLAIN = URLS.replace("https://registry.example.com", "http://localhost:5050")
CERTIFICATE = (Path(__file__).parents[2] / "golden" / "gitlab-secrets.json").read_text()


class NoProgram(SubprocessRunner):
    """A machine on which no program may be run."""

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        program: str | Path | None = None,
        stdin: str | None = None,
        timeout: float = 60.0,
    ) -> Completed:
        raise AssertionError(f"{argv} was run")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "home" / "gitlab.rb"
    made.parent.mkdir()
    made.touch(0o600)
    return made


def offline(file: Path, text: str, **environment: str) -> Validated:
    file.write_text(text)
    layout = Layout(file.parents[1] / "root")
    validated = validate(layout, file, NoProgram(), environment, offline=True)
    assert not layout.root.exists()
    return validated


def messages(diagnostics: Sequence[Diagnostic]) -> list[str]:
    assert all(
        (diagnostic.severity, diagnostic.code) == (Severity.NOTE, "not-checked") for diagnostic in diagnostics
    )
    return [diagnostic.message.removeprefix("not checked (--offline): ") for diagnostic in diagnostics]


def test_offline_needs_nothing_of_the_machine_and_says_what_was_skipped(file: Path) -> None:
    validated = offline(file, URLS + "registry['storage'] = { 'gcs' => { 'bucket' => 'bucket' } }\n")
    assert validated.remarks == 0
    assert messages(validated.diagnostics) == [
        "who else may write or read the settings file",
        "the TLS certificate and its key: whether they exist, belong together and cover the host",
        f"the secrets in {file.parents[1]}/root/etc/gitlab/gitlab-secrets.json",
        "the programs of registry, nginx and runit, and their versions",
        "which registry it is; distribution-2.8 is assumed, ctl['registry_flavour'] names another",
        "whether the registry was built with its storage driver gcs",
    ]


def test_offline_does_not_speak_of_what_the_settings_do_not_use(file: Path) -> None:
    validated = offline(file, PLAIN + "ctl['registry_flavour'] = 'gitlab'\n")
    said = " ".join(messages(validated.diagnostics))
    for word in ("TLS", "driver", "assumed"):
        assert word not in said
    off = offline(file, "external_url 'https://gitlab.example.com'\nregistry['enable'] = false\n")
    assert len(messages(off.diagnostics)) == 2


def test_offline_finds_what_is_wrong_in_the_settings_and_still_says_what_was_skipped(file: Path) -> None:
    with pytest.raises(SettingsInvalid) as error:
        offline(file, URLS + "registry['log_level'] = 'loud'\n")
    codes = [diagnostic.code for diagnostic in error.value.diagnostics]
    assert codes.count("wrong-value") == 1
    assert codes.count("not-checked") == 6


def test_offline_judges_for_the_flavour_that_is_named(file: Path) -> None:
    text = URLS + "ctl['registry_flavour'] = 'distribution-3'\nregistry['storage'] = { 'swift' => {} }\n"
    with pytest.raises(SettingsInvalid) as error:
        offline(file, text)
    assert "refused-by-registry" in [diagnostic.code for diagnostic in error.value.diagnostics]


def test_offline_does_without_files_that_the_settings_read(file: Path) -> None:
    validated = offline(file, URLS + "registry['http_secret'] = File.read('/run/secrets/http')\n")
    (missing,) = [diagnostic for diagnostic in validated.diagnostics if diagnostic.span]
    assert (missing.severity, missing.code) == (Severity.NOTE, "not-checked")
    assert "/run/secrets/http does not exist; what it gives is not checked" in missing.message
    assert missing.span is not None
    assert missing.span.line == 3


def test_offline_still_refuses_files_that_settings_may_not_read(file: Path) -> None:
    with pytest.raises(SettingsInvalid, match="1 error"):
        offline(file, URLS + "registry['http_secret'] = File.read('/etc/shadow')\n")


def test_offline_takes_a_certificate_whose_key_is_in_the_secrets_file(file: Path) -> None:
    pem = json.loads(CERTIFICATE)["registry"]["internal_certificate"]
    validated = offline(file, URLS + f"registry['internal_certificate'] = {json.dumps(pem)}\n")
    assert validated.remarks == 0
    with pytest.raises(SettingsInvalid, match="1 error"):
        offline(file, URLS + "registry['internal_certificate'] = 'no certificate'\n")


def test_missing_file_is_an_error_with_the_remedy_otherwise(file: Path) -> None:
    file.write_text(PLAIN + "registry['http_secret'] = File.read('/run/secrets/http')\n")
    with pytest.raises(SettingsInvalid) as error:
        validate(Layout(file.parents[1] / "root"), file, NoProgram(), {})
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "read-refused"
    assert "ctl validate --offline" in (diagnostic.help or "")


@pytest.mark.parametrize("root", [True, False])
def test_settings_that_others_can_write_are_an_error_with_the_remedy(file: Path, root: bool) -> None:
    file.write_text(PLAIN)
    file.chmod(0o606)
    layout = Layout(file.parents[1] / "root" if root else Path("/"))
    with pytest.raises(SettingsInvalid) as error:
        validate(layout, file, NoProgram(), {})
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.severity, diagnostic.code, diagnostic.span) == (
        Severity.ERROR,
        "others-can-write",
        None,
    )
    assert diagnostic.help == f"chmod o-w {file}"
    assert offline(file, PLAIN).remarks == 0


@pytest.mark.parametrize("words", ["from_file 'more.rb'", "registry['http_secret'] = File.read('more.rb')"])
def test_file_that_settings_read_and_others_can_write_is_an_error(file: Path, words: str) -> None:
    more = file.with_name("more.rb")
    more.write_text("registry['log_level']='debug'")
    more.chmod(0o646)
    file.write_text(f"{PLAIN}{words}\n")
    with pytest.raises(SettingsInvalid) as error:
        validate(Layout(file.parents[1] / "root"), file, NoProgram(), {})
    (diagnostic,) = error.value.diagnostics
    assert (diagnostic.code, diagnostic.help) == ("others-can-write", f"chmod o-w {more}")


def warnings(file: Path, text: str, **environment: str) -> list[Diagnostic]:
    """Validate a file that all may read; the directories of a test keep everybody out."""
    file.write_text(text)
    file.chmod(0o644)
    validated = validate(Layout(file.parents[1] / "root"), file, SubprocessRunner(), environment)
    return [diagnostic for diagnostic in validated.diagnostics if diagnostic.code == "others-can-read"]


@pytest.fixture
def passable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody pass the directories of a test."""
    name = "ctl.operations.compile.source.readable_by_others"
    monkeypatch.setattr(name, lambda path: path.stat().st_mode & 4)


@pytest.mark.usefixtures("passable")
def test_secret_that_others_can_read_is_a_warning_at_the_secret(file: Path) -> None:
    text = PLAIN + "registry['http_secret'] = 'abcdefghijklmnop'\n"
    (diagnostic,) = warnings(file, text)
    assert diagnostic.severity is Severity.WARNING
    assert diagnostic.message == f"others can read {file}, and registry['http_secret'] is written there"
    assert "abcdefgh" not in diagnostic.message
    assert diagnostic.span is not None
    assert diagnostic.span.line == 3
    assert diagnostic.help == f"chmod o-rwx {file}"


@pytest.mark.usefixtures("passable")
def test_readable_settings_without_a_secret_of_their_own_are_no_warning(file: Path) -> None:
    assert warnings(file, PLAIN) == []
    assert warnings(file, PLAIN + "registry['http_secret'] = ENV['HTTP']\n", HTTP="abcdefghijkl") == []
    file.with_name("secret").write_text("abcdefghijklmnop")
    assert warnings(file, PLAIN + "registry['http_secret'] = File.read('secret')\n") == []


@pytest.mark.usefixtures("passable")
def test_rest_of_a_value_whose_variables_are_empty_is_no_secret_of_the_file(file: Path) -> None:
    for value in ("#{ENV['PROXY']}abcdefgh", "abcdefgh#{ENV['PROXY']}"):
        text = f"{PLAIN}registry['env'] = {{ 'MY_PASSWORD' => \"{value}\" }}\n"
        assert warnings(file, text, PROXY="") == [], value
        assert len(warnings(file, text.replace("#{ENV['PROXY']}", ""))) == 1


@pytest.mark.usefixtures("passable")
def test_secret_in_an_included_file_is_a_warning_there(file: Path) -> None:
    more = file.with_name("more.rb")
    more.write_text("registry['http_secret'] = 'abcdefghijklmnop'\n")
    more.chmod(0o644)
    (diagnostic,) = warnings(file, PLAIN + "from_file 'more.rb'\n")
    assert diagnostic.help == f"chmod o-rwx {more}"


def test_secret_behind_a_closed_directory_is_no_warning(file: Path) -> None:
    file.parent.chmod(0o700)
    assert warnings(file, PLAIN + "registry['http_secret'] = 'abcdefghijklmnop'\n") == []


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ctl.cli.app", "validate", *words],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=60,
        check=False,
    )


def test_command_shows_what_was_skipped_as_text_and_as_json(file: Path) -> None:
    file.write_text(URLS)
    text = run("--offline", "-c", str(file))
    assert (text.returncode, text.stdout) == (0, f"{file}: no errors\n")
    assert text.stderr.count("note[not-checked]: not checked (--offline): ") == 5
    as_json = run("--offline", "--json", "-c", str(file))
    assert as_json.returncode == 0
    assert [entry["code"] for entry in json.loads(as_json.stdout)] == ["not-checked"] * 5


def test_command_reports_a_driver_that_the_program_lacks(file: Path) -> None:
    file.write_text(PLAIN + "registry['storage'] = { 'gcs' => { 'bucket' => 'bucket' } }\n")
    root = file.parents[1] / "root"
    done = run("-c", str(file), "--root", str(root))
    assert done.returncode == 3, done.stderr
    assert f"{file}:3:25: error[driver-not-built]: /usr/bin/docker-registry was built without" in done.stderr
    assert not root.exists()


def test_missing_certificate_does_not_hide_what_the_program_lacks(file: Path) -> None:
    file.write_text(URLS + "registry['storage'] = { 'gcs' => { 'bucket' => 'bucket' } }\n")
    with pytest.raises(SettingsInvalid) as error:
        validate(Layout(file.parents[1] / "root"), file, SubprocessRunner(), {})
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == [
        "certificate-missing",
        "driver-not-built",
    ]
