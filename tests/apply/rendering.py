"""A small tree to write and to switch to."""

from __future__ import annotations

import os
from pathlib import Path

from ctl.apply import generation
from ctl.apply.generation import Staged
from ctl.apply.manifest import described
from ctl.paths import Layout
from ctl.targets.model import Link, Reader, Rendered, RenderedFile, Service


def rendered(layout: Layout, text: str, *more: Link) -> Rendered:
    """Return a tree of two files and a link to one of them."""
    return Rendered(
        files=(
            RenderedFile("one/a.txt", text),
            RenderedFile("two/deep/b.txt", "b", 0o600),
            RenderedFile("runit/svc/run", "#!/bin/sh\n", 0o750),
        ),
        readers=(("one", Reader.REGISTRY), ("two", Reader.ROOT), ("runit", Reader.ROOT)),
        links=(Link(str(layout.root / "etc/a.txt"), "one/a.txt"), *more),
        directories=(),
        services=(Service("svc", ("one/",), ("two/",)),),
    )


def staged(layout: Layout, text: str, *more: Link) -> Staged:
    """Write such a tree as the next generation."""
    tree = rendered(layout, text, *more)
    manifest = described(tree, lambda reader: os.getegid())
    return generation.stage(layout, tree, manifest, {generation.SETTINGS: "{}"})


def tree(root: Path) -> set[str]:
    """Return every path below a directory."""
    return {str(path.relative_to(root)) for path in root.rglob("*")}
