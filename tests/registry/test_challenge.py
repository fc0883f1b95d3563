from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.registry.challenge import AnyChallenge, Challenge, ChallengeError, bearer, parse
from tests.registry.conftest import REALM, SERVICE, Running

TOKEN = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
# What may stand in a quoted string: visible characters, blanks, whatever is beyond ASCII.
TEXT = st.text(st.characters(min_codepoint=0x20, blacklist_characters="\x7f", blacklist_categories=["Cs"]))


def quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (['Bearer realm="https://g/jwt/auth",service="s"'], Challenge("https://g/jwt/auth", "s")),
        (['bearer REALM="r", Service=s'], Challenge("r", "s")),
        (
            ['Bearer realm="r",service="s",scope="repository:a:pull,push",error="invalid_token"'],
            Challenge("r", "s", "repository:a:pull,push", "invalid_token"),
        ),
        ([r'Bearer realm="a\"b\\c, d=e"'], Challenge('a"b\\c, d=e')),
        (['Basic realm="x", Bearer realm="r"'], Challenge("r")),
        (['Negotiate, Bearer realm="r" , service = "s"'], Challenge("r", "s")),
        (["Negotiate abc==", 'Bearer realm="r"'], Challenge("r")),
        ([' ,, Bearer realm="r",, service="s" ,'], Challenge("r", "s")),
        (['Basic realm="Bearer realm=x"'], None),
        ([""], None),
        ([], None),
    ],
)
def test_bearer_well_formed_is_found(headers: list[str], expected: Challenge | None) -> None:
    assert bearer(headers) == expected


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ('Bearer realm="r', "column 14: a closing quote"),
        ('Bearer realm="r" service="s"', "column 18: a comma"),
        ('Bearer realm="r",realm="s"', "column 18: no second 'realm'"),
        ('Bearer "r"', "column 8: a parameter"),
        ("Bearer a b", "column 8: a parameter"),
        ('Bearer realm="r",, "x"', "column 20: a scheme"),
        ("Bearer realm=https://g/jwt", "column 19: a comma"),
        ('"Bearer"', "column 1: a scheme"),
        ("Bearer\x00", "column 7: a space"),
        ('Bearer realm="a\x01"', "a closing quote"),
        ("Bearer", "no realm"),
        ("Bearer realm=", "no realm"),
        ('Bearer realm=""', "no realm"),
        ('Bearer service="s"', "no realm"),
        ('Bearer realm="a", Bearer realm="b"', "2 Bearer challenges"),
    ],
)
def test_bearer_malformed_says_where(header: str, said: str) -> None:
    with pytest.raises(ChallengeError) as caught:
        bearer([header])
    assert said in str(caught.value)


@given(st.lists(st.tuples(TOKEN, st.dictionaries(TOKEN.map(str.lower), TEXT, min_size=1)), max_size=4))
def test_challenges_written_and_parsed_are_the_same(challenges: list[tuple[str, dict[str, str]]]) -> None:
    header = ", ".join(
        f"{scheme} {', '.join(f'{name}={quoted(value)}' for name, value in parameters.items())}"
        for scheme, parameters in challenges
    )
    expected = tuple(AnyChallenge(scheme.lower(), parameters) for scheme, parameters in challenges)
    assert parse(header) == expected


@given(st.text(alphabet='aB=", \\\t;', max_size=30))
def test_header_of_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(ChallengeError):
        assert bool(parse(text)) == bool(text.strip(" \t,"))


def test_challenge_of_the_real_registry_is_read_exactly(registry: Running) -> None:
    answer = registry.client.get("/v2/")
    assert answer.status == 401
    assert bearer(answer.values("WWW-Authenticate")) == Challenge(REALM, SERVICE)


def test_challenge_of_the_real_registry_names_the_scope(registry: Running) -> None:
    challenge = bearer(registry.client.get("/v2/group/app/tags/list").values("www-authenticate"))
    assert challenge == Challenge(REALM, SERVICE, "repository:group/app:pull")
