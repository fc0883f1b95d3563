from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.checks.answers import check_token
from ctl.checks.model import Outcome
from ctl.credentials.keypair import KeyPair
from ctl.credentials.keys import describe_key, jwks
from ctl.registry.token import Access, ScopeError, TokenError, mint, parse_scope, parse_scopes
from tests.registries import V3
from tests.registry.conftest import ISSUER, SERVICE, Running, Start

PUSH = Access("repository", "group/app", ("pull", "push"))


def token_of(pair: KeyPair, *access: Access, **change: Any) -> str:
    values: dict[str, Any] = {
        "key_id": describe_key(pair.key_pem).libtrust_id,
        "issuer": ISSUER,
        "service": SERVICE,
        "subject": "root",
        "access": access,
        "now": int(time.time()),
        "token_id": "1",
    }
    return mint(pair.key_pem, **{**values, **change})


def part(token: str, index: int) -> Any:
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_token_minted_has_the_claims_of_the_specification(pair: KeyPair) -> None:
    token = token_of(pair, PUSH, now=1000)
    assert part(token, 0) == {"typ": "JWT", "alg": "RS256", "kid": describe_key(pair.key_pem).libtrust_id}
    assert part(token, 1) == {
        "iss": ISSUER,
        "aud": SERVICE,
        "sub": "root",
        "iat": 1000,
        "nbf": 1000,
        "exp": 1300,
        "jti": "1",
        "access": [{"type": "repository", "name": "group/app", "actions": ["pull", "push"]}],
    }
    assert "=" not in token


def test_token_right_is_accepted(registry: Running, pair: KeyPair) -> None:
    finding = check_token(registry.client, token_of(pair))
    assert (finding.outcome, finding.message) == (Outcome.OK, "the token is accepted")


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "another"},
        {"service": "another"},
        {"now": int(time.time()) - 1000},
        {"key_id": "AAAA:AAAA"},
    ],
    ids=["issuer", "service", "expired", "key id"],
)
def test_token_wrong_in_one_thing_is_a_contradiction(
    registry: Running, pair: KeyPair, change: dict[str, Any]
) -> None:
    finding = check_token(registry.client, token_of(pair, **change))
    assert finding.outcome is Outcome.ERROR
    assert "key, issuer or service differ" in finding.message


def test_token_of_a_key_outside_the_bundle_is_a_contradiction(registry: Running, other_pair: KeyPair) -> None:
    assert check_token(registry.client, token_of(other_pair)).outcome is Outcome.ERROR


def test_token_that_is_no_token_is_a_contradiction(registry: Running) -> None:
    finding = check_token(registry.client, "no-token")
    assert finding.outcome is Outcome.ERROR
    assert "401" in finding.message


def test_bundle_of_several_keys_lets_each_of_them_in(
    start: Start, pair: KeyPair, other_pair: KeyPair, ec_pair: KeyPair
) -> None:
    both = start(pair.certificate_pem + other_pair.certificate_pem + ec_pair.certificate_pem)
    for signer in (pair, other_pair, ec_pair):
        assert check_token(both.client, token_of(signer)).outcome is Outcome.OK


def test_distribution_3_knows_the_key_id_of_gitlab_by_a_key_set_alone(
    start: Start, pair: KeyPair, other_pair: KeyPair, tmp_path: Path
) -> None:
    """What lets tokens of GitLab in, which has no other key id than that of libtrust."""
    described = describe_key(pair.key_pem)
    outcomes = {}
    for name, listed in (("bundle", None), ("other", other_pair), ("own", pair)):
        auth = {"realm": "https://g", "service": SERVICE, "issuer": ISSUER}
        (tmp_path / "bundle").write_text(pair.certificate_pem)
        auth["rootcertbundle"] = str(tmp_path / "bundle")
        if listed is not None:
            (tmp_path / name).write_text(json.dumps(jwks(listed.certificate_pem)))
            auth["jwks"] = str(tmp_path / name)
        client = start(program=V3, auth={"token": auth}).client
        for key_id in (described.libtrust_id, described.thumbprint):
            outcomes[name, key_id] = check_token(client, token_of(pair, key_id=key_id)).outcome
    assert outcomes == {
        **{(name, described.libtrust_id): Outcome.ERROR for name in ("bundle", "other")},
        ("own", described.libtrust_id): Outcome.OK,
        **{(name, described.thumbprint): Outcome.OK for name in ("bundle", "other", "own")},
    }


