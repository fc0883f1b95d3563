"""Rules of the metadata database, and where it is found."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import Settings
from ctl.settings.places import Finder
from ctl.syntax.model import SettingPath, setting_name

DATABASE: SettingPath = ("registry", "database")
BUNDLED_DIRECTORY = "/var/opt/gitlab/postgresql"
_EVERYWHERE = ("*", "0.0.0.0", "::")  # noqa: S104 - compared, not bound


def database_host(settings: Settings) -> str | None:
    """Return where PostgreSQL is reached: a host, or the directory of a socket; none where nobody says.

    Of several addresses the first counts (B27). What is said of GitLab's own PostgreSQL counts unless it
    does not run here (A4); an address for listening everywhere is no destination.
    """
    named = _named_hosts(settings)
    if named is not None:
        first = named[1].split(",")[0].strip()
        return "127.0.0.1" if first in _EVERYWHERE else first
    postgresql = settings.postgresql
    if postgresql.enable is False:
        return None
    return postgresql.dir or (BUNDLED_DIRECTORY if postgresql.enable else None)


def _named_hosts(settings: Settings) -> tuple[SettingPath, str] | None:
    """Return the setting that names the host, and what it says."""
    database, postgresql = settings.registry.database, settings.postgresql
    if database is not None and database.host:
        return (*DATABASE, "host"), database.host
    if postgresql.enable is not False and postgresql.listen_address:
        return ("postgresql", "listen_address"), postgresql.listen_address
    return None


def check_database(settings: Settings, places: Finder) -> Iterator[Diagnostic]:
    """Yield what is wrong with where the metadata database is to be found.

    Args:
        settings: validated.
        places: where they were given.
    """
    database = settings.registry.database
    if database is None or database.enabled in (False, "false"):
        return
    named = _named_hosts(settings)
    if database_host(settings) is None:
        yield _nowhere(database.enabled in (None, "prefer"), places)
    elif named is not None and "," in named[1]:
        path = named[0]
        yield Diagnostic(
            Severity.WARNING,
            "several-hosts",
            f"{setting_name(path)} names several hosts; the first is used",
            places.value(path),
        )


def _nowhere(preferred: bool, places: Finder) -> Diagnostic:
    help_text = "set registry['database']['host']; ctl manages no PostgreSQL of its own"
    if preferred:
        # B25: Omnibus does the same and leaves a mark of its own in config.yml (T4).
        return Diagnostic(
            Severity.WARNING,
            "database-off",
            "registry['database'] is preferred, but no PostgreSQL is named: the registry runs without it",
            places.key(DATABASE),
            help_text,
        )
    return Diagnostic(
        Severity.ERROR,
        "database-without-host",
        "registry['database'] is enabled but has no host",
        places.key(DATABASE),
        help_text,
    )
