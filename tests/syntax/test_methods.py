"""Every method of every kind of value takes or refuses whatever it is given, and never fails otherwise."""

from __future__ import annotations

from itertools import product

import pytest

from ctl.syntax import block_methods, changes, functions, methods
from ctl.syntax.kinds import Range, SymbolText
from ctl.syntax.model import Limits
from tests.syntax.reading import context, read

SMALL = Limits(parts=1000, string=10_000, iterations=2000)
# As they are written, and a value of the kind, which tells the methods.
RECEIVERS: dict[str, object] = {
    "'ab1'": "",
    "''": "",
    "'é'": "",
    ":sym": SymbolText("sym"),
    "7": 1,
    "-(10**30)": 1,
    "1.5": 1.0,
    "1e400": 1.0,
    "[3, 'a', nil]": [],
    "[[1, 2], [3, 4]]": [],
    "[]": [],
    "{ 'a' => 1, b: [2] }": {},
    "(1..3)": Range(1, 3, False),
    "('a'..'c')": Range("a", "c", False),
    "(1..)": Range(1, None, False),
    "(..1)": Range(None, 1, False),
    "nil": None,
    "true": True,
}
ODD = [
    "0",
    "-1",
    "2",
    "10**30",
    "1e400",
    "-1e400",
    "1e300",
    "0.5",
    "nil",
    "true",
    "''",
    "'a'",
    "'é'",
    ":a",
    "[]",
    "[1]",
    "{}",
    "{'a'=>1}",
    "/a/",
    "(1..2)",
    "('a'..)",
]
# fmt: off
SIGNS = [
    "+", "-", "*", "/", "%", "**", "&", "|", "^",
    "<<", ">>", "==", "!=", "<", "<=", ">", ">=", "<=>",
    "=~", "!~", "===", "..", "...", "&&", "||",
]
# fmt: on
BLOCKS = ["", " { |one| one }", " { |one, two| two }", " { nil }", " { [1] }", " { {} }", " { 1e400 }"]


def codes(text: str) -> set[str]:
    return {diagnostic.code for diagnostic in read(text, limits=SMALL).diagnostics}


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_method_with_odd_arguments_is_no_internal_error(receiver: str) -> None:
    value = RECEIVERS[receiver]
    names = sorted({*methods.table_of(value)[1], *block_methods.names(value), *changes.TABLE})
    names = [name for name in names if name[-1].isalnum() or name[-1] in "?!"]
    assert len(names) > 5
    pairs = product(ODD[::3], ODD[1::4])
    given = ["", *(f"({argument})" for argument in ODD), *(f"({first}, {second})" for first, second in pairs)]
    lines = [f"registry['v'] = {receiver}.{name}{arguments}" for name in names for arguments in given]
    with_block = product(names, given[:9], BLOCKS)
    lines += [f"registry['v'] = {receiver}.{name}{arguments}{block}" for name, arguments, block in with_block]
    assert [line for line in lines if "internal-error" in codes(line + "\n")] == []


@pytest.mark.parametrize("sign", SIGNS)
def test_operator_between_odd_values_is_no_internal_error(sign: str) -> None:
    values = [*RECEIVERS, *ODD]
    lines = [f"registry['v'] = {left} {sign} {right}" for left, right in product(values, values)]
    assert [line for line in lines if "internal-error" in codes(line + "\n")] == []


def test_index_with_odd_keys_is_no_internal_error() -> None:
    keys = [*ODD, "1, 2", "-1, 10**30", "/a/, 5"]
    lines = [f"registry['v'] = {receiver}[{key}]" for receiver, key in product(RECEIVERS, keys)]
    assert [line for line in lines if "internal-error" in codes(line + "\n")] == []


def test_function_with_odd_arguments_is_no_internal_error() -> None:
    known = functions.Functions(context(), lambda: None)
    names = [f"{constant}.{name}" for constant, name in known.constants]
    names += ["Integer", "Float", "String", "Array", "format", "require", "from_file", "puts", "YAML.x"]
    assert len(names) > 20
    given = [*ODD, "'%d', 1e400", "'%s%s', 1", "'/bare', {chomp: true}", "'1', 10", "'a', *[1, 2]", "&:a"]
    lines = [f"registry['v'] = {name}({arguments})" for name, arguments in product(names, ["", *given])]
    assert [line for line in lines if "internal-error" in codes(line + "\n")] == []
