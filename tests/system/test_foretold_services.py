"""What a dry run and a status say of services is what the run then does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from ctl.paths import REGISTRY
from ctl.state import owed, readonly, running
from ctl.state.fingerprint import Due
from ctl.supervise import control, directories
from ctl.supervise.status import SOCKET_SECONDS, process_of
from tests.ports import is_taken
from tests.system.installation import Installation, wait_for

pytestmark = pytest.mark.both_registries(soak=True)

DONE = {"start": "started", "restart": "restarted", "reload": "reloaded", "remove": "removed"}


def without_vhost(site: Installation) -> None:
    """Ask for a registry without nginx."""
    site.write("registry_nginx['enable'] = false")


def lose_the_socket(site: Installation) -> None:
    wait_for(lambda: process_of(site.layout, REGISTRY).since > SOCKET_SECONDS)
    site.layout.instance_socket(REGISTRY).unlink()


def disable(site: Installation) -> None:
    (site.layout.services / "logrotate").unlink()


def disable_what_goes(site: Installation) -> None:
    (site.layout.services / "nginx").unlink()
    # Until runsvdir has looked, its nginx listens, and may end at any moment.
    wait_for(lambda: not is_taken(site.http_port), 30.0)
    without_vhost(site)


def leave_an_enabled_service(site: Installation) -> None:
    without_vhost(site)
    site.reconfigure()
    directories.enable(site.layout, "nginx")


def put_down(site: Installation) -> None:
    control.tell(site.layout, "logrotate", "d")
    wait_for(lambda: not process_of(site.layout, "logrotate").pid)


def put_down_runsvdir(site: Installation) -> None:
    site.ctl("shutdown")


def want_another_form(site: Installation) -> None:
    readonly.demand(site.layout, readonly.UNKNOWN)


def owe_a_reload(site: Installation) -> None:
    owed.note(site.layout, "nginx", Due.RELOAD)


def forget_what_was_read(site: Installation) -> None:
    running.forget(site.layout, "registry")


def start_what_was_stopped(site: Installation) -> None:
    site.ctl("stop", "nginx")
    control.tell(site.layout, "nginx", "u")
    wait_for(lambda: process_of(site.layout, "nginx").is_up)
    site.write("registry['nginx']['hsts_max_age'] = 7")


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        (lose_the_socket, {"registry": "restart"}),
        (disable, {"logrotate": "start"}),
        (disable_what_goes, {"registry": "restart", "logrotate": "remove"}),
        (leave_an_enabled_service, {"nginx": "remove"}),
        (put_down, {"logrotate": "start"}),
        (put_down_runsvdir, dict.fromkeys(("registry", "nginx", "logrotate", "registry-guard"), "start")),
        (want_another_form, {"registry": "restart"}),
        (owe_a_reload, {"nginx": "reload"}),
        (forget_what_was_read, {"registry": "restart"}),
        (start_what_was_stopped, {"nginx": "stays down"}),
    ],
)
def test_run_does_to_services_what_dry_run_and_status_say(
    running_site: Installation, deed: Callable[[Installation], None], expected: dict[str, str]
) -> None:
    site = running_site
    deed(site)
    told = json.loads(site.reconfigure("--dry-run", "--json").stdout)["services"]
    status = json.loads(site.ctl("status", "--json", code=None).stdout)["services"]
    assert told == expected
    done = json.loads(site.reconfigure("--json").stdout)
    assert words(done["services"]) == {
        (name, DONE[word]) for name, word in told.items() if word != "stays down"
    }
    for name in (name for name, word in told.items() if word == "stays down"):
        assert f"{name} stays down: it was stopped on purpose" in done["notes"]
    # The settings of a status are those in force, so what the file has changed is not in it.
    if deed is not disable_what_goes:
        pending = {service["name"]: service["pending"] for service in status if service["pending"]}
        assert pending == {name: word for name, word in told.items() if word in ("restart", "reload")}


def words(sentence: str) -> set[tuple[str, str]]:
    """Return what a run says that it has done: each service with a word."""
    parts = (part.split(" ", 1) for part in sentence.split("; ") if part)
    return {(name, word) for word, names in parts for name in names.split(", ")}
