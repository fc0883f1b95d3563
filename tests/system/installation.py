"""A real installation below a directory of its own: registry, nginx and runit on free loopback ports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ctl.credentials.keys import describe_key
from ctl.credentials.selfsigned import self_signed
from ctl.paths import Layout
from ctl.registry.token import mint, parse_scopes
from ctl.state import running
from ctl.state.fingerprint import Fingerprint
from ctl.supervise.processes import alive
from ctl.supervise.status import process_of
from tests.ports import free_port
from tests.registries import V2, Program

REPOSITORY = Path(__file__).parents[2]
HEAVY = ("pydantic", "jinja2", "cryptography", "yaml", "rich")


def wait_for(condition: Callable[[], Any], seconds: float = 15.0) -> None:
    """Wait for a condition and fail when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


class Installation:
    """Settings, a certificate, and the program to run on them.

    Args:
        root: an empty directory.
        seeded: whether the secrets are there already, which spares making a key.
        program: of the registry.
    """

    def __init__(self, root: Path, seeded: bool = True, program: Program = V2) -> None:
        self.root, self.program = root, program
        self.layout = Layout(root)
        self.port, self.http_port = free_port(), free_port()
        self.settings = root / "etc/gitlab/gitlab.rb"
        self.certificate = root / "etc/gitlab/ssl/localhost.crt"
        self.certificate.parent.mkdir(parents=True)
        self.renew()
        if seeded:
            shutil.copy(REPOSITORY / "tests/golden/gitlab-secrets.json", self.layout.secrets_file)
            self.layout.secrets_file.chmod(0o600)
        self.write()

    def renew(self) -> None:
        """Put a new TLS certificate in place."""
        certificate, key = self_signed("localhost", datetime.now(UTC))
        self.certificate.write_bytes(certificate)
        self.certificate.with_suffix(".key").write_bytes(key)

    def write(self, *more: str, base: bool = True) -> None:
        """Write the settings file: the usual lines, unless told otherwise, and some more."""
        lines = [
            "external_url 'https://gitlab.localhost'",
            f"registry_external_url 'https://localhost:{self.port}'",
            f"registry['registry_http_addr'] = '127.0.0.1:{self.http_port}'",
            "registry['nginx']['listen_addresses'] = ['127.0.0.1']",
        ]
        if self.program is not V2:
            # Not a line more: tests name those of what they add.
            lines[-1] += f"; ctl['registry_binary'] = '{self.program.path}'"
        self.settings.write_text("\n".join([*(lines if base else ()), *more, ""]))

    def command(self, *words: str) -> list[str]:
        """The command line that runs ctl here."""
        return [sys.executable, "-m", "ctl.cli.app", "--root", str(self.root), *words]

    def ctl(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run ctl; its exit code has to be the one given, and there is never a traceback."""
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=120, check=False, cwd=REPOSITORY
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "internal error" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stdout + done.stderr
        return done

    def reconfigure(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run ``ctl reconfigure``."""
        return self.ctl("reconfigure", *words, code=code)

    @property
    def generation(self) -> int:
        """The number of the generation in force."""
        return int(self.layout.current.readlink().name)

    def pids(self) -> dict[str, int]:
        """The processes of the services, by name."""
        return {name: process_of(self.layout, name).pid for name in ("registry", "nginx", "logrotate")}

    def fingerprint(self, name: str) -> Fingerprint | None:
        """What a service was started with."""
        return running.read(self.layout, name)

    def token(self, scope: str) -> str:
        """Mint a token with the key that GitLab would use."""
        key = json.loads(self.layout.secrets_file.read_text())["registry"]["internal_key"]
        return mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer="omnibus-gitlab-issuer",
            service="container_registry",
            subject="test",
            access=parse_scopes(scope),
            now=int(time.time()),
            token_id=uuid.uuid4().hex,
        )

    def processes(self) -> list[int]:
        """Every live process whose command line or working directory names this root."""
        pids = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
                where = str((entry / "cwd").readlink())
            except OSError:
                continue
            if (str(self.root) in words or where.startswith(str(self.root))) and alive(int(entry.name)):
                pids.append(int(entry.name))
        return pids

    def close(self) -> None:
        """Stop everything, and make sure that nothing is left."""
        self.ctl("shutdown", code=None)
        wait_for(lambda: not self.processes())
