"""The man pages, made from the commands as typer knows them: ``python -m tools.manual DIR``."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import typer

import ctl
from ctl.cli.epilog import Epilog
from ctl.cli.groups import GROUPS, line_of, listed
from ctl.cli.program import whole
from ctl.errors import ExitCode
from ctl.operations.collect.schedule import CRON, TIMER
from ctl.paths import Layout
from tools.manual_page import BREAK, SPACE, Make, Page, Words, bold, italic, joined, plain
from tools.manual_settings import settings_manual

_NAME = "ctl"
_HELP = ("-h", "--help")
# A line may end behind each of several choices.
_OR = f"|{BREAK}"
_EXITS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed; a message says why, and what to do about it",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.INVALID: "the settings hold errors",
    ExitCode.LOCKED: "another run is at work",
}
_DESCRIPTION = (
    "ctl is to a container registry what gitlab-ctl is to GitLab's Linux package. It reads a settings file"
    " like that package's, gitlab.rb(5), and makes of it the configuration of the registry, of nginx before"
    " it, and what GitLab must be told; it supervises both by runit(8), and collects garbage.",
    "What ctl reconfigure writes is a numbered generation of files, which comes into force by one rename."
    " A run that fails, or is killed, leaves the old one or the new one, never a mix.",
)
_ENVIRONMENT = {"NO_COLOR": "Whatever it is, unless empty: use no colours."}
_ON_SETTINGS = ("explain", "reconfigure", "show-config", "validate")
_EXAMPLES = (
    ("ctl validate", "find every mistake in the settings"),
    ("ctl reconfigure --diff", "see what would change"),
    ("ctl reconfigure", "make it so"),
    ("ctl rollback", "go back to what was in force before"),
    ("ctl -c /root/new.rb --root /srv/trial reconfigure", "try other settings in an installation of its own"),
)


def manual(environment: Mapping[str, str]) -> dict[str, str]:
    """Return every page by the name of its file.

    Args:
        environment: ``SOURCE_DATE_EPOCH`` in it is the date of the pages; without it they have none.
    """
    group: Any = typer.main.get_command(whole())
    commands = {name: group.commands[name] for name in listed()}
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    date = datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d") if epoch else ""
    make = partial(Page, date=date, source=f"ctl {ctl.__version__}", commands=commands)
    pages = {f"{_NAME}.1": _overview(make, group, commands)}
    for name in commands:
        pages[f"{_NAME}-{name}.1"] = _command(make, name, commands)
    return {**pages, "gitlab.rb.5": settings_manual(make, [f"{_NAME}(1)", *_pages(commands, _ON_SETTINGS)])}


def _overview(make: Make, group: Any, commands: Mapping[str, Any]) -> str:
    page = make(_NAME, 1, _lowered(group.help.rstrip(".")))
    page.heading("Synopsis")
    arguments = [plain(" ["), italic("ARGUMENT"), plain("]...")]
    words: list[Words] = [*map(_usage, group.params), [italic("COMMAND"), *arguments]]
    page.synopsis(_NAME, words)
    page.heading("Description")
    for text in _DESCRIPTION:
        page.paragraph(text)
    page.heading("Commands")
    for title, lines in GROUPS.items():
        page.subheading(title)
        for name, line in lines.items():
            page.item([bold(f"{_NAME}-{name}"), plain("(1)")], f"{line}.")
    page.heading("Options")
    page.paragraph("These stand before the command or behind it.")
    _options(page, group)
    page.heading("Environment")
    for param in group.params:
        if param.envvar:
            page.item([bold(param.envvar)], f"The same as {param.opts[-1]}, which takes precedence.")
    for name, text in _ENVIRONMENT.items():
        page.item([bold(name)], text)
    page.heading("Files")
    for path, text in _files():
        page.item([italic(path)], text)
    _exits(page, _EXITS)
    page.paragraph("The pages of commands that mean something else by a code say so.")
    _examples(page, _EXAMPLES)
    page.see_also(["gitlab.rb(5)", "nginx(8)", "runsvdir(8)", "sv(8)", *_pages(commands, commands)])
    return page.text()


def _command(make: Make, name: str, commands: Mapping[str, Any]) -> str:
    command = commands[name]
    epilog = command.epilog if isinstance(command.epilog, Epilog) else Epilog()
    page = make(f"{_NAME}-{name}", 1, _lowered(line_of(name)))
    page.heading("Synopsis")
    words = sorted(
        command.params, key=lambda param: (param.param_type_name == "argument", not param.required)
    )
    page.synopsis(f"{_NAME} {name}", map(_usage, words))
    page.heading("Description")
    for text in _sentences(command):
        page.paragraph(text)
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    if arguments:
        page.heading("Arguments")
        for argument in arguments:
            page.item(_placeholder(argument), _meaning(argument))
    page.heading("Options")
    _options(page, command)
    reads_settings = any(param.name == "config" and param.opts[0] == "-c" for param in command.params)
    general = [code for code in ExitCode if code < ExitCode.INVALID or (reads_settings and code == 3)]
    _exits(page, {**{code: _EXITS[code] for code in general}, **epilog.exits})
    if epilog.examples:
        _examples(page, epilog.examples)
    related = next(lines for lines in GROUPS.values() if name in lines)
    mentioned = [other for other in commands if f"ctl {other}" in " ".join((command.help, str(epilog)))]
    page.see_also([f"{_NAME}(1)", "gitlab.rb(5)", *_pages(commands, {*related, *mentioned} - {name})])
    return page.text()


def _sentences(command: Any) -> list[str]:
    """Return the paragraphs of a command's help."""
    return [" ".join(paragraph.split()) for paragraph in command.help.split("\n\n")]


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]


