"""YAML that somebody else wrote, read so that nothing in it can hold up or break who reads it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

from ctl.errors import CtlError, reason
from ctl.regex import compile_late

MAXIMUM_BYTES = 1024 * 1024
# A registry's configuration is eight deep, and has some hundreds of values.
MOST_DEPTH = 64
MOST_VALUES = 20_000
# What no path, host or password can hold, but YAML can say.
_NO_TEXT = compile_late("[\0\ud800-\udfff]")


def read_yaml(path: Path) -> Any:
    """Return what a YAML file says.

    Raises:
        FileNotFoundError: there is none.
        CtlError: it cannot be read, is no regular file, no YAML, too large, too deep, or says more than it
            holds.
    """
    return parse_yaml(path, _content(path))


def parse_yaml(path: Path, content: bytes) -> Any:
    """Return what the content of a YAML file says.

    Raises:
        CtlError: it is no YAML, too deep, or says more than it holds.
    """
    import yaml

    try:
        text = content.decode("utf-8")
        _weigh(path, text)
        document = yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise _bad(path, f"is no YAML: not UTF-8 at offset {error.start}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        raise _bad(path, f"is no YAML: {said}{where}") from None
    _check_texts(path, document)
    return document


def _content(path: Path) -> bytes:
    try:
        # Not blocking, so that a named pipe in the file's place cannot hold us up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _bad(path, "cannot be read: not a regular file")
            content = file.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        text = "it is a loop of symlinks" if error.errno == errno.ELOOP else reason(error)
        raise _bad(path, f"cannot be read: {text}") from None
    except ValueError:
        raise _bad(path, "cannot be read: a NUL in its name") from None
    if len(content) > MAXIMUM_BYTES:
        raise _bad(path, f"cannot be used: it is larger than {MAXIMUM_BYTES // 1024} KiB")
    return content


def _weigh(path: Path, text: str) -> None:
    """Refuse what is too deep, or becomes too much when every alias stands for what it names."""
    import yaml

    weights: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, yaml.SafeLoader):
        weight, anchor = 1, getattr(event, "anchor", None)
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((anchor, 1))
            if len(open_) > MOST_DEPTH:
                raise _bad(path, f"cannot be used: it is nested more than {MOST_DEPTH} deep")
            continue
        if isinstance(event, yaml.AliasEvent):
            if anchor not in weights:
                raise _bad(path, f"cannot be used: the alias {anchor} names nothing, or what it is in")
            weight = weights[anchor]
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, weight = open_.pop()
        elif not isinstance(event, yaml.ScalarEvent):
            continue
        if anchor is not None:
            weights[anchor] = weight
        if open_:
            open_[-1] = (open_[-1][0], open_[-1][1] + weight)
        if weight > MOST_VALUES or (open_ and open_[-1][1] > MOST_VALUES):
            raise _bad(path, f"cannot be used: it comes to more than {MOST_VALUES:,} values")


def _check_texts(path: Path, document: Any) -> None:
    if isinstance(document, dict):
        for name, value in document.items():
            _check_texts(path, name)
            _check_texts(path, value)
    elif isinstance(document, list | tuple):
        for part in document:
            _check_texts(path, part)
    elif isinstance(document, str) and _NO_TEXT.search(document):
        raise _bad(path, "cannot be used: a text in it holds a NUL or half a surrogate pair")


def _bad(path: Path, problem: str) -> CtlError:
    return CtlError(f"{path} {problem}", help="a registry's config.yml is expected")
