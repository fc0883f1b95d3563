from __future__ import annotations

import json
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.credentials.document import with_member
from ctl.credentials.secrets import RegistrySecrets, Secrets, read, write
from ctl.errors import CtlError

NEW = RegistrySecrets(http_secret="ab" * 64, internal_certificate="CERT\n", internal_key="KEY\n")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OMNIBUS = """{
  "gitlab_rails": {
    "secret_key_base": "a\\u0041/ä",
    "count": 1.50,
    "openid_connect_signing_key": "-----BEGIN RSA PRIVATE KEY-----\\n"
  },
  "registry": {
    "http_secret": "old",
    "something_new": [1, 2],
    "internal_certificate": "C",
    "internal_key": "K"
  },
  "letsencrypt": {
    "auto_enabled": null
  }
}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gitlab-secrets.json"


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let every write beyond 4 KiB of a file fail, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_file_missing_counts_as_empty(path: Path) -> None:
    assert read(path).registry == RegistrySecrets()


def test_file_new_has_the_form_of_omnibus(path: Path) -> None:
    write(path, read(path).updated(NEW))
    expected = {"registry": NEW.given()}
    assert path.read_text() == json.dumps(expected, indent=2) + "\n"
    assert list(json.loads(path.read_text())["registry"]) == [
        "http_secret",
        "internal_certificate",
        "internal_key",
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_of_omnibus_keeps_every_other_byte(path: Path) -> None:
    path.write_text(OMNIBUS)
    secrets = read(path)
    assert secrets.registry == RegistrySecrets("old", "C", "K")
    write(path, secrets.updated(RegistrySecrets(http_secret="new")))
    assert path.read_text() == OMNIBUS.replace('"old"', '"new"')


def test_section_missing_is_added_at_the_end(path: Path) -> None:
    path.write_text('{\n  "letsencrypt": {\n    "auto_enabled": true\n  }\n}\n')
    write(path, read(path).updated(RegistrySecrets(http_secret="x")))
    expected = {"letsencrypt": {"auto_enabled": True}, "registry": {"http_secret": "x"}}
    assert path.read_text() == json.dumps(expected, indent=2) + "\n"


@pytest.mark.parametrize("section", ["null", "{}", '{"http_secret": null}', '{"http_secret": ""}'])
def test_secret_without_a_value_counts_as_missing(path: Path, section: str) -> None:
    path.write_text(f'{{"registry": {section}}}')
    secrets = read(path)
    assert secrets.registry == RegistrySecrets()
    write(path, secrets.updated(NEW))
    assert read(path).registry == NEW


@given(st.dictionaries(st.text(), JSON, max_size=4), st.sampled_from([None, 2, "\t"]), st.text(min_size=1))
def test_other_sections_survive_an_update(document: dict[str, Any], indent: Any, value: str) -> None:
    if not isinstance(document.get("registry"), dict):
        document.pop("registry", None)
    text = json.dumps(document, indent=indent)
    edited = with_member(text, "registry", "http_secret", value)
    written = json.loads(edited)
    order = [*document, *([] if "registry" in document else ["registry"])]
    assert list(written) == order
    expected = {**document, "registry": {**document.get("registry", {}), "http_secret": value}}
    assert written == expected


def test_key_given_twice_has_its_last_value_replaced() -> None:
    text = '{"registry": {"http_secret": "a", "http_secret": "b"}, "a": 1e400, "a": 2}'
    assert with_member(text, "registry", "http_secret", "c") == text.replace('"b"', '"c"')


def test_half_a_surrogate_pair_elsewhere_survives(path: Path) -> None:
    path.write_text('{"other": {"k": "\\ud800"}}')
    write(path, read(path).updated(RegistrySecrets(http_secret="x")))
    assert '"\\ud800"' in path.read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b'{\n  "registry": x\n}', ":2:15 cannot be used: not JSON"),
        (b'{"a": 1', ":1:8 cannot be used: not JSON"),
        (b"[]", "an array, an object is expected"),
        (b'"x"', "a string, an object is expected"),
        (b"\xff\xfe", "not UTF-8: byte 0xff at offset 0"),
        (b'{"registry": []}', "'registry' is an array"),
        (b'{"registry": {"internal_key": 5}}', "'registry.internal_key' is a number"),
        (b'{"registry": {"http_secret": true}}', "'registry.http_secret' is true"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 10_000, "too long"),
        (b" " * (16 * 1024 * 1024 + 1), "larger than 16 MiB"),
    ],
    ids=range(13),
)
def test_file_broken_is_one_clear_error(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(CtlError) as caught:
        read(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.__cause__ is None


def test_directory_pipe_and_loop_in_its_place_are_clear_errors(path: Path) -> None:
    path.mkdir()
    with pytest.raises(CtlError, match="a directory"):
        read(path)
    with pytest.raises(CtlError, match="cannot be written: is a directory"):
        write(path, Secrets(NEW, "{}\n"))
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(CtlError, match="not a regular file"):
        read(path)
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(CtlError, match="too many levels"):
        read(path)
    with pytest.raises(CtlError, match="symlinks"):
        write(path, Secrets(NEW, "{}\n"))


def test_disk_full_leaves_the_old_file_and_nothing_else(path: Path, full_disk: None) -> None:
    path.write_text(OMNIBUS)
    with pytest.raises(CtlError, match="cannot be written: file too large"):
        write(path, read(path).updated(RegistrySecrets(http_secret="x" * 10_000)))
    assert path.read_text() == OMNIBUS
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_directory_missing_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CtlError, match="no such file or directory"):
        write(tmp_path / "nowhere" / "s.json", Secrets(NEW, "{}\n"))


def test_leftover_of_a_killed_run_is_replaced(path: Path) -> None:
    leftover = path.with_name(".gitlab-secrets.json.new")
    leftover.write_text("half")
    leftover.chmod(0o644)
    write(path, read(path).updated(NEW))
    assert not leftover.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("before", "after"), [(0o644, 0o600), (0o400, 0o400), (0o640, 0o600), (0o777, 0o600)]
)
def test_mode_of_an_existing_file_is_kept_or_tightened(path: Path, before: int, after: int) -> None:
    path.write_text("{}")
    path.chmod(before)
    write(path, Secrets(NEW, "{}\n"))
    assert stat.S_IMODE(path.stat().st_mode) == after


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_owner_of_an_existing_file_is_kept(path: Path) -> None:
    path.write_text("{}")
    os.chown(path, 65534, 65534)
    write(path, Secrets(NEW, "{}\n"))
    assert (path.stat().st_uid, path.stat().st_gid) == (65534, 65534)


def test_symlink_to_a_place_of_ours_is_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "volume" / "secrets.json"
    target.parent.mkdir(mode=0o755)
    path.symlink_to(target)
    write(path, read(path).updated(NEW))
    assert path.is_symlink()
    assert read(target).registry == NEW


def test_symlink_to_a_place_others_may_change_is_refused(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "volume" / "secrets.json"
    target.parent.mkdir()
    target.parent.chmod(0o777)
    path.symlink_to(target)
    with pytest.raises(CtlError, match="others may change"):
        write(path, read(path).updated(NEW))
    assert not target.exists()


def test_secrets_printed_show_names_only() -> None:
    shown = repr(Secrets(NEW, '{"secret": 1}'))
    assert shown == "Secrets(RegistrySecrets(<http_secret, internal_certificate, internal_key>))"


def test_file_is_written_whatever_has_its_temporary_name(path: Path) -> None:
    (path.parent / ".gitlab-secrets.json.new/inside").mkdir(parents=True)
    write(path, Secrets(RegistrySecrets(), "{}\n"))
    assert path.read_text() == "{}\n"
    assert (path.parent / ".gitlab-secrets.json.new.damaged-1/inside").is_dir()
