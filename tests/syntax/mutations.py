"""Ways in which people break a settings file: each yields the broken text and the line it was broken on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Broken = Iterator[tuple[int, str]]
Mutation = Callable[[str], str | None]

_TEXT = r"[^'\"\\#\n]"


def by_line(
    pattern: str, replacement: str, *, but: str | None = None, but_before: str | None = None
) -> Callable[[str], Broken]:
    """Replace the first hit of a pattern on each line outside comments and text blocks.

    Args:
        pattern: what is replaced.
        replacement: by what.
        but: the form of lines that are left alone.
        but_before: the form of lines before which lines are left alone.
    """

    def run(text: str) -> Broken:
        lines = text.split("\n")
        for number, line in _outside_text_blocks(lines):
            following = lines[number + 1] if number + 1 < len(lines) else ""
            skipped = (
                line.lstrip().startswith("#")
                or (but is not None and re.search(but, line))
                or (but_before is not None and re.match(but_before, following))
            )
            made = re.sub(pattern, replacement, line, count=1)
            if not skipped and made != line:
                yield number + 1, "\n".join([*lines[:number], made, *lines[number + 1 :]])

    return run


def _outside_text_blocks(lines: list[str]) -> Iterator[tuple[int, str]]:
    end = None
    for number, line in enumerate(lines):
        if end is not None:
            end = None if line.strip() == end else end
            continue
        yield number, line
        opened = re.search(r"<<[-~]?'?([A-Z]+)'?", line)
        end = opened[1] if opened else None


def without_line(pattern: str) -> Callable[[str], Broken]:
    """Remove each line of a form; nobody can tell but from the lines beside it."""

    def run(text: str) -> Broken:
        lines = text.split("\n")
        for number, line in _outside_text_blocks(lines):
            if re.fullmatch(pattern, line):
                yield number + 1, "\n".join([*lines[:number], *lines[number + 1 :]])

    return run


def without_end_of_block(text: str) -> Broken:
    """Remove the end of each text block; its first line is to blame."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        opened = re.search(r"<<[-~]'?([A-Z]+)'?$", line)
        if opened:
            yield number + 1, "\n".join(line for line in lines if line.strip() != opened[1])


def with_line_behind(pattern: str, added: str) -> Callable[[str], Broken]:
    """Add a line behind each line of a form, with its indent."""

    def run(text: str) -> Broken:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if re.fullmatch(pattern, line):
                indent = line[: len(line) - len(line.lstrip())]
                yield number + 2, "\n".join([*lines[: number + 1], indent + added, *lines[number + 1 :]])

    return run


def without_end_of_branch(text: str) -> Broken:
    """Remove the end of each branch and each block; the word that began it is to blame."""
    lines = text.split("\n")
    open_words: list[int] = []
    for number, line in enumerate(lines):
        if re.match(r" *(if|unless|case)\b", line) or re.search(r"= case |\bdo( \|.*\|)?$", line):
            open_words.append(number)
        elif line.strip() == "end" and open_words:
            yield open_words.pop() + 1, "\n".join([*lines[:number], *lines[number + 1 :]])


