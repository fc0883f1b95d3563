"""The completion scripts in real shells, with services and logs below a root of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = ("nginx", "registry", "registry-guard")


def script(shell: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ctl.cli.app", "completion", shell], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / "opt/gitlab/service" / name).mkdir(parents=True)
    (tmp_path / "opt/gitlab/service/$(touch owned)").mkdir()
    for name in ("11", "12", "13.partial"):
        (tmp_path / "var/opt/gitlab/ctl/generations" / name).mkdir(parents=True)
    logs = tmp_path / "var/log/gitlab/nginx"
    logs.mkdir(parents=True)
    (logs / "access.log").touch()
    (tmp_path / "settings.rb").touch()
    return tmp_path


@pytest.fixture(scope="module")
def bash_script() -> str:
    return script("bash")


def bash(text: str, root: Path, *words: str) -> list[str]:
    """Return what bash offers for the last word."""
    asked = f'{text}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ctl\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "-uc", asked, "bash", "ctl", *words],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={"CTL_ROOT": str(root), "PATH": "/usr/bin:/bin"},
    )
    assert done.stderr == ""
    return sorted(done.stdout.split("\n")[:-1])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["stat"], ["status"]),
        (["se"], ["service-list", "set-readonly"]),
        (["status", ""], sorted(NAMES)),
        (["restart", "registry-"], ["registry-guard"]),
        (["status", "nginx", ""], [""]),
        (["status", "--j"], ["--json"]),
        (["set-readonly", "o"], ["off", "on"]),
        (["tail", "ng"], ["nginx"]),
        (["rollback", ""], ["11", "12"]),
        (["diff", "12"], ["12"]),
        (["tail", "nginx/"], ["nginx/access.log"]),
        (["tail", "-n", "5", "reg"], ["registry", "registry-guard"]),
        (["validate", "--format", ""], ["json", "text"]),
        (["validate", "-c", "sett"], ["settings.rb"]),
        (["validate", "--config", "=", "sett"], ["settings.rb"]),
        (["--root", "/nowhere", "status", ""], [""]),
        (["status", "--root", "=", "/nowhere", ""], [""]),
        (["nonsense", ""], [""]),
        (["--ver"], ["--version"]),
    ],
)
def test_bash_offers_what_fits(bash_script: str, root: Path, words: list[str], expected: list[str]) -> None:
    assert bash(bash_script, root, *words) == expected
    assert not (root / "owned").exists()


def test_bash_knows_no_hidden_command(bash_script: str, root: Path) -> None:
    offered = bash(bash_script, root, "")
    assert {"status", "tail", "completion"} <= set(offered)
    assert "settle" not in offered


def zsh(root: Path, line: str, expected: str) -> str:
    """Return what a real zsh shows at a TAB behind a line, up to what is expected."""
    (root / "functions").mkdir(exist_ok=True)
    (root / "functions/_ctl").write_text(script("zsh"))
    asked = rf"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=""; fpath=({root}/functions $fpath); autoload -U compinit; compinit -D -u'
zpty -w shell 'stty cols 200; LISTMAX=1000; zstyle ":completion:*" list-prompt ""; PS1="RE${{:-}}ADY"'
zpty -r -m shell out '*READY*'
zpty -n -w shell $'{line}\t\t'
zpty -r -m shell out '*{expected}*'
print -r -- $out
zpty -d shell
"""
    done = subprocess.run(
        ["zsh", "-fc", asked],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=20,
        check=True,
        cwd=root,
        env={"CTL_ROOT": str(root), "PATH": "/usr/bin:/bin", "TERM": "dumb", "HOME": str(root)},
    )
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", done.stdout)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ctl service-", "service-list"),
        ("ctl status registry-", "registry-guard"),
        ("ctl set-readonly --rea", "--reason"),
        ("ctl rollback ", "12"),
        ("ctl tail nginx/acc", "nginx/access.log"),
        ("ctl validate --format=j", "--format=json"),
    ],
)
def test_zsh_completes_what_fits(root: Path, line: str, expected: str) -> None:
    assert expected in zsh(root, line, expected)
