"""The man page of the settings file, written from the declaration of the settings."""

from __future__ import annotations

from pathlib import Path

from ctl.facts.host import NODE_NAMES, READABLE
from ctl.paths import Layout
from ctl.settings.literals import literal
from ctl.settings.reference import Entry
from ctl.syntax.model import Limits
from tools.manual_page import Make, Page, bold, italic
from tools.settings_page import flavours, meaning_of, name_of, sections

EXAMPLE = """\
external_url 'https://gitlab.example.com'
registry_external_url "https://registry.#{node['domain']}"

registry['log_level'] = ENV.fetch('LOG_LEVEL', 'warn')
registry['storage'] = {
  's3' => {
    'bucket' => 'registry-images',
    'region' => 'eu-central-1',
    'accesskey' => File.read('/run/secrets/accesskey').strip,
    'secretkey' => File.read('/run/secrets/secretkey').strip
  }
}
if ENV['BEHIND_PROXY'] == 'yes'
  registry['nginx']['listen_port'] = 80
  registry['nginx']['listen_https'] = false
end
"""
_DESCRIPTION = (
    "The file is written in a part of the language Ruby, as that of GitLab's Linux package is, and a file of"
    " that package can be used as it stands: what it says of other services is skipped. Ruby itself is never"
    " run. ctl validate finds every mistake; ctl explain shows at the prompt what stands here.",
    "A setting is set by its name and a value; URLs are set without an equals sign. What is set twice has the"
    " later value, and nil stands for not set.",
)
_GRAMMAR = (
    (
        "values",
        "Strings in single and double quotes, heredocs, %w(), numbers, symbols, true, false, nil;"
        " arrays and hashes of these. A symbol is the string of its name.",
    ),
    ("#{}", "In double quotes: the value of what stands between the braces."),
    ("ENV['NAME'], ENV.fetch('NAME', 'default')", "Variables of the environment of ctl."),
    (
        "File.read('PATH'), File.exist?('PATH')",
        f"A small file beside the settings file, or below {' or '.join(READABLE)}.",
    ),
    ("YAML.load(TEXT), JSON.parse(TEXT)", "Values in these languages."),
    ("node['NAME']", f"Of the machine: {', '.join(NODE_NAMES)}."),
    ("from_file 'PATH'", "Another settings file, read in this place."),
    (
        "Dir.glob('PATTERN').each { |file| from_file file }",
        "Every file that a pattern finds, in Ruby's order; also Dir['PATTERN'].",
    ),
    ("if, elsif, else, unless, case, ?:, ||=, &&", "Decisions, also behind a statement."),
    ("name = value", "A variable; it is no setting, also where it has the name of one."),
    (
        ".strip, .split, .map { |one| ... }",
        "And the other usual methods of strings, numbers, arrays and"
        " hashes; regular expressions without references back.",
    ),
)
_READING = (
    "Everything else is an error: definitions of methods and classes, loops without an end in sight, programs"
    " that would be run, chance and the time. The same file, with the same files and variables that it reads,"
    " always means the same."
)
_WORDS = (
    ("type", "What the value has to be; anything else is an error."),
    (
        "default",
        "What holds where the file says nothing; without one the setting is not there, or is derived"
        " from others as its description says.",
    ),
    ("becomes", "The place in a generated file, such as config.yml:http.addr."),
    ("*", "Every place of an array, or every key of a hash."),
    ("not run", "It was never tried with a real program and service behind it."),
)


def settings_manual(make: Make, see_also: list[str]) -> str:
    """Return the page of the settings file.

    Args:
        make: begins a page by its name, section and subject.
        see_also: further pages.
    """
    page = make("gitlab.rb", 5, "settings of ctl, for a container registry beside GitLab")
    page.heading("Synopsis")
    page.written([italic(str(Layout(Path("/")).settings_file))])
    page.heading("Description")
    for text in _DESCRIPTION:
        page.paragraph(text)
    _grammar(page)
    page.heading("Example")
    page.example(*EXAMPLE.splitlines())
    page.heading("Settings")
    for word, text in _WORDS:
        page.item([italic(word)], text)
    for section in sections():
        if section.entries or section.notes:
            page.subheading(section.name or section.doc)
            page.paragraph(" ".join([section.doc, *section.notes]) if section.name else "")
        for entry in section.entries:
            _setting(page, entry)
    page.heading("Flavours")
    page.paragraph("Registries differ in what they take; ctl['registry_flavour'] names one of these.")
    for name, text in flavours():
        page.item([bold(name)], f"{text[:1].upper()}{text[1:]}.")
    page.see_also(see_also)
    return page.text()


def _grammar(page: Page) -> None:
    page.heading("Language")
    for term, text in _GRAMMAR:
        page.item([bold(term)], text)
    page.paragraph(_READING)
    limits = Limits()
    page.paragraph(
        f"A file has at most {limits.text // 1024 // 1024} MiB and brackets at most {limits.nesting} deep;"
        f" files read each other at most {limits.include_depth} deep."
    )


def _setting(page: Page, entry: Entry) -> None:
    meaning, notes = meaning_of(entry)
    facts = [f"type: {entry.kind.words}"]
    if entry.default is not None:
        facts.append(f"default: {literal(entry.default)}")
    if entry.output:
        facts.append(f"becomes: {entry.output}")
    page.item([bold(name_of(entry))], " ".join(meaning), *facts, " ".join(notes))
