"""When links were last written, and what is young by that."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ctl.storage.engine.digests import Digests, algorithm_of
from ctl.storage.engine.index import LATEST
from ctl.storage.engine.progress import Progress
from ctl.storage.store import Looking


class Rules(Struct, frozen=True):
    """What a run is asked for.

    Args:
        untagged: whether untagged manifests go too.
        min_age: seconds that something must have lain there before it may go; 0 spares nothing.
        now: the epoch second that ages are counted from: one before the store was listed.
        keep_signed: whether tags of signatures keep what they are of.
        orphaned_signatures: whether cosign's tags go when no repository has what they are of.
        listed: the epoch second at which listing ended, where that was later.
    """

    untagged: bool
    min_age: int
    now: int
    keep_signed: bool = False
    orphaned_signatures: bool = False
    listed: int = 0

    def is_young(self, modified: int) -> bool:
        """Whether something that was last written then is spared.

        Args:
            modified: epoch second, rounded up.
        """
        # What was written in this very second is no younger than 0.
        return modified + self.min_age > self.now + (self.min_age == 0)

    def is_future(self, modified: int) -> bool:
        """Whether something was last written in a second that is still to come."""
        return modified > max(self.now, self.listed) + 1


def written(
    store: Looking, digests: Digests, progress: Progress, base: str, numbers: list[int]
) -> Iterator[tuple[int, int]]:
    """Give when links in a directory were last written; what cannot be told is young for ever.

    Args:
        store: what they lie in.
        digests: numbers their digests.
        progress: told of every link.
        base: the directory that has one for each algorithm.
        numbers: those of the links.

    Yields:
        The number, and the epoch second, rounded up.
    """
    by_algorithm: dict[str, list[int]] = {}
    for number in numbers:
        by_algorithm.setdefault(algorithm_of(digests.raw(number)), []).append(number)
    for algorithm, group in by_algorithm.items():
        try:
            with store.directory(f"{base}/{algorithm}") as directory:
                for number in group:
                    progress.step()
                    try:
                        modified = directory.standing(f"{digests.raw(number).hex()}/link").modified
                    except FileNotFoundError:
                        modified = -1.0
                    except OSError:
                        modified = LATEST
                    yield number, min(int(modified) + 1, LATEST)
        except OSError:
            yield from ((number, LATEST) for number in group)
