"""How commands are declared: for Typer, which need not be there before somebody needs what only it can do.

Most command lines are plain: exact names of options and a value behind each. `ctl.cli.direct` reads them from
these declarations; whatever else there is, and all that is said about a mistake, is Typer's, which takes
longer to import than many commands run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from ctl.cli.epilog import Epilog

if TYPE_CHECKING:
    import typer


class Declared(Struct, frozen=True):
    """What stands in the annotation of a parameter of a command.

    Args:
        kind: ``Option`` or ``Argument``, as Typer calls it.
        names: of an option, such as ``-c`` and ``--config``.
        about: whatever else Typer is told.
    """

    kind: str
    names: tuple[str, ...]
    about: Mapping[str, Any]

    def for_typer(self) -> Any:
        """Return the same in Typer's words."""
        import typer

        if self.kind == "Option":
            return typer.Option(*self.names, **self.about)
        return typer.Argument(**self.about)


def option(*names: str, **about: Any) -> Any:
    """Declare an option; see `typer.Option`."""
    return Declared("Option", names, about)


def argument(**about: Any) -> Any:
    """Declare an argument; see `typer.Argument`."""
    return Declared("Argument", (), about)


def misuse(message: str, about: str | None = None) -> Exception:
    """Return the error that the options of a command line do not go together, or have a wrong value.

    It is raised before anything has happened.

    Args:
        message: what is wrong.
        about: the option or argument whose fault it is.
    """
    import typer

    return typer.BadParameter(message, param_hint=about)


class Command(Struct, frozen=True):
    """A command of the program.

    Args:
        name: as it is typed.
        function: what it does; its parameters are what may be typed behind the name.
        epilog: what stands below its help.
        text: its help, where that is not the docstring of the function.
        hidden: no list of commands shows it.
        kind: makes the class that reads its command line, where that is not Typer's own; the options that it
            reads otherwise have a metavar in brackets.
    """

    name: str
    function: Callable[..., None]
    epilog: Epilog | None = None
    text: str | None = None
    hidden: bool = False
    kind: Callable[[], Any] | None = None

    def add_to(self, program: typer.Typer) -> None:
        """Have Typer know it."""
        program.command(
            self.name,
            cls=self.kind() if self.kind else None,
            help=self.text,
            epilog=self.epilog,
            hidden=self.hidden,
        )(for_typer(self.function))


def parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, Declared | None]]:
    """Return the parameters of a command: their types, and what is declared of them."""
    return {name: (_type(hint), _declared(hint)) for name, hint in _hints(function).items()}


def for_typer(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same function, declared in Typer's words."""
    code, defaults, closure = function.__code__, function.__defaults__, function.__closure__
    copy = FunctionType(code, function.__globals__, function.__name__, defaults, closure)
    copy.__doc__ = function.__doc__
    copy.__annotations__ = {
        name: Annotated[_type(hint), declared.for_typer()] if (declared := _declared(hint)) else hint
        for name, hint in _hints(function).items()
    }
    return copy


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    return hints


def _type(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _declared(hint: Any) -> Declared | None:
    return next((extra for extra in get_args(hint)[1:] if isinstance(extra, Declared)), None)
