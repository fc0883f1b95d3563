"""The registry programs that ``ctl`` configures, and where their configuration differs.

Source: the programs' own configuration parsers; distribution 2.8 and 3.x, GitLab's container registry.
"""

from __future__ import annotations

import re

from msgspec import Struct


class Flavour(Struct, frozen=True):
    """One kind of registry.

    Args:
        name: as ``ctl['registry_flavour']`` spells it.
        keys_by_jwks: whether it knows GitLab's tokens by a JWKS file only; its certificates alone would
            demand another form of key id than GitLab puts into tokens.
        retry_key: what it calls the number of attempts of a notification.
        s3_path_style_key: what it calls path-style requests; none where an endpoint of one's own
            implies them.
        environment: variables that it needs to run quietly.
        has_metadata_database: whether it knows the sections database, gc and reporting.
        redis_shape: how its section redis looks: a ``single`` connection, a list of addresses (``list``),
            or ``groups`` with a connection each.
        knows_tag_section: whether its storage section may hold one named tag.
        names_azure_sign_in: whether it signs in to Azure by the account's key only where it is told so.
    """

    name: str
    keys_by_jwks: bool
    retry_key: str
    s3_path_style_key: str | None
    environment: tuple[tuple[str, str], ...] = ()
    has_metadata_database: bool = False
    redis_shape: str = "single"
    knows_tag_section: bool = False
    names_azure_sign_in: bool = False


DISTRIBUTION_2_8 = Flavour("distribution-2.8", False, "threshold", None)
DISTRIBUTION_3 = Flavour(
    "distribution-3",
    True,
    "threshold",
    "forcepathstyle",
    (("OTEL_TRACES_EXPORTER", "none"),),
    redis_shape="list",
    knows_tag_section=True,
    names_azure_sign_in=True,
)
GITLAB = Flavour(
    "gitlab",
    False,
    "maxretries",
    "pathstyle",
    (("GODEBUG", "tlsmlkem=0"),),
    has_metadata_database=True,
    redis_shape="groups",
)

FLAVOURS = {flavour.name: flavour for flavour in (DISTRIBUTION_2_8, DISTRIBUTION_3, GITLAB)}


def detect(version_line: str) -> Flavour | None:
    """Tell the flavour from what ``registry --version`` prints; None when it is none that we know.

    ``docker-registry github.com/docker/distribution 2.8.2+ds1`` is Debian's.
    """
    match = re.search(r"\sv?([0-9]+)\.([0-9]+)\S*\s*$", version_line)
    if not match:
        return None
    if "gitlab" in match.group():
        return GITLAB
    return {"2": DISTRIBUTION_2_8, "3": DISTRIBUTION_3}.get(match.group(1))
