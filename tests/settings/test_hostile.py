"""Every string that a setting takes is refused or carried exactly, whatever it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import SecretStr, TypeAdapter, ValidationError

from ctl.settings.load import _model_of
from tests.settings.test_declaration import sections

CONTROLS = ["\0", "\x01", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\udfff"]
# What these carry may have several lines.
OF_LINES = {
    "CertificatePem",
    "custom_gitlab_server_config",
    "custom_nginx_config",
    "backup_registry",
    "internal_certificate",
    "internal_key",
    "options",
    "swift",
    "oss",
    "credentials",
}


def fields() -> Iterator[tuple[str, str, Any]]:
    """Yield section, name and type of every setting that a value is given to."""
    seen = set()
    for model in sections():
        if model in seen:
            continue
        seen.add(model)
        for name, field in model.model_fields.items():
            if _model_of(field.annotation) is None and field.annotation is not Any:
                kind: Any = field.annotation
                for extra in field.metadata:
                    kind = Annotated[kind, extra]
                yield model.__name__, name, kind


def wrapped(value: str) -> Iterator[Any]:
    """Yield a value in the shapes that a type could take it in."""
    yield value
    yield [value]
    yield {"Name": value}
    yield {value: "x"}
    yield {"Name": [value]}


def carried(value: Any) -> list[str]:
    """Return every string inside an accepted value."""
    if isinstance(value, SecretStr):
        return [value.get_secret_value()]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in carried(part)]
    if isinstance(value, list):
        return [text for item in value for text in carried(item)]
    return [value] if isinstance(value, str) else []


FIELDS = list(fields())


def test_fields_found_are_many() -> None:
    assert len(FIELDS) > 100
    assert ("Registry", "log_directory") in {(section, name) for section, name, _ in FIELDS}


@pytest.mark.parametrize(
    ("section", "name", "kind"), FIELDS, ids=[f"{section}.{name}" for section, name, _ in FIELDS]
)
def test_setting_given_control_character_is_refused(section: str, name: str, kind: Any) -> None:
    adapter = TypeAdapter(kind)
    controls = [control for control in CONTROLS if name not in OF_LINES or control in ("\ud800", "\udfff")]
    for control in controls:
        for form in ("a{}b", "/a{}b", "https://a{}b", "a{}:1", "{}1s"):
            text = form.format(control)
            for value in wrapped(text):
                with pytest.raises(ValidationError):
                    adapter.validate_python(value)


@pytest.mark.parametrize(
    ("section", "name", "kind"), FIELDS, ids=[f"{section}.{name}" for section, name, _ in FIELDS]
)
def test_setting_given_odd_text_is_refused_or_carried_exactly(section: str, name: str, kind: Any) -> None:
    adapter = TypeAdapter(kind)
    for text in (" a'b\"c\\d#e;f{g}h ", "$", "$x", "a: b", "ünï\U0001f600\ufeff", "-", "~", "*", "%s{{x}}"):
        for given in (text, f"/{text}"):
            for value in wrapped(given):
                try:
                    accepted = adapter.validate_python(value)
                except ValidationError:
                    continue
                assert given in carried(accepted), (section, name, value, accepted)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("section", "name", "kind"), FIELDS, ids=[f"{section}.{name}" for section, name, _ in FIELDS]
)
def test_setting_given_any_text_is_refused_or_carried_exactly(section: str, name: str, kind: Any) -> None:
    adapter = TypeAdapter(kind)

    @settings(max_examples=40, deadline=None)
    @given_any(st.text(), st.sampled_from(["{}", "/{}", "https://{}", "{}:1", "{}s"]))
    def check(text: str, form: str) -> None:
        given = form.format(text)
        for value in wrapped(given):
            try:
                accepted = adapter.validate_python(value)
            except ValidationError:
                continue
            kept = carried(accepted)
            # A path is kept in its shortest spelling, a name without the scheme before it.
            assert (
                given in kept or any(text and text in given for text in kept) or isinstance(accepted, int)
            ), value

    check()


def test_path_one_of_whose_names_ends_with_a_blank_is_refused_by_every_setting_of_a_path() -> None:
    paths = [(section, name, kind) for section, name, kind in FIELDS if _is_path(kind)]
    assert len(paths) > 20
    assert ("Filesystem", "rootdirectory") in {(section, name) for section, name, _ in paths}
    for path in (
        "/srv/mine ",
        "/srv/ mine",
        "/srv /mine",
        " /srv/mine",
        "/srv/mine\u00a0",
        "/srv/\u3000mine",
    ):
        assert [(section, name) for section, name, kind in paths if _takes(kind, path)] == [], path


def _is_path(kind: Any) -> bool:
    return _takes(kind, "/srv/mine") and not _takes(kind, "srv/mine")


def test_text_without_dollar_is_carried_by_many_settings() -> None:
    text = "/a'b\"c\\d#e;f{g}h"
    carrying = [name for _, name, kind in FIELDS if _takes(kind, text)]
    assert len(carrying) > 20
    assert {"registry_issuer", "http_secret", "dir", "ssl_certificate"} <= set(carrying)


@pytest.mark.parametrize("name", [name for section, name, _ in FIELDS if section == "Vhost"])
def test_vhost_setting_given_dollar_is_refused(name: str) -> None:
    """Nginx would expand it; only where variables are meant, or in text of nginx's own, is it possible."""
    kind = next(kind for section, field, kind in FIELDS if (section, field) == ("Vhost", name))
    taken = [text for text in ("/a$b", "$remote_addr", "$") for value in wrapped(text) if _takes(kind, value)]
    expected = {
        "custom_gitlab_server_config": ["/a$b", "$remote_addr", "$"],
        "proxy_set_headers": ["/a$b", "$remote_addr"],
    }
    assert taken == expected.get(name, [])


def _takes(kind: Any, value: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
