"""The staged generation is tried out before it is put in force."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ctl.apply.generation import PARTIAL
from ctl.errors import CtlError
from ctl.process import Runner


def check_nginx(directory: Path, binary: str, runner: Runner) -> None:
    """Let nginx read a staged configuration.

    Every path in it is relative to nginx's prefix, so process id, logs and temporary files lie in a directory
    of their own beside the generation, and the running nginx is not touched. When a run dies here, the next
    one removes it.

    Args:
        directory: of the generation, which need not have its name yet.
        binary: the path of nginx.
        runner: runs it.

    Raises:
        CtlError: nginx refuses the configuration.
    """
    prefix = directory.with_name(f"check{PARTIAL}")
    prefix.mkdir(mode=0o700)
    try:
        (prefix / "conf").symlink_to(directory / "nginx")
        for name in ("logs", "run", "temp"):
            (prefix / name).mkdir()
        done = runner.run(
            [binary, "-t", "-q", "-e", "stderr", "-p", f"{prefix}/", "-c", "conf/nginx.conf"], timeout=30
        )
    finally:
        shutil.rmtree(prefix, ignore_errors=True)
    if not done.ok:
        complaint = done.stderr.strip().replace(f"{prefix}/conf/", "")
        raise CtlError(
            "nginx refuses the generated configuration; nothing has been changed",
            detail=re.sub(r"^nginx: ", "", complaint, flags=re.MULTILINE),
            help="look at registry['nginx'], above all at custom_gitlab_server_config and proxy_set_headers",
        )
