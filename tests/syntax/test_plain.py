"""A setting that is parsed at one glance means what it means token by token."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.syntax.model import Limits
from ctl.syntax.parser import parse
from ctl.syntax.plain import PlainSettings
from ctl.syntax.source import Source
from tests.syntax.mutations import MUTATIONS
from tests.syntax.reading import ROOTS
from tests.syntax.ruby_cases import literals, statements
from tests.syntax.samples import SAMPLES

ROOT_LINES = [
    "registry['a'] = 'x'",
    "registry['a']='x'",
    'registry["a"]  =\t"x"  ',
    "registry['a'] = 'x' # note",
    "registry['a'] = 'x'# note",
    "registry['a'] = 'x'\r",
    "registry['a'] = 'x' \r",
    "registry['a'] = 12 # 'x'",
    "registry['a'] = true",
    "registry['a'] = ''",
    "registry[''] = nil",
    "registry['a#b'] = 'c#d'",
    "registry['a'] = \"c#d\"",
    "registry['a'] = \"c\\td\"",
    "registry['a'] = 'it\\'s'",
    "registry['a'] = 'x' 'y'",
    "registry['a'] = 'x' \\\n  'y'",
    "registry['a'] = 'x'\n  .upcase",
    "registry['a'] = 'x'\n# note\n  .upcase",
    "registry['a'] = 'x'\n  &.upcase",
    "registry['a'] = 1\n..2",
    "registry['a'] = 'x' if true",
    "registry['a'] = 'x'; registry['b'] = 'y'",
    "registry['a'] = 'x':",
    "registry['a'] = 012",
    "registry['a'] = 1_000",
    "registry['a'] = 1.5",
    "registry['a'] = 1000000000000000000000",
    "registry['a'] = truely",
    "registry['a'] == 'x'",
    "registry['a'] => 'x'",
    "registry ['a'] = 'x'",
    "registry['a']['b'] = 'x'",
    "registry['a'] = 'x' ]",
    "registry['a'] = 'x' junk",
    "unknown['a'] = 'x'",
    "registry = {}\nregistry['a'] = 'x'",
    "x = <<A; registry['a'] = 'x'\ntext\nA\nregistry['b'] = x",
    "if true\n  registry['a'] = 'x'\nelse\n  registry['a'] = 'y'\nend",
    "[1].each { |one|\n  registry['a'] = 'x'\n}",
    "[1].each { |one| registry['a'] = 'x' }",
    "[1].each { |registry|\n  registry['a'] = 'x'\n}\nregistry['a'] = 'x'",
    "x = (\n  registry['a'] = 'x'\n)",
    "registry['b'] = \"#{\n  registry['a'] = 'x'\n}\"",
    "registry['a'] =\n  'x'",
    "registry['a'] = 'x'\n=begin\ntext\n=end\nregistry['b'] = 'y'",
    "registry['a'] = 'x'\n__END__\nregistry['b'] = 'y'",
]


def outcome(text: str, limits: Limits = Limits()) -> tuple[object, ...]:  # noqa: B008 - it is frozen
    tree, parser = parse(Source("gitlab.rb", text), limits, ROOTS)
    return tree, parser.mistakes, parser.joined, parser.locals, parser.unread, parser.has_blocks


def both(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """List the texts that are not parsed alike by both ways."""
    fast = [outcome(text) for text in texts]
    monkeypatch.setattr(PlainSettings, "plain_setting", lambda *_: None)
    slow = [outcome(text) for text in texts]
    return [text for text, quick, other in zip(texts, fast, slow, strict=True) if quick != other]


@pytest.mark.parametrize("line", ROOT_LINES)
@pytest.mark.parametrize("end", ["", "\n", "\nregistry['last'] = 1\n"])
def test_line_near_a_plain_setting_is_parsed_alike(
    line: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert both([line + end], monkeypatch) == []


def test_samples_cases_and_broken_samples_are_parsed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = [text for sample in SAMPLES.values() for _, mutate, _ in MUTATIONS for _, text in mutate(sample)]
    examples = [path.read_text() for path in (Path(__file__).parents[2] / "examples").glob("**/*.rb")]
    assert len(examples) > 3
    assert len(broken) > 500
    assert both([*SAMPLES.values(), *examples, *literals(), *statements(), *broken], monkeypatch) == []


def test_plain_setting_is_parsed_at_one_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    glance = PlainSettings.plain_setting

    def watched(self: PlainSettings, token: object) -> object:
        seen.append(glance(self, token))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(PlainSettings, "plain_setting", watched)
    outcome("registry['a'] = 'x' # note\nregistry['b'] = 5000\nregistry['c'] = [1]\n")
    assert [parsed is not None for parsed in seen] == [True, True, False]


@pytest.mark.parametrize("deep", [0, 1, 2, 3])
def test_plain_setting_at_the_limit_of_nesting_is_parsed_alike(
    deep: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "if true\n  if true\n    registry['a'] = 'x'\n  end\nend\n"
    fast = outcome(text, Limits(nesting=deep))
    monkeypatch.setattr(PlainSettings, "plain_setting", lambda *_: None)
    assert fast == outcome(text, Limits(nesting=deep))
