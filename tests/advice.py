"""What ctl advises: the texts that it prints, as they stand in the sources, with a … for what varies."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
# As an administrator would type it: a word that is a command's, and the options behind it.
COMMAND = re.compile(r"(?<![\w./-])ctl ([a-z][a-z-]*)((?: +(?:--?[a-z][a-z-]*|[^\s`'\"]+))*)")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that somebody may read: where it stands, and whether it is the help of an error."""

    place: str
    module: str
    text: str
    is_help: bool


def texts() -> list[Text]:
    """Return all of them."""
    texts: list[Text] = []
    for place in ("ctl", "tools"):
        for path in sorted((REPOSITORY / place).rglob("*.py")):
            texts += _of_module(path)
    for path in sorted((REPOSITORY / "templates").rglob("*.j2")):
        texts.append(Text(_name(path), "", path.read_text(), False))
    for name in ("README.md", "CHANGELOG.md", "schema/settings.md"):
        texts.append(Text(name, "", (REPOSITORY / name).read_text(), False))
    for path in sorted((REPOSITORY / "examples").glob("*.rb")):
        texts.append(Text(_name(path), "", path.read_text(), False))
    return texts


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _of_module(path: Path) -> Iterator[Text]:
    tree = ast.parse(path.read_text())
    module = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    helps = {
        id(keyword.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "help"
    }
    inside: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        text = _text(node)
        if text is not None:
            inside |= {id(child) for child in ast.walk(node)}
            yield Text(f"{_name(path)}:{getattr(node, 'lineno', 0)}", module, text, id(node) in helps)


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None
