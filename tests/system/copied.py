"""Pushes and pulls in a copy of the machine, where ctl works on / itself; run by the scripts of tests.

``python -m tests.system.copied PORT push`` prints the digest of an untagged image beside the tag ``v1``;
``… PORT whole NAME…`` says of each whether it can be pulled to the last byte.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from ctl.paths import Layout
from tests.system.images import Registry
from tests.system.installation import Installation


def registry_here(http_port: int) -> Registry:
    """Give the registry that ctl runs on this machine."""
    site = Installation.__new__(Installation)
    site.root, site.http_port = Path("/"), http_port
    site.layout = Layout(site.root)
    return Registry(site)


if __name__ == "__main__":
    registry = registry_here(int(sys.argv[1]))
    if sys.argv[2] == "push":
        registry.chance = random.Random()
        registry.image("v1")
        print(registry.image())
    else:
        for name in sys.argv[3:]:
            print(name, "is whole" if registry.is_whole(name) else "is not whole")
