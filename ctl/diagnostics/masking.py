"""Which parts of a source line must not be shown because the line holds a secret.

The line may be broken in any way: that is why it is shown. So everything right of the setting's name is
hidden but what is known to be harmless: signs, keys, the names of functions.
"""

from __future__ import annotations

from ctl.regex import compile_late

# An index of a setting: the quotes around its keys are not those of a value.
_NAME = compile_late(r"""\s*(?:\#+\s*)?[A-Za-z_]\w*(?:\[\s*(?::\w+|'\w*'|"\w*")\s*\])*""")
_KEY = compile_late(r"""\s*[{,]?\s*(?:'[\w.-]+'|"[\w.-]+"|:?\w+)\s*(?:=>|:(?=\s)|=(?!=))""")
_HARMLESS = compile_late(
    r"""(?:^|(?<=[{,(\[]))\s*(?:'[\w.-]+'|"[\w.-]+"|:?\w+)\s*(?:=>|:(?=\s))"""
    r"""|\b(?:true|false|nil|ENV\.fetch|ENV|File\.read|YAML\.load|JSON\.parse)\b"""
    r"""|\.(?:strip|chomp|gsub|to_s|to_i|freeze|downcase|upcase)\b"""
    r"""|[\s,()\[\]{}=>+'"]"""
)


def hidden_in(line: str, *, whole: bool) -> list[tuple[int, int]]:
    """List the ranges of a line that hold, or could hold, a secret.

    Args:
        line: a line without its break.
        whole: whether the line is a part of a secret from its first character on, as within a text block.
    """
    position = 0
    if not whole:
        match = _NAME.match(line)
        key = _KEY.match(line)
        position = max(match.end() if match else 0, key.end() if key else 0)
    ranges: list[tuple[int, int]] = []
    quote = ""
    start = position
    while position < len(line):
        character = line[position]
        if quote:
            if character == quote:
                quote = ""
                _add(ranges, start, position)
                start = position + 1
            position += 1
            continue
        harmless = None if whole else _HARMLESS.match(line, position)
        if harmless is None:
            position += 1
            continue
        _add(ranges, start, position)
        position = start = harmless.end()
        if harmless[0] in ("'", '"'):
            quote = harmless[0]
    _add(ranges, start, len(line))
    return ranges


def _add(ranges: list[tuple[int, int]], start: int, end: int) -> None:
    if start < end:
        ranges.append((start, end))