def _usage(param: Any) -> Words:
    """Write a parameter as the synopsis shows it, on one line."""
    if param.param_type_name == "argument":
        words = [*_placeholder(param), *([plain("...")] if param.nargs == -1 else [])]
    elif param.is_flag:
        words = joined(([bold(name[0])] for name in (param.opts, param.secondary_opts) if name), _OR)
    else:
        words = [bold(param.opts[0]), plain(SPACE), *_placeholder(param)]
        words += [plain("...")] if param.multiple else []
    return words if param.required else [plain("["), *words, plain("]")]


def _placeholder(param: Any) -> Words:
    """Write what stands for a parameter's value; words to choose from stand for themselves."""
    choices = getattr(param.type, "choices", None)
    if choices:
        return joined(([bold(str(getattr(choice, "value", choice)))] for choice in choices), _OR)
    metavar = (param.metavar or param.name.upper()).removesuffix("...")
    shown = joined(([italic(word)] for word in metavar.strip("[]").split("|")), "|")
    # An option that does without a value says so; whether an argument is needed shows elsewhere.
    is_optional = param.param_type_name == "option" and metavar.startswith("[")
    return [plain("["), *shown, plain("]")] if is_optional else shown


def _options(page: Page, command: Any) -> None:
    for param in command.params:
        if param.param_type_name == "option":
            names = _spellings(*param.opts, *param.secondary_opts)
            page.item(names if param.is_flag else [*names, plain(" "), *_placeholder(param)], _meaning(param))
    page.item(_spellings(*_HELP), "Show the help of the program, or of a command, and exit.")


def _spellings(*names: str) -> Words:
    return joined(([bold(name)] for name in names), ", ")


def _meaning(param: Any) -> str:
    """Return a parameter's help, its default and its limits."""
    texts = [param.help]
    default = getattr(param.default, "value", param.default)
    low, high = (getattr(param.type, name, None) for name in ("min", "max"))
    if param.param_type_name == "option" and param.secondary_opts:
        texts.append(f"The default is {(param.opts if default else param.secondary_opts)[0]}.")
    elif default not in (None, "") and not isinstance(default, bool):
        texts.append(
            f"The default is {default:g}." if isinstance(default, float) else f"The default is {default}."
        )
    if low is not None:
        texts.append(f"It is from {low} to {high}." if high is not None else f"It is at least {low}.")
    if param.required and param.param_type_name == "option":
        texts.append("It must be given.")
    if param.envvar:
        texts.append(f"The variable {param.envvar} does the same.")
    return " ".join(texts)


def _exits(page: Page, codes: Mapping[Any, str]) -> None:
    page.heading("Exit status")
    for code, text in sorted(codes.items()):
        page.item([bold(str(int(code)))], f"{text[:1].upper()}{text[1:]}.")


def _examples(page: Page, examples: tuple[tuple[str, str], ...]) -> None:
    page.heading("Examples")
    for line, purpose in examples:
        page.paragraph(f"{purpose[0].upper()}{purpose[1:]}:")
        page.example(line)


def _pages(commands: Mapping[str, Any], names: Container[str]) -> list[str]:
    return [f"{_NAME}-{name}(1)" for name in sorted(commands) if name in names]


def _files() -> Iterator[tuple[str, str]]:
    layout = Layout(Path("/"))
    for path, text in (
        (layout.settings_file, "The settings; see gitlab.rb(5)."),
        (layout.secrets_file, "Generated secrets; keep it with your backups."),
        (layout.generations, "What each reconfigure rendered."),
        (layout.current, "The generation in force; the files that services read are links into it."),
        (layout.state, "What outlives a run beside generations."),
        (layout.services, "The services that runit supervises."),
        (layout.logs, "Logs of the services, and of ctl itself."),
        (TIMER, "The regular collection, by systemd."),
        (CRON, "The same, where there is no systemd."),
    ):
        yield str(path), text


def main(words: list[str]) -> None:
    """Write the pages into a directory."""
    if len(words) != 1:
        raise SystemExit("usage: python -m tools.manual DIR")
    target = Path(words[0])
    target.mkdir(parents=True, exist_ok=True)
    for name, text in manual(os.environ).items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
