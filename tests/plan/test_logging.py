"""How logs are kept: the registry's own settings before those of ``logging``."""

from __future__ import annotations

import pytest

from ctl.plan.model import LogPlan, RotationPlan
from tests.plan.making import registry_of, vhost_of

SHIPPED = "logging['udp_log_shipping_host'] = '192.0.2.9'\n"


def log_of(text: str) -> LogPlan:
    return registry_of(text, host_name="node1").log


def test_log_without_a_word_is_kept_as_omnibus_does() -> None:
    log = log_of("")
    assert (log.size, log.count, log.timeout) == (209715200, 30, 86400)
    assert (log.filter, log.udp, log.prefix, log.group) == ("gzip", None, None, None)


@pytest.mark.parametrize(
    ("name", "field", "shared", "own"),
    [
        ("svlogd_size", "size", 1000, 2000),
        ("svlogd_num", "count", 0, 3),
        ("svlogd_timeout", "timeout", 60, 0),
        ("svlogd_filter", "filter", "xz", "bzip2"),
        ("svlogd_udp", "udp", "192.0.2.1:514", "192.0.2.2:514"),
        ("svlogd_prefix", "prefix", "a ", "b "),
        ("log_group", "group", "adm", "staff"),
    ],
)
def test_log_setting_of_the_registry_wins_over_the_shared_one(
    name: str, field: str, shared: int | str, own: int | str
) -> None:
    first = f"logging['{name}'] = {shared!r}\n"
    assert getattr(log_of(first), field) == shared
    assert getattr(log_of(first + f"registry['{name}'] = {own!r}\n"), field) == own


def test_filter_of_the_registry_can_be_taken_away() -> None:
    assert log_of("logging['svlogd_filter'] = 'xz'\nregistry['svlogd_filter'] = ''\n").filter is None


def test_lines_that_are_shipped_name_machine_and_service() -> None:
    log = log_of(SHIPPED)
    assert (log.udp, log.prefix) == ("192.0.2.9:514", "node1 registry: ")
    named = SHIPPED + "logging['udp_log_shipping_hostname'] = 'a'\nlogging['udp_log_shipping_port'] = 1514\n"
    assert (log_of(named).udp, log_of(named).prefix) == ("192.0.2.9:1514", "a registry: ")


def test_address_and_prefix_given_win_over_those_of_shipping() -> None:
    log = log_of(SHIPPED + "registry['svlogd_udp'] = '192.0.2.1'\nlogging['svlogd_prefix'] = 'x'\n")
    assert (log.udp, log.prefix) == ("192.0.2.1", "x")


def test_rotation_of_nginx_is_as_said() -> None:
    assert vhost_of("").rotation == RotationPlan("daily", None, "200M", 30, "compress")
    text = (
        "logging['logrotate_frequency'] = 'weekly'\nlogging['logrotate_size'] = '10M'\n"
        "logging['logrotate_rotate'] = 3\nlogging['logrotate_compress'] = 'nocompress'\n"
    )
    assert vhost_of(text).rotation == RotationPlan("weekly", "10M", "200M", 3, "nocompress")
