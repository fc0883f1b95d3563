"""Did you mean: the known names that are nearest to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

_CUTOFF = 0.75


def _plain(name: str) -> str:
    """Take away what people get wrong without thinking: case, underscores, plural."""
    plain = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    return plain.removesuffix("s") if len(plain) > 3 else plain


def closest_all(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """List the known names that somebody may have meant, the likeliest first.

    Args:
        name: what was written.
        known: what could have been written.
        count: how many names at most.
    """
    # difflib is slow to import and needed only when something is wrong.
    from difflib import SequenceMatcher

    wanted = _plain(name)
    matcher = SequenceMatcher(None, "", wanted, autojunk=False)
    ranked: list[tuple[float, str]] = []
    for candidate in sorted(set(known) - {name}):
        plain = _plain(candidate)
        if plain == wanted:
            ranked.append((2.0, candidate))
            continue
        matcher.set_seq1(plain)
        if matcher.real_quick_ratio() < _CUTOFF or matcher.quick_ratio() < _CUTOFF:
            # ``enabled`` for ``enable`` is near by letters, ``addr`` for ``registry_http_addr`` by its end.
            if len(wanted) >= 4 and plain.endswith(wanted):
                ranked.append((_CUTOFF, candidate))
            continue
        ratio = matcher.ratio()
        if ratio >= _CUTOFF:
            ranked.append((ratio, candidate))
    ranked.sort(key=lambda scored: (-scored[0], scored[1]))
    return [candidate for _, candidate in ranked[:count]]


def closest(name: str, known: Iterable[str]) -> str | None:
    """Give the known name that somebody most likely meant; None when none is near."""
    return next(iter(closest_all(name, known, count=1)), None)
