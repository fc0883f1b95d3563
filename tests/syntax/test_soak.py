"""Fuzzing for minutes: no exception, no hang, and nothing accepted that real Ruby rejects."""

from __future__ import annotations

import os
import random
import re
import time

import pytest

from ctl.syntax.model import Limits
from tests.syntax.mutations import MUTATIONS
from tests.syntax.ruby import ask_ctl, ask_ruby, plain, rejected, settings_of
from tests.syntax.ruby_cases import literals, statements
from tests.syntax.samples import SAMPLES

SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
LONGEST = 20.0
BATCH = 400
MOST = 10
_TOKEN = re.compile(r"\s+|\w+[?!]?|'[^'\n]*'|\"[^\"\n]*\"|<<[-~]?'?\w+'?|[=!<>|&*+.:]{1,3}|.", re.DOTALL)
# What Ruby refuses or does differently for a reason of its machine, not of the language.
_EXCUSED = ("SystemStackError", "NoMemoryError", "Timeout::Error", "FloatDomainError", "Encoding::")
_UNSAFE = re.compile(
    r"<<~[\s\S]*\n[ \t]+\n|<<~[\s\S]*\\\n"  # blanks alone on a line: a fault of Ruby before 3.2
    r"|<<[\s\S]*\\c|defined"
    r"|__FILE__|__dir__|hostname|loop|sleep|\*\*|<<\s*\d{3}|\d{6}|times|upto|cycle|step"
)

_HEAP = r"""
registry nginx external_url x y if unless else elsif end do each map select case when then next break
true false nil and or not ENV File YAML node . .. ... &. :: , ; => = == != =~ !~ < > <= >= <=> + - * / % ! ? :
&& || ||= += << ( ) [ ] { } | 'a' "b" "#{x}" 'c\x20d' 1 2 0 1.5 :a a: /a/ /b+/ %w(a\x20b) ['a'] ['b']['c']
{'k'=>1} .first .to_s .split(',') .each .map .upcase .strip .empty? .nil? .join('-') .merge .key?('a')
{|v|v} (&:to_s)
\n \n \n ENV['SET'] ENV['NONE'] registry['a'] registry['b']['c'] x=1 y='q' x=[1,2] y={'a'=>1} puts from_file
roles <<~A\n\x20t\nA\n
"""
WORDS = [word.encode().decode("unicode_escape") for word in _HEAP.split()]


def _sources() -> list[str]:
    return [*SAMPLES.values(), *statements(), *literals()]


def _mutated(chance: random.Random, texts: list[str]) -> str:
    """Remove, double, swap or replace some tokens of a text."""
    tokens = _TOKEN.findall(chance.choice(texts))
    others = _TOKEN.findall(chance.choice(texts))
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        at = chance.randrange(len(tokens)) if tokens else 0
        action = chance.randrange(5)
        if action == 0:
            tokens[at : at + 1] = []
        elif action == 1:
            tokens[at:at] = tokens[at : at + chance.randrange(1, 4)]
        elif action == 2 and others:
            begin = chance.randrange(len(others))
            tokens[at:at] = others[begin : begin + chance.randrange(1, 6)]
        elif action == 3 and tokens:
            other = chance.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        else:
            tokens[at : at + 1] = [chance.choice(WORDS)]
    return "".join(tokens)


def _heap(chance: random.Random) -> str:
    pieces = [chance.choice(WORDS) for _ in range(chance.randrange(1, 30))]
    return chance.choice([" ", ""]).join(pieces)


def _texts(chance: random.Random, texts: list[str]) -> list[str]:
    kinds = (lambda: _mutated(chance, texts), lambda: _mutated(chance, texts), lambda: _heap(chance))
    return [chance.choice(kinds)() for _ in range(BATCH)]


def _accepted(texts: list[str]) -> list[str]:
    """Read texts, each in time and without an internal error; list those that are accepted."""
    good: list[str] = []
    for text in texts:
        begin = time.monotonic()
        evaluated = ask_ctl(text)
        assert time.monotonic() - begin < LONGEST, repr(text)
        codes = [diagnostic.code for diagnostic in evaluated.diagnostics]
        assert "internal-error" not in codes, repr(text)
        assert len(codes) <= Limits().errors + 1
        if not rejected(evaluated):
            good.append(text)
    return good


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2))
def test_fuzzed_text_that_is_accepted_means_the_same_to_ruby(seed: int) -> None:
    chance = random.Random(f"{os.environ.get('SOAK_SEED', '')}{seed}")
    texts = _sources()
    end = time.monotonic() + SECONDS
    compared = 0
    wrong: list[str] = []
    while time.monotonic() < end and len(wrong) < MOST:
        good = [text for text in _accepted(_texts(chance, texts)) if not _UNSAFE.search(text)]
        for text, answer in zip(good, ask_ruby(good), strict=True):
            compared += 1
            if "error" in answer:
                if not answer["error"].startswith(_EXCUSED):
                    wrong.append(f"Ruby rejects {text!r}: {answer}")
            elif {name: plain(value) for name, value in answer["settings"]} != settings_of(ask_ctl(text)):
                wrong.append(f"{text!r} is {answer} to Ruby, and here {settings_of(ask_ctl(text))}")
    assert wrong == []
    assert compared > 0


@pytest.mark.soak
def test_mutations_of_samples_two_at_a_time_are_read_without_an_internal_error() -> None:
    chance = random.Random(0)
    end = time.monotonic() + SECONDS / 4
    count = 0
    while time.monotonic() < end:
        text = chance.choice(list(SAMPLES.values()))
        for _ in range(2):
            made = list(chance.choice(MUTATIONS)[1](text))
            text = chance.choice(made)[1] if made else text
        _accepted([text])
        count += 1
    assert count > 100
