"""A registry and a GitLab on two machines: each shows the half that it has, and none is told a wrong key."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from ctl.credentials.keypair import KeyPair, generate
from ctl.credentials.keys import describe_key
from tests.system.installation import Installation
from tests.system.test_check import findings

OWN = "registry['rootcertbundle'] = '/etc/gitlab/bundle.crt'"


@pytest.fixture(scope="module")
def gitlabs() -> KeyPair:
    """The pair that GitLab has made on its machine."""
    return generate(datetime.now(UTC))


@pytest.fixture
def split(site: Installation, gitlabs: KeyPair) -> Installation:
    """A registry that has the certificate alone; of another time there is another key in its secrets."""
    (site.root / "etc/gitlab/bundle.crt").write_text(gitlabs.certificate_pem)
    site.write(OWN)
    return site


def names(pair: KeyPair) -> tuple[str, str, str]:
    described = describe_key(pair.key_pem)
    return described.libtrust_id, described.thumbprint, described.fingerprint


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")
def test_fingerprint_is_what_the_help_prints_on_the_other_machine(
    split: Installation, gitlabs: KeyPair
) -> None:
    finding = findings(split, "auth", code=0)["token-key"]
    assert finding["outcome"] == "note"
    assert all(name in finding["message"] for name in names(gitlabs))
    command = finding["help"].splitlines()[1].strip()
    other = split.root / "gitlab-registry.key"
    other.write_text(gitlabs.key_pem)
    command = command.replace("/var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key", str(other))
    done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == names(gitlabs)[2]


def test_registry_without_its_key_tells_gitlab_no_other(split: Installation, gitlabs: KeyPair) -> None:
    done = split.reconfigure()
    assert names(gitlabs)[0] in done.stderr
    assert "accepts a token: the certificate bundle is the administrator's own, and the key" in done.stderr
    assert "# the key to a certificate in registry['rootcertbundle'] here" in done.stdout
    assert not (split.layout.current / "gitlab/gitlab-registry.key").exists()


def test_registry_without_any_key_makes_none_that_nobody_would_trust(
    split: Installation, gitlabs: KeyPair
) -> None:
    split.layout.secrets_file.unlink()
    split.reconfigure()
    assert "internal_key" not in json.loads(split.layout.secrets_file.read_text())["registry"]


def test_bundle_of_our_own_key_is_proven_with_a_token(site: Installation) -> None:
    secrets = json.loads(site.layout.secrets_file.read_text())["registry"]
    (site.root / "etc/gitlab/bundle.crt").write_text(secrets["internal_certificate"])
    site.write(OWN)
    done = site.reconfigure()
    assert "verified: the vhost accepts a token: the token is accepted" in done.stdout
    assert "verified: the vhost takes pushes" in done.stdout
    assert "token-key" not in done.stderr
    assert (site.layout.current / "gitlab/gitlab-registry.key").exists()


@pytest.mark.parametrize("seeded", [True, False])
def test_bundle_is_an_error_at_its_line_where_gitlab_here_signs_with_another_key(
    split: Installation, seeded: bool
) -> None:
    if not seeded:
        split.layout.secrets_file.unlink()
    split.write(OWN, "gitlab_rails['registry_enabled'] = true")
    said = split.ctl("validate", code=3).stderr
    assert "gitlab.rb:5:30: error[token-certificate]" in said
    assert "gitlab-secrets.json" in said
    expected = "is not for the key in" if seeded else "has not the key to"
    assert expected in said


def test_gitlab_without_a_registry_shows_the_name_of_its_key(site: Installation, gitlabs: KeyPair) -> None:
    (site.root / "etc/gitlab/registry.key").write_text(gitlabs.key_pem)
    (site.root / "etc/gitlab/registry.key").chmod(0o600)
    key = site.root / "etc/gitlab/registry.key"
    site.write(
        "registry['enable'] = false",
        "gitlab_rails['registry_enabled'] = true",
        f"registry['internal_key'] = File.read('{key}')",
    )
    finding = findings(site, "auth", code=0)["token-key"]
    assert finding["message"].startswith("the registry is on another machine")
    assert all(name in finding["message"] for name in names(gitlabs))


def test_certificate_in_the_settings_alone_shows_the_name_of_its_key(
    site: Installation, gitlabs: KeyPair
) -> None:
    certificate = site.root / "etc/gitlab/gitlab-registry.crt"
    certificate.write_text(gitlabs.certificate_pem)
    site.write(
        f"registry['internal_certificate'] = File.read('{certificate}')",
        "gitlab_rails['registry_enabled'] = false",
    )
    finding = findings(site, "auth", code=0)["token-key"]
    assert finding["message"].startswith("the key that GitLab signs with is not on this machine")
    assert all(name in finding["message"] for name in names(gitlabs))
    said = site.ctl("validate").stderr
    assert "gitlab.rb:5:36: note[token-key]" in said
