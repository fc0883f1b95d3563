"""All clients at once, round after round, while an administrator works: what people at them would see.

A round pulls what has always been there, pushes something new, pulls it and compares. A push that a read-only
registry refuses is counted and no error; a pull is never refused.
"""

from __future__ import annotations

import http.client
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.system.clients import CLIENTS, Client, ClientError
from tests.system.engine import Engine, RefusedError, digest_of, new_image
from tests.system.engines import ENGINES
from tests.system.installation import Installation, wait_for
from tests.system.oci_layout import OciLayout

BASE = "group/base"
TAGS = 4
# Of a layer; a push takes long enough to meet what happens meanwhile.
SIZE = 300_000


class Crowd:
    """The clients.

    Args:
        site: with a token service.
        place: an empty directory.
    """

    def __init__(self, site: Installation, place: Path) -> None:
        self._site, self._place = site, place
        self.rounds: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.failures: list[str] = []
        self.engines = [kind(site) for kind in ENGINES]
        self.programs = [kind(site, place / kind.program.name) for kind in CLIENTS if kind.program.exists()]
        self._base = new_image(random.Random(0), 2, SIZE)
        self._ended = threading.Event()
        self.engines[0].push(self._base, BASE, "v1")

    @property
    def names(self) -> list[str]:
        """Of all clients."""
        return [type(client).__name__ for client in (*self.engines, *self.programs)]

    def everybody_has_come_round(self) -> None:
        """Wait until each of them has come to the end of a round that began after this."""
        ends = {name: self._done(name) + 2 for name in self.names}
        wait_for(lambda: all(self._done(name) >= end for name, end in ends.items()), 120)

    def _done(self, name: str) -> int:
        return self.rounds[name] + self.refused[name]

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Let them work until the block ends."""
        works: list[tuple[str, Callable[[int], None]]] = []
        works += [(type(engine).__name__, self._engine(engine)) for engine in self.engines]
        works += [(type(program).__name__, self._program(program)) for program in self.programs]
        threads = [threading.Thread(target=self._work, args=work) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def _work(self, name: str, work: Callable[[int], None]) -> None:
        number = 0
        while not self._ended.is_set():
            number += 1
            try:
                work(number)
                self.rounds[name] += 1
            except RefusedError:
                self.refused[name] += 1
                self._ended.wait(0.2)
            except (AssertionError, OSError, http.client.HTTPException) as error:
                self.failures.append(f"{name}: {type(error).__name__}: {error}")
                # Whoever waits for this client shall see the failure at its end.
                self.rounds[name] += 1

    def _engine(self, engine: Engine) -> Callable[[int], None]:
        name = f"group/{type(engine).__name__.lower()}"
        chance = random.Random(name)
        shared = list(self._base.parts.values())[1]

        def work(number: int) -> None:
            assert engine.pull(BASE, "v1") == self._base
            image, tag = new_image(chance, 2, SIZE, [shared]), f"v{number % TAGS}"
            engine.push(image, name, tag, {digest_of(shared): BASE})
            assert engine.pull(name, tag) == image

        return work

    def _program(self, client: Client) -> Callable[[int], None]:
        name = f"group/{client.program.name}"
        base = sorted(digest.partition(":")[2] for digest in (self._base.digest, *self._base.parts))

        def work(number: int) -> None:
            assert client.pull(f"{BASE}:v1") == base
            layout = OciLayout(client.place / f"round-{number}", seed=number)
            layout.index("v1", layout.image(""), layout.image("", "arm64"))
            tag = f"v{number % TAGS}"
            try:
                client.push(layout, "v1", f"{name}:{tag}")
                client.copy(f"{name}:{tag}", f"{name}/copy:{tag}")
            except ClientError as error:
                if "405" in str(error):
                    raise RefusedError from None
                raise
            assert client.pull(f"{name}/copy:{tag}") == layout.blobs()
            assert tag in client.tags(name)

        return work
