"""The completion scripts where a package puts them: found by the shells themselves, at the first TAB."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_completion import script

SECONDS = 20
VENDOR = "/usr/share/zsh/vendor-completions"
# Unfinished commands, and what stands there after a TAB.
LINES = [
    ("ctl stat", "ctl status "),
    ("ctl registry-us", "ctl registry-usage "),
    ("ctl status n", "ctl status nginx "),
    ("ctl tail nginx/acc", "ctl tail nginx/access.log "),
    ("ctl set-readonly st", "ctl set-readonly status "),
    ("ctl registry-garbage-collect-schedule sh", "ctl registry-garbage-collect-schedule show "),
    ("ctl registry-garbage-collect --delete-u", "ctl registry-garbage-collect --delete-untagged "),
    ("ctl registry-usage --sort rec", "ctl registry-usage --sort reclaimable "),
    ("ctl registry-usage --sort=rec", "ctl registry-usage --sort=reclaimable "),
    ("ctl validate -c a\\ b", "ctl validate -c a\\ b.rb "),
    ("ctl backup-etc --no-del", "ctl backup-etc --no-delete-old-backups "),
    ("ctl explain registry.storage.s3.buck", "ctl explain registry.storage.s3.bucket "),
    ("ctl show-config --json registry.log_l", "ctl show-config --json registry.log_level "),
    ("ctl completion z", "ctl completion zsh "),
]


class Terminal:
    """A shell at a terminal; what it prints is read up to a mark, or until the time is over."""

    def __init__(self, words: list[str], directory: Path, environment: dict[str, str]) -> None:
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execve(words[0], words, environment)  # noqa: S606

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self.descriptor, text.encode())

    def read_to(self, mark: str) -> str:
        """Return what is printed, the mark included."""
        output, end = b"", time.monotonic() + SECONDS
        while mark.encode() not in output:
            ready = select.select([self.descriptor], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"{mark!r} was not printed, but {output!r}"
            output += os.read(self.descriptor, 65536)
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output.decode(errors="replace"))

    def __enter__(self) -> Terminal:
        """Return it."""
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up, and wait for the shell."""
        os.close(self.descriptor)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    for name in ("nginx", "registry"):
        (made / "opt/gitlab/service" / name).mkdir(parents=True)
    (made / "var/log/gitlab/nginx").mkdir(parents=True)
    (made / "var/log/gitlab/nginx/access.log").touch()
    (made / "a b.rb").touch()
    for path, shell in (
        ("share/bash-completion/completions/ctl", "bash"),
        ("vendor-completions/_ctl", "zsh"),
    ):
        (made / path).parent.mkdir(parents=True)
        (made / path).write_text(script(shell))
    return made


@pytest.fixture(scope="module")
def bash(home: Path) -> Iterator[Terminal]:
    """A bash with the package bash-completion, which looks for the script below XDG_DATA_DIRS."""
    with Terminal(
        ["/bin/bash", "--norc", "--noprofile", "-i"],
        home,
        {
            "PATH": "/usr/bin:/bin",
            "TERM": "dumb",
            "HOME": str(home),
            "XDG_DATA_DIRS": str(home / "share"),
            "CTL_ROOT": str(home),
        },
    ) as shell:
        shell.type(". /usr/share/bash-completion/bash_completion; stty cols 200\n")
        # Nothing is loaded before the first TAB.
        shell.type("complete -p ctl 2>&1; PS1='RE''ADY>'\n")
        assert "complete: ctl: no completion specification" in shell.read_to("READY>")
        yield shell


@pytest.mark.parametrize(("typed", "expected"), LINES)
def test_bash_finds_the_script_at_the_first_tab(bash: Terminal, typed: str, expected: str) -> None:
    bash.type(f"{typed}\t")
    bash.read_to(expected)
    # Ctrl-U empties the line.
    bash.type("\x15echo DO''NE\n")
    bash.read_to("DONE\r\nREADY>")


@pytest.fixture(scope="module")
def zsh(home: Path) -> Iterator[Terminal]:
    """A zsh whose path of functions has a directory as Debian's vendor-completions."""
    with Terminal(
        ["/bin/zsh", "-f", "-i"],
        home,
        {"PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": str(home), "CTL_ROOT": str(home)},
    ) as shell:
        shell.type("unsetopt prompt_cr prompt_sp; stty cols 200; PS1=''\n")
        shell.type(f"fpath=({home}/vendor-completions $fpath); autoload -U compinit; compinit -D\n")
        shell.type("PS1='RE''ADY>'\n")
        shell.read_to("READY>")
        yield shell


@pytest.mark.parametrize(("typed", "expected"), LINES)
def test_zsh_finds_the_script_in_a_directory_of_its_path(zsh: Terminal, typed: str, expected: str) -> None:
    zsh.type(f"{typed}\t")
    zsh.read_to(expected)
    zsh.type("\x15echo DO''NE\n")
    zsh.read_to("DONE\r\nREADY>")


def test_zsh_of_debian_looks_where_the_package_puts_the_script() -> None:
    done = subprocess.run(
        ["/bin/zsh", "-fc", "print -l $fpath"], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert VENDOR in done.stdout.split("\n")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_script_is_the_same_for_every_caller(shell: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTL_ROOT", "/nowhere")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    folder = {"bash": "share/bash-completion/completions/ctl", "zsh": "vendor-completions/_ctl"}[shell]
    text = script(shell)
    assert (home / folder).read_text() == text
    assert "/nowhere" not in text
    subprocess.run([shell, "-n"], input=text, text=True, check=True, timeout=SECONDS)
