"""How strongly the operators of the settings language bind."""

from __future__ import annotations

# How strongly operators bind; all but ** from the left. What stands in a hash's key binds above `ARROW`.
BINDS = {
    "..": 2,
    "...": 2,
    "||": 3,
    "&&": 4,
    "<=>": 5,
    "==": 5,
    "===": 5,
    "!=": 5,
    "=~": 5,
    "!~": 5,
    "<": 6,
    "<=": 6,
    ">": 6,
    ">=": 6,
    "|": 7,
    "^": 7,
    "&": 8,
    "<<": 9,
    ">>": 9,
    "+": 10,
    "-": 10,
    "*": 11,
    "/": 11,
    "%": 11,
    "**": 13,
}
UNARY_MINUS = 12
UNARY = 14
