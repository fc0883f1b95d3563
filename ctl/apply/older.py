"""What versions before this one did not note in a generation, read from what they wrote there."""

from __future__ import annotations

import shlex

from ctl.apply.generation import Staged
from ctl.apply.manifest import MENDS, Launch
from ctl.paths import REGISTRY
from ctl.state.files import Damaged, read_text

RUN = f"runit/{REGISTRY}/run"


def launch_of(staged: Staged) -> Launch | None:
    """Return how a generation's registry is started; None where it has none.

    The next reconfigure notes it in a generation of its own.

    Raises:
        Damaged: an older generation's run script does not say.
        OSError: it cannot be read.
    """
    if staged.manifest.launch is not None or RUN not in staged.manifest.files:
        return staged.manifest.launch
    try:
        words = shlex.split(read_text(staged.path / RUN) or "", comments=True)
        directory = words[words.index("cd") + 1]
        user, _, group = words[words.index("-u") + 1].partition(":") if "-u" in words else ("", "", "")
    except (ValueError, IndexError):
        raise Damaged(staged.path / RUN, "it starts no registry", MENDS) from None
    return Launch(user or None, group or None, directory)
