"""No client notices a change: set-readonly, reconfigure, rollback, restart, a new certificate, under load."""

from __future__ import annotations

import pytest

from tests.system.installation import Installation
from tests.system.traffic import Report, Traffic

pytestmark = pytest.mark.both_registries(soak=True)


def judged(report: Report, reloads: int = 0) -> None:
    """Judge what clients saw: no pull failed, and every push was done, or refused as read-only.

    Args:
        report: what they saw.
        reloads: how often nginx had to reload, which ends idle connections of clients that do not retry.
    """
    failures = [
        failure
        for failure in report.failures
        if not (reloads and failure.startswith("keeping") and "closed" in failure)
    ]
    assert failures == []
    assert len(report.failures) <= 2 * reloads
    assert report.corrupt == 0
    assert set(report.pushes) <= {"done", "refused"}
    assert report.pushes["done"] > 0
    assert report.total > 200


@pytest.mark.both_registries
def test_clients_notice_no_change(running_site: Installation) -> None:
    site = running_site
    traffic = Traffic(site)
    try:
        for level in ("debug", "info"):
            site.ctl("set-readonly", "on")
            site.ctl("set-readonly", "off")
            site.write(f"registry['log_level'] = '{level}'")
            site.reconfigure()
            site.ctl("restart", "registry")
        site.ctl("rollback")
        report = traffic.stop()
    finally:
        traffic.kill()
    judged(report)


def test_clients_that_retry_notice_no_new_certificate(running_site: Installation) -> None:
    site = running_site
    traffic = Traffic(site)
    try:
        site.renew()
        done = site.reconfigure()
        assert "reloaded nginx" in done.stdout
        report = traffic.stop()
    finally:
        traffic.kill()
    judged(report, reloads=1)


def test_change_that_does_not_start_reaches_no_client(running_site: Installation) -> None:
    """The standby instance finds out: the process that serves is never touched."""
    site = running_site
    before = site.pids()["registry"]
    traffic = Traffic(site)
    try:
        site.write("registry['middleware'] = { 'registry' => [{ 'name' => 'none-such' }] }")
        done = site.reconfigure(code=1)
        assert "generation 1 is in force again" in done.stderr
        report = traffic.stop()
    finally:
        traffic.kill()
    judged(report)
    assert site.pids()["registry"] == before
