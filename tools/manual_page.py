"""Man pages as trees of docutils, whose writer makes pages in the language of man(7) of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from docutils.writers import manpage

Words = Sequence[nodes.Node]
"""Text in which some of it stands out."""

# A line may end here.
BREAK = "\u200b"
# None may end here.
SPACE = "\xa0"
# What docutils leaves to be shown as an accent, or as nothing.
_SIGNS = {"^": r"\(ha", "~": r"\(ti", BREAK: r"\:"}
# What does not fit on a line, such as a list of ciphers, may go on in the next one behind a colon.
_LONG = re.compile(r"\S{60,}")
# Options, settings such as registry['dir'], and other pages.
_WORDS = r"(?<![\w-])--?[a-z][\w-]*|\b\w+(?:\['\w+'\])+|\b[a-z][\w.-]*\([1-8]\)"


def plain(text: str) -> nodes.Text:
    """Write a text as it is."""
    return nodes.Text(text)


def bold(text: str) -> nodes.strong:
    """Write a text that is typed as it stands."""
    return nodes.strong("", text)


def italic(text: str) -> nodes.emphasis:
    """Write a text that stands for another one."""
    return nodes.emphasis("", text)


def joined(parts: Iterable[Words], between: str) -> list[nodes.Node]:
    """Put a text between others."""
    made: list[nodes.Node] = []
    for part in parts:
        made += [*([plain(between)] if made else []), *part]
    return made


class synopsis(nodes.paragraph):  # docutils calls visit_synopsis for it
    """How a command is called: ``command``, and its words as children."""


class linebreak(nodes.Inline, nodes.Element):
    """The end of a line inside a paragraph."""


class Translator(manpage.Translator):
    """Docutils' own, but for what it does not know or would show as something else."""

    # What docutils gathers of title, version and date.
    _docinfo: dict[str, Any]
    document_start = "Written by ctl from its own declarations; change those instead."

    def __init__(self, document: nodes.document) -> None:
        super().__init__(document)
        self.defs["literal_block"] = (".sp\n.EX\n", "\n.EE\n")

    def header(self) -> str:
        """Return the title and the name, each sign as itself, and let no word be hyphenated or stretched.

        Groff 1.23 stretches anew at each heading, unless AD says otherwise; older ones do not know it.
        """
        title, section, date, version, group, about = (
            self.shown(self._docinfo[name])
            for name in ("title", "manual_section", "date", "version", "manual_group", "subtitle")
        )
        return (
            f'.TH "{title.upper()}" {section} "{date}" "{version}" "{group}"\n'
            f".nr HY 0\n.nh\n.ds AD l\n.ad l\n.SH NAME\n{title} \\- {about}\n"
        )

    def shown(self, text: str) -> str:
        """Return a text as the writer prints it."""
        self.visit_Text(nodes.Text(text))
        return str(self.body.pop())

    def deunicode(self, text: str) -> str:
        """Write signs that are none of ASCII's, or that groff would show as others."""
        text = super().deunicode(text)
        for sign, written in _SIGNS.items():
            text = text.replace(sign, written)
        return text

    def visit_term(self, node: nodes.term) -> None:
        """Begin a term, whose words say themselves whether they are bold."""
        self.body.append("\n")

    def visit_synopsis(self, node: synopsis) -> None:
        """Begin a synopsis, the second line of which is indented."""
        self.body.append(f'.SY "{self.shown(node["command"])}"\n')

    def depart_synopsis(self, node: synopsis) -> None:
        """End it."""
        self.body.append("\n.YS\n")

    def visit_linebreak(self, node: linebreak) -> None:
        """End a line."""
        self.body.append("\n.br\n")

    def depart_linebreak(self, node: linebreak) -> None:
        """Do nothing more."""


class Make(Protocol):
    """Begins a page by its name, the section of the manual and what it is about."""

    def __call__(self, name: str, number: int, about: str) -> Page:
        """Begin it."""
        ...


class Page:
    """A page, written from the top down.

    Args:
        name: of the page, such as ``ctl-status``.
        number: of its section of the manual.
        about: what it is, without a full stop.
        date: as it stands at the foot; empty for none.
        source: the program and its version.
        commands: the words that stand out in prose behind ``ctl``.
    """

    def __init__(
        self, name: str, number: int, about: str, *, date: str, source: str, commands: Iterable[str]
    ) -> None:
        known = "|".join(sorted(map(re.escape, commands), key=len, reverse=True))
        self._words = re.compile(rf"{_WORDS}|\bctl (?:{known})(?![\w-])")
        self._document = new_document(name, get_default_settings(manpage.Writer()))
        self._document += [nodes.title("", name), nodes.subtitle("", about)]
        self._document += nodes.docinfo(
            "",
            nodes.date("", date),
            nodes.version("", source),
            _field("manual section", str(number)),
            _field("manual group", "Manual of ctl"),
        )
        self._place: nodes.Element = self._document

    def heading(self, text: str) -> None:
        """Begin a section."""
        self._place = nodes.section("", nodes.title("", text.upper()))
        self._document += self._place

    def subheading(self, text: str) -> None:
        """Begin a part of a section."""
        section: Any = self._document[-1]
        self._place = nodes.section("", nodes.title("", text))
        section += self._place

    def paragraph(self, text: str) -> None:
        """Add a paragraph of prose, unless it is empty."""
        if text:
            self.written(self.prose(text))

    def item(self, term: Words, *texts: str) -> None:
        """Add a term, written already, and what it means: a line or more each."""
        meaning = nodes.paragraph()
        for text in filter(None, texts):
            meaning += [*([linebreak()] if len(meaning) else []), *self.prose(text)]
        item = nodes.definition_list_item("", nodes.term("", "", *term), nodes.definition("", meaning))
        last = self._place[-1]
        if isinstance(last, nodes.definition_list):
            last += item
        else:
            self._place += nodes.definition_list("", item)

    def synopsis(self, command: str, words: Iterable[Words]) -> None:
        """Add how a command is called; its words are written already."""
        self._place += synopsis("", "", *joined(words, " "), command=command)

    def example(self, *lines: str) -> None:
        """Add lines that stay as they are."""
        text = "\n".join(lines)
        self._place += nodes.literal_block(text, text)

    def see_also(self, names: Iterable[str]) -> None:
        """Add other pages, each with the number of its section: ``ctl(1)``."""
        self.heading("See also")
        self.written(joined(([bold(name[:-3]), plain(name[-3:])] for name in names), ", "))

    def written(self, words: Words) -> None:
        """Add a paragraph of text that is written already."""
        self._place += nodes.paragraph("", "", *words)

    def text(self) -> str:
        """Return the page."""
        translator = Translator(self._document)
        self._document.walkabout(translator)
        return str(translator.astext())

    def prose(self, text: str) -> list[nodes.Node]:
        """Write a text in which options, settings, pages and commands stand out."""
        text = _LONG.sub(lambda match: match[0].replace(":", f":{BREAK}"), " ".join(text.split()))
        made: list[nodes.Node] = []
        end = 0
        for match in self._words.finditer(text):
            made += [*_between(text[end : match.start()]), bold(match[0])]
            end = match.end()
        return [*made, *_between(text[end:])]


def _between(text: str) -> list[nodes.Node]:
    return [plain(text)] if text else []


def _field(name: str, value: str) -> nodes.field:
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", nodes.paragraph("", value)))
