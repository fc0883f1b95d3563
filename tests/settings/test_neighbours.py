"""Sections that belong to other services too: what they take, and what they refuse."""

from __future__ import annotations

import pytest

from ctl.settings.sections.neighbours import LOG_FORMAT
from tests.settings.reading import findings, only, pointed_at, settings_of

WRONG = [
    ("nginx['worker_processes']", "0", "a number of processes from 1 to 1024, or 'auto', is expected"),
    ("nginx['worker_processes']", "true", "a number of processes from 1 to 1024, or 'auto', is expected"),
    ("nginx['worker_connections']", "8", "a number between 16 and 1000000 is expected"),
    ("nginx['server_names_hash_bucket_size']", "'a'", "a number between 32 and 4096 is expected"),
    ("nginx['log_format']", "'costs 5$'", "a $ must start the name of an nginx variable"),
    ("logging['udp_log_shipping_host']", "'log.example.com'", "an IPv4 address is expected"),
    ("logging['logrotate_size']", "'10MB'", "a size is expected, such as '200M'"),
    ("logging['logrotate_size']", "0", "a size is expected, such as '200M'"),
    ("logging['logrotate_frequency']", "'often'", "one of hourly, daily, weekly, monthly, yearly"),
    ("logging['logrotate_compress']", "true", "a string is expected"),
    ("logging['svlogd_size']", "'200M'", "a whole number is expected"),
    ("manage_accounts['enable']", "'false'", "a string counts as true in Ruby"),
    ("package['generate_default_secrets']", "0", "true or false is expected"),
    ("postgresql['port']", "0", "a port is between 1 and 65535"),
    ("postgresql['dir']", "'pg'", "an absolute path is expected"),
    ("gitlab_rails['geo_registry_replication_primary_api_url']", "'primary'", "must include a scheme"),
    ("gitlab_rails['shared_path']", "'/'", "a path below / is expected"),
    ("letsencrypt['key_type']", "'dsa'", "one of rsa, ec is expected"),
    ("letsencrypt['auto_renew_hour']", "true", "a number or a cron expression is expected"),
]


@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_wrong_value_beside_the_registry_is_refused_at_its_place(name: str, value: str, message: str) -> None:
    text = f"{name} = {value}\n"
    diagnostic = only(text)
    assert diagnostic.code == "wrong-value"
    assert diagnostic.message.startswith(f"{name}: ")
    assert message in diagnostic.message
    assert pointed_at(text, diagnostic) == value


@pytest.mark.parametrize(
    "text",
    [
        "nginx['worker_processes'] = 'auto'",
        "nginx['worker_processes'] = 4",
        "nginx['worker_connections'] = '1024'",
        "nginx['server_names_hash_bucket_size'] = 64",
        "logging['logrotate_size'] = '10k'",
        "logging['logrotate_maxsize'] = 1000",
        "logging['udp_log_shipping_host'] = '192.0.2.1'",
        "manage_storage_directories['manage_etc'] = false",
        "gitlab_rails['backup_path'] = '/srv'",
        "postgresql['shared_buffers'] = '1GB'",
    ],
)
def test_value_beside_the_registry_is_accepted(text: str) -> None:
    assert findings(text + "\n") == []


def test_log_format_of_omnibus_is_accepted() -> None:
    omnibus = LOG_FORMAT.replace("$uri", "$filtered_request_uri")
    assert settings_of(f"nginx['log_format'] = %q({omnibus})\n").nginx.log_format == omnibus
