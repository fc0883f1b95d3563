"""What to say of words that are no value, no setting, or not allowed."""

from __future__ import annotations

from ctl.syntax.mistake import Refusal
from ctl.syntax.tree import Binary, Call, Constant, Group, Index, Literal, Node, Regex, Unary

_NOT_CODE = "is not allowed: this file holds settings, not code"
_RUNS = "would run a command; this file is read, not run"
_RUNS_HELP = "put the value here, or use ENV['...'] or File.read('...')"
_CHANGES = "is not allowed: settings cannot change or reach anything"
_RANDOM = "gives another value at every run"
_RANDOM_HELP = "generate the value once and keep it in a file"

_COMMANDS = frozenset({"system", "exec", "spawn", "fork", "popen", "open", "syscall", "capture2", "capture3"})
_CODE = frozenset(
    [
        "eval",
        "instance_eval",
        "class_eval",
        "module_eval",
        "send",
        "public_send",
        "__send__",
        "define_method",
        "method_missing",
        "lambda",
        "proc",
        "loop",
        "catch",
        "throw",
        "raise",
        "fail",
        "abort",
        "exit",
        "at_exit",
        "binding",
        "load",
        "require_relative",
        "autoload",
        "gets",
        "sleep",
        "trap",
        "set_trace_func",
        "tap",
        "then",
        "instance_variable_set",
        "instance_variable_get",
        "const_get",
    ]
)
_RANDOM_NAMES = frozenset({"rand", "srand"})
RESERVED = frozenset(
    [
        "default",
        "defaults",
        "configurable",
        "configure",
        "save",
        "restore",
        "merge!",
        "keys",
        "reset",
        "hash",
        "to_hash",
        "to_h",
        "internal_set",
        "internal_get",
        "config_strict_mode",
        "config_context",
        "configurables",
        "config_attr_writer",
        "from_yaml",
        "from_json",
    ]
)
_HOST_COMMANDS = {
    ("hostname",): "hostname",
    ("hostname", "-s"): "hostname",
    ("hostname", "-f"): "fqdn",
    ("hostname", "--fqdn"): "fqdn",
}
CONSTANTS = frozenset(
    [
        "ENV",
        "Dir",
        "File",
        "YAML",
        "JSON",
        "Gitlab",
        "String",
        "Integer",
        "Float",
        "Array",
        "Hash",
        "Symbol",
        "Psych",
    ]
)
OF_HASHES_ALONE = frozenset({"merge", "dig", "compact", "transform_values", "transform_keys", "to_json"})
CHANGES_ENVIRONMENT = frozenset(
    [
        "[]=",
        "store",
        "delete",
        "clear",
        "update",
        "merge!",
        "replace",
        "delete_if",
        "keep_if",
        "reject!",
        "select!",
    ]
)
_CONSTANTS_REACH = frozenset(
    [
        "Net",
        "Socket",
        "TCPSocket",
        "FileUtils",
        "Kernel",
        "Process",
        "Tempfile",
        "URI",
        "Resolv",
        "Etc",
    ]
)
_CONSTANTS_RUN = frozenset({"Open3", "PTY", "Mixlib", "Chef"})
_CONSTANTS_RANDOM = frozenset({"SecureRandom", "Random", "Time", "Date", "DateTime", "Digest"})

# Top-level names that hold no hash until they are set; so do those that end with _url.
_WITHOUT_KEYS = frozenset({"roles", "runtime_dir", "edition", "node"})

_LITERALS = {
    "true": "true",
    "yes": "true",
    "on": "true",
    "false": "false",
    "no": "false",
    "off": "false",
    "none": "nil",
    "null": "nil",
    "nil": "nil",
    "undefined": "nil",
}


def without_keys(name: str | int) -> bool:
    """Tell whether a top-level name holds nil until it is set, not a hash."""
    return name in _WITHOUT_KEYS or str(name).endswith("_url")


