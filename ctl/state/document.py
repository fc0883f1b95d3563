"""JSON that somebody else wrote, read so that nothing in it can hold up or break who reads it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

# What we write ourselves is at most four deep; settings may be deeper.
MOST_DEPTH = 64


def parse(data: bytes | str, most_depth: int = MOST_DEPTH) -> Any:
    """Return what a JSON document says.

    Args:
        data: its text; whoever read it has bounded its size.
        most_depth: how deep arrays and objects may lie in each other.

    Raises:
        ValueError: it is no JSON, not UTF-8, holds a number that JSON does not know, or is too deep; it says
            how.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        document = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        # Without the exception's own text: it carries the document.
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"not JSON: {error.msg.lower()} at {place}" if data else "empty") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at offset {error.start}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError("a number in it cannot be read") from None
    _check_depth(document, most_depth)
    return document


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _check_depth(document: Any, most_depth: int) -> None:
    level = [document]
    for _ in range(most_depth):
        level = [
            inner
            for node in level
            if isinstance(node, dict | list)
            for inner in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise ValueError("nested too deeply")
