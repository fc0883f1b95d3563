"""Completion scripts, written from the commands as typer knows them.

Nothing of ctl runs at a TAB: commands and options are written into the script, the names of services, of
logs and of generations are read from their directories by the shell itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from ctl.cli.groups import listed


class Option(Struct, frozen=True):
    """An option: its spellings, what it takes (None for nothing: see `_kind`), and a sentence."""

    names: tuple[str, ...]
    takes: str | None
    text: str


class Command(Struct, frozen=True):
    """A command: its options, what its first argument is (None for none), and a sentence."""

    name: str
    options: tuple[Option, ...]
    argument: str | None
    text: str


def script(shell: str, group: Any) -> str:
    """Return the script of a shell, ``bash`` or ``zsh``, for a group of commands."""
    commands = [_command(name, group.commands[name]) for name in listed()]
    write = {"bash": _bash, "zsh": _zsh}[shell]
    return write(_command("ctl", group), commands)


def _command(name: str, command: Any) -> Command:
    options, argument = [], None
    for param in command.params:
        if param.param_type_name == "argument":
            argument = argument or _kind(param)
        elif not param.hidden:
            # Behind a value that may be missing anything may follow.
            takes = None if param.is_flag or str(param.metavar).startswith("[") else _kind(param)
            names = (*param.opts, *param.secondary_opts)
            options.append(Option(names, takes, param.help or ""))
    options.append(Option(("-h", "--help"), None, "Show this message and exit."))
    return Command(name, tuple(options), argument, (command.help or "").splitlines()[0].rstrip("."))


def _kind(parameter: Any) -> str:
    """Return what stands there: a kind of `_zsh_action`, or words to choose from."""
    for kind in ("setting", "generation"):
        if kind.upper() in (parameter.metavar or ""):
            return kind
    if parameter.name in ("service", "log"):
        return str(parameter.name)
    if parameter.name == "command":
        return " ".join(listed())
    choices = getattr(parameter.type, "choices", None)
    if choices:
        return " ".join(str(getattr(choice, "value", choice)) for choice in choices)
    return "file" if "Path" in type(parameter.type).__name__ else "word"


_BASH = """\
# Completion of ctl for bash. Written by: ctl completion bash
# shellcheck shell=bash

# The names in a directory that a shell needs no quotes for.
_ctl_names() {
  local path
  for path in "$1"/*; do
    path=${path##*/}
    [[ $path =~ ^[A-Za-z0-9_.-]+$ ]] && printf '%s\\n' "$path"
  done
}

# What may stand here: kind, the directory that stands for /.
_ctl_offer() {
  local cur=$3 logs="$2/var/log/gitlab"
  case $1 in
    file) compgen -f -- "$cur" ;;
    service) compgen -W "$(_ctl_names "$2/opt/gitlab/service")" -- "$cur" ;;
    generation)
      compgen -X '*[!0-9]*' -W "$(_ctl_names "$2/var/opt/gitlab/ctl/generations")" -- "$cur"
      ;;
    log)
      # A service may have a directory of logs with its name.
      {
        compgen -W "$(_ctl_names "$2/opt/gitlab/service")" -- "$cur"
        compgen -f -- "$logs/$cur" | while IFS= read -r path; do printf '%s\\n' "${path#"$logs/"}"; done
      } | sort -u
      ;;
    setting) compgen -W '@SETTINGS@' -- "$cur" ;;
    word | '') ;;
    *) compgen -W "$1" -- "$cur" ;;
  esac
}

_ctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' root=${CTL_ROOT:-} seen=0 word i
  local options argument takes
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    # Bash gives the = of --root=DIR as a word of its own.
    [[ $word == '=' ]] && continue
    if [[ -n $option ]]; then
      [[ $option == --root ]] && root=$word
      option=''
    elif [[ $word == -* ]]; then
      _ctl_command "$command"
      [[ $takes == *" $word="* ]] && option=$word
    elif [[ -z $command ]]; then
      command=$word
    else
      seen=1
    fi
  done
  [[ $cur == '=' ]] && cur=''
  root=${root%/}
  _ctl_command "$command"
  local offer=''
  if [[ -n $option ]]; then
    offer=${takes#*" $option="}
    offer=${offer%%;*}
    [[ $offer != file ]] || compopt -o filenames 2>/dev/null || :
    offer=$(_ctl_offer "$offer" "$root" "$cur")
  elif [[ $cur == -* ]]; then
    offer=$(compgen -W "$options" -- "$cur")
  elif [[ $seen == 0 ]]; then
    # Commands stay in the order of the help.
    [[ -n $command ]] || compopt -o nosort 2>/dev/null || :
    offer=$(_ctl_offer "$argument" "$root" "$cur")
  fi
  COMPREPLY=()
  [[ -z $offer ]] || mapfile -t COMPREPLY <<<"$offer"
}

