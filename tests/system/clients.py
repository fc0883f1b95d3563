"""Programs of others that push to and pull from a registry, in the versions of tests/setup/clients."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.registries import CACHE, not_had
from tests.system.installation import Installation
from tests.system.oci_layout import ARTIFACT, OciLayout
from tests.system.token_service import PASSWORD, USER

SETUP = "tests/setup/clients"
CRANE = CACHE / "ctl-tests/crane-0.22.1/crane"
ORAS = CACHE / "ctl-tests/oras-1.3.6/oras"
CONFORMANCE = CACHE / "ctl-tests/conformance-0.0.0-20260831232431-97274622c111/conformance"
SKOPEO = Path("/usr/bin/skopeo")


def needed(program: Path) -> Path:
    """Return a program; the test is left out, which is told at the end of the run, where it is not there."""
    if not program.exists():
        pytest.skip(not_had(program.name, SETUP))
    return program


class Client:
    """A program at a site's vhost, with all that it knows and leaves behind in a directory of its own.

    Args:
        site: with a token service; see `tests.system.token_service`.
        place: an empty directory.
    """

    program: Path

    def __init__(self, site: Installation, place: Path) -> None:
        self.at = f"localhost:{site.port}"
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (place / "config.json").write_text(json.dumps({"auths": {self.at: {"auth": login}}}))
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(place),
            "DOCKER_CONFIG": str(place),
            "REGISTRY_AUTH_FILE": str(place / "config.json"),
            "SSL_CERT_FILE": str(site.certificate),
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run it, whatever comes of it."""
        return subprocess.run(
            [str(needed(self.program)), *words],
            capture_output=True,
            timeout=600,
            check=False,
            env=self._environment,
            cwd=self.place,
        )

    def done(self, *words: str) -> bytes:
        """Run it, which has to succeed; return what it prints."""
        done = self.run(*words)
        if done.returncode:
            raise ClientError(f"{self.program.name} {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout

    def push(self, layout: OciLayout, tag: str, name: str) -> None:
        """Push what a layout has under a tag, its only one, with all that belongs to it."""
        raise NotImplementedError

    def pull(self, name: str) -> list[str]:
        """Pull something with all that belongs to it; return the names of what came, its digests."""
        target = self.place / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        self.pull_to(name, target)
        files = sorted((target / "blobs/sha256").iterdir())
        for file in files:
            with file.open("rb") as content:
                assert hashlib.file_digest(content, "sha256").hexdigest() == file.name
        return [file.name for file in files]

    def pull_to(self, name: str, target: Path) -> None:
        """Pull something with all that belongs to it into a directory in the layout of the OCI."""
        raise NotImplementedError

    def copy(self, source: str, target: str) -> None:
        """Copy something with all that belongs to it from repository to repository."""
        raise NotImplementedError

    def tags(self, name: str) -> list[str]:
        """Return the tags of a repository."""
        raise NotImplementedError

    def digest(self, name: str) -> str:
        """Return the digest of a manifest."""
        raise NotImplementedError

    def delete(self, name: str) -> None:
        """Delete a manifest, by its digest."""
        raise NotImplementedError


class ClientError(AssertionError):
    """A client has failed; says what it was told, and what it says."""


class Crane(Client):
    """Google's."""

    program = CRANE

    def push(self, layout: OciLayout, tag: str, name: str) -> None:
        self.done("push", str(layout.place), f"{self.at}/{name}")

    def pull_to(self, name: str, target: Path) -> None:
        self.done("pull", "--format=oci", f"{self.at}/{name}", str(target))

    def copy(self, source: str, target: str) -> None:
        self.done("copy", f"{self.at}/{source}", f"{self.at}/{target}")

    def tags(self, name: str) -> list[str]:
        return self.done("ls", f"{self.at}/{name}").decode().split()

    def digest(self, name: str) -> str:
        return self.done("digest", f"{self.at}/{name}").decode().strip()

    def delete(self, name: str) -> None:
        self.done("delete", f"{self.at}/{name}")


class Oras(Client):
    """That of the ORAS project; at this machine's own name it would not speak TLS, unless told."""

    program = ORAS

    def push(self, layout: OciLayout, tag: str, name: str) -> None:
        words = ("--from-oci-layout", "--to-plain-http=false", f"{layout.place}:{tag}", f"{self.at}/{name}")
        self.done("cp", *words)

    def pull_to(self, name: str, target: Path) -> None:
        words = ("--to-oci-layout", "--from-plain-http=false", f"{self.at}/{name}", f"{target}:pulled")
        self.done("cp", *words)

    def copy(self, source: str, target: str) -> None:
        words = (
            "--from-plain-http=false",
            "--to-plain-http=false",
            f"{self.at}/{source}",
            f"{self.at}/{target}",
        )
        self.done("cp", *words)

    def tags(self, name: str) -> list[str]:
        return self.done("repo", "tags", "--plain-http=false", f"{self.at}/{name}").decode().split()

    def digest(self, name: str) -> str:
        return self.done("resolve", "--plain-http=false", f"{self.at}/{name}").decode().strip()

    def delete(self, name: str) -> None:
        self.done("manifest", "delete", "--force", "--plain-http=false", f"{self.at}/{name}")

    def attach(self, name: str, content: str) -> None:
        """Attach a note to something."""
        (self.place / "note.txt").write_text(content)
        words = (
            "--plain-http=false",
            "--artifact-type",
            ARTIFACT,
            f"{self.at}/{name}",
            "note.txt:text/plain",
        )
        self.done("attach", *words)

    def attached(self, name: str) -> list[str]:
        """Return the digests of what is attached to something."""
        words = ("--plain-http=false", "--format", "json", f"{self.at}/{name}")
        document = json.loads(self.done("discover", *words))
        return [str(manifest["digest"]) for manifest in document["referrers"]]


class Skopeo(Client):
    """Skopeo, as Debian has it."""

    program = SKOPEO

    def _copy(self, source: str, target: str) -> None:
        self.done(
            "--insecure-policy",
            "--tmpdir",
            str(self.place),
            "copy",
            "--all",
            "--preserve-digests",
            source,
            target,
        )

    def push(self, layout: OciLayout, tag: str, name: str) -> None:
        self._copy(f"oci:{layout.place}:{tag}", f"docker://{self.at}/{name}")

    def pull_to(self, name: str, target: Path) -> None:
        self._copy(f"docker://{self.at}/{name}", f"oci:{target}:pulled")

    def copy(self, source: str, target: str) -> None:
        self._copy(f"docker://{self.at}/{source}", f"docker://{self.at}/{target}")

    def tags(self, name: str) -> list[str]:
        return list(json.loads(self.done("list-tags", f"docker://{self.at}/{name}"))["Tags"])

    def digest(self, name: str) -> str:
        content = self.done("inspect", "--raw", f"docker://{self.at}/{name}")
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def delete(self, name: str) -> None:
        self.done("delete", f"docker://{self.at}/{name}")


CLIENTS = (Crane, Oras, Skopeo)
