"""What is advised where a certificate is missing makes what is missing, and overwrites nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ctl.checks.certificates import how_to_make
from ctl.facts.certificates import look
from tests.facts.test_certificates import NOW, pair


def typed(text: str) -> None:
    """Type the indented lines of a help text as they stand there."""
    commands = "\n".join(line for line in text.splitlines() if line.startswith("  "))
    subprocess.run(["sh", "-ec", commands], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")
@pytest.mark.parametrize("host", ["registry.example.com", "127.0.0.1", "[::1]"])
@pytest.mark.parametrize("there", [(), ("r.crt",), ("r.key",), ("r.crt", "r.key")])
def test_help_that_is_typed_as_printed_overwrites_nothing(
    tmp_path: Path, there: tuple[str, ...], host: str
) -> None:
    place = tmp_path / "a place"
    place.mkdir(mode=0o755)
    certificate, key = pair(place)
    kept = {name: (place / name).read_bytes() for name in ("r.crt", "r.key")}
    for path in (certificate, key):
        if path.name not in there:
            path.unlink()
    missing = [path for path in (certificate, key) if not path.exists()]
    text = how_to_make(certificate, key, host, missing)
    typed(text)
    assert all((place / name).read_bytes() == kept[name] for name in there)
    assert place.stat().st_mode & 0o777 == 0o755
    if missing and certificate in missing:
        looked = look(certificate, key, host, NOW, encrypted_key=False)
        assert looked.problem is None
    # Typed once more, when somebody has put the real pair there meanwhile.
    for name, content in kept.items():
        (place / name).write_bytes(content)
    typed(text)
    assert {name: (place / name).read_bytes() for name in kept} == kept


def test_certificate_without_its_key_is_not_made_anew(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path)
    text = how_to_make(certificate, key, "registry.example.com", [key])
    assert "openssl" not in text
    assert "issued for" in text
