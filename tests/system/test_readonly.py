"""``ctl set-readonly`` and the read-only lease on the real registry."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ctl.checks.answers import SCOPES, check_pushing
from ctl.checks.model import Outcome
from ctl.paths import GUARD, REGISTRY, STANDBY
from ctl.registry.client import Client, Endpoint
from ctl.state import guard, lease, link, readonly
from ctl.supervise.status import process_of
from ctl.targets.runit.places import CONFIGS
from tests.system.installation import REPOSITORY, Installation, wait_for

pytestmark = pytest.mark.both_registries(soak=True)

SETTLED_SECONDS = 10.0


def takes_pushes(site: Installation) -> bool:
    """Whether a push is accepted at the registry's own address."""
    client = Client(Endpoint("127.0.0.1", site.http_port, "localhost"))
    finding = check_pushing(client, site.token(SCOPES), read_only=False)
    assert finding.outcome is Outcome.OK or "405" in finding.message, finding
    return finding.outcome is Outcome.OK


def at_rest(site: Installation) -> bool:
    """Whether the registry's own process serves, alone."""
    return (
        not guard.exchanging(site.layout)
        and link.active(site.layout) == REGISTRY
        and not process_of(site.layout, STANDBY).pid
    )


def test_set_readonly_is_proven_and_survives_everything(running_site: Installation) -> None:
    site = running_site
    assert site.ctl("set-readonly", "status").stdout == "the registry takes pushes\n"
    done = site.ctl("set-readonly", "on", "--reason", "a \x1b[31mred backup")
    assert "verified: pushes are refused" in done.stdout
    assert "a \\x1b[31mred backup" in done.stdout
    assert not takes_pushes(site)
    assert "red backup" in site.ctl("set-readonly", "status", code=3).stdout
    again = site.ctl("set-readonly", "on")
    assert "nothing to do" in again.stdout
    assert "red backup" in again.stdout
    # A change, a way back and a restart keep it.
    site.write("registry['log_level'] = 'debug'")
    site.reconfigure()
    assert not takes_pushes(site)
    site.ctl("rollback")
    assert not takes_pushes(site)
    site.ctl("restart", "registry")
    assert not takes_pushes(site)
    site.ctl("shutdown")
    site.ctl("start")
    wait_for(lambda: process_of(site.layout, "nginx").is_up)
    wait_for(lambda: not takes_pushes(site))
    readonly = json.loads(site.ctl("set-readonly", "off", "--json").stdout)
    assert (readonly["read_only"], readonly["changed"]) == (False, True)
    assert takes_pushes(site)
    assert "nothing to do: the registry takes pushes" in site.ctl("set-readonly", "off").stdout
    assert at_rest(site)


def test_change_after_set_readonly_finds_nothing_to_do(running_site: Installation) -> None:
    running_site.ctl("set-readonly", "on")
    assert "nothing to do" in running_site.reconfigure().stdout


def test_set_readonly_off_names_the_setting_that_demands_it(site: Installation) -> None:
    site.write("registry['storage'] = { 'maintenance' => { 'readonly' => { 'enabled' => true } } }")
    site.reconfigure()
    assert not takes_pushes(site)
    site.ctl("set-readonly", "on")
    done = site.ctl("set-readonly", "off", code=1)
    assert f"the settings themselves demand read-only: {site.settings}:5" in done.stderr


def test_set_readonly_without_installation_is_a_plain_error(site: Installation) -> None:
    assert "there is no registry yet" in site.ctl("set-readonly", "on", code=1).stderr
    site.reconfigure()
    site.ctl("stop", "registry")
    done = site.ctl("set-readonly", "on", code=1)
    assert "the registry is not running" in done.stderr
    assert site.ctl("set-readonly", "status").returncode == 0


