"""What Omnibus overwrites, whatever the file says: it counts for nothing, so nothing of it can be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.places import Places
from ctl.syntax.model import SettingPath, setting_name

URL = "registry_external_url"
_RAILS = "gitlab_rails"
# Beside a URL with one of these Omnibus leaves the port as it was given.
_USUAL_PORTS = (None, 80, 443)


def drop_overruled(values: dict[str, Any], places: Places) -> Iterator[Diagnostic]:
    """Drop what ``registry_external_url`` overrules, and yield a remark where it said something else.

    Args:
        values: the chosen settings; changed in place.
        places: where they stand.
    """
    rails, url = values.get(_RAILS), _parts(values.get(URL))
    if not isinstance(rails, dict) or url is None:
        return
    wins: dict[str, tuple[str, object]] = {"registry_host": ("host", url.hostname)}
    if url.port not in _USUAL_PORTS:
        wins["registry_port"] = ("port", url.port)
    for name, (part, used) in wins.items():
        given = rails.get(name)
        if given is not None and str(given).lower() != str(used):
            del rails[name]
            yield _remark((_RAILS, name), part, places)


def _parts(url: object) -> SplitResult | None:
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        return parts if parts is not None and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _remark(path: SettingPath, part: str, places: Places) -> Diagnostic:
    message = f"{setting_name(path)} has no effect beside {URL}, whose {part} is used"
    return Diagnostic(Severity.WARNING, "without-effect", message, places.value(path), "remove it")
