"""Hold a read-only lease in a process of its own, with a worker that inherits it, until its input ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ctl.operations.lease import read_only_lease
from ctl.operations.progress import Silent
from ctl.paths import Layout
from ctl.process import SubprocessRunner

if __name__ == "__main__":
    layout = Layout(Path(sys.argv[1]))
    with read_only_lease(layout, SubprocessRunner(), Silent(), "a test", 30.0) as descriptor:
        worker = subprocess.Popen(["sleep", "600"], pass_fds=[descriptor])
        print(worker.pid, flush=True)
        sys.stdin.read()
        worker.kill()
        worker.wait()
