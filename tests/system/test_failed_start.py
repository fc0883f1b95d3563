"""A registry that does not start: the sentence that matters, and the setting that it is about."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.system.installation import Installation

ENV = "registry['env'] = {{ '{0}' => '{1}' }}"
FAILING = {
    "middleware": (
        "registry['middleware'] = { 'storage' => [{ 'name' => 'nosuch', 'options' => {} }] }",
        "unable to configure storage middleware (nosuch): no storage middleware registered with name: nosuch",
        "registry['middleware']",
    ),
    "parameter": (
        ENV.format("REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS", "many"),
        "maxthreads config error: parameter must be an integer, '",
        "registry['env']['REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS']",
    ),
    "level": (
        ENV.format("REGISTRY_LOG_LEVEL", "loud"),
        "invalid loglevel ",
        "registry['env']['REGISTRY_LOG_LEVEL']",
    ),
    "address": (
        ENV.format("REGISTRY_HTTP_DEBUG_ADDR", "192.0.2.1:5001"),
        "error listening on debug interface: listen tcp ",
        "registry['env']['REGISTRY_HTTP_DEBUG_ADDR']",
    ),
}


@pytest.mark.both_registries
@pytest.mark.parametrize("kind", FAILING)
def test_start_that_fails_shows_its_sentence_and_the_setting_with_its_place(
    running_site: Installation, kind: str
) -> None:
    site, (line, sentence, setting) = running_site, FAILING[kind]
    site.write(line)
    said = site.reconfigure(code=1).stderr
    assert "registry-standby ended with: " in said
    assert sentence in said
    assert f"that is about {setting}, at {site.settings}:5:" in said
    for noise in ("goroutine", "Usage:", "main.go", "the end of the log"):
        assert noise not in said
    assert "generation 1 is in force again" in said


def test_start_by_hand_says_the_same(running_site: Installation) -> None:
    site = running_site
    site.ctl("stop", "registry")
    bundle = Path(site.root / "var/opt/gitlab/registry/gitlab-registry.crt").resolve()
    kept = site.root / "kept"
    shutil.copy(bundle, kept)
    bundle.chmod(0o600)
    bundle.write_text("no certificate\n")
    said = site.ctl("start", "registry", code=1).stderr
    assert "registry ended with: unable to configure authorization (token): token auth requires" in said
    assert "that is about registry['rootcertbundle'], which is given nowhere" in said
    assert "goroutine" not in said
    shutil.copy(kept, bundle)
