"""Which settings hold secrets, by their names."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"password|passwd|secret|token|_key|(?:private|account|access|api)key|salt|dsn|credential|authorization",
    re.IGNORECASE,
)
PUBLIC = frozenset(
    [
        "authorization_method",
        "credentials_type",
        "generate_default_secrets",
        "generate_secrets_json_file",
        "registry_key_path",
        "ssl_certificate_key",
        "ssl_password_file",
        "token_realm",
    ]
)
"""Names of settings that sound like a secret's and are declared as a path, a URL or a choice."""
_PUBLIC = re.compile(rf"\b(?:{'|'.join(sorted(PUBLIC))})\b")


def looks_secret(name: str) -> bool:
    """Tell whether a setting of this name, or a line with such names, holds what must not be shown."""
    found = _SECRET.search(name)
    return found is not None and _SECRET.search(_PUBLIC.sub("", name)) is not None
