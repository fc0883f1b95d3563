"""The staged generation is tried out before it is put in force."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from ctl.apply.generation import Staged
from ctl.errors import CtlError
from ctl.process import Runner


def check_nginx(staged: Staged, binary: str, runner: Runner) -> None:
    """Let nginx read a copy of the staged configuration.

    Every path in it is relative to nginx's prefix, so process id, logs and temporary files of the copy lie
    in a temporary directory and the running nginx is not touched.

    Raises:
        CtlError: nginx refuses the configuration.
    """
    with tempfile.TemporaryDirectory(prefix="ctl-check-") as name:
        prefix = Path(name)
        shutil.copytree(staged.path / "nginx", prefix / "conf")
        for directory in ("logs", "run", "temp"):
            (prefix / directory).mkdir()
        done = runner.run(
            [binary, "-t", "-q", "-e", "stderr", "-p", f"{prefix}/", "-c", "conf/nginx.conf"], timeout=30
        )
        if not done.ok:
            complaint = done.stderr.strip().replace(f"{prefix}/conf/", "")
            raise CtlError(
                "nginx refuses the generated configuration; nothing has been changed",
                detail=re.sub(r"^nginx: ", "", complaint, flags=re.MULTILINE),
                help="look at registry['nginx'], above all at custom_gitlab_server_config"
                " and proxy_set_headers",
            )
