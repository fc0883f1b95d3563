"""Variables of the environment by which the registries' configuration is overridden, and that go wrong.

A registry takes ``REGISTRY_`` and a path for one key of its configuration, whatever is written there.

Source: measured with distribution 2.8.2 and 3.1.1, read in the code of GitLab's registry.
"""

from __future__ import annotations

import re

from msgspec import Struct

from ctl.flavours.support import ALL, GL, V2, V3


class Variable(Struct, frozen=True):
    """A variable of ``registry['env']`` that does not do what its name says.

    Args:
        name: a pattern for the whole name.
        value: a pattern for the whole value that goes wrong.
        flavours: of which this is true.
        verdict: what becomes of it, after the setting's name.
        help: what to do instead.
        error: whether the registry does not start, or serves nobody.
    """

    name: str
    value: str
    flavours: tuple[str, ...]
    verdict: str
    help: str
    error: bool = False


_ANY = r"(?s:.*)"
VARIABLES: tuple[Variable, ...] = (
    Variable(
        r"REGISTRY_STORAGE_MAINTENANCE_(?:READONLY|UPLOADPURGING)_\w+",
        _ANY,
        ALL,
        "is ignored, or stops the registry at its start",
        "use the settings of registry['storage']['maintenance'], such as 'readonly' => { 'enabled' => true }",
        error=True,
    ),
    Variable(
        "REGISTRY_HTTP_PREFIX",
        r"(?!/)(?s:.+)|(?s:.*)(?<!/)(?<!^)",
        ALL,
        "needs a slash at both ends; without, every address of the registry answers 404",
        "write it as '/prefix/'",
        error=True,
    ),
    Variable(
        "REGISTRY_HTTP_ADDR",
        _ANY,
        ALL,
        "takes the registry away from the address that nginx knows",
        "use registry['registry_http_addr']",
        error=True,
    ),
    Variable(
        "REGISTRY_HTTP_SECRET",
        r"\s*",
        ALL,
        "is empty: every start would make another one, and break the uploads under way",
        "leave it out; ctl keeps one, or takes registry['http_secret']",
    ),
    Variable(
        "REGISTRY_AUTH",
        _ANY,
        ALL,
        "takes the place of the whole section: with it nobody needs a token of GitLab any more",
        "remove it",
        error=True,
    ),
    Variable(
        "REGISTRY_(?:STORAGE|HTTP)",
        _ANY,
        ALL,
        "takes the place of the whole section, and of all that the settings say of it",
        "use registry['storage'], or a variable for the one key that is meant",
        error=True,
    ),
    Variable(
        r"REGISTRY_AUTH_(?:HTPASSWD|SILLY)\w*",
        _ANY,
        ALL,
        "is a second kind of access control: the registry takes now the one, now the other",
        "remove it",
    ),
    Variable(
        r"REGISTRY_\w*(?:TIMEOUT|INTERVAL|AGE|BACKOFF|DELAY|TTL|LIFETIME|DURATION)",
        r"[1-9][0-9]*",
        ALL,
        "is a bare number, which means nanoseconds",
        "write a unit, such as '5s'",
    ),
    Variable(
        r"REGISTRY_AUTH_TOKEN_(?:REALM|SERVICE|ISSUER|ROOTCERTBUNDLE|JWKS)",
        _ANY,
        ALL,
        "overrides what GitLab is told, so that its tokens may be refused",
        "use registry['token_realm'], gitlab_rails['registry_issuer'] or registry['rootcertbundle']",
    ),
    Variable(
        r"(?:GITLAB|SSL)_REGISTRY_\w+|GITLAB_PROJECTS_CONTAINER_REGISTRY",
        _ANY,
        ALL,
        "is read by the image docker-gitlab alone; no registry knows it",
        "remove it; registry_external_url and gitlab_rails['registry_…'] say the same here",
    ),
    Variable(
        "REGISTRY_CATALOG_MAXENTRIES",
        r"-[0-9]+|0+",
        (V2, V3),
        "is not above 0, so the registry uses 1000",
        "write a number above 0",
    ),
    Variable(
        "REGISTRY_STORAGE_CACHE_(?:BLOBDESCRIPTOR|LAYERINFO)",
        r"(?!inmemory$|redis$)(?s:.*)",
        ALL,
        "names no kind of cache, so the registry runs without one",
        "write 'inmemory' or 'redis'",
    ),
    Variable(
        "REGISTRY_STORAGE_DELETE_ENABLED",
        r"""\s*['"](?s:.*)""",
        ALL,
        "is a string, which counts as false",
        "write true or false without more quotes",
    ),
    Variable(
        r"REGISTRY_REDIS_(?:ADDR|POOL\w*)",
        _ANY,
        (V3,),
        "is not known to distribution 3 and has no effect",
        "use registry['redis'], which is written in the registry's own form",
    ),
    Variable(
        "REGISTRY_REDIS_ADDRS",
        _ANY,
        (V2, GL),
        "is known to distribution 3 alone and has no effect",
        "use registry['redis'], which is written in the registry's own form",
    ),
    Variable(
        r"REGISTRY_MIDDLEWARE_\w+_DISABLED",
        _ANY,
        ALL,
        "is not heeded by any registry",
        "remove the middleware instead",
    ),
    Variable(
        r"REGISTRY_(?:PROXY|CATALOG)_\w+",
        _ANY,
        (GL,),
        "is not known to GitLab's registry and has no effect",
        "remove it",
    ),
    Variable(
        r"REGISTRY_(?:COMPATIBILITY|REPORTING_(?:BUGSNAG|NEWRELIC))_\w+",
        _ANY,
        (V3, GL),
        "is gone from this registry and has no effect",
        "remove it",
    ),
)


def misleading(name: str, value: str, flavour: str) -> Variable | None:
    """Return what is to be said of a variable of the registry; None where it does what it says.

    Args:
        name: of the variable.
        value: without blanks around it.
        flavour: as ``ctl['registry_flavour']`` names it.
    """
    known = (variable for variable in VARIABLES if flavour in variable.flavours)
    return next(
        (
            variable
            for variable in known
            if re.fullmatch(variable.name, name) and re.fullmatch(variable.value, value)
        ),
        None,
    )