def forbidden_call(name: str) -> Refusal | None:
    """Say why a function may not be called; None for one that nobody has thought of."""
    if name in _COMMANDS:
        return Refusal("forbidden", f"{name} {_RUNS}", _RUNS_HELP)
    if name in _RANDOM_NAMES:
        return Refusal("forbidden", f"{name} {_RANDOM}", _RANDOM_HELP)
    if name in _CODE:
        return Refusal("forbidden", f"{name} {_NOT_CODE}")
    return None


def forbidden_constant(name: str, method: str) -> Refusal:
    """Say why nothing can be called on a constant."""
    shown = f"{name}.{method}"
    if name in _CONSTANTS_RUN or (name in ("IO", "Kernel", "Process") and method in _COMMANDS):
        return Refusal("forbidden", f"{shown} {_RUNS}", _RUNS_HELP)
    if name in _CONSTANTS_RANDOM:
        return Refusal("forbidden", f"{shown} {_RANDOM}", _RANDOM_HELP)
    if name == "Dir":
        return Refusal("forbidden", f"{shown} {_CHANGES}", "Dir.glob('PATTERN') lists files")
    if name in _CONSTANTS_REACH or name in ("File", "IO"):
        return Refusal("forbidden", f"{shown} {_CHANGES}", None)
    if name == "ENV" and method in OF_HASHES_ALONE:
        return Refusal("unknown-method", f"ENV has no {method}", f"write ENV.to_h.{method}")
    if name == "ENV":
        return Refusal("forbidden", f"{shown} {_CHANGES}", None)
    return Refusal("unknown-name", f"{name} is not known here", "supported are ENV, File, YAML and JSON")


def host_fact(text: str | None) -> str | None:
    """Give the fact of the machine that a command between backticks asks for; None for every other one."""
    words = tuple((text or "").split())
    return _HOST_COMMANDS.get(words)


def decides_otherwise(condition: Node) -> bool:
    """Tell whether a range or a regular expression is written where something decides.

    To Ruby the first is a flip-flop, and the second is matched with the line that was read last.
    """
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Regex):
            return True
        if isinstance(node, Binary):
            if node.sign in ("..", "..."):
                return True
            waiting += [node.left, node.right] if node.sign in ("&&", "||") else []
        elif isinstance(node, Unary) and node.sign in ("!", "not"):
            waiting.append(node.operand)
        elif isinstance(node, Group) and len(node.body) == 1:
            waiting += node.body
    return False


def of_environment(node: Node) -> bool:
    """Tell whether a value is a variable of the environment, perhaps with a default of its own."""
    if isinstance(node, Binary) and node.sign == "||":
        return of_environment(node.left) and isinstance(node.right, Literal)
    if isinstance(node, Index):
        return isinstance(node.target, Constant) and node.target.name == "ENV"
    if isinstance(node, Call) and isinstance(node.receiver, Constant):
        return node.receiver.name == "ENV" and node.name == "fetch"
    if isinstance(node, Call) and node.receiver is not None:
        return node.name in ("to_s", "strip") and of_environment(node.receiver)
    return False


def command(text: str | None) -> Refusal:
    """Say why a command between backticks is not run."""
    return Refusal("forbidden", f"this {_RUNS}", _RUNS_HELP)


def variable(name: str) -> Refusal:
    """Say why ``$x`` and ``@x`` are refused."""
    return Refusal("forbidden", f"{name} {_NOT_CODE}", "text stands in quotes: '...'")


def no_value(name: str) -> Refusal:
    """Say what a bare word in a value's place should be."""
    literal = _LITERALS.get(name.lower())
    if literal is not None:
        return Refusal("unquoted-value", f"{name} is not a value", f"write {literal}")
    return Refusal(
        "unquoted-value", "this word is not a value; text must stand in quotes", "write '...' around it"
    )


def assign_constant(name: str) -> Refusal:
    """Say why nothing can be assigned to a constant."""
    return Refusal("forbidden", f"{name} cannot be changed: settings cannot change or reach anything")
