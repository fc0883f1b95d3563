"""Whoever reads the output may go away at any time: every command then ends quietly."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ctl.cli.program import whole

# Runs many commands, each in a process of its own that ends as the program does, and imports only once.
SERVER = """
import json, os, signal, sys
import ctl.cli.app
tasks, directory = json.load(open(sys.argv[1])), sys.argv[2]
for number, (words, broken) in enumerate(tasks):
    if os.fork() == 0:
        signal.alarm(60)
        for stream in (1, 2):
            reader, writer = os.pipe()
            if stream in broken:
                os.close(reader)
            else:
                writer = os.open(f"{directory}/{number}.{stream}", os.O_WRONLY | os.O_CREAT)
            os.dup2(writer, stream)
        sys.argv = ["ctl", *words]
        ctl.cli.app.main()
        raise SystemExit(99)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
BROKEN = ((), (1,), (2,))
MISTAKEN = "external_url 'https://gitlab.example.com'\nregistry['log_level'] = 'loud'\n"


class Ended(NamedTuple):
    """How a command ended: its exit code and what its streams took."""

    code: int
    out: str
    err: str


def _tasks(file: Path, root: Path) -> list[list[str]]:
    chosen = ["-c", str(file), "--root", str(root)]
    names = sorted(command.name for command in whole().registered_commands if command.name)
    names.remove("tail")  # follows for ever where it is read
    return [
        [],
        ["-h"],
        ["--version"],
        ["no-such-command"],
        ["tail", "-h"],
        ["validate", "--no-such-option"],
        [*chosen, "explain", "external_url"],
        *([*chosen, name, *option] for name in names for option in ([], ["--json"])),
    ]


def _all(tasks: list[tuple[list[str], tuple[int, ...]]], directory: Path) -> list[Ended]:
    (directory / "tasks").write_text(json.dumps(tasks))
    done = subprocess.run(
        [sys.executable, "-c", SERVER, directory / "tasks", directory],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return [
        Ended(int(code), *(_text(directory / f"{number}.{stream}") for stream in (1, 2)))
        for number, code in enumerate(done.stdout.split())
    ]


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_every_command_ends_quietly_with_1_where_its_output_has_no_reader(tmp_path: Path) -> None:
    file = tmp_path / "gitlab.rb"
    file.write_text(MISTAKEN)
    tasks = _tasks(file, tmp_path / "root")
    ends = _all([(words, broken) for words in tasks for broken in BROKEN], tmp_path)
    assert len(ends) == len(tasks) * len(BROKEN) > 180
    for number, words in enumerate(tasks):
        read, *unread = ends[number * len(BROKEN) :][: len(BROKEN)]
        assert read.code in (0, 1, 2, 3), words
        for broken, end in zip(BROKEN[1:], unread, strict=True):
            lost = bool((1 in broken and read.out) or (2 in broken and read.err))
            assert end.code == (1 if lost else read.code), (words, broken)
            for noise in ("Traceback", "BrokenPipe", "Exception ignored", "internal error"):
                assert noise not in end.out + end.err, (words, broken)


@pytest.mark.parametrize(("stream", "words"), [("stdout", ["validate", "--json"]), ("stderr", ["validate"])])
def test_reader_of_one_byte_ends_a_command_quietly(tmp_path: Path, stream: str, words: list[str]) -> None:
    file = tmp_path / "gitlab.rb"
    file.write_text(MISTAKEN + "registry['no_such_setting'] = 1\n" * 200)
    reader, writer = os.pipe()
    # The smallest that there is: most of the output has to wait for its reader.
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with (tmp_path / "other").open("w+") as other:
        program = subprocess.Popen(
            [sys.executable, "-m", "ctl.cli.app", "-c", file, "--root", tmp_path, *words],
            stdin=subprocess.DEVNULL,
            stdout=writer if stream == "stdout" else other,
            stderr=writer if stream == "stderr" else other,
        )
        os.close(writer)
        assert len(os.read(reader, 1)) == 1
        os.close(reader)
        assert program.wait(60) == 1
    assert (tmp_path / "other").read_text() == ""
