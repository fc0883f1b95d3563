"""Rotating the token key against the real registry, with pulls going on."""

from __future__ import annotations

import hashlib
import http.client
import json
import ssl
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ctl.apply import history
from ctl.credentials.certificate import blocks
from ctl.credentials.keypair import certify
from ctl.credentials.keys import describe_key
from ctl.registry.token import mint, parse_scopes
from ctl.targets.runit.places import BUNDLE, KEY
from tests.system.installation import Installation, wait_for
from tests.system.killing import killed, points, spread
from tests.system.test_staging import program
from tests.system.watching import in_force, refused, serves, status

pytestmark = pytest.mark.both_registries(soak=True)

ROTATE = "rotate-registry-key"
SCOPE = "repository:group/app:pull"


LAYER = b"layer" * 10_000
DIGEST = f"sha256:{hashlib.sha256(LAYER).hexdigest()}"
BLOB = f"/v2/group/app/blobs/{DIGEST}"


def push_layer(site: Installation) -> None:
    """Push a blob to group/app."""
    connection = http.client.HTTPConnection("127.0.0.1", site.http_port, timeout=10)
    headers = {"Authorization": f"Bearer {site.token('repository:group/app:pull,push')}"}
    connection.request("POST", "/v2/group/app/blobs/uploads/", headers=headers)
    answer = connection.getresponse()
    answer.read()
    place = urlsplit(answer.headers["Location"])
    connection.request("PUT", f"{place.path}?{place.query}&digest={DIGEST}", LAYER, headers)
    assert connection.getresponse().status == 201
    connection.close()


def section(site: Installation) -> dict[str, str]:
    return dict(json.loads(site.layout.secrets_file.read_text())["registry"])


def key_in_place(site: Installation) -> str:
    """The key that GitLab reads at this moment."""
    return (site.layout.current / KEY).read_text()


def signed(key: str) -> str:
    """A token as GitLab signs it with a key."""
    return mint(
        key,
        key_id=describe_key(key).libtrust_id,
        issuer="omnibus-gitlab-issuer",
        service="container_registry",
        subject="test",
        access=parse_scopes(SCOPE),
        now=int(time.time()),
        token_id=uuid.uuid4().hex,
    )


def certificates(site: Installation) -> int:
    """How many certificates the registry in force trusts."""
    return len(list(blocks((site.layout.current / BUNDLE).read_text())))


@dataclass(slots=True)
class Pulling:
    """Clients that ask all the time: one with a token of the old key, one with a token of GitLab's key."""

    site: Installation
    old: str
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self, name: str) -> None:
        context = ssl.create_default_context(cafile=str(self.site.certificate))
        tokens: dict[str, str] = {}
        while not self.ended.is_set():
            key = self.old if name == "old" else key_in_place(self.site)
            if key not in tokens:
                tokens[key] = signed(key)
            self.answers[name, self.answer(tokens[key], context)] += 1

    def answer(self, token: str, context: ssl.SSLContext) -> int:
        """Ask once; 0 where nobody answers, as while a registry restarts."""
        connection = http.client.HTTPSConnection("localhost", self.site.port, timeout=10, context=context)
        try:
            connection.request("GET", BLOB, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return answer.status if answer.read() == LAYER or answer.status != 200 else -1
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def good(self, name: str) -> int:
        """How many pulls of a client succeeded."""
        return self.answers[name, 200]


@contextmanager
def pulling(site: Installation, old: str) -> Iterator[Pulling]:
    clients = Pulling(site, old)
    threads = [threading.Thread(target=clients.run, args=(name,)) for name in ("old", "gitlab")]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: clients.good("old") > 5 and clients.good("gitlab") > 5)
        yield clients
        before = clients.answers.copy()
        wait_for(lambda: all(clients.good(name) > before[name, 200] + 5 for name in ("old", "gitlab")))
    finally:
        clients.ended.set()
        for thread in threads:
            thread.join()


@pytest.mark.both_registries
def test_rotation_refuses_no_token_of_either_key_while_pulls_go_on(running_site: Installation) -> None:
    site = running_site
    before = section(site)
    push_layer(site)
    with pulling(site, before["internal_key"]) as clients:
        done = site.ctl(ROTATE)
    # Never 401: what else may happen to a pull while a registry restarts is no matter of keys.
    assert {code for _, code in clients.answers} <= {200, 0, 502}, clients.answers
    after = section(site)
    assert after["internal_key"] != before["internal_key"]
    assert after["previous_internal_certificate"] == before["internal_certificate"]
    assert key_in_place(site) == after["internal_key"]
    assert certificates(site) == 2
    assert done.stdout.count("restarted registry") == 1
    assert "holds the new key" in done.stdout
    assert f"ctl {ROTATE} --finish" in done.stdout
    site.ctl(ROTATE, "--finish")
    assert status(site, signed(before["internal_key"])) == 401
    assert status(site, signed(after["internal_key"])) == 200
    assert set(section(site)) == {"http_secret", "internal_certificate", "internal_key"}
    assert certificates(site) == 1


