"""The registry's own collector, under the same supervision: for stores that ctl does not read itself."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from ctl.errors import CtlError, ExitCode, reason
from ctl.facts.binaries import flavour_of
from ctl.facts.gather import find_registry
from ctl.flavours.table import DISTRIBUTION_2_8
from ctl.operations.collect.blob_cache import blobs_forgotten, check_forgetting
from ctl.operations.collect.record import Record, recorded
from ctl.operations.collect.run import PURPOSE, Wish, by_registry, running
from ctl.operations.collect.target import (
    Target,
    check_same_store,
    check_variables,
    find_target,
    started_in,
)
from ctl.operations.interruption import interruptible
from ctl.operations.progress import Progress, Unfailing
from ctl.operations.serve.lease import Lease
from ctl.operations.serve.serving import Registry
from ctl.paths import Layout
from ctl.process import BASE_ENVIRONMENT, Account, Runner
from ctl.regex import compile_late
from ctl.state import lease

# Without this line the program has not collected, whatever it ended with: it takes an unknown option for a
# wish for help.
_LONGEST_LINE = 65536
_SUMMARY = compile_late(r"\d+ blobs marked, \d+ blobs and \d+ manifests eligible for deletion")


def collect_by_registry(
    layout: Layout, runner: Runner, progress: Progress, wish: Wish, say: Callable[[str], None]
) -> None:
    """Run the registry's ``garbage-collect`` while pushes are refused.

    Args:
        layout: of this installation.
        runner: runs programs.
        progress: told of every step.
        wish: of it count the configuration, ``untagged``, ``dry_run`` and ``patience``.
        say: hears every line of the program.

    Raises:
        CtlError: it was refused or failed.
    """
    progress = Unfailing(progress)
    command = f"{PURPOSE} --engine registry"
    record = Record(layout, command, silent=wish.dry_run, own=wish.config is None)
    with recorded(record):
        target = find_target(layout, wish.config)
        record.own = target.supervised
        if target.supervised:
            check_variables(layout)
        if not wish.dry_run:
            check_forgetting(target.config.redis)
        words = _command(layout, runner, progress, wish, target)
        wanted = Lease(layout, runner, progress, PURPOSE, wish.patience)
        excluding = target.supervised and not wish.dry_run
        with (
            interruptible(),
            running(layout),
            lease.opened(layout) as descriptor,
            wanted.held(descriptor) if excluding else nullcontext(),
            blobs_forgotten(
                None if wish.dry_run else target.config.redis, progress, shared=target.others_fill_cache
            ),
        ):
            check_same_store(layout, wish.config, target)
            record.begins()
            progress.step("let the registry's own program collect")
            # What its configuration names without a / is meant from there.
            place = started_in(layout) or Path("/")
            record.message = _run(words, target.account, place, descriptor, say)
        if not record.message:
            raise CtlError(
                "the program ended without its summary, so it has not collected",
                help="see above what it said; ctl['registry_binary'] names another one",
            )


def _command(layout: Layout, runner: Runner, progress: Progress, wish: Wish, target: Target) -> list[str]:
    """Return the words that run the program.

    Raises:
        CtlError: it must not run.
    """
    settings = Registry(layout, runner, progress).source.settings
    binary = find_registry(settings, layout, runner)
    flavour = flavour_of(settings.ctl.registry_flavour, binary)
    if wish.untagged and flavour is DISTRIBUTION_2_8:
        raise CtlError(
            f"{binary.path} of distribution 2.8 deletes the parts of multi-arch images with -m, though their"
            " index is tagged",
            help=f"leave -m away until ctl collects such stores itself: {by_registry(wish.config)}"
            if target.root is None
            else f"leave --engine away: ctl {PURPOSE} -m keeps them",
        )
    if not target.supervised and not wish.yes and not wish.dry_run:
        raise CtlError(
            f"{target.config.path} is not the registry that ctl runs here: nobody may push to it meanwhile",
            help="make sure of that, then say --yes",
            exit_code=ExitCode.USAGE,
        )
    options = [*(["-m"] if wish.untagged else []), *(["-d"] if wish.dry_run else [])]
    return [str(binary.path), "garbage-collect", *options, str(Path.cwd() / target.config.path)]


def _lines(stream: IO[str] | None) -> Iterator[str]:
    """Yield the lines of the program, which is not trusted: an endless one comes in parts."""
    while stream is not None and (line := stream.readline(_LONGEST_LINE)):
        yield line


def _run(
    command: list[str], account: Account, place: Path, descriptor: int, say: Callable[[str], None]
) -> str:
    """Run the program, pass on what it says, and return its summary; empty when there was none."""
    change: dict[str, Any] = {}
    if not account.is_caller:
        change = {"user": account.uid, "group": account.gid, "extra_groups": []}
    summary = ""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(BASE_ENVIRONMENT),
            pass_fds=(descriptor,),
            encoding="utf-8",
            errors="backslashreplace",
            cwd=place,
            **change,
        )
    except OSError as error:
        raise CtlError(f"{command[0]} cannot be started: {reason(error)}") from error
    with process:
        try:
            for line in _lines(process.stdout):
                say(line.rstrip("\n"))
                match = _SUMMARY.search(line)
                summary = match[0] if match else summary
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise CtlError(f"{' '.join(command[:2])} ended with {process.returncode}")
    return summary
