"""Values that a registry starts with and then does something else than they say.

Source: measured with distribution 2.8.2 and 3.1.1, read in the code of GitLab's registry.
"""

from __future__ import annotations

from collections.abc import Iterator

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.support import ALL, GL, IGNORED, REFUSED, V2, V3
from ctl.flavours.variables import misleading
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.settings.rules.variables import check_variables
from ctl.settings.sections.registry import Endpoint
from ctl.syntax.model import SettingPath, setting_name

LEAST_THREADS = 25

# The names of storage middlewares, by the flavours that have them; the programs are built with no others.
MIDDLEWARES = {
    "cloudfront": ALL,
    "redirect": ALL,
    "rewrite": (V3,),
    "googlecdn": (GL,),
    "urlcache": (GL,),
}
_OLD_CLASSES = ("STANDARD", "REDUCED_REDUNDANCY", "NONE")
_CLASSES = (
    *_OLD_CLASSES,
    *("STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "OUTPOSTS", "GLACIER_IR", "EXPRESS_ONEZONE"),
)
_LOG_LEVELS = (
    *("off", "debug", "debugwithsigning", "debugwithhttpbody", "debugwithrequestretries"),
    *("debugwithrequesterrors", "debugwitheventstreambody"),
)


def check_silent(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    """Yield what a flavour accepts at its start and does otherwise than written.

    Args:
        settings: validated.
        flavour: as ``ctl['registry_flavour']`` names it.
        places: where settings were given.
    """
    yield from _variables(settings, flavour, places)
    yield from check_variables(settings, flavour, places)
    yield from _least_threads(settings, places)
    yield from _middlewares(settings, flavour, places)
    yield from _s3_words(settings, flavour, places)
    if flavour == V2:
        for index, endpoint in enumerate(settings.registry.notifications or ()):
            yield from _actions_alone(index, endpoint, places)
    if flavour == GL and settings.registry.log_formatter == "logstash":
        text = "GitLab's registry refuses to start with registry['log_formatter'] = 'logstash'"
        place = places.value(("registry", "log_formatter"))
        yield Diagnostic(Severity.ERROR, "refused-by-registry", text, place, "write 'json' or 'text'")


def _variables(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    for name, value in settings.registry.env.items():
        variable = misleading(name, value.strip(), flavour)
        if variable is not None:
            path: SettingPath = ("registry", "env", name)
            severity = Severity.ERROR if variable.error else Severity.WARNING
            message = f"{setting_name(path)} {variable.verdict}"
            yield Diagnostic(severity, "variable-misleads", message, places.key(path), variable.help)


def _least_threads(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    storage = settings.registry.storage
    if storage is None:
        return
    given = (
        ("filesystem", "maxthreads", storage.filesystem.maxthreads if storage.filesystem else None),
        ("gcs", "maxconcurrency", storage.gcs.maxconcurrency if storage.gcs else None),
    )
    for driver, name, number in given:
        if number is not None and number < LEAST_THREADS:
            path: SettingPath = ("registry", "storage", driver, name)
            yield Diagnostic(
                Severity.WARNING,
                "raised-by-registry",
                f"{setting_name(path)} is {number};"
                f" the registry takes {LEAST_THREADS} for every smaller number",
                places.value(path),
            )


def _middlewares(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    for index, middleware in enumerate((settings.registry.middleware or {}).get("storage", ())):
        known = MIDDLEWARES.get(middleware.name)
        if known is not None and flavour in known:
            continue
        path: SettingPath = ("registry", "middleware", "storage", index, "name")
        names = ", ".join(name for name, flavours in MIDDLEWARES.items() if flavour in flavours)
        yield Diagnostic(
            Severity.WARNING if known is None else Severity.ERROR,
            "unknown-middleware" if known is None else "refused-by-registry",
            f"{setting_name(path)} names none of this registry's middlewares; it does not start with it",
            places.value(path),
            f"it has {names}",
        )


def _s3_words(settings: Settings, flavour: str, places: Finder) -> Iterator[Diagnostic]:
    storage = settings.registry.storage
    if storage is None or storage.s3 is None:
        return
    given, level = storage.s3.storageclass, storage.s3.loglevel
    classes = _OLD_CLASSES if flavour == V2 else _CLASSES
    if given is not None and given.upper() not in classes:
        path: SettingPath = ("registry", "storage", "s3", "storageclass")
        text = f"the registry {REFUSED} this {setting_name(path)}"
        help = f"one of {', '.join(classes)} is expected"
        yield Diagnostic(Severity.ERROR, "refused-by-registry", text, places.value(path), help)
    if flavour == V3 and level is not None and level.lower() not in _LOG_LEVELS:
        path = ("registry", "storage", "s3", "loglevel")
        text = (
            f"the registry does not know this {setting_name(path)} and logs nothing of the driver's requests"
        )
        help = f"one of {', '.join(_LOG_LEVELS)} is expected"
        yield Diagnostic(Severity.WARNING, "ignored-by-registry", text, places.value(path), help)


def ignores_actions_alone(endpoint: Endpoint) -> bool:
    """Whether an endpoint is spared actions and no media types, which distribution 2.8 does not heed."""
    ignore = endpoint.ignore
    media_types = endpoint.ignoredmediatypes or (ignore is not None and ignore.mediatypes)
    return ignore is not None and bool(ignore.actions) and not media_types


def _actions_alone(index: int, endpoint: Endpoint, places: Finder) -> Iterator[Diagnostic]:
    if not ignores_actions_alone(endpoint):
        return
    path: SettingPath = ("registry", "notifications", index, "ignore", "actions")
    yield Diagnostic(
        Severity.WARNING,
        "ignored-by-registry",
        f"distribution 2.8 {IGNORED} {setting_name(path)} where no media type is listed beside it",
        places.key(path),
        "list one too, such as 'mediatypes' => ['application/octet-stream']",
    )
