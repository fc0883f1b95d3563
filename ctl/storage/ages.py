"""When links were last written."""

from __future__ import annotations

from collections.abc import Iterator

from ctl.storage.digests import Digests, algorithm_of
from ctl.storage.index import LATEST
from ctl.storage.progress import Progress
from ctl.storage.store import Store


def written(
    store: Store, digests: Digests, progress: Progress, base: str, numbers: list[int]
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
    for one in numbers:
        by_algorithm.setdefault(algorithm_of(digests.raw(one)), []).append(one)
    for algorithm, several in by_algorithm.items():
        try:
            with store.directory(f"{base}/{algorithm}") as directory:
                for one in several:
                    progress.step()
                    try:
                        found = directory.standing(f"{digests.raw(one).hex()}/link").modified
                    except FileNotFoundError:
                        found = -1.0
                    except OSError:
                        found = LATEST
                    yield one, int(found) + 1
        except OSError:
            yield from ((one, LATEST) for one in several)