def test_push_with_its_scope_is_allowed_and_without_refused(registry: Running, pair: KeyPair) -> None:
    path = "/v2/group/app/blobs/uploads/"
    allowed = registry.client.request("POST", path, token=token_of(pair, PUSH), body=b"")
    assert allowed.status == 202
    for access in (Access("repository", "group/app", ("pull",)), Access("repository", "group/b", ("push",))):
        refused = registry.client.request("POST", path, token=token_of(pair, access), body=b"")
        assert refused.status == 401


def test_signature_on_a_curve_names_the_algorithm_of_the_curve(ec_pair: KeyPair) -> None:
    token = token_of(ec_pair)
    assert part(token, 0)["alg"] == "ES256"
    assert len(base64.urlsafe_b64decode(token.split(".")[2] + "==")) == 64


@pytest.mark.parametrize(
    "key", ["", "x", "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----"]
)
def test_token_of_a_broken_key_is_an_error_without_the_key(pair: KeyPair, key: str) -> None:
    with pytest.raises(TokenError, match="cannot be read"):
        token_of(pair) and mint(
            key, key_id="k", issuer="i", service="s", subject="u", access=(), now=1, token_id="1"
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("repository:group/app:pull,push", Access("repository", "group/app", ("pull", "push"))),
        ("registry:catalog:*", Access("registry", "catalog", ("*",))),
        ("repository(plugin):a/b:pull", Access("repository(plugin)", "a/b", ("pull",))),
        ("repository:host:5000/a:pull", Access("repository", "host:5000/a", ("pull",))),
        ("repository:a__b/c-d.e:pull,pull", Access("repository", "a__b/c-d.e", ("pull",))),
    ],
)
def test_scope_right_is_parsed(text: str, expected: Access) -> None:
    assert parse_scope(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no actions"),
        ("repository", "has no actions"),
        ("repository:group/app", "has no actions"),
        (":a:pull", "the type ''"),
        ("Repository:a:pull", "the type 'Repository'"),
        ("repository:A:pull", "the name 'A'"),
        ("repository::pull", "the name ''"),
        ("repository:a//b:pull", "the name 'a//b'"),
        ("repository:../a:pull", "the name '../a'"),
        ("repository:a:", "the action ''"),
        ("repository:a:pull,", "the action ''"),
        ("repository:a:pull, push", "the action ' push'"),
        ("repository:a:Pull", "the action 'Pull'"),
        ("repository:a:pull\n", "the action 'pull\\n'"),
    ],
)
def test_scope_wrong_names_the_part(text: str, said: str) -> None:
    with pytest.raises(ScopeError) as caught:
        parse_scope(text)
    assert said in str(caught.value)


COMPONENT = st.from_regex(r"[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,4})?", fullmatch=True)
ACCESS = st.builds(
    Access,
    st.sampled_from(["repository", "registry", "repository(plugin)"]),
    st.lists(COMPONENT, min_size=1, max_size=4).map("/".join),
    st.lists(st.sampled_from(["pull", "push", "delete", "*"]), min_size=1, unique=True).map(tuple),
)


@given(st.lists(ACCESS, max_size=4))
def test_scopes_written_and_parsed_are_the_same(access: list[Access]) -> None:
    assert list(parse_scopes(" ".join(str(scope) for scope in access))) == access


@given(st.text(alphabet="ab:/,*-_. A\n", max_size=20))
def test_scope_of_any_text_is_exact_or_refused(text: str) -> None:
    try:
        access = parse_scope(text)
    except ScopeError:
        return
    assert str(access).split(",") == list(dict.fromkeys(text.split(",")))
