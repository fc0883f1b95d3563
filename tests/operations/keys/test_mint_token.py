from __future__ import annotations

from pathlib import Path

import pytest

from ctl.errors import CtlError, ExitCode
from ctl.operations.keys.mint_token import mint_token
from ctl.paths import Layout


def refused(tmp_path: Path, *scopes: str, expires: str = "5m") -> CtlError:
    with pytest.raises(CtlError) as caught:
        mint_token(Layout(tmp_path), scopes, expires)
    return caught.value


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("", "has no actions"),
        ("group/app", "has no actions"),
        ("group/app:pull", "has no actions"),
        ("repository:group/app", "has no actions"),
        ("repository:group/app:", "has the action ''"),
        ("repository:group/app:read", "has the action 'read', pull, push, delete or * is expected"),
        ("repository:group/app:pull,,push", "has the action ''"),
        ("repository:group/app:pull, push", "has the action ' push'"),
        ("repository:group/app:v1:pull", "has the name 'group/app:v1'"),
        ("repository:Group/app:pull", "names no repository: their names are lower-case"),
        ("repository:group//app:pull", "has the name 'group//app'"),
        ("repository:group/*:pull", "has the name 'group/*'"),
        ("repository:group/app:pull repository:b:pull", "has the name"),
        ("repo:group/app:pull", "is of the type 'repo', 'repository' is expected"),
        ("registry:catalog:pull", "allows nothing"),
        ("registry:other:*", "allows nothing"),
    ],
)
def test_scope_of_another_form_is_refused_with_the_right_one(tmp_path: Path, scope: str, said: str) -> None:
    error = refused(tmp_path, "repository:good:pull", scope)
    assert error.exit_code is ExitCode.USAGE
    assert repr(scope) in error.message
    assert said in error.message
    assert "repository:group/app:pull,push" in (error.help or "")


@pytest.mark.parametrize(
    "expires", ["", "0", "0s", "5", "5 m", "-5m", "1.5m", "61m", "1h1s", "1d", "m", "٥m"]
)
def test_duration_out_of_range_is_refused_with_the_range(tmp_path: Path, expires: str) -> None:
    error = refused(tmp_path, "repository:a:pull", expires=expires)
    assert error.exit_code is ExitCode.USAGE
    assert "a duration from 1s to 1h is expected" in error.message


def test_no_scope_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).exit_code is ExitCode.USAGE


def test_machine_without_a_generation_says_what_to_do(tmp_path: Path) -> None:
    error = refused(tmp_path, "repository:a:pull")
    assert (error.exit_code, error.help) == (ExitCode.FAILED, "ctl reconfigure")
