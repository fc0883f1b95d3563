"""The one way to run another program: a list of arguments, a scrubbed environment, a time limit."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from ctl.errors import CtlError, reason

# A stray REGISTRY_* or AWS_CA_BUNDLE of the caller's shell changes what the registry does, so no
# program inherits the environment.
BASE_ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
}


# Who nobody is: nothing on the machine belongs to that account.
_NOBODY = 65534


class Account(Struct, frozen=True):
    """Who a program runs as, by numbers."""

    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        """Whether that is who runs this."""
        return (self.uid, self.gid) == (os.geteuid(), os.getegid())


def account_of(name: str) -> Account:
    """Return an account of this machine; nobody's while there is none of that name."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return Account(_NOBODY, _NOBODY)
    return Account(entry.pw_uid, entry.pw_gid)


def run_as(account: Account | None, argv: Sequence[str | Path]) -> list[str | Path]:
    """Return the words that run a program as another account, without root's groups.

    Args:
        account: None for whoever runs this.
        argv: program and arguments.
    """
    if account is None or account.is_caller:
        return [*argv]
    return ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups", "--", *argv]


class Completed(Struct, frozen=True):
    """How a program ended: its exit code (negative: minus the signal) and what it printed."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether the program ended with 0."""
        return self.returncode == 0


class Runner(Protocol):
    """Runs programs; tests may hand in one that answers from a table."""

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        program: str | Path | None = None,
        stdin: str | None = None,
        timeout: float = 60.0,
    ) -> Completed:
        """Run a program to its end and return what it said; see `SubprocessRunner.run`."""
        ...

    def spawn(self, argv: Sequence[str | Path], *, log: Path, cwd: Path) -> int:
        """Start a program that outlives us; see `SubprocessRunner.spawn`."""
        ...


# What is waited for now, in whichever thread.
_RUNNING: set[subprocess.Popen[str]] = set()


def end_programs() -> None:
    """Kill every program that a thread waits for, because nobody waits for the thread any more."""
    for process in [*_RUNNING]:
        process.kill()


def _waited_for(process: subprocess.Popen[str], stdin: str | None, timeout: float) -> Completed:
    """Wait for the end of a program; when the wait ends otherwise, it is killed."""
    _RUNNING.add(process)
    try:
        said = process.communicate(stdin, timeout=timeout)
    except BaseException:
        process.kill()
        raise
    finally:
        _RUNNING.discard(process)
    return Completed(process.returncode, *said)


class SubprocessRunner:
    """The runner of real life."""

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        program: str | Path | None = None,
        stdin: str | None = None,
        timeout: float = 60.0,
    ) -> Completed:
        """Run a program to its end.

        Args:
            argv: program and arguments; never passed through a shell.
            environment: variables on top of `BASE_ENVIRONMENT`.
            program: the file to execute where it is not ``argv[0]`` (``sv`` acts on its own name).
            stdin: what the program reads; nothing when not given.
            timeout: seconds after which the program is killed.

        Raises:
            CtlError: the program is missing, cannot be executed or did not end in time.
        """
        name = str(program or argv[0])
        try:
            with subprocess.Popen(
                [str(part) for part in argv],
                executable=None if program is None else str(program),
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="backslashreplace",
                env={**BASE_ENVIRONMENT, **(environment or {})},
            ) as process:
                return _waited_for(process, stdin, timeout)
        except FileNotFoundError as error:
            raise CtlError(
                f"the program {name} was not found",
                help=f"it is looked for in {BASE_ENVIRONMENT['PATH']}",
            ) from error
        except OSError as error:
            raise CtlError(f"the program {name} cannot be run: {reason(error)}") from error
        except subprocess.TimeoutExpired as error:
            raise CtlError(
                f"the program {name} did not end within {timeout:g} s",
                help="run it by hand to see what it waits for",
            ) from error

    def spawn(self, argv: Sequence[str | Path], *, log: Path, cwd: Path) -> int:
        """Start a program in a session of its own that outlives us, and return its process id.

        Args:
            argv: program and arguments.
            log: a file that its output is appended to.
            cwd: its working directory.

        Raises:
            CtlError: the program cannot be started.
        """
        try:
            with log.open("ab") as output:
                child = subprocess.Popen(
                    [str(part) for part in argv],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=dict(BASE_ENVIRONMENT),
                    cwd=cwd,
                    start_new_session=True,
                )
        except OSError as error:
            raise CtlError(f"the program {argv[0]} cannot be started: {reason(error)}") from error
        # The child is meant to outlive this process; without this the interpreter warns about it.
        child.returncode = 0
        return child.pid
