"""The text that somebody gave a file by hand, for a person to see: without the secrets that are in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctl.diagnostics.known import MASK, Masker, mask_urls
from ctl.diagnostics.secrecy import looks_secret, secrets_of_config, secrets_of_nginx
from ctl.errors import CtlError
from ctl.operations.compile.secret_store import stored_secrets
from ctl.operations.compile.yaml_file import parse_yaml
from ctl.paths import Layout
from ctl.regex import compile_late
from ctl.targets.runit.places import ENVIRONMENT

_WORD = compile_late(r"[\w.-]+")


class Masking:
    """Masks what was written by hand into the files of a generation.

    Args:
        layout: whose files; the secrets that are known there are masked.
    """

    def __init__(self, layout: Layout) -> None:
        self._known = frozenset(stored_secrets(layout))

    def masked(self, path: str, shown: str | None, text: bytes | None) -> str:
        """Return a text as it may be shown.

        Args:
            path: of the file, relative to the generation.
            shown: the masked text that ctl wrote there; None when it wrote none.
            text: what is there now; None when it is no text.
        """
        if text is None:
            return "<no text>\n"
        if path.startswith(f"{ENVIRONMENT}/") or (shown is not None and shown.strip() == MASK):
            return f"{MASK}\n"
        lines = (shown or "").splitlines()
        masker = Masker({*self._known, *_secrets_in(Path(path), text)})
        hidden = [tuple(line.split(MASK, 1)) for line in lines if MASK in line]
        return "".join(
            f"{_masked(line, lines, hidden, masker)}\n"
            for line in text.decode("utf-8", "backslashreplace").splitlines()
        )


def _secrets_in(path: Path, text: bytes) -> Iterator[str]:
    """Yield what is a secret in a text that no settings know; nothing of a YAML that is none."""
    if path.suffix == ".yml":
        try:
            yield from secrets_of_config(parse_yaml(path, text))
        except CtlError:
            return
    else:
        yield from secrets_of_nginx(text.decode("utf-8", "backslashreplace"))


def _masked(line: str, lines: list[str], hidden: list[tuple[str, ...]], masker: Masker) -> str:
    masked = masker.mask(line)
    if masked in lines:
        return masked
    for before, after in hidden:
        # Another value of the same secret, which no settings know.
        if len(before.strip()) > 1 and masked.startswith(before) and masked.endswith(after):
            return f"{before}{MASK}{after}"
    return _by_name(mask_urls(masked, own=True))


def _by_name(line: str) -> str:
    """Hide what follows a name that sounds like a secret's, but for a path."""
    for word in _WORD.finditer(line):
        value = line[word.end() :].lstrip("\"': =")
        if looks_secret(word[0]) and value.strip(";") and not value.startswith(("/", MASK)):
            return f"{line[: word.end()]} {MASK}"
    return line