@contextmanager
def slow_upload(site: Installation) -> Iterator[subprocess.Popen[bytes]]:
    """An upload that does not end by itself."""
    token = site.token("repository:group/slow:pull,push")
    code = (
        "import sys, http.client\n"
        f"c = http.client.HTTPConnection('127.0.0.1', {site.http_port})\n"
        f"h = {{'Authorization': 'Bearer {token}'}}\n"
        "c.request('POST', '/v2/group/slow/blobs/uploads/', b'', h)\n"
        "a = c.getresponse(); a.read()\n"
        "c.putrequest('PATCH', '/v2/' + a.headers['Location'].partition('/v2/')[2])\n"
        "[c.putheader(*one) for one in {**h, 'Content-Length': '1000000'}.items()]\n"
        "c.endheaders(); c.send(b'x' * 100000); print('sent', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"sent\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.stdout.close()


@pytest.mark.both_registries
def test_upload_that_does_not_end_makes_it_give_up_unless_forced(site: Installation) -> None:
    site.write("ctl['drain_timeout'] = '1s'")
    site.reconfigure()
    pid = process_of(site.layout, REGISTRY).pid
    with slow_upload(site) as client:
        done = site.ctl("set-readonly", "on", "--drain-timeout", "1s", code=1)
        assert "uploads did not end within 1 s: to group/slow" in done.stderr
        assert "--force" in done.stderr
        assert takes_pushes(site)
        assert at_rest(site)
        assert process_of(site.layout, REGISTRY).pid == pid
        assert site.ctl("set-readonly", "status").returncode == 0
        site.ctl("set-readonly", "on", "--drain-timeout", "1s", "--force")
        assert not takes_pushes(site)
        assert client.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_uploads_are_waited_for_undoes_it(running_site: Installation, number: int) -> None:
    site = running_site
    with (
        slow_upload(site) as client,
        subprocess.Popen(
            site.command("set-readonly", "on"), cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
        ) as command,
    ):
        wait_for(lambda: link.active(site.layout) == STANDBY)
        command.send_signal(number)
        said = command.communicate(timeout=60)[1]
        assert command.returncode == 1
        assert f"interrupted by {signal.Signals(number).name}" in said
        assert "Traceback" not in said
        assert at_rest(site)
        assert takes_pushes(site)
        assert client.poll() is None


def test_two_commands_at_once_are_told_apart(running_site: Installation) -> None:
    site = running_site
    with (
        slow_upload(site),
        subprocess.Popen(
            site.command("set-readonly", "on"), cwd=REPOSITORY, stderr=subprocess.DEVNULL
        ) as command,
    ):
        wait_for(lambda: link.active(site.layout) == STANDBY)
        done = site.ctl("set-readonly", "off", code=4)
        assert "ctl set-readonly on (pid" in done.stderr
        command.terminate()
        assert command.wait(60) == 1


def test_set_readonly_while_nginx_is_stopped_is_proven_at_the_registry(running_site: Installation) -> None:
    site = running_site
    site.ctl("stop", "nginx")
    site.ctl("set-readonly", "on")
    site.ctl("set-readonly", "off")
    assert at_rest(site)
    site.ctl("start", "nginx")
    wait_for(lambda: process_of(site.layout, "nginx").is_up)
    wait_for(lambda: takes_pushes(site))


def test_registry_without_nginx_is_restarted_and_says_so(site: Installation) -> None:
    site.write("nginx['enable'] = false")
    site.reconfigure()
    done = site.ctl("set-readonly", "on")
    assert "nginx is not run by ctl here" in done.stderr
    assert not takes_pushes(site)
    site.ctl("set-readonly", "off")
    assert takes_pushes(site)


def when_mark_is_there(site: Installation) -> bool:
    return guard.exchanging(site.layout)


def when_standby_is_up(site: Installation) -> bool:
    return process_of(site.layout, STANDBY).is_up


def when_standby_serves(site: Installation) -> bool:
    return link.active(site.layout) == STANDBY


@pytest.mark.parametrize("moment", [when_mark_is_there, when_standby_is_up, when_standby_serves])
def test_exchange_whose_maker_was_killed_is_ended_by_the_guard(
    running_site: Installation, moment: Callable[[Installation], bool]
) -> None:
    site = running_site
    process = subprocess.Popen(
        site.command("set-readonly", "on"),
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with contextlib.suppress(AssertionError):
        while process.poll() is None and not moment(site):
            pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: at_rest(site), SETTLED_SECONDS)
    assert takes_pushes(site) == (readonly.in_force(site.layout) is None)
    site.reconfigure()
    assert at_rest(site)


@contextmanager
def holding(site: Installation) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that holds a lease, and the pid of its worker."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.system.leasing", str(site.root)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A group of its own whose parent is in the same session: the kernel suspends no orphaned group.
        process_group=0,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    worker = 0
    try:
        worker = int(process.stdout.readline())
        yield process, worker
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        if worker:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)


