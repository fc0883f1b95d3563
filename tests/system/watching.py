"""What the tests look at from outside: answers of the vhost, the tree on disk, the words of an error."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ctl.apply import generation
from tests.system.installation import REPOSITORY, Installation

# What a killed run may leave half done, and what saving a foreign file leaves.
HALF_DONE = (".partial", ".new", ".ctl-new", ".saved-1")
Process = subprocess.CompletedProcess[str]


def status(site: Installation, token: str | None = None) -> int:
    """Ask the vhost for /v2/ and return the status of the answer.

    Raises:
        OSError: nobody answers.
    """
    return answer(site, "/v2/", token)


def answer(site: Installation, path: str, token: str | None = None) -> int:
    """Ask the vhost for a path and return the status of the answer.

    Raises:
        OSError: nobody answers.
    """
    context = ssl.create_default_context(cafile=str(site.certificate))
    connection = http.client.HTTPSConnection("localhost", site.port, timeout=10, context=context)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    got = connection.getresponse()
    got.read()
    connection.close()
    return got.status


def serves(site: Installation) -> bool:
    """Whether the vhost and the registry behind it answer, and trust today's key."""
    try:
        return status(site) == 401 and status(site, site.token("repository:a:pull")) == 200
    except OSError:
        return False


def run(
    site: Installation,
    *words: str,
    before: Sequence[str] = (),
    instead: Sequence[str] = (),
    **more: str,
) -> Process:
    """Run ctl, or another program in its place, by another program, whatever comes of it.

    Further words are environment variables.
    """
    return subprocess.run(
        [*before, *(instead or site.command(*words))],
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=150,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, **more},
    )


def refused(done: Process, code: int) -> str:
    """Assert that a run ended with one clear error and this exit code; return all that it said."""
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    for trace in ("Traceback", "internal error", "Exception ignored"):
        assert trace not in said, said
    lines = done.stderr.splitlines()
    assert sum(line.startswith("error:") for line in lines) == 1, said
    return said


def listing(root: Path) -> dict[str, str]:
    """Return every path below a root with all there is to know of it, but for what services write."""
    entries = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if "supervise" in path.parts or relative.is_relative_to("var/log"):
            continue
        # Services that are at work have files that come and go.
        with contextlib.suppress(FileNotFoundError):
            entries[str(relative)] = _described(path)
    return entries


def _described(path: Path) -> str:
    state = path.lstat()
    entry = f"{state.st_mode:o} {state.st_uid}:{state.st_gid}"
    if path.is_symlink():
        return f"{entry} -> {path.readlink()}"
    return f"{entry} {path.read_bytes()!r}" if path.is_file() else entry


def in_force(site: Installation) -> list[str]:
    """Return the files in force that are not what their run has written; the link itself must not dangle."""
    staged = generation.load_current(site.layout)
    assert staged is not None, "there is no generation in force"
    return generation.damaged(staged)


def half_done(root: Path) -> list[Path]:
    """Return what a run has not brought to an end."""
    return [
        path for path in root.rglob("*") if path.name.endswith(HALF_DONE) and "supervise" not in path.parts
    ]


def dangling(root: Path) -> list[Path]:
    """Return the links that lead nowhere."""
    return [path for path in root.rglob("*") if path.is_symlink() and not path.exists()]


def secret_values(site: Installation) -> list[str]:
    """Return the lines of every secret: none of them may ever be seen."""
    section = json.loads(site.layout.secrets_file.read_text())["registry"]
    key = [line for line in section["internal_key"].splitlines() if not line.startswith("-----")]
    public = _modulus(section["internal_key"])
    return [section["http_secret"], *(line for line in key if not any(line in text for text in public))]


def _modulus(key: str) -> list[str]:
    """Return the part of a private key that is public, in each way in which its lines may spell it."""
    private = serialization.load_pem_private_key(key.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    modulus = private.public_key().public_numbers().n.to_bytes(private.key_size // 8, "big")
    return [base64.b64encode(bytes(shift) + modulus).decode() for shift in range(3)]


@contextmanager
def open_to_all() -> Iterator[Installation]:
    """Make an installation whose root other accounts can reach."""
    directory = Path(tempfile.mkdtemp(prefix="ctl-test-"))
    directory.chmod(0o755)
    site = Installation(directory / "root")
    try:
        yield site
    finally:
        try:
            site.close()
        finally:
            shutil.rmtree(directory)
