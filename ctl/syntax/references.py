"""What the names and indexes of a settings file refer to; the state of an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.syntax import wording
from ctl.syntax.functions import Functions
from ctl.syntax.indexing import indexed
from ctl.syntax.kinds import kind_of
from ctl.syntax.method import World
from ctl.syntax.mistake import Exhausted, Mistake, Refusal
from ctl.syntax.model import Context, SettingPath, setting_name
from ctl.syntax.scopes import Scopes
from ctl.syntax.shapes import Shapes
from ctl.syntax.source import Source
from ctl.syntax.store import Store
from ctl.syntax.tree import Binary, Command, Constant, Index, Literal, Name, Node, Variable
from ctl.syntax.wording import without_keys


class References:
    """Knows what names refer to.

    Args:
        source: the text.
        context: see `Context`.
    """

    def __init__(self, source: Source, context: Context) -> None:
        self.source = source
        self.context = context
        self.scopes = Scopes()
        self.world = World(context.limits)
        self.tainted = False
        self.shapes = Shapes()
        self.store = Store(source, self.shapes, self.spend_copies)
        self.functions = Functions(context, self._taint)
        self.diagnostics: list[Diagnostic] = []
        self.blocks = 0  # blocks that are being run
        self.match_tainted = False
        self.passed_over: set[tuple[str, int, int]] = set()  # what `not_taken` has looked at
        self._reported: set[Diagnostic] = set()
        self.rounds = 0  # of all blocks so far
        self._steps = self._copies = self._made = 0

    def value(self, node: Node) -> Any:
        """Evaluate a value."""
        raise NotImplementedError

    def not_taken(self, nodes: list[Node], around: Node | None = None) -> None:
        """Look at statements that are not evaluated, or at values and the node around them."""
        raise NotImplementedError

    def passed(self, statements: list[Node], *, wanted: bool) -> None:
        """Look at the statements of a branch or a block that is not taken."""
        raise NotImplementedError

    def _taint(self) -> None:
        self.tainted = True

    def spend(self, steps: int) -> None:
        """Count steps of a block; what stands outside of blocks is done once.

        Raises:
            Exhausted: there were too many.
        """
        if self.blocks:
            self._steps += steps
            if self._steps > self.context.limits.steps:
                raise Exhausted(f"the blocks of the file take more than {self.context.limits.steps} steps")

    def spend_copies(self, count: int) -> None:
        """Count values that are copied into settings.

        Raises:
            Exhausted: there were too many.
        """
        self._copies += count
        if self._copies > self.context.limits.copies:
            raise Exhausted(f"the file copies more than {self.context.limits.copies} values")

    def spend_round(self) -> None:
        """Count a round of a block.

        Raises:
            Exhausted: there were too many.
        """
        self.rounds += 1
        if self.rounds > self.context.limits.iterations:
            raise Exhausted(f"the blocks of the file take more than {self.context.limits.iterations} rounds")

    def made(self, value: Any) -> Any:
        """Count the characters of a string that was made; return the value.

        Raises:
            Exhausted: there were too many.
        """
        if isinstance(value, str):
            self._made += len(value)
            if self._made > self.context.limits.made:
                raise Exhausted(f"the file makes strings of more than {self.context.limits.made} characters")
        return value

    def report(self, mistake: Mistake) -> None:
        """Note a mistake; one that a block makes in each round is noted once."""
        self.note(mistake.diagnostic(self.source))

    def note(self, diagnostic: Diagnostic) -> None:
        """Note a finding, once."""
        if diagnostic not in self._reported:
            self._reported.add(diagnostic)
            self.diagnostics.append(diagnostic)

    def warn(self, node: Node, code: str, message: str, help: str | None = None) -> None:
        """Note a warning."""
        span = self.source.span(node.start, node.end)
        self.note(Diagnostic(Severity.WARNING, code, message, span, help))

    def refuse(self, node: Node, refusal: Refusal) -> NoReturn:
        """Give a refusal a place.

        Raises:
            Mistake: always.
        """
        raise Mistake(node.start, node.end, refusal.code, refusal.message, refusal.help) from None

    def read(self, path: SettingPath, node: Node) -> Any:
        """Read a setting; one that is not set yet is an empty hash, as in Ruby, and a warning."""
        known, value = self.store.read(path)
        if known:
            self.tainted = self.tainted or self.store.secret(path, value)
            return value
        return self._unset(path, node)

    def _unset(self, path: SettingPath, node: Node) -> Any:
        """Read what is not set: reading makes the way to it, as in Ruby."""
        for depth in range(1, len(path) + 1):
            here = path[:depth]
            known, value = self.store.read(here)
            if known and not isinstance(value, dict | list):
                return self._behind(value, path[depth:], node) if depth < len(path) else value
            if known:
                continue
            if depth == 1 and without_keys(here[0]):
                return self._behind(None, path[1:], node)
            made = self.store.vivify(here, self.source.span(node.start, node.end))
            if made is None:
                return self._behind(self.store.read(here[:-1])[1], path[depth - 1 :], node)
            if depth > 1:
                message = f"{setting_name(here)} is read before it is set, which makes it {{}}"
                self.warn(node, "read-before-set", message, "set it on a line above")
        return self.store.read(path)[1]

    def _behind(self, value: Any, keys: SettingPath, node: Node) -> Any:
        """Index a value that is no part of the settings' tree."""
        for key in keys:
            try:
                value = indexed(value, [key], self.world)
            except Refusal as refusal:
                self.refuse(node, refusal)
        return value

    def checked(self, node: Node, run: Callable[[], Any]) -> Any:
        """Run what can refuse its arguments; the refusal gets the place of a node."""
        try:
            return run()
        except Refusal as refusal:
            self.refuse(node, refusal)

    def variable(self, node: Variable) -> Any:
        """Evaluate ``$1`` and its like, what the last match found; refuse every other variable."""
        name, last = node.name[1:], self.world.last
        if node.name[0] == "$" and (name in ("~", "&") or (name.isdigit() and name != "0")):
            self.tainted = self.tainted or self.match_tainted
            if last is None or name == "~":
                return last
            return last.group(0 if name == "&" else int(name[:3]))
        self.refuse(node, wording.variable(node.name))

    def command_output(self, node: Command) -> str:
        """Give the fact of the machine that a command between backticks asks for; refuse every other one."""
        fact = wording.host_fact(node.text)
        if fact is None:
            self.refuse(node, wording.command(node.text))
        text = str(self.checked(node, lambda: self.functions.node(fact)))
        if (node.text or "").split()[1:] == ["-s"]:
            text = text.partition(".")[0]
        return text + "\n"

    def path_of(self, node: Node) -> tuple[SettingPath, list[tuple[int, int]]] | None:
        """Find the path that an index or a name means; None when it does not begin with a setting.

        Returns:
            The path, and where each part of it stands.
        """
        keys: list[Node] = []
        while isinstance(node, Index):
            if len(node.arguments) != 1:
                return None
            keys.append(node.arguments[0])
            node = node.target
        keys.reverse()
        path: list[str | int]
        if isinstance(node, Constant) and node.name == "Gitlab" and keys:
            node = keys.pop(0)
            path = [self.path_key(node)]
            if path[0] not in self.context.roots:
                return None
        elif isinstance(node, Name) and node.local:
            location = self.store.location(self.scopes.get(node.name).value)
            if location is None:
                return None
            path = list(location)
        elif isinstance(node, Name) and node.name in self.context.roots and node.name != "node":
            path = [node.name]
        else:
            return None
        if any(isinstance(key, Binary) and key.sign in ("..", "...") for key in keys):
            return None
        places = [(node.start, node.end)] * len(path)
        for key in keys:
            path.append(self.path_key(key))
            places.append((key.start, key.end))
        return tuple(path), places

    def path_key(self, node: Node) -> str | int:
        """Evaluate a key between brackets.

        Raises:
            Mistake: it is no key.
        """
        if type(node) is Literal and isinstance(node.value, str):
            return node.value
        if isinstance(node, Constant) or (isinstance(node, Name) and not node.local):
            self.refuse(
                node, Refusal("unquoted-value", "this key must stand in quotes", f"write '{node.name}'")
            )
        key = self.value(node)
        if isinstance(key, str):
            return str(key)
        if isinstance(key, int) and not isinstance(key, bool):
            return key
        self.refuse(node, Refusal("wrong-type", f"a key must be a string, not {kind_of(key)}"))
