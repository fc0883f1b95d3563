"""``ctl rotate-registry-key``: a new token key, and no moment in which a good token is refused."""

from __future__ import annotations

import contextlib
import secrets as chance
from datetime import timedelta
from hashlib import sha256

from msgspec.structs import replace

from ctl.apply import applied, generation
from ctl.apply.applied import Applied
from ctl.apply.lock import locked
from ctl.credentials import rotation
from ctl.credentials import secrets as secrets_file
from ctl.credentials.certificate import CredentialError
from ctl.credentials.keypair import generate
from ctl.credentials.keys import describe_bundle
from ctl.credentials.rotation import Stage
from ctl.credentials.secrets import RegistrySecrets, Secrets
from ctl.errors import CtlError
from ctl.operations.change.attempt import Run, attempt
from ctl.operations.change.request import Request, Result
from ctl.operations.compile.prepare import now
from ctl.operations.compile.recorded import source_of
from ctl.operations.compile.source import Source, read_source
from ctl.operations.interruption import undisturbed
from ctl.operations.keys.rotation_words import finished, rotated
from ctl.operations.keys.standing import check_rotatable, given, nothing_in_force, standing
from ctl.paths import Layout

COMMAND = "rotate-registry-key"
# How long GitLab lets a token live unless its administrator says otherwise.
TOKEN_LIFE = timedelta(minutes=5)


def rotate(request: Request) -> Result:
    """Let the registry trust a new key beside the old one, then put the new one in GitLab's place.

    A run after a run that was killed goes on where that stopped. A run after one that came to its end makes
    no third key, and says again what GitLab needs.

    Args:
        request: as for a reconfigure. A rotation changes keys alone, so the settings are those in force;
            those of the settings file only tell whether they give the key.

    Raises:
        CtlError: the key is not ctl's to rotate, or something failed: what was running runs again, and the
            secrets file is what it was.
    """
    layout = request.layout
    with locked(layout, COMMAND):
        source = _in_force(layout)
        for origin in (*_written(request), source):
            check_rotatable(origin, _file(layout).registry, layout)
        result = Result(generation.current_number(layout), changed=True)
        with attempt(request, COMMAND):
            if _stage(layout) is Stage.NONE:
                request.progress.step("make a new key")
                pair = generate(now(), chance.token_bytes)
                _put(request, source, rotation.prepare(_file(layout), pair), result)
            elif not standing(layout).in_force:
                _put(request, source, _file(layout), result)
            if _stage(layout) is Stage.PREPARED:
                _put(request, source, rotation.switch(_file(layout)), result)
        result.gitlab = rotated(layout)
        return result


def finish(request: Request) -> Result:
    """Take out the old key's certificate; where no rotation is under way there is nothing to do.

    Raises:
        CtlError: GitLab's place does not hold the new key yet; or something failed, as for `rotate`.
    """
    layout, command = request.layout, f"{COMMAND} --finish"
    with locked(layout, command):
        source = _in_force(layout)
        before, state = _file(layout), standing(layout)
        result = Result(generation.current_number(layout), changed=True)
        decided = given(source) is not None
        waiting = state.stage is Stage.SWITCHED
        if not decided and (state.stage is Stage.PREPARED or (waiting and not state.key_in_place)):
            raise CtlError(
                "the new key is not in GitLab's place yet: the rotation was interrupted",
                help=f"ctl {COMMAND} goes on with it",
            )
        after = rotation.finish(before)
        if after.text == before.text and (state.in_force or decided):
            result.gitlab = "there is no rotation to finish"
            return result
        with attempt(request, command):
            _put(request, source, after, result, command)
        result.gitlab = finished(soon=waiting and _young(before.registry))
        return result


def _in_force(layout: Layout) -> Source:
    number = generation.current_number(layout)
    if number is None:
        raise nothing_in_force(layout)
    return source_of(layout, number)


def _written(request: Request) -> list[Source]:
    """Return what the settings file says: where it gives the key, the next reconfigure would undo a rotation.

    A file that holds errors decides nothing; it must not stand in the way of replacing a key that leaked.
    """
    try:
        return [read_source(request.layout, request.settings_file, request.environment)]
    except CtlError:
        return []


def _file(layout: Layout) -> Secrets:
    return secrets_file.read(layout.secrets_file)


def _stage(layout: Layout) -> Stage:
    return rotation.stage_of(_file(layout).registry)


def _young(file: RegistrySecrets) -> bool:
    """Whether tokens of the old key may still be about: the new one was made when the rotation began."""
    try:
        made = describe_bundle(file.internal_certificate or "")[0].not_before
    except CredentialError:
        return False
    return now() - made < TOKEN_LIFE


def _put(request: Request, source: Source, after: Secrets, result: Result, purpose: str = COMMAND) -> None:
    """Put secrets in force with the settings that are; when that fails, the file becomes what it was."""
    layout = request.layout
    before, number, last = _file(layout), generation.current_number(layout), applied.recorded(layout)
    try:
        if after.text != before.text:
            secrets_file.write(layout.secrets_file, after)
        run = Run(request, purpose)
        done = run.apply(source, remember=False)
    except BaseException:
        # A full disk may refuse this as well; what stands there is then a rotation to go on with.
        with undisturbed(), contextlib.suppress(CtlError):
            secrets_file.write(layout.secrets_file, before)
        raise
    _join(result, done)
    if last is not None and last.generation == number:
        _remember(layout, last, before, after, came_to=(done.generation, run.verified))


def _join(result: Result, done: Result) -> None:
    """Add what a step of the rotation came to."""
    result.generation = done.generation
    result.services = ", ".join(filter(None, (result.services, done.services)))
    result.files = sorted({*result.files, *done.files})
    result.hops = done.hops
    result.notes = list(dict.fromkeys([*result.notes, *done.notes]))
    result.edits += done.edits


def _remember(
    layout: Layout, last: Applied, before: Secrets, after: Secrets, came_to: tuple[int | None, dict[str, int]]
) -> None:
    """Let the next reconfigure see that nothing but the secrets has changed, where that is so."""
    path = str(layout.secrets_file)
    number, processes = came_to
    if number is None:
        return
    known = last.files.get(path) == _digest(before)
    files = {**last.files, path: _digest(after)} if known else last.files
    applied.record(layout, replace(last, files=files, generation=number, processes=processes))


def _digest(secrets: Secrets) -> str:
    return sha256(secrets.text.encode()).hexdigest()
