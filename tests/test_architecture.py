"""Imports run downwards only, the pure rooms touch nothing, and no file grows out of hand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "ctl"
TOOLS = REPOSITORY / "tools"

# From the bottom up; the rooms of one line do not know each other, but for those that ALLOWED names.
LAYERS = (
    ("errors", "paths", "regex"),
    ("aside", "process", "mounts"),
    ("flavours", "state"),
    ("diagnostics",),
    ("syntax",),
    ("settings",),
    ("plan",),
    ("render",),
    ("targets",),
    ("apply", "registry", "storage", "supervise", "credentials", "facts"),
    ("checks",),
    ("operations",),
    ("cli",),
)
LEVELS = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
# The same inside a room: what stands directly in it belongs to no group, and is shared or joins them.
GROUPS = {
    "operations": (("compile",), ("serve",), ("change", "collect"), ("keys", "inspect", "keep")),
    "settings": (("sections",), ("rules",)),
    "storage": (("engine",), ("backends", "removal")),
    "render": (("compiled",), ("files",)),
    "targets": (("runit",),),
}
GROUP_LEVELS = {
    f"{room}.{group}": level
    for room, layers in GROUPS.items()
    for level, groups in enumerate(layers)
    for group in groups
}
# What is said to a person knows messages, and the results of operations and checks by their types alone.
CONSOLE_KNOWS = {"diagnostics", "errors", "regex"}
CONSOLE_KNOWS_TYPES_OF = {"operations", "checks"}
PURE = ("syntax", "settings", "plan", "render", "targets")
# What reaches the disk, other programs, the network, the clock or chance.
_OUTSIDE = """
asyncio concurrent ctypes datetime fcntl fileinput ftplib getpass glob grp http io importlib linecache locale
logging mmap multiprocessing os pathlib platform pty pwd queue random resource sched secrets select selectors
shelve shutil signal smtplib socket socketserver sqlite3 ssl stat subprocess syslog tempfile termios
threading time urllib.request urllib.error uuid webbrowser zoneinfo psutil cryptography requests
"""
OUTSIDE = frozenset(_OUTSIDE.split())
# What the installed ctl does not have.
NOT_INSTALLED = frozenset({"tools", "tests", "docutils"})
LONGEST_FILE = 400


@dataclass(frozen=True)
class Import:
    """One module that a file imports; ``typing_only`` where it stands under TYPE_CHECKING."""

    file: str
    line: int
    module: str
    typing_only: bool

    @property
    def room(self) -> str:
        """The room that imports."""
        return room_of(".".join(Path(self.file).with_suffix("").parts))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: imports {self.module}"


def room_of(module: str) -> str:
    """Return the room of a module below ``ctl``; the package itself has none."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] != "__init__" else ""


def group_of(module: str) -> str:
    """Return the group of a module inside its room, such as ``operations.serve``; empty without one."""
    parts = module.split(".")
    return ".".join(parts[1:3]) if ".".join(parts[1:3]) in GROUP_LEVELS and len(parts) > 3 else ""


def imports_of(source: str, file: str) -> Iterator[Import]:
    """Yield every import of a file, also those inside functions; a relative one becomes absolute."""
    tree = ast.parse(source)
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        for module in _modules(node, file):
            line = node.lineno if isinstance(node, ast.stmt) else 0
            yield Import(file, line, module, id(node) in guarded)