def test_rotation_twice_makes_no_third_key(running_site: Installation) -> None:
    running_site.ctl(ROTATE)
    secrets, number = running_site.layout.secrets_file.read_bytes(), running_site.generation
    again = running_site.ctl(ROTATE)
    assert running_site.layout.secrets_file.read_bytes() == secrets
    assert running_site.generation == number
    assert "both keys are trusted" in again.stdout
    assert "nothing to do" in running_site.reconfigure().stdout


def test_finish_without_a_rotation_changes_nothing(running_site: Installation) -> None:
    secrets = running_site.layout.secrets_file.read_bytes()
    done = running_site.ctl(ROTATE, "--finish")
    assert "there is no rotation to finish" in done.stdout
    assert (running_site.layout.secrets_file.read_bytes(), running_site.generation) == (secrets, 1)


def test_reconfigure_and_rollback_in_between_keep_both_keys(running_site: Installation) -> None:
    site = running_site
    old = section(site)["internal_key"]
    site.write("registry['log_level'] = 'warn'")
    site.reconfigure()
    site.ctl(ROTATE)
    new = section(site)["internal_key"]
    for words in (["rollback", "1"], ["reconfigure"], ["rollback"]):
        site.ctl(*words)
        assert certificates(site) == 2, words
        assert key_in_place(site) == new, words
        assert [status(site, signed(key)) for key in (old, new)] == [200, 200], words
    site.ctl(ROTATE, "--finish")
    assert [status(site, signed(key)) for key in (old, new)] == [401, 200]
    # What was in force stays in force, whatever gitlab.rb says meanwhile.
    assert 'level: "info"' in (site.layout.current / "registry/config.yml").read_text()
    site.ctl("rollback", "1")
    assert [status(site, signed(key)) for key in (old, new)] == [401, 200]


def test_rotation_does_not_put_pending_settings_in_force(running_site: Installation) -> None:
    running_site.write("registry['log_level'] = 'warn'")
    running_site.ctl(ROTATE)
    assert 'level: "info"' in (running_site.layout.current / "registry/config.yml").read_text()
    running_site.reconfigure()
    assert 'level: "warn"' in (running_site.layout.current / "registry/config.yml").read_text()
    assert certificates(running_site) == 2


@pytest.mark.parametrize("rotating", [False, True])
def test_renewed_certificate_of_the_same_key_is_taken(running_site: Installation, rotating: bool) -> None:
    site = running_site
    if rotating:
        site.ctl(ROTATE)
    document = json.loads(site.layout.secrets_file.read_text())
    renewed = certify(document["registry"]["internal_key"], datetime.now(UTC))
    assert renewed != document["registry"]["internal_certificate"]
    document["registry"]["internal_certificate"] = renewed
    site.layout.secrets_file.write_text(json.dumps(document))
    site.reconfigure()
    assert renewed in (site.layout.current / BUNDLE).read_text()
    assert certificates(site) == (2 if rotating else 1)
    assert serves(site)


@pytest.mark.parametrize(
    ("name", "applied"),
    [
        ("internal_key", True),
        ("internal_key", False),
        ("internal_certificate", True),
        ("rootcertbundle", True),
    ],
)
def test_key_that_gitlab_rb_decides_on_is_refused_with_its_place(
    running_site: Installation, name: str, applied: bool
) -> None:
    site = running_site
    bundle = site.root / "etc/gitlab/bundle.crt"
    bundle.write_text(section(site)["internal_certificate"])
    value = "'/etc/gitlab/bundle.crt'" if name == "rootcertbundle" else f"<<-END\n{section(site)[name]}END"
    site.write(f"registry['{name}'] = {value}")
    if applied:
        site.reconfigure()
    secrets = site.layout.secrets_file.read_bytes()
    said = refused(site.ctl(ROTATE, code=1), 1)
    assert f"registry['{name}'] is set in {site.settings}:5\n" in said
    assert ("append the new key's certificate to that bundle" in said) is (name == "rootcertbundle")
    assert "BEGIN" not in said
    assert site.layout.secrets_file.read_bytes() == secrets


def test_rotation_before_the_first_run_says_what_to_do(site: Installation) -> None:
    assert "help: ctl reconfigure makes the first key" in refused(site.ctl(ROTATE, code=1), 1)


