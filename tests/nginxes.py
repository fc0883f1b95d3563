"""The nginx of Debian 12 and that of 13, which are told of HTTP/2 in different words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from msgspec import Struct

from tests.registries import CACHE, not_had


class Nginx(Struct, frozen=True):
    """An nginx that tests start.

    Args:
        version: as the names of tests have it.
        suite: the release of Debian that has it.
        told: the version as facts have it.
    """

    version: str
    suite: str
    told: tuple[int, int, int]

    @property
    def _unpacked(self) -> Path:
        return CACHE / f"ctl-tests/nginx-{self.version}/usr/sbin/nginx"

    def needed(self) -> Path:
        """Return its path; where it is not there the test is left out, which the run tells at its end."""
        for path in (Path("/usr/sbin/nginx"), self._unpacked):
            if path.exists() and self._is(path):
                return path
        pytest.skip(not_had(f"nginx {self.version}", f"tests/setup/nginx {self.suite}"))

    def _is(self, path: Path) -> bool:
        said = subprocess.run([path, "-v"], capture_output=True, text=True, check=False, timeout=30).stderr
        return said.startswith(f"nginx version: nginx/{self.version}.")


OLDER = Nginx("1.22", "bookworm", (1, 22, 1))
NEWER = Nginx("1.26", "trixie", (1, 26, 3))
NGINXES = (OLDER, NEWER)
