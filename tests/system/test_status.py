"""What ``ctl status`` says when the machine is not as the last run has left it."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from ctl.paths import REGISTRY
from ctl.supervise.status import SOCKET_SECONDS, process_of
from tests.system.installation import Installation, wait_for
from tests.system.watching import serves

pytestmark = pytest.mark.both_registries(soak=True)


def not_applied(site: Installation) -> list[str]:
    changes = json.loads(site.ctl("status", "--json", code=None).stdout)["not_applied"]
    return [str(change) for change in changes]


def test_status_after_a_rollback_says_what_is_in_force(running_site: Installation) -> None:
    site = running_site
    site.write("registry['log_level'] = 'warn'")
    site.reconfigure()
    site.ctl("rollback")
    assert not_applied(site) == [
        "the settings of generation 1 are in force by ctl rollback;"
        f" ctl reconfigure puts {site.settings} in force again"
    ]
    # gitlab.rb was mended to the same: also then a run looks at it, and only then nothing is due.
    site.write()
    site.reconfigure()
    assert not_applied(site) == []
    assert "nothing to do" in site.reconfigure().stdout


def test_secrets_file_that_others_may_read_is_warned_of_and_that_of_another_account_refused(
    running_site: Installation,
) -> None:
    site = running_site
    site.layout.secrets_file.chmod(0o644)
    assert "others may read the secrets file" in site.ctl("validate").stderr
    site.layout.secrets_file.chmod(0o600)
    os.chown(site.layout.secrets_file, 65534, 0)
    said = site.ctl("validate", code=1).stderr
    assert f"the secrets file {site.layout.secrets_file} cannot be used: it belongs to the account" in said
    os.chown(site.layout.secrets_file, 0, 0)
    assert "secrets-exposed" not in site.ctl("validate").stderr


def test_status_after_a_rollback_that_failed_is_as_before(running_site: Installation) -> None:
    site = running_site
    site.write("registry['log_level'] = 'warn'")
    site.reconfigure()
    document = site.layout.generations / "1/settings.json"
    document.write_text(document.read_text().replace('"info"', '"loud"') + "x")
    site.ctl("rollback", code=1)
    assert not_applied(site) == []


def test_status_without_ctls_own_directory_tells_that_nobody_reaches_the_registry(
    running_site: Installation,
) -> None:
    site = running_site
    wait_for(lambda: process_of(site.layout, REGISTRY).since > SOCKET_SECONDS)
    assert site.ctl("status").stderr == ""
    shutil.rmtree(site.layout.home)
    assert not serves(site)
    done = site.ctl("status", code=3)
    assert "run: registry:" in done.stdout
    assert "ctl reconfigure brings it back" in done.stderr
    assert "nobody reaches it" in not_applied(site)[0]
    site.reconfigure()
    assert serves(site)
    wait_for(lambda: process_of(site.layout, REGISTRY).since > SOCKET_SECONDS)
    site.ctl("status")
