"""The settings file beside the complete example, without its secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.diagnostics.model import SettingsInvalid
from ctl.errors import CtlError, ExitCode
from ctl.operations.inspect.diff_config import Compared, diff_config
from ctl.paths import Layout
from ctl.settings.example import example_file

URLS = "external_url 'https://gitlab.example.com'\n"
SECRETIVE = """\
# registry['http_secret'] = 'HIDDEN-in-comment'
registry['http_secret'] = 'HIDDEN-by-name'
registry['env'] = { 'API_TOKEN' => 'HIDDEN', "OTHER_TOKEN" => "HIDDEN", 'TZ' => 'seen' }
key = 'HIDDEN-by-way'
registry['storage']['azure'] = { 'connectionstring' => 'HIDDEN', accountkey: 'HIDDEN' }
registry['middleware'] = { 'storage' => [{ 'name' => 'm', 'options' => { 'privatekey' => key } }] }
registry['notifications'] = [
  { 'name' => 'one', 'url' => 'https://user:HIDDEN@h.example/x', 'headers' => { 'X-Any' => ['HIDDEN'] } },
  { 'name' => 'two', 'url' => 'https://h.example/x?key=HIDDEN' }
]
registry['internal_key'] = <<~KEY
  -----BEGIN PRIVATE KEY-----
  HIDDEN-in-heredoc
  -----END PRIVATE KEY-----
KEY
registry['redis'] = { 'password' => 'HIDDEN
over-lines-HIDDEN' }
"""


def compared(tmp_path: Path, text: str, *, reveal: bool = False, everything: bool = True) -> str:
    return both(tmp_path, text, reveal=reveal, everything=everything).diff


def both(tmp_path: Path, text: str, *, reveal: bool = False, everything: bool = False) -> Compared:
    file = tmp_path / "gitlab.rb"
    file.write_text(text)
    comparison = diff_config(Layout(tmp_path / "root"), file, {}, reveal=reveal, everything=everything)
    assert sorted(tmp_path.rglob("*")) == [file]
    return comparison


def test_short_file_is_shown_beside_what_it_sets_alone(tmp_path: Path) -> None:
    text = URLS + "registry['dir'] = '/srv/registry'\nregistry['storage']['s3']['bucket'] = 'b'\n"
    comparison = both(tmp_path, text)
    lines = comparison.diff.splitlines()
    assert "-registry['dir'] = '/srv/registry'" in lines
    assert "+# registry['dir'] = '/var/opt/gitlab/registry'" in lines
    assert "+# registry['storage']['s3'] = {" in lines
    # All of the section s3, what is known of each of its settings, and nothing of any other.
    assert len(lines) < len(example_file().splitlines()) / 12
    assert not any("log_level" in line or "['gcs']" in line for line in lines)
    assert comparison.left_out > 100


def test_file_that_was_made_from_the_example_is_shown_beside_all_of_it(tmp_path: Path) -> None:
    text = example_file().replace("# registry['log_level'] = 'info'\n", "registry['log_level'] = 'debug'\n")
    kept = text.replace("# registry['uid'] = nil\n", "")
    comparison = both(tmp_path, kept)
    changed = [
        line for line in comparison.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert comparison.left_out == 0
    assert sorted(changed) == [
        "+# registry['log_level'] = 'info'",
        "+# registry['uid'] = nil",
        "-registry['log_level'] = 'debug'",
    ]


def test_example_differs_in_nothing_from_itself(tmp_path: Path) -> None:
    assert compared(tmp_path, example_file()) == ""


def test_own_lines_are_taken_and_the_examples_are_added(tmp_path: Path) -> None:
    lines = compared(tmp_path, URLS + "registry['dir'] = '/srv/registry'\n").splitlines()
    assert lines[:2] == [f"--- {tmp_path}/gitlab.rb", "+++ complete example of ctl"]
    assert "-registry['dir'] = '/srv/registry'" in lines
    assert "+# registry['dir'] = '/var/opt/gitlab/registry'" in lines
    assert " external_url 'https://gitlab.example.com'" in lines


def test_file_without_a_last_line_break_is_compared(tmp_path: Path) -> None:
    assert compared(tmp_path, "registry['dir'] = '/a'").splitlines()[3] == "-registry['dir'] = '/a'"


def test_secrets_are_masked_wherever_they_stand(tmp_path: Path) -> None:
    assert SECRETIVE.count("HIDDEN") > 12
    diff = compared(tmp_path, URLS + SECRETIVE)
    assert "HIDDEN" not in diff
    assert "'TZ' => 'seen'" in diff
    assert "-# registry['http_secret'] = '<masked>'" in diff
    shown = compared(tmp_path, URLS + SECRETIVE, reveal=True)
    assert shown.count("HIDDEN") == SECRETIVE.count("HIDDEN")


def test_file_with_mistakes_is_refused_unless_secrets_are_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        compared(tmp_path, "registry['http_secret'] = 'HIDDEN\n")
    assert "HIDDEN" in compared(tmp_path, "registry['http_secret'] = 'HIDDEN\n", reveal=True)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match=f"there is no settings file {tmp_path}/gitlab.rb") as error:
        diff_config(Layout(tmp_path), tmp_path / "gitlab.rb", {})
    assert error.value.exit_code is ExitCode.FAILED
