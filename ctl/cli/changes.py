"""Commands that change what is in force."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ctl.cli.declared import Command, argument, misuse, option
from ctl.cli.epilog import LOCKED, epilog
from ctl.cli.options import Config, Json, Root, layout_of, settings_file_of, wants_json

if TYPE_CHECKING:
    from ctl.console.progress import Steps
    from ctl.operations.change.request import Request, Result

_RECONFIGURE = epilog(
    ("ctl reconfigure --diff", "see what would change in the files"),
    ("ctl reconfigure", "make it so"),
    ("ctl reconfigure --take-over", "the first time, where Debian's own registry and nginx run"),
    exits=LOCKED,
)
_ROLLBACK = epilog(
    ("ctl rollback", "back to what was in force before the last change"),
    ("ctl rollback 12", "back to generation 12 of ctl history"),
    exits=LOCKED,
)
_UNDO = epilog(("ctl undo-take-over", "after ctl shutdown, to have Debian's registry back"))
_ROTATE = epilog(
    ("ctl rotate-registry-key", "make a new key; then give it to GitLab as the output says"),
    ("ctl rotate-registry-key --status", "see where the rotation stands"),
    ("ctl rotate-registry-key --finish", "trust the new key alone"),
    exits=LOCKED,
)

NoStoreProof = Annotated[
    bool, option("--no-store-proof", help="Do not try the store: it comes up later, and is tried then.")
]

NewStore = Annotated[
    bool, option("--new-store", help="Serve from another store, and leave the images of the old one behind.")
]


def reconfigure(
    config: Config = None,
    root: Root = None,
    json: Json = False,
    dry_run: Annotated[bool, option("--dry-run", help="Say what would be done; change nothing.")] = False,
    diff: Annotated[
        bool, option("--diff", help="Show what would change in the files; change nothing.")
    ] = False,
    take_over: Annotated[
        bool, option("--take-over", help="Disable Debian's own docker-registry and nginx services.")
    ] = False,
    no_store_proof: NoStoreProof = False,
    new_store: NewStore = False,
) -> None:
    """Make this machine what the settings file says.

    A store that is new, or has new credentials, is tried first: one that does not work never serves.

    The files are rendered into a new generation and checked; one rename puts all of them in force, and only
    the services that are concerned are started anew, the registry without a failed pull. A run that fails
    puts back what was there before; a run that finds nothing to do touches nothing.
    """
    as_json = wants_json(json)
    request, steps = _request(config, root, take_over, no_store_proof, new_store)
    if dry_run or diff:
        from ctl.console.results import show_preview
        from ctl.operations.change.preview import preview

        show_preview(preview(request), as_json, dry_run, diff)
        return
    from ctl.operations.change.reconfigure import reconfigure as run

    _finish(lambda: run(request), steps, as_json)


def rollback(
    number: Annotated[
        int | None,
        argument(metavar="[GENERATION]", help="Its number; by default the one before the current one."),
    ] = None,
    config: Config = None,
    root: Root = None,
    json: Json = False,
    no_store_proof: NoStoreProof = False,
    new_store: NewStore = False,
) -> None:
    """Put the settings of an earlier generation in force again.

    Secrets stay those of today. The settings file is left as it is: mend it before the next reconfigure,
    which would put it in force again. ctl history lists the generations.
    """
    as_json = wants_json(json)
    request, steps = _request(config, root, False, no_store_proof, new_store)
    from ctl.operations.change.rollback import rollback as run

    _finish(lambda: run(request, number), steps, as_json)


def undo_take_over(root: Root = None) -> None:
    """Enable Debian's services again that --take-over disabled.

    Those are docker-registry.service and nginx.service; what ctl supervises goes on running, so stop it first
    where both want the same ports.
    """
    from ctl.console.text import safe
    from ctl.operations.change.takeover import undo
    from ctl.process import SubprocessRunner

    units = undo(layout_of(root), SubprocessRunner())
    print(safe(f"enabled again: {', '.join(units)}") if units else "nothing was taken over")


def rotate_registry_key(
    finish: Annotated[bool, option("--finish", help="End a rotation: trust the old key no longer.")] = False,
    status: Annotated[bool, option("--status", help="Say where a rotation stands; change nothing.")] = False,
    root: Root = None,
    json: Json = False,
) -> None:
    """Give GitLab a new key for its tokens.

    The registry trusts the old one too, until --finish. No token is refused in between: GitLab may go on
    signing with the old key until it has the new one.
    """
    as_json = wants_json(json)
    if finish and status:
        raise misuse("--finish and --status do not go together")
    if status:
        from ctl.console.standing import show_standing
        from ctl.operations.keys.standing import standing

        show_standing(standing(layout_of(root)), as_json)
        return
    request, steps = _request(None, root)
    from ctl.operations.keys import rotate

    _finish(lambda: (rotate.finish if finish else rotate.rotate)(request), steps, as_json)


def _request(
    config: Path | None,
    root: Path | None,
    take_over: bool = False,
    no_store_proof: bool = False,
    new_store: bool = False,
) -> tuple[Request, Steps]:
    from ctl.console.progress import Steps
    from ctl.operations.change.request import Request
    from ctl.process import SubprocessRunner

    layout = layout_of(root)
    steps = Steps()
    request = Request(
        layout,
        SubprocessRunner(),
        settings_file_of(config, layout),
        os.environ,
        steps,
        take_over,
        store_proof=not no_store_proof,
        new_store=new_store,
    )
    return request, steps


def _finish(run: Callable[[], Result], steps: Steps, as_json: bool) -> None:
    from ctl.console.results import show_result

    try:
        result = run()
    except BaseException:
        steps.finish(good=False)
        raise
    steps.finish()
    show_result(result, as_json)


COMMANDS = (
    Command("reconfigure", reconfigure, _RECONFIGURE),
    Command("rollback", rollback, _ROLLBACK),
    Command("undo-take-over", undo_take_over, _UNDO),
    Command("rotate-registry-key", rotate_registry_key, _ROTATE),
)
