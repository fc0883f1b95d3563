"""Mint a token with the key that ctl generated, as GitLab would: demo_token.py ROOT SCOPE."""

from __future__ import annotations

import sys
import time
import uuid
from pathlib import Path

from ctl.credentials.keys import describe_key
from ctl.registry.token import mint, parse_scopes

root, scope = sys.argv[1:]
key = (Path(root) / "var/opt/gitlab/gitlab-rails/etc/gitlab-registry.key").read_text()
print(
    mint(
        key,
        key_id=describe_key(key).libtrust_id,
        issuer="omnibus-gitlab-issuer",
        service="container_registry",
        subject="demo",
        access=parse_scopes(scope),
        now=int(time.time()),
        token_id=uuid.uuid4().hex,
    )
)
