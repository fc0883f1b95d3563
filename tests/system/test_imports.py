"""What a run imports that changes one value: everybody waits for that, each time."""

from __future__ import annotations

import subprocess
import sys

from tests.system.installation import REPOSITORY, Installation

_RUN = """
import sys
from ctl.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(*sorted(sys.modules), sep=",")
"""
# Each of them takes longer to load than what a run would want of it.
UNUSED = (
    *("asyncio", "concurrent", "ctypes", "difflib", "jinja2", "logging", "markupsafe", "multiprocessing"),
    *("psutil", "redis", "yaml", "_strptime", "cryptography.x509", "ctl.storage"),
    *("ctl.operations.collect", "ctl.operations.inspect", "ctl.operations.keys", "ctl.operations.keep"),
)


def modules_of(site: Installation, *words: str) -> tuple[set[str], str]:
    """Run a command; return what it has imported, and what it said."""
    command = [sys.executable, "-c", _RUN, "--root", str(site.root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY)
    *said, modules = done.stdout.splitlines()
    return set(modules.split(",")), "\n".join(said)


def test_run_that_changes_a_value_and_restarts_nothing_imports_nothing_that_it_does_not_use(
    running_site: Installation,
) -> None:
    running_site.write("gitlab_rails['gitlab_default_projects_features_container_registry'] = false")
    modules, said = modules_of(running_site, "reconfigure")
    assert "generation 2" in said
    # It was proven, and so asked with a token.
    assert {"ctl.checks.hops", "ctl.registry.client", "ctl.registry.token", "ctl.render.compiled"} <= modules
    unused = {name for name in modules if any(f"{name}.".startswith(f"{library}.") for library in UNUSED)}
    assert unused == set()
