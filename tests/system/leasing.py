"""Hold a read-only lease in a process of its own, with a worker that inherits it, until its input ends.

Alone, with a second argument, it ends at once, by itself or with its process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ctl.operations.progress import Silent
from ctl.operations.serve.lease import Lease
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from ctl.state import lease

if __name__ == "__main__":
    layout = Layout(Path(sys.argv[1]))
    wanted = Lease(layout, SubprocessRunner(), Silent(), "a test", 30.0)
    if len(sys.argv) > 2:
        with lease.opened(layout) as descriptor, wanted.held(descriptor):
            sys.exit()
    with lease.opened(layout) as descriptor:
        worker = subprocess.Popen(["sleep", "600"], pass_fds=[descriptor])
        try:
            with wanted.held(descriptor):
                print(worker.pid, flush=True)
                sys.stdin.read()
        finally:
            worker.kill()
            worker.wait()
