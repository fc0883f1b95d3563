"""The complete example holds every setting, compiles, and says what holds anyway."""

from __future__ import annotations

import re
from functools import cache

import pytest

from ctl.diagnostics.model import Severity
from ctl.flavours.table import FLAVOURS
from ctl.settings.example import example_file
from ctl.settings.load import Loaded, load
from ctl.settings.reference import ANY, entries
from ctl.syntax.model import setting_name
from tests.plan.making import plan_alone
from tests.settings.reading import read

SETTING = re.compile(r"# (?P<name>[a-z_]+(?:\['\w+'\])*)(?: = | '|$)")


@cache
def lines() -> tuple[str, ...]:
    return tuple(example_file().splitlines())


@cache
def blocks() -> dict[str, tuple[str, ...]]:
    """Return the commented settings, each with all of its lines as they stand, by name."""
    grouped: dict[str, list[str]] = {}
    name = ""
    for line in lines():
        match = SETTING.match(line)
        if match:
            name = match["name"]
            grouped[name] = [line]
        elif line.startswith("# ") and name:
            grouped[name].append(line)
        else:
            name = ""
    return {name: tuple(block) for name, block in grouped.items()}


def bare(block: tuple[str, ...], *, all_of_it: bool = False) -> str:
    """Take the comment signs away, the inner ones too if all of it is wanted."""
    text = "\n".join(line.removeprefix("# ") for line in block)
    while all_of_it and (inner := re.sub(r"(?m)^(\s*)# ", r"\1", text)) != text:
        text = inner
    return text


def compiled(text: str) -> Loaded:
    result = load(read(text))
    errors = [
        diagnostic.message for diagnostic in result.diagnostics if diagnostic.severity is Severity.ERROR
    ]
    assert result.settings is not None, errors
    return result


def given() -> str:
    return "\n".join(line for line in lines() if not line.startswith("#"))


def long() -> list[str]:
    return [name for name, block in blocks().items() if len(block) > 1]


def test_example_as_it_is_sets_the_two_urls_alone() -> None:
    result = compiled(example_file())
    assert result.diagnostics == []
    assert sorted(read(example_file()).values) == ["external_url", "registry_external_url"]


def test_example_with_every_default_uncommented_means_the_same() -> None:
    short = [bare(block) for block in blocks().values() if len(block) == 1]
    assert len(short) > 100
    text = "\n".join([given(), *short])
    assert compiled(text).diagnostics == []
    for flavour in FLAVOURS.values():
        assert plan_alone(text, flavour=flavour) == plan_alone(example_file(), flavour=flavour)


@pytest.mark.parametrize("all_of_it", [False, True], ids=["as-it-stands", "all-of-it"])
@pytest.mark.parametrize("name", long())
def test_hash_of_example_uncommented_is_valid(name: str, all_of_it: bool) -> None:
    text = f"{given()}\n{bare(blocks()[name], all_of_it=all_of_it)}"
    compiled(text)
    for flavour in FLAVOURS.values():
        assert plan_alone(text, flavour=flavour).registry is not None


def test_example_holds_every_setting_with_its_docstring() -> None:
    assert len(long()) > 15
    text = " ".join(line.lstrip("# ").removeprefix("! ") for line in lines())
    plain = {setting_name(entry.path) for entry in entries() if ANY not in entry.path} & set(blocks())
    for entry in entries():
        assert entry.doc in text, entry.dotted
        if setting_name(entry.path) not in plain and not entry.is_section and len(entry.path) > 1:
            assert f"'{entry.name}' => " in text, entry.dotted
    assert len(plain) > 120


def test_lines_of_example_fit_a_terminal() -> None:
    wide = [line for line in lines() if len(line) > 115 and not re.search("ssl_ciphers|log_format", line)]
    assert wide == []