def _modules(node: ast.AST, file: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        parents = Path(file).parts[: -node.level]
        base = ".".join([*parents, *([node.module] if node.module else [])])
    # ``from ctl import x`` and ``from ctl.room import x`` may both name a module.
    return [f"{base}.{alias.name}" for alias in node.names]


def wrong_edge(edge: Import) -> bool:
    """Tell whether an import leads where its room must not look."""
    if not edge.module.startswith("ctl.") or edge.module == "ctl.__version__":
        return False
    source, target = edge.room, room_of(edge.module)
    if source == target:
        return False
    if source == "console":
        known = CONSOLE_KNOWS | (CONSOLE_KNOWS_TYPES_OF if edge.typing_only else set())
        return target not in known
    if target == "console":
        return source != "cli"
    return source not in LEVELS or target not in LEVELS or LEVELS[target] >= LEVELS[source]


def sideways(edge: Import) -> bool:
    """Tell whether an import leads from one group of a room to another beside or above it."""
    source = group_of(".".join(Path(edge.file).with_suffix("").parts))
    target = group_of(edge.module)
    if not source or not target or source == target or source.split(".")[0] != target.split(".")[0]:
        return False
    return GROUP_LEVELS[target] >= GROUP_LEVELS[source]


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Return the ways by which modules import themselves again, each once."""
    ways: list[list[str]] = []
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> None:
        if module in way:
            ways.append([*way[way.index(module) :], module])
        elif module not in done:
            for imported in sorted(edges.get(module, ())):
                walk(imported, [*way, module])
            done.add(module)

    for module in sorted(edges):
        walk(module, [])
    return ways


def reaches_outside(edge: Import) -> bool:
    """Tell whether a module that is imported touches the world outside the process."""
    parts = edge.module.split(".")
    return any(".".join(parts[:length]) in OUTSIDE for length in range(1, len(parts) + 1))


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


@pytest.fixture(scope="module")
def imports() -> list[Import]:
    edges = [
        edge for path in sources() for edge in imports_of(path.read_text(), str(path.relative_to(REPOSITORY)))
    ]
    assert len(edges) > 300
    assert {"render", "console", "operations", "settings"} <= {edge.room for edge in edges}
    return edges


def test_rooms_found_all_have_their_place() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert len(rooms) >= 10
    assert sorted((rooms | files) - set(LEVELS) - {"console"}) == []


def test_imports_run_downwards_only(imports: list[Import]) -> None:
    assert [str(edge) for edge in imports if wrong_edge(edge)] == []


def test_groups_of_a_room_do_not_take_from_each_other_sideways(imports: list[Import]) -> None:
    within = [edge for edge in imports if group_of(".".join(Path(edge.file).with_suffix("").parts))]
    assert len(within) > 300
    assert [str(edge) for edge in within if sideways(edge)] == []
    groups = {
        f"{path.parent.name}.{path.name}" for path in PACKAGE.glob("*/*") if (path / "__init__.py").exists()
    }
    assert groups == set(GROUP_LEVELS)


def test_engine_and_removal_reach_a_store_by_its_protocol_alone(imports: list[Import]) -> None:
    files = {"fcntl", "os", "pathlib", "shutil", "socket", "stat", "tempfile"}
    edges = [edge for edge in imports if group_of(_module(edge)) in ("storage.engine", "storage.removal")]
    assert len(edges) > 50
    # The cache is a file of this machine, wherever the store is.
    reaching = {edge.file for edge in edges if edge.module.split(".")[0] in files}
    assert reaching == {"ctl/storage/engine/cache.py"}


def _module(edge: Import) -> str:
    return ".".join(Path(edge.file).with_suffix("").parts)


def test_imports_form_no_circle(imports: list[Import]) -> None:
    modules = {".".join(path.relative_to(REPOSITORY).with_suffix("").parts) for path in sources()}
    edges: dict[str, set[str]] = {module: set() for module in modules}
    for edge in imports:
        source = ".".join(Path(edge.file).with_suffix("").parts)
        target = edge.module if edge.module in modules else edge.module.rpartition(".")[0]
        # ``from ctl.room.module import name`` names what is in the module.
        if not edge.typing_only and target in modules:
            edges[source].add(target)
    assert sum(map(len, edges.values())) > 500
    assert circles(edges) == []


def test_ctl_imports_nothing_that_only_its_build_has(imports: list[Import]) -> None:
    assert [str(edge) for edge in imports if edge.module.split(".")[0] in NOT_INSTALLED] == []
    built = [edge for path in TOOLS.glob("*.py") for edge in imports_of(path.read_text(), path.name)]
    assert {"ctl", "docutils", "tools"} <= {edge.module.split(".")[0] for edge in built}
    assert "tests" not in {edge.module.split(".")[0] for edge in built}


def test_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == [["b", "c", "b"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_imports_of_pure_rooms_touch_nothing_outside(imports: list[Import]) -> None:
    pure = [edge for edge in imports if edge.room in PURE]
    assert {edge.room for edge in pure} == set(PURE)
    assert [str(edge) for edge in pure if reaches_outside(edge)] == []


def test_texts_of_a_plan_know_no_place_of_a_machine(imports: list[Import]) -> None:
    rendering = [edge for edge in imports if edge.room == "render"]
    assert len(rendering) > 20
    assert [str(edge) for edge in rendering if room_of(edge.module) == "paths"] == []


def reaching_names(tree: ast.AST) -> Iterator[str]:
    """Yield what reaches outside without an import of its own; ``sys.modules`` holds only our own code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"open", "input", "print", "exec", "eval", "__import__"}:
                yield f"{node.lineno}: {node.func.id}"
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "sys" and node.attr != "modules":
            yield f"{node.lineno}: sys.{node.attr}"


def test_pure_rooms_use_no_name_that_reaches_outside() -> None:
    paths = [path for path in sources() if path.relative_to(PACKAGE).parts[0] in PURE]
    assert len(paths) > 30
    names = [f"{path.name}:{name}" for path in paths for name in reaching_names(ast.parse(path.read_text()))]
    assert names == []
    assert [*reaching_names(ast.parse("open('a')\nsys.stdout.write('b')\nsys.modules['c']"))] == [
        "1: open",
        "2: sys.stdout",
    ]


