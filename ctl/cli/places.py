"""Which module has which command: whoever calls one of them does not wait for the others."""

from __future__ import annotations

from collections.abc import Mapping

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "changes": ("reconfigure", "rollback", "undo-take-over", "rotate-registry-key"),
    "inspection": ("validate", "render", "diff", "history"),
    "reading": ("show-config", "explain", "check-config", "diff-config"),
    "readonly": ("set-readonly", "settle"),
    "services": (
        *("status", "start", "stop", "restart", "once", "hup", "int", "term", "kill", "usr1", "usr2"),
        *("graceful-kill", "service-list", "tail", "shutdown"),
    ),
    "collecting": ("registry-garbage-collect", "registry-garbage-collect-schedule", "registry-usage"),
    "keys": ("registry-token", "backup-etc"),
    "completion": ("completion",),
    "help": ("help",),
}
"""The modules of `ctl.cli`, with the commands that each registers."""


# What tells of the other commands.
_OF_ALL = ("completion", "help")


def module_of(command: str | None) -> str | None:
    """Return the module that has a command; None where there is none, or it tells of all commands."""
    if command in _OF_ALL:
        return None
    return next((module for module, names in COMMANDS.items() if command in names), None)
