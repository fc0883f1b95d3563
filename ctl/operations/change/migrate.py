"""The metadata database of GitLab's registry: brought up to date before new settings take effect (B28)."""

from __future__ import annotations

from collections.abc import Mapping

from ctl.apply.generation import Staged
from ctl.errors import CtlError
from ctl.paths import REGISTRY
from ctl.plan.model import RegistryPlan
from ctl.process import Runner
from ctl.targets.runit.places import CONFIGS

# Omnibus asks the same variable: migrations that may wait are left for later.
SKIP = "SKIP_POST_DEPLOYMENT_MIGRATIONS"
SECONDS = 3600.0


def migrate(registry: RegistryPlan, staged: Staged, runner: Runner, environment: Mapping[str, str]) -> None:
    """Run the registry's own migrations, as its account, with the settings that are about to take effect.

    Args:
        registry: the plan.
        staged: the generation that holds config.yml.
        runner: runs the registry.
        environment: of this run, for `SKIP`.

    Raises:
        CtlError: they fail; nothing of what is in force has been changed.
    """
    config = str(staged.path / CONFIGS[REGISTRY, False])
    skip = ["-s"] if environment.get(SKIP) == "true" else []
    command = [registry.binary, "database", "migrate", "up", *skip, config]
    if registry.account.user is not None:
        command = ["chpst", "-u", f"{registry.account.user}:{registry.account.group}", *command]
    done = runner.run(command, environment=dict(registry.environment), timeout=SECONDS)
    if not done.ok:
        raise CtlError(
            "the metadata database cannot be brought up to date; nothing has been changed",
            detail=(done.stderr or done.stdout).strip() or None,
            help="is registry['database'] right, and does PostgreSQL answer?"
            " registry['auto_migrate'] = false leaves it to you",
        )
