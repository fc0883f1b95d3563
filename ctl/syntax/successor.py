"""The string that follows a string, and the strings between two of them, as Ruby counts."""

from __future__ import annotations

_NEXT = {"9": "0", "z": "a", "Z": "A"}
_CARRIED = {"9": "1", "z": "a", "Z": "A"}


def successor(text: str) -> str | None:
    """Give ``text.succ``; None for a text with characters beyond ASCII, or without letters and digits."""
    made = list(text)
    places = [at for at, character in enumerate(made) if character.isascii() and character.isalnum()]
    if not places or not text.isascii():
        return None
    for number, at in enumerate(reversed(places)):
        character = made[at]
        if character not in _NEXT:
            made[at] = chr(ord(character) + 1)
            return "".join(made)
        made[at] = _NEXT[character]
        further = places[-number - 2] if number + 1 < len(places) else None
        if further is None or (further < at - 1 and not _reaches(made, further, at)):
            return "".join([*made[:at], _CARRIED[character], *made[at:]])
    return None


def _reaches(made: list[str], further: int, at: int) -> bool:
    """Tell whether a carry goes over the signs between two places: both must be letters, or digits."""
    return made[further].isdigit() == made[at].isdigit()


def between(first: str, last: str, exclusive: bool, most: int) -> list[str] | None:
    """List the strings from one to another; None where they cannot be counted, or are more than ``most``."""
    if first.isascii() and last.isascii() and first.isdigit() and last.isdigit():
        numbers = range(int(first), int(last) + (not exclusive))
        return None if len(numbers) > most else [str(number).rjust(len(first), "0") for number in numbers]
    if len(first) == 1 and len(last) == 1 and first.isascii() and last.isascii():
        return [chr(point) for point in range(ord(first), ord(last) + (not exclusive))]
    if first > last or (exclusive and first == last):
        return []
    strings = [first]
    while strings[-1] != last:
        following = successor(strings[-1])
        if following is None or len(strings) > most:
            return None
        if len(following) > len(last) or (exclusive and following == last):
            break
        strings.append(following)
    return strings