def test_lease_ends_when_its_holder_is_done(running_site: Installation) -> None:
    with holding(running_site) as (process, _):
        assert not takes_pushes(running_site)
        assert "a test" in running_site.ctl("set-readonly", "status", code=3).stdout
        running_site.reconfigure()
        assert not takes_pushes(running_site)
        process.communicate("")
        assert process.returncode == 0
    assert takes_pushes(running_site)
    assert at_rest(running_site)


@pytest.mark.parametrize("guard_too", [False, True])
def test_lease_ends_with_the_last_of_its_holders_by_whatever_death(
    running_site: Installation, guard_too: bool
) -> None:
    site = running_site
    with holding(site) as (process, worker):
        process.kill()
        process.wait()
        if guard_too:
            os.kill(process_of(site.layout, GUARD).pid, signal.SIGKILL)
        assert lease.is_held(site.layout)
        assert not takes_pushes(site)
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: readonly.leased(site.layout) is None, SETTLED_SECONDS)
        wait_for(lambda: takes_pushes(site), SETTLED_SECONDS)
    wait_for(lambda: at_rest(site), SETTLED_SECONDS)


def test_lease_that_died_leaves_what_was_asked_for_meanwhile(running_site: Installation) -> None:
    site = running_site
    with holding(site) as (process, worker):
        site.ctl("set-readonly", "on")
        for pid in (process.pid, worker):
            os.kill(pid, signal.SIGKILL)
        process.wait()
        wait_for(lambda: readonly.leased(site.layout) is None, SETTLED_SECONDS)
    assert not takes_pushes(site)
    site.ctl("set-readonly", "off")
    assert takes_pushes(site)


def test_lease_of_a_machine_that_went_down_ends_at_its_start(running_site: Installation) -> None:
    site = running_site
    with holding(site) as (process, worker):
        site.ctl("shutdown")
        for pid in (process.pid, worker):
            os.kill(pid, signal.SIGKILL)
        process.wait()
    assert readonly.leased(site.layout) is not None
    site.ctl("start")
    wait_for(lambda: readonly.leased(site.layout) is None, SETTLED_SECONDS)
    wait_for(lambda: at_rest(site) and takes_pushes(site), SETTLED_SECONDS)


def test_lease_whose_end_fails_is_ended_by_the_guard_as_soon_as_that_works(
    running_site: Installation,
) -> None:
    site = running_site
    places = [site.layout.current.resolve() / CONFIGS[name, False] for name in (REGISTRY, STANDBY)]
    with holding(site) as (process, _):
        # The writable form does not start, so the read-only one goes on serving.
        for config in places:
            config.rename(config.with_suffix(".away"))
        process.communicate("")
        assert process.returncode == 1
        assert readonly.leased(site.layout) is None
        assert not takes_pushes(site)
        # Whoever tries in vain by hand leaves it to the guard too.
        site.ctl("restart", "registry", code=1)
        for config in places:
            config.with_suffix(".away").rename(config)
        wait_for(lambda: at_rest(site) and takes_pushes(site), 30.0)


def test_lease_cannot_be_suspended_by_a_terminal(running_site: Installation) -> None:
    """Ctrl-Z at night would refuse pushes until the morning."""
    site = running_site
    with holding(site) as (process, _):
        for number in (signal.SIGTSTP, signal.SIGTTOU, signal.SIGTTIN):
            process.send_signal(number)
        process.communicate("", timeout=30)
        assert process.returncode == 0
    assert takes_pushes(site)


def test_lease_without_the_guard_is_refused_before_pushes_are(running_site: Installation) -> None:
    """Nobody would make the registry writable again if the holder died."""
    site = running_site
    site.ctl("stop", GUARD)
    before = process_of(site.layout, REGISTRY).pid
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.leasing", str(site.root)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode != 0
    assert f"the service {GUARD} is not running" in done.stderr
    assert readonly.leased(site.layout) is None
    assert process_of(site.layout, REGISTRY).pid == before
    assert takes_pushes(site)


def test_second_lease_is_refused(running_site: Installation) -> None:
    with holding(running_site):
        done = subprocess.run(
            [sys.executable, "-m", "tests.system.leasing", str(running_site.root)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "another run holds the registry" in done.stderr
