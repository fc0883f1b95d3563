"""Render a settings file into a comparable form; as a program, write the expected trees anew."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from unittest import mock

from ctl.facts import binaries
from ctl.operations.inspect import render_files
from ctl.operations.inspect.render_tree import render_tree
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from tests.nginxes import NEWER

REPOSITORY = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
SECRETS = GOLDEN / "gitlab-secrets.json"
EXAMPLES = {path.stem: path for path in sorted((REPOSITORY / "examples").glob("*.rb"))}
CASES = EXAMPLES | {path.parent.name: path for path in sorted(GOLDEN.glob("*/gitlab.rb"))}
# Of these the target ``files`` is kept as well, below ``texts/``.
WITH_TEXTS = ("distribution-3", "gitlab", "gitlab-node", "hostile", "registry-node", "s3")
ENVIRONMENT = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}
# Of these, which have HTTP/2, the vhost for an nginx that is told of it otherwise is kept as well.
WITH_NEWER_NGINX = ("http2", "proxy-protocol")
VHOST = "nginx/service_conf/gitlab-registry.conf"
# What a generation keeps for itself: its digests follow from the files, its settings name the checkout.
OWN = ("manifest.json", "settings.json", "masked.json", "secrets.json", "stamps.json", "fingerprint")


def rendered(settings: Path, root: Path) -> dict[str, tuple[str, str]]:
    """Render below a root; return kind and content of every entry by path, the root shown as @ROOT@."""
    _keep_secrets(root)
    render_tree(settings, root, SubprocessRunner(), ENVIRONMENT)
    tree = {}
    for directory, names, files in os.walk(root):
        for name in [*names, *files]:
            path = Path(directory) / name
            relative = str(path.relative_to(root))
            if path.name not in OWN and relative != "var/opt/gitlab/ctl/lock":
                tree[relative] = _entry(path, root)
    return tree


def texts(settings: Path, root: Path) -> dict[str, str]:
    """Render for the target ``files``, with the secrets of an installation below a root; return the texts."""
    _keep_secrets(root)
    target = root / "texts"
    render_files.write(Layout(root), settings, target, SubprocessRunner(), ENVIRONMENT)
    return {path.name: path.read_text() for path in target.iterdir()}


def newer_vhost(settings: Path, root: Path) -> str:
    """Render below a root for the nginx of Debian 13; return the vhost, the root shown as @ROOT@."""
    with mock.patch.object(binaries, "DEFAULT_NGINX", NEWER.told):
        return rendered(settings, root)[f"var/opt/gitlab/ctl/generations/1/{VHOST}"][1]


def _keep_secrets(root: Path) -> None:
    secrets = root / "etc/gitlab/gitlab-secrets.json"
    secrets.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(SECRETS, secrets)
    secrets.chmod(0o600)


def _entry(path: Path, root: Path) -> tuple[str, str]:
    mode = f"{stat.S_IMODE(path.lstat().st_mode):04o}"
    if path.is_symlink():
        return "link", str(path.readlink()).replace(str(root), "@ROOT@")
    if path.is_dir():
        return f"directory {mode}", ""
    return f"file {mode}", path.read_text().replace(str(root), "@ROOT@")


def expected(case: Path) -> dict[str, tuple[str, str]]:
    """Read an expected tree: ``tree.json`` lists every entry, ``files/`` holds the contents."""
    listing = json.loads((case / "tree.json").read_text())
    return {
        path: (kind, (case / "files" / path).read_text() if kind.startswith("file") else target)
        for path, (kind, target) in listing.items()
    }


def write(case: str) -> None:
    """Write the expected tree of a case anew."""
    target = GOLDEN / case
    shutil.rmtree(target / "files", ignore_errors=True)
    with tempfile.TemporaryDirectory() as root:
        tree = rendered(CASES[case], Path(root).resolve())
    listing = {}
    for path, (kind, content) in sorted(tree.items()):
        is_file = kind.startswith("file")
        listing[path] = [kind, "" if is_file else content]
        if is_file:
            file = target / "files" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
    target.mkdir(exist_ok=True)
    (target / "tree.json").write_text(json.dumps(listing, indent=1) + "\n")
    if case in WITH_TEXTS:
        _write_texts(case)
    if case in WITH_NEWER_NGINX:
        with tempfile.TemporaryDirectory() as root:
            (target / "vhost-nginx-1.26.conf").write_text(newer_vhost(CASES[case], Path(root).resolve()))


def _write_texts(case: str) -> None:
    target = GOLDEN / case / "texts"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    with tempfile.TemporaryDirectory() as root:
        for name, text in texts(CASES[case], Path(root).resolve()).items():
            (target / name).write_text(text)


if __name__ == "__main__":
    for name in sys.argv[1:] or sorted(CASES):
        write(name)