# A registry that does not start with two certificates.
NARROW = """#!/bin/sh
[ "$1" = --version ] || [ "$(grep -c BEGIN {bundle})" = 1 ] || exit 1
exec /usr/bin/docker-registry "$@"
"""


def test_rotation_that_fails_leaves_key_and_secrets_as_they_were(site: Installation) -> None:
    site.write(program(site, NARROW.format(bundle=site.layout.current / BUNDLE)))
    site.reconfigure()
    secrets = site.layout.secrets_file.read_bytes()
    said = refused(site.ctl(ROTATE, code=1), 1)
    assert "generation 1 is in force again" in said
    assert site.layout.secrets_file.read_bytes() == secrets
    assert site.generation == 1
    wait_for(lambda: serves(site))
    last = history.entries(site.layout)[-1]
    assert (last["command"], last["result"]) == (ROTATE, "failed")
    site.reconfigure()
    assert (site.generation, certificates(site)) == (1, 1)


def test_damaged_previous_certificate_is_told_of_and_taken_out_by_finish(running_site: Installation) -> None:
    site = running_site
    site.ctl(ROTATE)
    document = json.loads(site.layout.secrets_file.read_text())
    document["registry"]["previous_internal_certificate"] = "damaged"
    site.layout.secrets_file.write_text(json.dumps(document))
    done = site.reconfigure(code=3)
    assert f"ctl {ROTATE} --finish takes it out" in done.stderr
    assert json.loads(site.ctl(ROTATE, "--status", "--json").stdout)["in_force"] is False
    site.ctl(ROTATE, "--finish")
    site.reconfigure()
    assert certificates(site) == 1
    assert serves(site)


def test_standing_is_told_before_during_and_after(running_site: Installation) -> None:
    site = running_site

    def told() -> tuple[str, bool, int]:
        standing = json.loads(site.ctl(ROTATE, "--status", "--json").stdout)
        assert standing["signing"] in [key["key"] for key in standing["trusted"]]
        return standing["rotation"], standing["in_force"], len(standing["trusted"])

    assert told() == ("none", True, 1)
    site.ctl(ROTATE)
    assert told() == ("switched", True, 2)
    assert "--finish takes the old one out" in site.ctl(ROTATE, "--status").stdout
    site.ctl(ROTATE, "--finish")
    assert told() == ("none", True, 1)
    commands = [entry["command"] for entry in history.entries(site.layout)]
    assert commands == ["reconfigure", ROTATE, ROTATE, f"{ROTATE} --finish"]


def kill_rotations(site: Installation, directory: Path, count: int) -> None:
    """Kill rotations at so many points: the key in GitLab's place is always trusted, the next run goes on."""
    calls = points(site, directory / "trace", ROTATE)
    site.ctl(ROTATE, "--finish")
    reached = 0
    for point in spread(calls, count):
        old = section(site)["internal_key"]
        reached += killed(site, point, ROTATE)
        assert in_force(site) == [], point
        wait_for(lambda: answers(site) == 200)
        json.loads(site.layout.secrets_file.read_text())
        site.reconfigure()
        assert answers(site) == 200, point
        site.ctl(ROTATE)
        assert [status(site, signed(key)) for key in (old, key_in_place(site))] == [200, 200], point
        assert key_in_place(site) == section(site)["internal_key"] != old, point
        site.ctl(ROTATE, "--finish")
        assert status(site, signed(old)) == 401, point
        assert set(section(site)) == {"http_secret", "internal_certificate", "internal_key"}, point
    assert reached >= count * 0.8, f"only {reached} of {count} runs came to their point"


def answers(site: Installation) -> int:
    """What a token of the key in GitLab's place gets; 0 while the registry restarts."""
    try:
        return status(site, signed(key_in_place(site)))
    except OSError:
        return 0


def test_rotation_killed_at_any_point_is_ended_by_the_next(
    running_site: Installation, tmp_path: Path
) -> None:
    kill_rotations(running_site, tmp_path, 3)


@pytest.mark.soak
def test_rotation_killed_at_forty_points_is_ended_by_the_next(
    running_site: Installation, tmp_path: Path
) -> None:
    kill_rotations(running_site, tmp_path, 40)


def test_finish_killed_at_any_point_is_ended_by_the_next(running_site: Installation, tmp_path: Path) -> None:
    site = running_site
    site.ctl(ROTATE)
    calls = points(site, tmp_path / "trace", ROTATE, "--finish")
    for point in spread(calls, 3):
        old = key_in_place(site)
        site.ctl(ROTATE)
        killed(site, point, ROTATE, "--finish")
        wait_for(lambda: answers(site) == 200)
        site.ctl(ROTATE, "--finish")
        assert [status(site, signed(key)) for key in (old, key_in_place(site))] == [401, 200], point
        assert certificates(site) == 1, point