# Sets options, argument and takes of a command; without one, of ctl itself.
_ctl_command() {
  case $1 in
@CASES@
    *) options='' argument='' takes='' ;;
  esac
}

complete -F _ctl ctl"""


def _bash(program: Command, commands: list[Command]) -> str:
    names = " ".join(command.name for command in commands)
    cases = [_bash_case("''", program, names)]
    cases += [_bash_case(command.name, command, command.argument or "") for command in commands]
    return _BASH.replace("@CASES@", "\n".join(cases)).replace("@SETTINGS@", " ".join(_settings()))


def _settings() -> list[str]:
    """Return the names of all settings but those inside arrays."""
    from ctl.settings.reference import ANY, entries

    return [entry.dotted for entry in entries() if ANY not in entry.path]


def _bash_case(pattern: str, command: Command, argument: str) -> str:
    names = " ".join(name for option in command.options for name in option.names)
    takes = "".join(
        f" {name}={option.takes};" for option in command.options if option.takes for name in option.names
    )
    return f"    {pattern}) options='{names}' argument='{argument}' takes='{takes}' ;;"


_ZSH = """\
#compdef ctl
# Completion of ctl for zsh. Written by: ctl completion zsh

_ctl_root() {
  local at=${words[(I)--root]}
  local root=$before
  (( at )) && root=${words[at+1]}
  REPLY=${root%/}
}

_ctl_services() {
  local REPLY; _ctl_root
  local -a names=($REPLY/opt/gitlab/service/*(N:t))
  _describe -t services service names
}

_ctl_logs() {
  local REPLY; _ctl_root
  _alternative 'services:service:_ctl_services' "files:log:_files -W ${(q)REPLY}/var/log/gitlab"
}

_ctl_generations() {
  local REPLY; _ctl_root
  local -a names=($REPLY/var/opt/gitlab/ctl/generations/<->(N:t))
  _describe -t generations generation names
}

_ctl_settings() {
  local -a names=(@SETTINGS@)
  compadd -a names
}

_ctl() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a commands=(
@COMMANDS@
  )
  _arguments -C \\
@OPTIONS@
    '1: :->command' '*:: :->argument'
  # What stands before the command is out of sight behind it.
  local before=${opt_args[--root]:-${CTL_ROOT:-}}
  case $state in
    # Unsorted: in the order of the help.
    command) _describe -V -t commands command commands ;;
    argument)
      case $words[1] in
@CASES@
      esac
      ;;
  esac
}

_ctl "$@\""""


def _zsh(program: Command, commands: list[Command]) -> str:
    cases = []
    for command in commands:
        parts = [
            *_zsh_options(command),
            *([f"'1:{_zsh_action(command.argument)}'"] if command.argument else []),
        ]
        cases.append(f"        {command.name}) _arguments {' '.join(parts)} ;;")
    texts = {
        "@SETTINGS@": " ".join(_settings()),
        "@COMMANDS@": "\n".join(f"    {_quoted(f'{command.name}:{command.text}')}" for command in commands),
        "@OPTIONS@": "\n".join(f"    {option} \\" for option in _zsh_options(program)),
        "@CASES@": "\n".join(cases),
    }
    script = _ZSH
    for mark, text in texts.items():
        script = script.replace(mark, text)
    return script


def _zsh_options(command: Command) -> Iterator[str]:
    for option in command.options:
        text = option.text.rstrip(".").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")
        others = " ".join(option.names)
        for name in option.names:
            # Both --root DIR and --root=DIR.
            equals = "=" if option.takes and name.startswith("--") else ""
            action = f":{_zsh_action(option.takes)}" if option.takes else ""
            yield _quoted(f"({others}){name}{equals}[{text}]{action}")


def _zsh_action(kind: str) -> str:
    known = {
        "service": "service:_ctl_services",
        "log": "log:_ctl_logs",
        "setting": "setting:_ctl_settings",
        "generation": "generation:_ctl_generations",
        "file": "file:_files",
        "word": "value: ",
    }
    return known.get(kind) or f"value:({kind})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
