from __future__ import annotations

import json
import shutil
from pathlib import Path
from stat import S_IMODE

import pytest
import yaml

from ctl.diagnostics.model import SettingsInvalid
from ctl.errors import CtlError
from ctl.operations.inspect.render_files import shown, write
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from tests.golden_tree import SECRETS

SETTINGS = (
    "external_url 'https://gitlab.example.com'\nregistry_external_url 'https://registry.example.com'\n"
    "registry['storage'] = { 's3' => { 'bucket' => 'images', 'region' => 'x', 'accesskey' => 'AKIA0123',"
    " 'secretkey' => 'wJalrXUtnFEMI' } }\n"
)
GIVEN = "registry['http_secret'] = 'given-secret'\n"
RUNNER = SubprocessRunner()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "root")
    layout.settings_file.parent.mkdir(parents=True)
    layout.settings_file.write_text(SETTINGS)
    return layout


def keep_secrets(layout: Layout) -> str:
    shutil.copy(SECRETS, layout.secrets_file)
    layout.secrets_file.chmod(0o600)
    return str(json.loads(SECRETS.read_text())["registry"]["http_secret"])


def write_into(layout: Layout, target: Path) -> dict[str, str]:
    write(layout, layout.settings_file, target, RUNNER, {})
    return {path.name: path.read_text() for path in target.iterdir()}


def test_directory_holds_the_three_texts_and_nothing_is_written_elsewhere(
    layout: Layout, tmp_path: Path
) -> None:
    secret = keep_secrets(layout)
    before = sorted(layout.root.rglob("*"))
    written = write_into(layout, tmp_path / "a/b")
    assert sorted(written) == ["config.yml", "gitlab-registry.conf", "gitlab.yml"]
    assert yaml.safe_load(written["config.yml"])["http"]["secret"] == secret
    assert yaml.safe_load(written["config.yml"])["storage"]["s3"]["secretkey"] == "wJalrXUtnFEMI"
    assert {S_IMODE(path.stat().st_mode) for path in (tmp_path / "a/b").iterdir()} == {0o640}
    assert sorted(layout.root.rglob("*")) == before
    assert write_into(layout, tmp_path / "a/b") == written


def test_secret_of_the_settings_wins_and_needs_no_secrets_file(layout: Layout, tmp_path: Path) -> None:
    layout.settings_file.write_text(SETTINGS + GIVEN)
    layout.secrets_file.write_text("damaged")
    written = write_into(layout, tmp_path / "out")
    assert yaml.safe_load(written["config.yml"])["http"]["secret"] == "given-secret"


def test_secret_that_is_given_nowhere_is_an_error_that_names_it(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        write_into(layout, tmp_path / "out")
    (diagnostic,) = [
        diagnostic for diagnostic in caught.value.diagnostics if diagnostic.code == "secret-missing"
    ]
    assert diagnostic.message.startswith("registry['http_secret'] is given nowhere")
    assert str(layout.secrets_file) in diagnostic.message
    assert not (tmp_path / "out").exists()


def test_texts_that_are_shown_mask_every_secret_and_need_none(layout: Layout) -> None:
    for settings in (SETTINGS, SETTINGS + GIVEN):
        layout.settings_file.write_text(settings)
        texts = {file.path: file.content for file in shown(layout, layout.settings_file, RUNNER, {}).files}
        config = yaml.safe_load(texts["config.yml"])
        assert config["http"]["secret"] == "<masked>"
        assert config["storage"]["s3"]["secretkey"] == "<masked>"
        assert "given-secret" not in str(texts)


def test_link_in_a_texts_place_is_replaced_and_not_followed(layout: Layout, tmp_path: Path) -> None:
    keep_secrets(layout)
    other, target = tmp_path / "other", tmp_path / "out"
    other.write_text("theirs")
    target.mkdir()
    (target / "config.yml").symlink_to(other)
    write_into(layout, target)
    assert other.read_text() == "theirs"
    assert not (target / "config.yml").is_symlink()


def test_directory_that_cannot_be_written_is_an_error_that_names_it(layout: Layout, tmp_path: Path) -> None:
    keep_secrets(layout)
    (tmp_path / "file").touch()
    with pytest.raises(CtlError, match=f"{tmp_path}/file.* cannot be written"):
        write_into(layout, tmp_path / "file/out")


def test_keys_of_a_certificate_that_is_elsewhere_are_named_all_the_same(layout: Layout) -> None:
    layout.settings_file.write_text(f"{SETTINGS}ctl['registry_flavour'] = 'distribution-3'\n")
    texts = {file.path: file.content for file in shown(layout, layout.settings_file, RUNNER, {}).files}
    token = yaml.safe_load(texts["config.yml"])["auth"]["token"]
    assert token["jwks"] == "/var/opt/gitlab/registry/gitlab-registry.jwks"
