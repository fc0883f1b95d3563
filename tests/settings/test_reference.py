"""What is read off the declaration: types, defaults, places, remarks; and that nothing is undocumented."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, BeforeValidator

from ctl.flavours.support import UNSUPPORTED
from ctl.settings.literals import assignment, literal
from ctl.settings.reference import ANY, Entry, children, docstrings, entries, kind_of
from ctl.settings.remarks import NOT_RUN, remarks
from ctl.settings.types import Duration, Flag, Port, SecretText, Text, choice
from ctl.syntax.model import SettingPath
from tests.settings.reading import read


def entry(dotted: str) -> Entry:
    return next(entry for entry in entries() if entry.dotted == dotted)


def test_settings_are_all_documented() -> None:
    assert len(entries()) > 350
    assert [entry.dotted for entry in entries() if not entry.doc.endswith(".")] == []


class Sample(BaseModel):
    """For the test of the test above."""

    documented: int = 1
    """It is."""
    bare: int = 2
    other: int = 3
    """So is this."""


def test_setting_without_a_docstring_is_noticed() -> None:
    assert docstrings(Sample) == {"documented": "It is.", "other": "So is this."}


def test_paths_are_unique_and_sections_come_before_what_is_in_them() -> None:
    seen: set[SettingPath] = {()}
    for entry in entries():
        assert entry.path not in seen
        above = entry.path[:-1]
        while above and above[-1] == ANY:
            above = above[:-1]
        assert above in seen
        seen.add(entry.path)


@pytest.mark.parametrize(
    ("dotted", "words", "default", "output"),
    [
        ("registry.log_level", "'error', 'warn', 'info' or 'debug'", "info", "config.yml:log.level"),
        ("registry.storage.s3_v2.bucket", "string", None, "config.yml:storage.s3_v2.bucket"),
        ("registry.redis.cache.tls.enabled", "true or false", None, "config.yml:redis.cache.tls.enabled"),
        ("registry.gc.blobs.interval", "duration such as '10s'", None, "config.yml:gc.blobs.interval"),
        ("registry.notifications.*.url", "URL", None, "config.yml:notifications.endpoints.url"),
        ("registry.middleware.*.*.name", "string", None, "config.yml:middleware"),
        ("registry.nginx.listen_addresses", "array of address", ["*"], "vhost:listen"),
        ("registry.storage.s3.chunksize", "bytes from 5242880 to 5368709120", None, None),
        ("registry.env", "hash of string, number, true or false", {}, ""),
        ("ctl.keep_generations", "whole number from 2 to 1000", 10, ""),
    ],
)
def test_entry_says_what_is_declared(dotted: str, words: str, default: object, output: str | None) -> None:
    declared = entry(dotted)
    assert (declared.kind.words, declared.default) == (words, default)
    assert output is None or declared.output == output


def test_entry_knows_required_secret_and_since() -> None:
    assert entry("registry.storage.s3.bucket").required
    assert not entry("registry.storage.s3.chunksize").required
    assert entry("registry.http_secret").kind.secret
    assert entry("registry.internal_key").kind.secret
    assert not entry("registry.internal_certificate").kind.secret
    assert entry("registry.gc").since == "16.10"
    assert entry("registry.storage").optional
    assert not entry("registry.nginx").optional


def test_children_lie_directly_below() -> None:
    assert {"s3", "filesystem", "cache"} <= {entry.name for entry in children(("registry", "storage"))}
    assert {entry.name for entry in children(("registry", "notifications"))} >= {"name", "url"}
    assert {entry.name for entry in children(("registry", "middleware"))} == {"name", "options"}
    assert children(("registry", "dir")) == []


def one_list(value: Any) -> Any:
    return value


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (Flag, "true or false"),
        (Port | None, "port"),
        (list[Duration], "array of duration such as '10s'"),
        (dict[str, list[Text]] | None, "hash of array of string"),
        (Annotated[str, BeforeValidator(choice("a", "b"))] | None, "'a' or 'b'"),
        (bool | str, "true or false or string"),
        (Annotated[SecretText, BeforeValidator(one_list)], "secret string"),
        (Any, "anything"),
    ],
)
def test_kind_is_told_in_words(annotation: Any, words: str) -> None:
    assert kind_of(annotation).words == words


def test_array_that_takes_a_lone_entry_is_known_by_its_validator() -> None:
    assert kind_of(Annotated[list[Text], BeforeValidator(one_list)]).lone
    assert not kind_of(list[Text]).lone


def test_remarks_name_flavours_and_what_was_never_run() -> None:
    said = remarks(entry("registry.storage.azure_v2.secret"))
    assert said == [
        "distribution 2.8 and distribution 3 refuse to start with it; only GitLab's own registry has this",
        NOT_RUN,
    ]
    assert remarks(entry("registry.storage.azure_v2.secret"), inherited=False) == []
    assert remarks(entry("registry.storage.filesystem.rootdirectory")) == []
    assert remarks(entry("registry.storage.s3.chunksize")) == []
    assert remarks(entry("registry.storage.s3.encrypt")) == [NOT_RUN]
    (of_gcs,) = remarks(entry("registry.storage.gcs"))
    assert of_gcs == f"{NOT_RUN}; an upload begins at Google's own address, so that no stand-in could take it"
    (remark,) = remarks(entry("registry.storage.cache.blobdescriptorsize"))
    assert remark.startswith("distribution 2.8 and GitLab's registry ignore it")


def test_settings_that_flavours_do_not_know_are_all_declared() -> None:
    declared = {entry.path[1:] for entry in entries() if entry.path[0] == "registry"}
    assert len(UNSUPPORTED) > 40
    assert [unsupported.path for unsupported in UNSUPPORTED if unsupported.path not in declared] == []


LITERALS: list[Any] = [
    *(
        "plain",
        "it's",
        'a "b" \\ #{c}',
        "two\nlines\twide",
        "\x00\x7f\u2028",
        "\\",
        True,
        False,
        0,
        -1,
        1.5,
        None,
    ),
    *([], ["a", 1], {}, {"a": {"b'": [None, "\n"]}}),
]


@pytest.mark.parametrize("value", LITERALS)
def test_literal_reads_back_as_the_same_value(value: Any) -> None:
    text = f"external_url 'https://a.example'\n{assignment(('registry', 'x'), literal(value))}\n"
    assert read(text).values["registry"] == {"x": value}


def test_assignment_of_a_top_level_setting_is_a_call() -> None:
    assert assignment(("external_url",), "'x'") == "external_url 'x'"