@pytest.mark.parametrize("tree", ["ctl", "tests", "tools"])
def test_files_are_of_a_length_that_can_be_read(tree: str) -> None:
    paths = [path for path in (REPOSITORY / tree).rglob("*.py") if "__pycache__" not in path.parts]
    assert len(paths) > (5 if tree == "tools" else 20)
    lengths = {str(path.relative_to(REPOSITORY)): len(path.read_text().splitlines()) for path in paths}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


# The test itself.


@pytest.mark.parametrize(
    ("file", "source", "wrong"),
    [
        ("ctl/plan/a.py", "from ctl.settings.model import Settings", False),
        ("ctl/plan/a.py", "from ctl.plan import b", False),
        ("ctl/plan/a.py", "from ctl.render import b", True),
        ("ctl/plan/a.py", "import ctl.render.b", True),
        ("ctl/render/a.py", "from ctl.targets.model import B", True),
        ("ctl/apply/a.py", "from ctl.targets.model import B", False),
        ("ctl/plan/a.py", "from .. import render", True),
        ("ctl/plan/a.py", "def f():\n    from ctl.cli.app import main", True),
        ("ctl/plan/a.py", "if TYPE_CHECKING:\n    from ctl.facts.gather import Facts", True),
        ("ctl/facts/a.py", "from ctl.apply.lock import b", True),
        ("ctl/apply/a.py", "from ctl.state.files import b", False),
        ("ctl/checks/a.py", "from ctl.facts.gather import Machine", False),
        ("ctl/checks/a.py", "from ctl.operations.serve.a import B", True),
        ("ctl/facts/a.py", "from ctl.checks.model import Finding", True),
        ("ctl/console/a.py", "from ctl.checks.model import Checked", True),
        ("ctl/console/a.py", "if TYPE_CHECKING:\n    from ctl.checks.model import Checked", False),
        ("ctl/state/a.py", "from ctl.flavours.table import b", True),
        ("ctl/errors.py", "from ctl.process import b", True),
        ("ctl/process.py", "from ctl.errors import CtlError", False),
        ("ctl/cli/a.py", "from ctl.console.report import b", False),
        ("ctl/operations/a.py", "from ctl.console.report import b", True),
        ("ctl/console/a.py", "from ctl.operations.a import B", True),
        ("ctl/console/a.py", "if TYPE_CHECKING:\n    from ctl.operations.a import B", False),
        ("ctl/console/a.py", "from ctl.diagnostics.model import B", False),
        ("ctl/console/a.py", "from ctl.paths import B", True),
        ("ctl/unknown/a.py", "from ctl.errors import b", True),
        ("ctl/cli/a.py", "from ctl import __version__", False),
    ],
)
def test_edge_is_told_right_from_wrong(file: str, source: str, wrong: bool) -> None:
    assert [wrong_edge(edge) for edge in imports_of(source, file)] == [wrong]


@pytest.mark.parametrize(
    ("file", "source", "wrong"),
    [
        ("ctl/operations/serve/a.py", "from ctl.operations.compile.b import C", False),
        ("ctl/operations/serve/a.py", "from ctl.operations.change import b", True),
        ("ctl/operations/collect/a.py", "from ctl.operations.change.b import C", True),
        ("ctl/operations/collect/a.py", "from ctl.operations.progress import C", False),
        ("ctl/operations/progress.py", "from ctl.operations.serve.b import C", False),
        ("ctl/storage/engine/a.py", "from ctl.storage.backends.filesystem import C", True),
        ("ctl/storage/engine/a.py", "from ctl.storage.removal.sweep import C", True),
        ("ctl/storage/engine/a.py", "from ctl.storage.store import C", False),
        ("ctl/storage/removal/a.py", "from ctl.storage.backends.filesystem import C", True),
        ("ctl/storage/removal/a.py", "from ctl.storage.engine.plan import C", False),
        ("ctl/storage/worker.py", "from ctl.storage.backends.filesystem import C", False),
    ],
)
def test_group_beside_is_told_from_one_below(file: str, source: str, wrong: bool) -> None:
    assert [sideways(edge) for edge in imports_of(source, file)] == [wrong]


@pytest.mark.parametrize(
    ("source", "outside"),
    [
        ("import os.path", True),
        ("from pathlib import Path", True),
        ("from urllib.request import urlopen", True),
        ("from urllib import request", True),
        ("def f():\n    import time", True),
        ("from urllib.parse import urlsplit", False),
        ("import json", False),
    ],
)
def test_module_outside_is_told_from_one_inside(source: str, outside: bool) -> None:
    assert [reaches_outside(edge) for edge in imports_of(source, "ctl/plan/a.py")] == [outside]
