"""``value[key]`` for values of every kind."""

from __future__ import annotations

from typing import Any

from ctl.syntax.kinds import SymbolText, holds, kind_of
from ctl.syntax.list_methods import entry
from ctl.syntax.method import World, whole
from ctl.syntax.mistake import Refusal
from ctl.syntax.regex import MatchData
from ctl.syntax.text_methods import piece


def indexed(receiver: Any, arguments: list[Any], world: World) -> Any:
    """Do what ``receiver[arguments]`` does.

    Raises:
        Refusal: this value has no entries, or none of this kind.
    """
    if len(arguments) > 2 or (len(arguments) == 2 and isinstance(receiver, dict)):
        raise Refusal("wrong-arguments", "one key is expected between brackets")
    key = arguments[0]
    if isinstance(receiver, dict):
        if not isinstance(key, str | int | float | None):
            return None
        return receiver[key] if holds(receiver, key) else None
    if isinstance(receiver, MatchData):
        return receiver.group(whole(key, "[]"))
    if isinstance(receiver, list):
        if isinstance(key, str) or key is None or isinstance(key, bool):
            raise Refusal("wrong-type", f"an array is indexed by numbers, not by {kind_of(key)}")
        return entry(receiver, arguments)
    if isinstance(receiver, str) and not isinstance(receiver, SymbolText):
        return piece(receiver, arguments, world)
    if receiver is None:
        raise Refusal("wrong-type", "this is nil, which has no keys", "set it first, or write .dig or &.")
    raise Refusal("wrong-type", f"{kind_of(receiver)} has no keys")
