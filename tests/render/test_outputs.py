"""Every setting becomes what its declaration says: set it, and the file that it names changes there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ctl.flavours.table import FLAVOURS
from ctl.plan.derive import derive
from ctl.plan.model import CertificateFact
from ctl.plan.resolve import resolve
from ctl.settings.model import Settings
from ctl.settings.reference import Entry, entries
from ctl.targets.runit.tree import render
from tests.plan.making import SYSTEM, facts
from tests.settings.samples import URLS, candidates, settings_with

FILES = {
    "config.yml": "registry/config.yml",
    "gitlab.yml": "gitlab/gitlab.yml",
    "vhost": "nginx/service_conf/gitlab-registry.conf",
    "nginx.conf": "nginx/nginx.conf",
    "logrotate.conf": "logrotate/nginx.conf",
    # The directory that nginx.conf is found in is the prefix that nginx is started with.
    "sv/nginx/run": "runit/nginx/run",
    "log/config": "runit/registry/log/config",
}
# These come from credentials, which settings are one source of.
CREDENTIALS = {"gitlab-registry.key", "gitlab-registry.crt", "config.yml:http.secret"}
# These steer ctl itself, or an account, a directory or a program: no single place of a file.
STEERING = """
external_url registry_external_url registry.enable registry.username registry.group registry.uid registry.gid
registry.dir registry.shell registry.log_directory registry.log_group registry.env_directory registry.env
registry.default_notifications_timeout registry.default_notifications_threshold
registry.default_notifications_maxretries registry.default_notifications_backoff
registry.default_notifications_headers registry.auto_migrate nginx.enable letsencrypt.enable
web_server.username web_server.group user.username user.group logging.log_group
logging.udp_log_shipping_port logging.udp_log_shipping_hostname manage_accounts.enable
manage_storage_directories.enable manage_storage_directories.manage_etc package.generate_default_secrets
package.generate_secrets_json_file postgresql.enable postgresql.listen_address postgresql.port postgresql.dir
ctl.registry_binary ctl.registry_flavour
ctl.nginx_binary ctl.drain_timeout ctl.allow_unknown ctl.keep_generations ctl.storage_directories
"""
# The host of the registry's URL takes its place.
ONLY_WITHOUT_URL = "gitlab_rails.registry_host"
# With nginx in front the registry listens on a socket, and nginx at its address.
ONLY_WITHOUT_VHOST = "registry.registry_http_addr"
WITHOUT_EFFECT = "Accepted for the sake of existing files; it has no effect"


def placed() -> list[Entry]:
    """Return the settings that name a place; of a hash with settings of its own those count."""
    return [
        entry
        for entry in entries()
        if entry.output and not entry.has_children and entry.output not in CREDENTIALS
    ]


@cache
def rendered(flavour: str, values: str) -> dict[str, str]:
    settings = Settings.model_validate(yaml.safe_load(values))
    derived = derive(settings)
    paths = derived.certificate_paths
    certificate = CertificateFact(*paths, "digest") if paths else None
    machine = facts(FLAVOURS[flavour], certificate=certificate)
    tree = render(resolve(settings, derived, machine, SYSTEM), SYSTEM)
    return {file.path: file.content for file in tree.files}


def outcomes(entry: Entry) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield the files with the setting and those without it, for every flavour and value."""
    for flavour in FLAVOURS:
        for value in candidates(entry):
            try:
                texts = rendered(flavour, yaml.safe_dump(beside(entry, settings_with(entry.path, value))))
            except ValidationError:
                continue
            yield texts, rendered(flavour, yaml.safe_dump(beside(entry, URLS)))


def beside(entry: Entry, values: dict[str, Any]) -> dict[str, Any]:
    """Return values among which a setting counts."""
    if entry.dotted == ONLY_WITHOUT_URL:
        return {name: value for name, value in values.items() if name != "registry_external_url"}
    if entry.dotted == ONLY_WITHOUT_VHOST:
        return {**values, "registry": {**values.get("registry", {}), "nginx": {"enable": False}}}
    return values


def part(content: str, file: str, place: str) -> Any:
    """Return what a file has at a place: a key's value, or the lines with a directive; None for nothing."""
    if not place or not content:
        return content or None
    if file.endswith(".yml"):
        document = yaml.safe_load(content)
        return at(document.get("production", document), place.split("."))
    start = "^" if file == "log/config" else r"^.*\b"
    end = "" if file == "log/config" else r"\b"
    return re.findall(rf"{start}{re.escape(place)}{end}.*$", content, re.MULTILINE) or None


def at(document: Any, path: list[str]) -> Any:
    """Return the value at a path; of an array's entries the first one's."""
    if isinstance(document, list) and path:
        return next((value for item in document if (value := at(item, path)) is not None), None)
    if not path:
        return document
    return at(document.get(path[0]), path[1:]) if isinstance(document, dict) else None


def test_settings_that_name_a_place_are_most() -> None:
    assert len(placed()) > 250


def test_settings_that_name_no_place_are_known() -> None:
    silent = {
        entry.dotted
        for entry in entries()
        if not entry.output and not entry.has_children and not entry.doc.startswith(WITHOUT_EFFECT)
    }
    assert silent - set(STEERING.split()) == set(), "give it an output, or name it in STEERING"


@pytest.mark.parametrize("entry", placed(), ids=lambda entry: entry.dotted)
def test_setting_becomes_what_it_declares(entry: Entry) -> None:
    file, _, place = entry.output.partition(":")
    path = FILES[file]
    if entry.path == ("registry", "nginx", "enable"):
        assert path not in rendered("gitlab", yaml.safe_dump(settings_with(entry.path, False)))
        return
    pairs = list(outcomes(entry))
    assert pairs, "no value of the samples is valid"
    for texts, without in pairs:
        now, before = part(texts[path], file, place), part(without.get(path, ""), file, place)
        if now is not None and now != before:
            return
    pytest.fail(f"{entry.dotted} does not become {entry.output} with any of {len(pairs)} values")


def test_place_that_is_missing_is_noticed() -> None:
    content = "production:\n  registry:\n    host: a\n"
    assert part(content, "gitlab.yml", "registry.host") == "a"
    assert part(content, "gitlab.yml", "registry.port") is None
    assert part("storage: {s3: {bucket: a}}", "config.yml", "storage.s3.bucket") == "a"
    assert part("storage: {s3: {buckets: a}}", "config.yml", "storage.s3.bucket") is None
    assert part("endpoints: [{name: a}]", "config.yml", "endpoints.name") == "a"
    assert part("  listen 80;\n  listens 1;", "vhost", "listen") == ["  listen 80;"]
    assert part("  listen 80;", "vhost", "server_name") is None
    assert part("s100\nn2", "log/config", "n") == ["n2"]
    assert part("s100", "log/config", "n") is None
