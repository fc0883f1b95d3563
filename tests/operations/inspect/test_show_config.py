"""Every value in force, its origin, and no secret among them; nothing is written."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ctl.diagnostics.model import SettingsInvalid
from ctl.errors import CtlError
from ctl.operations.inspect.show_config import Shown, chosen, show_config
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.settings.load import load
from ctl.settings.reference import entries
from tests.golden_tree import CASES, SECRETS
from tests.settings.reading import read

URLS = "external_url 'https://gitlab.example.com'\nregistry_external_url 'https://registry.example.com'\n"
NO_PROGRAM = "ctl['registry_binary'] = '/nowhere/registry'\n"


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., dict[str, Shown]]:
    file = tmp_path / "home" / "gitlab.rb"
    file.parent.mkdir()
    layout = Layout(tmp_path / "root")

    def run(text: str, *, reveal: bool = False, **environment: str) -> dict[str, Shown]:
        file.write_text(URLS + NO_PROGRAM + text)
        before = sorted(tmp_path.rglob("*"))
        shown = show_config(layout, file, SubprocessRunner(), environment, reveal=reveal)
        assert sorted(tmp_path.rglob("*")) == before
        assert len({value.path for value in shown}) == len(shown)
        return {value.dotted: value for value in shown}

    return run


Site = Callable[..., dict[str, Shown]]


def pair(values: dict[str, Shown], name: str) -> tuple[object, str]:
    return values[name].value, values[name].origin


def secrets(tmp_path: Path) -> dict[str, str]:
    file = Layout(tmp_path / "root").secrets_file
    file.parent.mkdir(parents=True)
    file.write_text(SECRETS.read_text())
    kept: dict[str, str] = json.loads(SECRETS.read_text())["registry"]
    return kept


def test_value_given_has_its_line(site: Site) -> None:
    values = site("registry['log_level'] = 'debug'\nregistry_nginx['listen_port'] = '5678'\n")
    assert pair(values, "registry.log_level") == ("debug", "gitlab.rb:4")
    assert pair(values, "registry.nginx.listen_port") == (5678, "gitlab.rb:5")


def test_value_of_an_included_file_has_its_file(site: Site, tmp_path: Path) -> None:
    (tmp_path / "home" / "more.rb").write_text("\nregistry['log_level'] = 'debug'\n")
    values = site("from_file 'more.rb'\n")
    assert pair(values, "registry.log_level") == ("debug", "more.rb:2")


def test_value_that_nobody_gave_is_a_default_or_derived(site: Site) -> None:
    values = site("registry['storage_delete_enabled'] = false\n")
    url = "derived from registry_external_url"
    expected = {
        "registry.log_level": ("info", "default"),
        "registry.enable": (True, url),
        "registry.registry_http_addr": ("127.0.0.1:5000", "default"),
        "registry.token_realm": ("https://gitlab.example.com", "derived from external_url"),
        "registry.http_draintimeout": ("30s", "derived from ctl['drain_timeout']"),
        "registry.rootcertbundle": (
            "/var/opt/gitlab/registry/gitlab-registry.crt",
            "derived from registry['dir']",
        ),
        "registry.storage.cache.blobdescriptor": ("inmemory", "default"),
        "registry.storage.delete.enabled": (False, "derived from registry['storage_delete_enabled']"),
        "registry.storage.filesystem.rootdirectory": (
            "/var/opt/gitlab/gitlab-rails/shared/registry",
            "derived from gitlab_rails['registry_path']",
        ),
        "registry.nginx.https": (True, url),
        "registry.nginx.listen_port": (443, url),
        "registry.nginx.ssl_certificate": ("/etc/gitlab/ssl/registry.example.com.crt", url),
        "gitlab_rails.registry_host": ("registry.example.com", url),
        "gitlab_rails.registry_api_url": (
            "http://127.0.0.1:5000",
            "derived from registry['registry_http_addr']",
        ),
        "ctl.registry_flavour": ("distribution-2.8", "assumed: the program does not tell"),
    }
    assert {name: pair(values, name) for name in expected} == expected


def test_value_that_another_setting_outvotes_is_shown_as_it_holds(site: Site) -> None:
    values = site(
        "gitlab_rails['registry_host'] = 'elsewhere.example.com'\n"
        "registry['storage']['maintenance'] = {\n"
        "  'readonly' => { 'enabled' => true }, 'uploadpurging' => { 'enabled' => true }\n}\n"
    )
    assert pair(values, "gitlab_rails.registry_host") == (
        "registry.example.com",
        "derived from registry_external_url",
    )
    purging = values["registry.storage.maintenance.uploadpurging.enabled"]
    assert purging.value is False
    assert purging.origin.startswith("derived from registry['storage']['maintenance']['readonly']")


def test_flavour_that_is_given_decides_what_is_shown(site: Site) -> None:
    text = "registry['storage']['s3'] = { 'bucket' => 'bkt', 'region' => 'r', 'regionendpoint' => 'a' }\n"
    values = site(text + "ctl['registry_flavour'] = 'distribution-3'\n")
    assert pair(values, "registry.storage.s3.forcepathstyle") == (
        True,
        "derived from registry['storage']['s3']['regionendpoint']",
    )
    assert values["ctl.registry_flavour"].origin == "gitlab.rb:5"
    assert "registry.storage.s3.forcepathstyle" not in site(text)


def test_registry_that_is_off_has_no_derived_addresses(site: Site) -> None:
    values = site("registry['enable'] = false\n")
    assert pair(values, "registry.enable") == (False, "gitlab.rb:4")
    assert "registry.registry_http_addr" not in values
    assert "registry.http_secret" not in values


SECRETIVE = """
registry['http_secret'] = 'HIDDEN-by-type'
registry['env'] = { 'API_TOKEN' => 'HIDDEN-by-name', 'TZ' => 'seen' }
registry['log_group'] = ENV['GROUP']
registry['svlogd_prefix'] = File.read('prefix')
registry['storage']['azure'] = {
  'accountname' => 'a', 'container' => 'c', 'accountkey' => 'HIDDENbytype', 'connectionstring' => 'HIDDEN-too'
}
registry['middleware'] = { 'storage' => [{ 'name' => 'm', 'options' => { 'privatekey' => 'HIDDEN-deep' } }] }
registry['notifications'] = [
  { 'name' => 'one', 'url' => 'https://u:HIDDEN@h.example', 'headers' => { 'X-Any' => ['HIDDEN-header'] } },
  { 'name' => 'two', 'url' => 'https://h.example/x?key=HIDDEN' }
]
registry['default_notifications_headers'] = { 'X-Other' => ['HIDDEN-default'] }
gitlab_rails['registry_notification_secret'] = 'HIDDEN-notification'
registry['nginx']['custom_gitlab_server_config'] = "set $a 'b';"
"""


def test_secrets_are_masked_wherever_they_come_from(site: Site, tmp_path: Path) -> None:
    known = secrets(tmp_path)
    (tmp_path / "home" / "prefix").write_text("HIDDEN-in-file")
    values = site(SECRETIVE, GROUP="hidden-in-env")
    said = "\n".join(f"{value.value!r} {value.statement}" for value in values.values())
    assert "HIDDEN" not in said
    assert "hidden-in-env" not in said
    assert known["internal_key"][:60] not in said
    assert "seen" in said
    assert "set $a 'b';" in said
    assert pair(values, "registry.internal_key") == ("<masked>", "gitlab-secrets.json")
    shown = site(SECRETIVE, reveal=True, GROUP="hidden-in-env")
    said = "\n".join(repr(value.value) for value in shown.values())
    for secret in [*re.findall(r"HIDDEN[\w-]*", SECRETIVE), "HIDDEN-in-file"]:
        assert secret in said
    assert "hidden-in-env" in said
    assert shown["registry.internal_key"].value == known["internal_key"]


def test_secret_that_is_not_made_yet_says_so(site: Site) -> None:
    for reveal in (False, True):
        values = site("", reveal=reveal)
        assert pair(values, "registry.http_secret") == (
            "<will be generated>",
            "made by the next reconfigure",
        )


def test_password_in_a_url_is_masked(site: Site) -> None:
    values = site(
        "registry['storage']['s3'] = {\n"
        "  'bucket' => 'bucket', 'region' => 'r', 'regionendpoint' => 'https://u:HIDDEN@s3.a'\n}\n"
    )
    assert values["registry.storage.s3.regionendpoint"].value == "https://<masked>@s3.a"


@pytest.mark.parametrize("case", sorted(CASES))
def test_statements_are_a_settings_file_that_means_the_same(case: str, tmp_path: Path) -> None:
    secrets(tmp_path)
    layout = Layout(tmp_path / "root")
    environment = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}
    first = show_config(layout, CASES[case], SubprocessRunner(), environment, reveal=True)
    assert len(first) > 50
    # A nil among the headers is nothing that a value in force shows as set.
    text = "\n".join(value.statement for value in first)
    result = load(read(text))
    assert result.settings is not None, [diagnostic.message for diagnostic in result.diagnostics]
    again = tmp_path / "again.rb"
    again.write_text(text)
    second = show_config(layout, again, SubprocessRunner(), {}, reveal=True)
    assert {value.dotted: value.value for value in second} == {value.dotted: value.value for value in first}


def test_values_are_all_of_declared_settings(site: Site) -> None:
    declared = {entry.dotted for entry in entries()}
    values = site(SECRETIVE.replace("File.read('prefix')", "'x'"))
    assert set(values) <= declared


def test_wrong_settings_are_refused(site: Site) -> None:
    with pytest.raises(SettingsInvalid):
        site("registry['log_level'] = 'loud'\n")


def test_names_choose_settings_and_sections(site: Site) -> None:
    values = list(site("").values())
    wanted = chosen(["registry.nginx", "registry['dir']"])
    names = [value.dotted for value in values if wanted(value)]
    assert "registry.dir" in names
    assert "registry.nginx.listen_port" in names
    assert all(name == "registry.dir" or name.startswith("registry.nginx.") for name in names)
    assert all(map(chosen([]), values))
    with pytest.raises(CtlError, match="there is no setting"):
        chosen(["registry.enabled"])


def test_secrets_are_masked_where_there_is_no_registry_either(site: Site) -> None:
    text = SECRETIVE.replace("File.read('prefix')", "'x'")
    values = site("registry['enable'] = false\n" + text, GROUP="hidden-in-env")
    said = "\n".join(repr(value.value) for value in values.values())
    assert "HIDDEN" not in said
    assert "hidden-in-env" not in said


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every account can enter, unlike those of a test."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("closed", ["file", "directory"])
def test_account_that_may_not_read_the_secrets_sees_everything_else(
    open_directory: Path, closed: str
) -> None:
    file = open_directory / "gitlab.rb"
    file.write_text(URLS + NO_PROGRAM)
    secrets(open_directory)
    layout = Layout(open_directory / "root")
    (layout.secrets_file if closed == "file" else layout.secrets_file.parent).chmod(0o600)
    os.seteuid(65534)
    try:
        shown = show_config(layout, file, SubprocessRunner(), {})
        with pytest.raises(CtlError) as error:
            show_config(layout, file, SubprocessRunner(), {}, reveal=True)
    finally:
        os.seteuid(0)
    values = {value.dotted: value for value in shown}
    assert pair(values, "registry.http_secret") == ("<masked>", "gitlab-secrets.json")
    assert pair(values, "registry.log_level") == ("info", "default")
    assert error.value.help == "run this as root"