# The name, what it does, and the best rates known of: found, found on the line, found at most one line away.
# Those rates are the best of four parsers (Ruby's, tree-sitter's with and without checks of the text, one
# written by hand) on 25 mutations of real files for each kind; a kind that they were not asked has none. A
# closing bracket whose whole line is gone can be missed only on the line before.
MUTATIONS: list[tuple[str, Callable[[str], Broken], tuple[float, float, float]]] = [
    (
        "missing comma between entries",
        by_line(r"(=> .*|: .*[^,{]),$", r"\1", but_before=r" *[\]}]"),
        (1.0, 1.0, 1.0),
    ),
    ("missing closing quote", by_line(rf"((?:= |=> |_url ?\(?)(['\"]){_TEXT}+)\2", r"\1"), (1.0, 1.0, 1.0)),
    ("missing opening quote", by_line(rf"(= |=> |_url )['\"]({_TEXT}+['\"])", r"\1\2"), (1.0, 1.0, 1.0)),
    (
        "unquoted value",
        by_line(r"(= |=> |_url )(['\"])([^'\"\\#\n]+)\2", r"\1\3", but=r"['\"]\d+['\"]$"),
        (0.84, 0.84, 0.84),
    ),
    ("missing closing brace", without_line(r" *\}\)?"), (1.0, 0.0, 0.84)),
    ("missing closing bracket", without_line(r" *\]"), (1.0, 0.0, 1.0)),
    ("missing ] on one line", by_line(r"(= \[.*)\]$", r"\1"), (1.0, 1.0, 1.0)),
    ("extra closing brace", with_line_behind(r"\}", "}"), (1.0, 0.72, 0.92)),
    (
        "typographic quotes",
        by_line(rf"(= |=> |_url )['\"]({_TEXT}+)['\"]", "\\1\u201c\\2\u201d"),
        (1.0, 1.0, 1.0),
    ),
    ("typographic quotes in key", by_line(r"\['(\w+)'\]", "[\u2018\\1\u2019]"), (1.0, 1.0, 1.0)),
    ("missing =", by_line(r"\] = ", "] "), (1.0, 1.0, 1.0)),
    ("missing ] in key", by_line(r"'\] = ", "' = "), (1.0, 1.0, 1.0)),
    ("missing quote in key", by_line(r"^(\w+\['\w+)'\]", r"\1]"), (1.0, 0.96, 0.96)),
    ("missing opening quote in key", by_line(r"^(\w+\[)'(\w+'\])", r"\1\2"), (1.0, 0.96, 0.96)),
    ("missing [ in key", by_line(r"^(\w+)\['", r"\1'"), (1.0, 1.0, 1.0)),
    ("double comma", by_line(r",$", ",,"), (1.0, 1.0, 1.0)),
    ("= for =>", by_line(r"=>", "="), (1.0, 1.0, 1.0)),
    ("> for =>", by_line(r"=>", ">"), (1.0, 1.0, 1.0)),
    ("missing =>", by_line(r"=> ", ""), (1.0, 1.0, 1.0)),
    ("Python's True and False", by_line(r"(true|false)$", "True"), (1.0, 1.0, 1.0)),
    ("// for a comment", by_line(r"^(\w.*[^{\[,(])$", r"\1 // note"), (1.0, 1.0, 1.0)),
    ("junk behind the value", by_line(r"^(\w.*= .*[^{\[,(])$", r"\1 junk", but="<<"), (1.0, 1.0, 1.0)),
    ("wrong closing quote", by_line(rf"((?:= |=> |_url )')({_TEXT}+)'", r'\1\2"'), (1.0, 1.0, 1.0)),
    ("YAML's key: value", by_line(r"^(\w+)\['(\w+)'\] = ", r"\1['\2']: "), (1.0, 1.0, 1.0)),
    ("a colon behind the name", by_line(r"^(\w+_url) ", r"\1: "), (1.0, 1.0, 1.0)),
    ("space before [", by_line(r"^(\w+)\[", r"\1 ["), (1.0, 1.0, 1.0)),
    ("value missing", by_line(r"^(\w.*\] =) [^{\[<]*$", r"\1"), (1.0, 0.96, 0.96)),
    ("no-break space", by_line(r" = ", "\u00a0= "), (1.0, 1.0, 1.0)),
    ("text block's end missing", without_end_of_block, (1.0, 1.0, 1.0)),
    ("end missing", without_end_of_branch, (1.0, 1.0, 1.0)),
    ("end twice", with_line_behind(r" *end", "end"), (1.0, 1.0, 1.0)),
    ("then for if", by_line(r"^( *)if ", r"\1then "), (1.0, 0.66, 1.0)),
    ("else if for elsif", by_line(r"^( *)elsif ", r"\1else if "), (1.0, 1.0, 1.0)),
    ("missing do", by_line(r"^(\w+\.each) do ", r"\1 "), (1.0, 1.0, 1.0)),
    ("missing bar", by_line(r"\|(\w+|\w+, \w+)\|", r"|\1"), (1.0, 1.0, 1.0)),
    ("missing } of a block", by_line(r"^(.*\{ \|.*) \}$", r"\1"), (1.0, 1.0, 1.0)),
    ("missing ) of a call", by_line(r"\(([^()]+)\)(.)", r"(\1\2", but=r"%w|=~|\|"), (1.0, 0.9, 0.9)),
    ("missing : of a choice", by_line(r"(\? '\w+') : ", r"\1 "), (1.0, 1.0, 1.0)),
    ("missing ? of a choice", by_line(r" \? ('\w+' : )", r" \1"), (1.0, 1.0, 1.0)),
    ("operator without right side", by_line(r" (&&|==|!=|\*) .*$", r" \1", but=r"^if "), (1.0, 1.0, 1.0)),
    ("missing } of #{}", by_line(r"#\{(\w+)\}", r"#{\1"), (1.0, 1.0, 1.0)),
    (
        "misspelt variable",
        by_line(r"(\.#\{|= |\[\*)(domain|hosts|retries)\b(?! =)", r"\1\2s"),
        (1.0, 1.0, 1.0),
    ),
    ("unclosed regular expression", by_line(r"(=~ /|when /)([^/]+)/", r"\1\2"), (1.0, 1.0, 1.0)),
    ("misspelt method", by_line(r"\.(map|each|split|empty\?|to_i|fetch)\b", r".\1x"), (1.0, 1.0, 1.0)),
]
