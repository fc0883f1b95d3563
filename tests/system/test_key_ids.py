"""By which names of its key a token is let in: what GitLab sends works with every registry."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ctl.credentials.certificate import blocks
from ctl.credentials.keypair import generate
from ctl.credentials.keys import describe_key
from ctl.targets.runit.places import JWKS
from tests.registries import V3
from tests.system.installation import Installation
from tests.system.test_forged_tokens import Forger
from tests.system.watching import status

ROTATE = "rotate-registry-key"


def forms(site: Installation, forger: Forger) -> dict[str, int]:
    """Ask with a token of a key under each of its names; the status by the form."""
    secrets = json.loads(site.layout.secrets_file.read_text())["registry"]
    described = describe_key(secrets["internal_key"])
    own = next(blocks(secrets["internal_certificate"])).der()
    headers = {
        # GitLab's, of every version.
        "libtrust": forger.header(),
        "RFC 7638": forger.header(kid=described.thumbprint),
        "certificate": forger.header(kid=None, x5c=[base64.b64encode(own).decode()]),
        "none": forger.header(kid=None),
    }
    return {name: status(site, forger.token(header)) for name, header in headers.items()}


@pytest.mark.both_registries
def test_token_of_gitlab_is_let_in_under_the_key_id_that_it_has(running_site: Installation) -> None:
    site = running_site
    before = Forger(site)
    assert (site.layout.current / JWKS).exists() is (site.program is V3)
    thumbprint = 200 if site.program is V3 else 401
    expected = {"libtrust": 200, "RFC 7638": thumbprint, "certificate": 200, "none": 401}
    assert forms(site, before) == expected
    site.ctl(ROTATE)
    after = Forger(site)
    assert before.key_id != after.key_id
    assert forms(site, after) == expected
    assert status(site, before.token()) == 200
    site.ctl(ROTATE, "--finish")
    assert status(site, before.token()) == 401
    assert forms(site, after) == expected


@pytest.mark.both_registries
def test_every_key_of_a_bundle_of_ones_own_is_let_in_under_the_key_id_of_gitlab(site: Installation) -> None:
    """As on a machine whose GitLab is elsewhere; a certificate that is added later counts too."""
    bundle = site.root / "etc/gitlab/bundle.crt"
    secrets = json.loads(site.layout.secrets_file.read_text())["registry"]
    bundle.write_text(secrets["internal_certificate"])
    site.write("registry['rootcertbundle'] = '/etc/gitlab/bundle.crt'")
    site.reconfigure()
    first = Forger(site)
    assert status(site, first.token()) == 200
    other = Forger(site)
    added = generate(datetime.now(UTC))
    key = load_pem_private_key(added.key_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    other.key = key
    token = other.token(other.header(kid=describe_key(added.key_pem).libtrust_id))
    assert status(site, token) == 401
    bundle.write_text(secrets["internal_certificate"] + added.certificate_pem)
    site.reconfigure()
    site.ctl("restart", "registry")
    assert [status(site, token) for token in (first.token(), token)] == [200, 200]
