from __future__ import annotations

import yaml

from ctl.plan.model import Plan
from ctl.targets.files import CONFIG, GITLAB, VHOST, render_files
from ctl.targets.runit.nginx import LOG_FORMAT
from tests.plan.making import plan_alone, plan_of
from tests.render.nginx_syntax import directives


def texts_of(plan: Plan) -> dict[str, str]:
    return {file.path: file.content for file in render_files(plan)}


def test_registry_listens_at_the_address_of_the_settings_and_nginx_goes_there() -> None:
    texts = texts_of(plan_of("registry['registry_http_addr'] = 'localhost:5005'\n", sockets=False))
    assert yaml.safe_load(texts[CONFIG])["http"]["addr"] == "localhost:5005"
    lines = directives(texts[VHOST])
    assert ["server", "127.0.0.1:5005", "max_fails=0"] in lines
    assert [line for line in lines if line[0] == "listen" and "5005" in line[1]] == []


def test_paths_are_those_that_the_settings_name() -> None:
    settings = (
        "registry['rootcertbundle'] = '/etc/pki/gitlab.crt'\n"
        "registry['nginx'] = { 'log_directory' => '/var/log/a b;c' }\n"
        "gitlab_rails['registry_key_path'] = '/etc/pki/gitlab.key'\n"
    )
    texts = texts_of(plan_of(settings, sockets=False))
    assert yaml.safe_load(texts[CONFIG])["auth"]["token"]["rootcertbundle"] == "/etc/pki/gitlab.crt"
    assert yaml.safe_load(texts[GITLAB])["production"]["registry"]["key"] == "/etc/pki/gitlab.key"
    logs = [line[1] for line in directives(texts[VHOST]) if line[0] in ("access_log", "error_log")]
    assert set(logs) == {f"/var/log/a b;c/gitlab_registry_{kind}.log" for kind in ("access", "error")}


def test_vhost_declares_the_format_of_its_log_under_a_name_of_its_own() -> None:
    settings = "nginx['log_format'] = '$filtered_request_uri $filtered_http_referer'\n"
    lines = directives(texts_of(plan_of(settings, sockets=False))[VHOST])
    names = {line[1] for line in lines if line[0] == "log_format"}
    assert len(names) == 1
    assert names == {line[2] for line in lines if line[0] == "access_log"}
    # GitLab's own nginx.conf declares that one, and nginx takes a name once.
    assert LOG_FORMAT not in names
    assert ["map", "$http_referer", "$filtered_http_referer", "{"] in lines


def test_registry_takes_pushes_and_tells_its_metrics() -> None:
    settings = "registry['debug_addr'] = '127.0.0.1:5001'\n"
    config = yaml.safe_load(texts_of(plan_of(settings, sockets=False))[CONFIG])
    assert config["http"]["debug"]["addr"] == "127.0.0.1:5001"
    assert "maintenance" not in config["storage"]


def test_what_does_not_run_here_has_no_text() -> None:
    alone = "registry['enable'] = true\nregistry['registry_http_addr'] = ':5000'\n"
    alone += "registry['token_realm'] = 'https://g'\n"
    assert list(texts_of(plan_alone(alone, sockets=False))) == [CONFIG, GITLAB]
    assert list(texts_of(plan_alone("external_url 'https://g'\n", sockets=False))) == [GITLAB]
