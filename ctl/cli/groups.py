"""What the commands are, in the groups and the order in which every list of them shows them.

Nothing but words stands here: the list of commands is printed without the commands being built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Change": {
        "reconfigure": "Make this machine what the settings file says",
        "rollback": "Put the settings of an earlier generation in force again",
        "undo-take-over": "Enable Debian's services again that --take-over disabled",
    },
    "Look": {
        "validate": "Find every mistake in the settings file; change nothing",
        "check": "Look whether everything is as it has to be; change nothing",
        "render": "Write the files that reconfigure makes below a directory",
        "show-config": "Show every value in force and where it comes from",
        "explain": "Explain a setting, or list the settings of a section",
        "check-config": "Find settings that a version of GitLab removes or deprecates",
        "diff-config": "Compare your settings file with the complete example",
        "history": "Show what was done, when, by whom and with what result",
        "diff": "Show how two generations differ; secrets are masked",
        "help": "Show what a command does and takes, or list all of them",
        "completion": "Print a completion script for bash or zsh",
    },
    "Services": {
        "status": "Show the state of services, and what is due",
        "start": "Start services",
        "stop": "Stop services; they stay down until they are started",
        "restart": "Restart services, behind nginx without a failed pull",
        "once": "Start services that are not started again when they end",
        "graceful-kill": "Stop services, then kill whatever is left of their processes",
        "hup": "Send SIGHUP, on which nginx reads its configuration again",
        "int": "Send SIGINT",
        "term": "Send SIGTERM; runit starts again what ends",
        "kill": "Send SIGKILL; runit starts again what ends",
        "usr1": "Send SIGUSR1, on which nginx opens its logs again",
        "usr2": "Send SIGUSR2",
        "tail": "Follow logs, secrets masked; Ctrl-C ends it",
        "service-list": "List all services; a star is behind those that are enabled",
        "shutdown": "Stop every service and their supervisor",
    },
    "Images": {
        "set-readonly": "Refuse pushes, or take them again",
        "registry-garbage-collect": "Delete blobs that no image needs",
        "registry-garbage-collect-schedule": "Collect regularly, by systemd or cron",
        "registry-usage": "Show what every repository takes",
    },
    "Keys and certificates": {
        "rotate-registry-key": "Give GitLab a new key for its tokens",
        "registry-token": "Print a token for the registry, and nothing else",
    },
    "Keep": {
        "backup-etc": "Put etc/gitlab, with its secrets, into one archive",
    },
}
"""By the heading of a group: its commands, each with a line that fits behind its name in 80 columns."""


def listed() -> Iterator[str]:
    """Yield the names of all commands that are shown, in their order."""
    for lines in GROUPS.values():
        yield from lines


def line_of(name: str) -> str:
    """Return what a command does, without a full stop."""
    return next(lines[name] for lines in GROUPS.values() if name in lines)
