"""Characters that look like a part of the language and are none; most come from web pages."""

from __future__ import annotations

from ctl.regex import compile_late
from ctl.syntax.tokens import Complaint

_SINGLE = "\u2018\u2019\u201a\u201b\u2039\u203a\u00b4\uff07\u2032"
_DOUBLE = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02\u2033"
_DASH = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_BLANK = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_INVISIBLE = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\ufeff\u0085"
)

TYPOGRAPHIC = compile_late(f"[{_SINGLE}{_DOUBLE}{_DASH}{_BLANK}{_INVISIBLE}\u2026]")
TYPOGRAPHIC_QUOTE = compile_late(f"[{_SINGLE}{_DOUBLE}]")


def complain(character: str) -> Complaint:
    """Say which key to press instead of a character that the language does not know."""
    point = f"U+{ord(character):04X}"
    code = "typographic-character"
    if character in _SINGLE:
        return Complaint(code, f"this is a typographic quote ({point})", "write a plain ' instead")
    if character in _DOUBLE:
        return Complaint(code, f"this is a typographic quote ({point})", 'write a plain " instead')
    if character in _DASH:
        return Complaint(code, f"this is a typographic dash ({point})", "write a plain - instead")
    if character in _BLANK:
        return Complaint(code, f"this blank is not a plain space ({point})", "replace it by a plain space")
    if character in _INVISIBLE:
        return Complaint(
            code, f"an invisible character stands here ({point})", "delete it and type the rest anew"
        )
    if character == "\u2026":
        return Complaint("elision", "this is an elision, as pasted from documentation", "remove it")
    if ord(character) < 32 or ord(character) == 127:
        return Complaint("unexpected", f"a control character stands here ({point})", "delete it")
    return Complaint("unexpected", f"the character {point} has no meaning here", "text belongs into quotes")
