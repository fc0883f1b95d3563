"""What a declaration calls a path, a URL or a choice is no secret, whatever its name sounds like."""

from __future__ import annotations

from ctl.diagnostics import secrecy
from ctl.diagnostics.secrecy import PUBLIC, looks_secret
from ctl.settings.reference import entries
from ctl.settings.shapes import HASH
from tests.settings.reading import URLS, read


def _sound_secret(name: str) -> bool:
    return secrecy._SECRET.search(name) is not None


def test_public_names_are_those_whose_declaration_is_of_another_kind() -> None:
    shaped = [entry for entry in entries() if entry.kind.shape is not None and _sound_secret(entry.name)]
    declared = {
        entry.name
        for entry in shaped
        if not entry.kind.secret and entry.kind.shape is not HASH and entry.kind.words != "anything"
    }
    assert declared == PUBLIC
    assert declared.isdisjoint(entry.name for entry in shaped if entry.kind.secret)


def test_path_of_a_key_is_no_secret() -> None:
    text = (
        "registry['nginx']['ssl_certificate_key'] = '/etc/gitlab/ssl/r.key'\n"
        "gitlab_rails['registry_key_path'] = '/etc/gitlab/r.key'\n"
        "registry['token_realm'] = 'https://gitlab.example.com'\n"
    )
    assert read(URLS + text).secrets == frozenset()


def test_line_that_holds_a_secret_beside_the_path_of_a_key_looks_secret() -> None:
    assert not looks_secret("registry['nginx'] = { 'ssl_certificate_key' => '/x' }")
    assert looks_secret("registry['x'] = { 'ssl_certificate_key' => '/x', 'password' => 'y' }")
    assert looks_secret("my_ssl_certificate_key_secret")
