"""``ctl registry-token`` against the real registry."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import subprocess
import sys

import pytest

from ctl.targets.runit.places import KEY
from tests.system.installation import REPOSITORY, Installation
from tests.system.watching import open_to_all, refused

pytestmark = pytest.mark.both_registries(soak=True)

TOKEN = "registry-token"


def ask(site: Installation, method: str, path: str, token: str) -> int:
    """Ask the vhost with a token; the status of the answer."""
    context = ssl.create_default_context(cafile=str(site.certificate))
    connection = http.client.HTTPSConnection("localhost", site.port, timeout=10, context=context)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def mint(site: Installation, *scopes: str, expires: str | None = None) -> str:
    words = [word for scope in scopes for word in ("--scope", scope)]
    done = site.ctl(TOKEN, *words, *(("--expires", expires) if expires else ()))
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return done.stdout.rstrip("\n")


def claims(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.mark.both_registries
def test_token_allows_what_its_scopes_say_and_no_more(running_site: Installation) -> None:
    site = running_site
    pull = mint(site, "repository:group/app:pull")
    both = mint(site, "repository:group/app:pull,push", "repository:group/other:pull", "registry:catalog:*")
    upload, tags = "/v2/group/app/blobs/uploads/", "/v2/group/{}/tags/list"
    assert [ask(site, "POST", upload, token) for token in (pull, both)] == [401, 202]
    assert [ask(site, "GET", tags.format("other"), token) for token in (pull, both)] == [401, 404]
    assert [ask(site, "GET", tags.format("app"), token) for token in (pull, both)] == [404, 404]
    assert [ask(site, "GET", "/v2/_catalog", token) for token in (pull, both)] == [401, 200]
    site.ctl("rotate-registry-key")
    new = mint(site, "repository:group/app:pull")
    assert ask(site, "GET", tags.format("app"), new) == 404
    site.ctl("rotate-registry-key", "--finish")
    assert [ask(site, "GET", tags.format("app"), token) for token in (pull, new)] == [401, 404]


@pytest.mark.parametrize(("expires", "expected"), [(None, 300), ("90s", 90), ("1m30s", 90), ("1h", 3600)])
def test_token_lives_as_long_as_wanted(
    running_site: Installation, expires: str | None, expected: int
) -> None:
    claimed = claims(mint(running_site, "repository:group/app:pull", expires=expires))
    assert int(str(claimed["exp"])) - int(str(claimed["iat"])) == expected
    assert claimed["aud"] == "container_registry"
    assert claimed["iss"] == "omnibus-gitlab-issuer"


def test_token_is_refused_to_those_who_may_not_read_the_key() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can ask as another account")
    with open_to_all() as site:
        site.reconfigure()
        where = (site.layout.current / KEY).parent
        command = site.command(TOKEN, "--scope", "repository:group/app:pull")

        def asked(*groups: int) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-c", _AS_NOBODY, json.dumps(groups), *command],
                capture_output=True,
                text=True,
                check=False,
                cwd=REPOSITORY,
            )

        said = refused(asked(), 1)
        assert "may not read" in said
        assert "help: only root can mint tokens" in said
        assert "ey" not in asked().stdout
        # As on a machine with GitLab, whose group may read the key.
        os.chown(where, 0, 12345)
        os.chown(where / "gitlab-registry.key", 0, 12345)
        os.chown(where / "gitlab.yml", 0, 12345)
        assert "help: only root and members of the group 12345 can mint tokens" in refused(asked(), 1)
        done = asked(12345)
        assert done.returncode == 0, done.stderr
        assert ask(site, "GET", "/v2/", done.stdout.strip()) == 200


_AS_NOBODY = (
    "import json, os, sys\n"
    "os.setgroups(json.loads(sys.argv[1]))\n"
    "os.setresgid(65534, 65534, 65534)\n"
    "os.setresuid(65534, 65534, 65534)\n"
    "os.execv(sys.argv[2], sys.argv[2:])\n"
)


def test_token_without_a_key_on_this_machine_comes_from_the_secrets_file(site: Installation) -> None:
    site.write("gitlab_rails['registry_enabled'] = false")
    site.reconfigure()
    assert not (site.layout.current / KEY).exists()
    assert ask(site, "GET", "/v2/", mint(site, "repository:group/app:pull")) == 200


def test_key_that_is_gone_is_an_error_with_its_remedy(running_site: Installation) -> None:
    (running_site.layout.current / KEY).unlink()
    said = refused(running_site.ctl(TOKEN, "--scope", "repository:a:pull", code=1), 1)
    assert "gitlab-registry.key is gone\nhelp: ctl reconfigure puts it back" in said


def test_key_that_is_damaged_is_an_error_that_names_the_file_and_its_help_mends_it(
    running_site: Installation,
) -> None:
    path = running_site.layout.current / KEY
    path.write_text(path.read_text()[:500])
    said = refused(running_site.ctl(TOKEN, "--scope", "repository:a:pull", code=1), 1)
    assert f"error: {path} cannot be used: this key is cut off or damaged" in said
    assert "help: ctl reconfigure makes a new generation" in said
    running_site.reconfigure()
    assert ask(running_site, "GET", "/v2/", mint(running_site, "repository:group/app:pull")) == 200


def test_key_that_is_damaged_in_the_secrets_file_is_an_error_that_names_it(site: Installation) -> None:
    site.write("gitlab_rails['registry_enabled'] = false")
    site.reconfigure()
    path = site.layout.secrets_file
    content = json.loads(path.read_text())
    content["registry"]["internal_key"] = content["registry"]["internal_key"][:500]
    path.write_text(json.dumps(content))
    said = refused(site.ctl(TOKEN, "--scope", "repository:a:pull", code=1), 1)
    assert f"error: registry.internal_key in {path} cannot be used: this key is cut off or damaged" in said
    assert f"help: put {path} back from a backup, or take internal_key" in said
