"""Whether the store does what the registry asks of it, tried by the registry's account.

The worker does it, with the driver's parameters from a pipe: nothing of them stands on a command line, and
root opens nothing of the store.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import ctl
from ctl.checks.model import Area, Finding, Outcome, Probe
from ctl.checks.needs import Stored
from ctl.errors import CtlError
from ctl.facts.mounts import missing_mount
from ctl.plan.model import RegistryPlan
from ctl.process import account_of, run_as
from ctl.storage.events import Event, Failed, Identified, Proven
from ctl.storage.pipe import HostileLine, read_event
from ctl.storage.proof import PREFIX
from ctl.syntax.model import SettingPath, setting_name

# Two requests of the worker may each take their whole time before it says so.
SECONDS = 45.0
# A path of which less is free will be full before somebody looks.
_SCARCE = 0.05
_PLENTY = 10 * 1024**3
# Which parameter a refusal speaks of; the first that is given.
_OF = {
    "no-such-bucket": ("bucket", "container"),
    "store-wrong-region": ("region",),
    "wrong-accesskey": ("accesskey",),
    "wrong-secretkey": ("secretkey",),
    "wrong-sessiontoken": ("sessiontoken",),
    "wrong-accountkey": ("accountkey",),
    "store-unknown-host": ("regionendpoint", "serviceurl", "realm"),
    "store-unreachable": ("regionendpoint", "serviceurl", "realm"),
    "store-silent": ("regionendpoint", "serviceurl", "realm"),
    "store-speaks-no-tls": ("regionendpoint", "serviceurl"),
    "store-untrusted": ("regionendpoint", "serviceurl"),
}


def check_store(stored: Stored) -> Finding | None:
    """Write, list, copy and delete an object of our own; a store that is read-only is listed and read."""
    storage = stored.registry.storage
    path: SettingPath = ("registry", "storage", storage.driver)
    if storage.directory and (missing := missing_mount(Path(storage.directory))):
        return Finding(
            Outcome.ERROR,
            f"{setting_name(path)}: {missing} is not mounted, though /etc/fstab names it: what lies there is"
            " not the store",
            f"mount {missing}",
            code="store-not-mounted",
            place=stored.places.value(path),
        )
    name = f"{PREFIX}{secrets.token_hex(8)}"
    answer = ask_worker(stored, {"do": "prove", "name": name, "read_only": stored.read_only})
    if isinstance(answer, Proven):
        return Finding(Outcome.OK, _done(stored, answer))
    assert isinstance(answer, Failed)  # noqa: S101 - nothing else answers this
    if answer.code == "not-expressible":
        return Finding(
            Outcome.NOTE,
            f"{answer.message}; only what the registry answers tells whether it works",
            code=answer.code,
        )
    given = next((name for name in _OF.get(answer.code, ()) if name in storage.parameters), None)
    place = (*path, given) if given else path
    return Finding(
        Outcome.ERROR,
        f"{setting_name(stored.places.written(place))}: {_refused(stored.registry, answer)}",
        answer.help,
        code=answer.code,
        place=stored.places.value(place),
    )


def ask_worker(stored: Stored, request: Mapping[str, object], wait: float = SECONDS) -> Event:
    """Ask the worker something of a store, and return what it answers.

    Args:
        stored: the store.
        request: what is asked, but for the store.
        wait: seconds that it may take.

    Raises:
        CtlError: it says nothing that can be understood, or does not end in time.
    """
    registry = stored.registry
    about = {
        "driver": registry.storage.driver,
        "parameters": registry.storage.parameters,
        "environment": dict(registry.environment),
    }
    account = account_of(registry.account.user) if registry.account.user else None
    done = stored.runner.run(
        run_as(account, [sys.executable, "-m", "ctl.storage.worker"]),
        environment={"PYTHONPATH": str(Path(ctl.__file__).parent.parent)},
        stdin=f"{json.dumps({**request, **about})}\n",
        timeout=wait,
    )
    try:
        answer = read_event(done.stdout.splitlines(keepends=True)[-1].encode())
    except (IndexError, HostileLine):
        answer = None
    if not isinstance(answer, Proven | Identified | Failed):
        said = (done.stderr or done.stdout).strip().rpartition("\n")[2][:200]
        text = f"the store could not be tried: the worker ended with {done.returncode} {said}"
        raise CtlError(text.rstrip())
    return answer


def _done(stored: Stored, proven: Proven) -> str:
    storage = stored.registry.storage
    bucket = storage.parameters.get("bucket") or storage.parameters.get("container")
    what = str(storage.directory or f"the {storage.driver} store {bucket}")
    took = f"({proven.seconds:.2f} s)"
    if stored.read_only:
        return f"{what} can be listed and read; it is read-only, so nothing was written {took}"
    return f"{what} takes, keeps, lists, copies and deletes what the registry's account gives it {took}"


def _refused(registry: RegistryPlan, answer: Failed) -> str:
    if registry.storage.directory is None:
        return answer.message
    return f"the account {registry.account.user or 'of this run'} cannot use it: {answer.message}"


def check_room(stored: Stored) -> Finding | None:
    """Warn of a file system that is about to be full, of bytes or of inodes."""
    directory = stored.registry.storage.directory
    if directory is None:
        return None
    about = os.statvfs(directory)
    free = about.f_bavail * about.f_frsize
    percent = about.f_bavail / max(about.f_blocks, 1)
    scarce = percent < _SCARCE and free < _PLENTY
    few = about.f_files > 0 and about.f_favail / about.f_files < _SCARCE
    text = f"{free / 1024**3:.1f} GiB are free on the file system of {directory}"
    if not scarce and not few:
        return Finding(Outcome.OK, text)
    if few:
        text = f"{about.f_favail} of {about.f_files} inodes are free on the file system of {directory}"
    return Finding(
        Outcome.WARNING,
        text,
        "ctl registry-garbage-collect -m -d shows what a collection would free",
        code="store-nearly-full",
        place=stored.places.value(("registry", "storage", "filesystem", "rootdirectory")),
    )


PROBES = (
    Probe(
        name="store-works",
        area=Area.STORE,
        title="the store",
        matters="a registry whose store refuses it answers 503 to everything",
        needs=Stored,
        run=check_store,
        seconds=SECONDS + 5,
    ),
    Probe(
        name="store-room",
        area=Area.STORE,
        title="the room in the store",
        matters="pushes fail when it is used up",
        needs=Stored,
        run=check_room,
    ),
)
