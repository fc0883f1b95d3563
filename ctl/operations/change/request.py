"""What is asked of a run that changes the machine, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from ctl.operations.progress import Progress
from ctl.paths import Layout
from ctl.process import Runner

if TYPE_CHECKING:
    from ctl.diagnostics.model import Diagnostic


class Request(Struct, frozen=True):
    """What is asked of a run.

    Args:
        layout: the root.
        runner: runs programs.
        settings_file: absolute path.
        environment: the variables behind ``ENV``.
        progress: told of every step.
        take_over: whether Debian's own services may be disabled where they hold a port.
        store_proof: whether a store that is new has to work before it is put in force.
        new_store: whether another store than the one in force may take its place, whatever that holds.
    """

    layout: Layout
    runner: Runner
    settings_file: Path
    environment: Mapping[str, str]
    progress: Progress
    take_over: bool = False
    store_proof: bool = True
    new_store: bool = False


class Result(Struct):
    """What a run came to.

    Args:
        generation: the number in force.
        changed: whether anything was done.
        services: what happened to the services, one line.
        files: what changed in the generation: paths.
        hops: what was verified, each with name, outcome and message.
        diagnostics: warnings of the settings.
        notes: what the administrator should know of.
        gitlab: what GitLab has to be told; empty when nothing of it changed.
        edits: what was changed by hand in the files and is put right now, as a unified diff.
    """

    generation: int | None
    changed: bool = False
    services: str = ""
    files: list[str] = field(default_factory=list)
    hops: list[dict[str, str]] = field(default_factory=list)
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    gitlab: str = ""
    edits: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the result for a script."""
        return {
            "generation": self.generation,
            "changed": self.changed,
            "services": self.services,
            "files": self.files,
            "hops": self.hops,
            "notes": self.notes,
            "gitlab": self.gitlab,
            "edits": self.edits,
        }
