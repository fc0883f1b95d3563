from __future__ import annotations

import math
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ctl.plan.address import ListenAddress
from ctl.plan.model import Secret
from ctl.render.quoting import (
    Unrepresentable,
    environment_file,
    logrotate_logs,
    nginx_bare,
    nginx_expression,
    nginx_host_pattern,
    nginx_listen,
    nginx_string,
    nginx_words,
    plain_line,
    shell_word,
    yaml_value,
)
from tests.render.nginx_syntax import directives

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
ONE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
# Letters that some format gives a meaning, many times as often as the others.
SIGNS = st.text(
    st.sampled_from(list("ab \"'\\$`#;{}[]:,&*!|>%@-?~=<\n\t\r\x00\x7f\x85\u2028\ufeffü\U0001f600"))
)
ODD = [
    "",
    " ",
    "a #b",
    "a: b",
    "'",
    '"',
    "\\",
    "\\n",
    "~",
    "null",
    "yes",
    "0x1f",
    "1e3",
    "- a",
    "{{ x }}",
    "<<",
    "\ufeff",
    "%",
    "!!x",
]


def yaml_of(text: str) -> Any:
    return yaml.safe_load(f"value: {text}\n")["value"]


@settings(deadline=None)
@given(ANY_TEXT | SIGNS | st.sampled_from(ODD))
def test_yaml_of_any_text_is_read_back_exactly(text: str) -> None:
    quoted = yaml_value(text)
    assert "\n" not in quoted
    assert yaml_of(quoted) == text


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | ANY_TEXT
    | SIGNS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT | SIGNS, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(VALUES)
def test_yaml_of_any_value_is_read_back_exactly(value: Any) -> None:
    read_back = yaml_of(yaml_value(value))
    assert read_back == value
    assert type(read_back) is type(value)


def test_yaml_of_tuple_and_secret_is_that_of_list_and_text() -> None:
    assert yaml_value((Secret("a"), {"b": Secret("c")})) == '["a", {"b": "c"}]'


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, "true"), (None, "null"), (5, "5"), (1.5, "1.5"), (1e300, "1.0e+300"), ("a", '"a"'), ([], "[]")],
)
def test_yaml_of_plain_value_is_plain(value: Any, expected: str) -> None:
    assert yaml_value(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        ["\udfff"],
        {"\ud800": 1},
        math.inf,
        math.nan,
        2**64,
        -(2**63) - 1,
        b"a",
        object(),
        {"x" * 1000: 1},
    ],
)
def test_yaml_of_what_it_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(Unrepresentable, match="YAML"):
        yaml_value(value)


def nginx_word(text: str) -> list[list[str]]:
    return directives(f"server {{\n  name {text};\n}}\n")


@settings(deadline=None)
@given(ONE_LINE | SIGNS)
def test_nginx_string_is_read_back_exactly_or_refused(text: str) -> None:
    representable = not re.search(r"[\x00-\x1f\x7f$]", text)
    if representable:
        assert nginx_word(nginx_string(text)) == [["server", "{"], ["name", text], ["}"]]
    else:
        with pytest.raises(Unrepresentable):
            nginx_string(text)


@settings(deadline=None)
@given(ONE_LINE | SIGNS)
def test_nginx_expression_is_read_back_exactly_or_refused(text: str) -> None:
    try:
        quoted = nginx_expression(text)
    except Unrepresentable:
        assert re.search(r"[\x00-\x1f\x7f$]", text)
    else:
        assert nginx_word(quoted)[1] == ["name", text]
        assert not re.search(r"\$(?![A-Za-z_{])", text)


@pytest.mark.parametrize("text", ["$", "a$", "$1", "$ü", "${", "${a", "${}", "${1}", "$-", "$$a"])
def test_nginx_expression_with_bare_dollar_is_refused(text: str) -> None:
    with pytest.raises(Unrepresentable, match=r"\$"):
        nginx_expression(text)


@pytest.mark.parametrize("text", ["$a", "${a}b", "$remote_addr:$_x", "a"])
def test_nginx_expression_with_variables_is_accepted(text: str) -> None:
    assert nginx_expression(text) == f'"{text}"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", ["a"]), (" a  b ", ["a", "b"]), ("a\u00a0b", ["a\u00a0b"]), ("a;b c}", ["a;b", "c}"]), ("", [])],
)
def test_nginx_words_are_words(text: str, expected: list[str]) -> None:
    assert nginx_word(nginx_words(text))[1] == ["name", *expected]


@pytest.mark.parametrize("text", ["*:443 ssl http2", "[::1]:80", "on", "5", "unix:/x", "fe80::1%eth0"])
def test_nginx_bare_word_is_itself(text: str) -> None:
    assert nginx_bare(text) == text
    assert nginx_word(nginx_bare(text))[1] == ["name", *text.split()]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (ListenAddress("*", 80), "*:80"),
        (ListenAddress("::1", 443, tls=True), "[::1]:443 ssl"),
        (
            ListenAddress("::", 443, proxy_protocol=True, tls=True, http2=True, default=True, ipv4_too=True),
            "[::]:443 proxy_protocol ssl http2 ipv6only=off default_server",
        ),
    ],
)
def test_nginx_listen_says_what_holds_at_an_address(address: ListenAddress, expected: str) -> None:
    assert nginx_listen(address) == expected


def test_nginx_listen_refuses_a_host_that_would_be_syntax() -> None:
    with pytest.raises(Unrepresentable):
        nginx_listen(ListenAddress("a; b", 80))


def test_nginx_host_pattern_takes_the_names_by_their_letters() -> None:
    words = nginx_word(nginx_host_pattern(["r.example.com", "[::1]"]))[1]
    assert words == ["name", r"~*^(?:r\.example\.com|\[::1\])(?::[0-9]+)?\z"]


@pytest.mark.parametrize("text", ["", " ", "a;b", "a {", 'a"', "a\nb", "$a", "a  b", "#"])
def test_nginx_bare_word_with_sign_is_refused(text: str) -> None:
    with pytest.raises(Unrepresentable):
        nginx_bare(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(ONE_LINE | SIGNS | st.sampled_from(["~", "-n", "a=b", "*", "$(id)", "`id`"]), max_size=8))
def test_shell_word_comes_out_of_a_shell_exactly_or_is_refused(texts: list[str]) -> None:
    words = []
    for text in texts:
        if re.search(r"[\x00-\x1f\x7f]", text):
            with pytest.raises(Unrepresentable):
                shell_word(text)
        else:
            words.append((text, shell_word(text)))
    script = "".join(f"printf '%s\\0' {quoted}\n" for _, quoted in words)
    done = subprocess.run(["/bin/sh"], input=script.encode(), capture_output=True, check=True, timeout=20)
    assert done.stdout == b"".join(text.encode() + b"\0" for text, _ in words)


def environment_of(directory: Path, values: list[str]) -> dict[bytes, bytes]:
    """Return what a process under chpst sees of an environment directory."""
    for file in directory.iterdir():
        file.unlink()
    for number, text in enumerate(values):
        (directory / f"V{number}").write_bytes(environment_file(text).encode())
    argv = ["env", "-i", "PATH=/usr/bin:/bin", "chpst", "-e", str(directory), "env", "-0"]
    done = subprocess.run(argv, capture_output=True, check=True, timeout=20)
    pairs = [line.split(b"=", 1) for line in done.stdout.split(b"\0") if line]
    return {name: value for name, value in pairs if name.startswith(b"V")}


def test_environment_file_comes_out_of_chpst_exactly_or_is_refused(tmp_path: Path) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(ANY_TEXT | SIGNS | st.sampled_from(["", " a", "a=b", "'a'", "a\r"]), max_size=8))
    def prove(texts: list[str]) -> None:
        values = []
        for text in texts:
            if re.search(r"[\0\n]", text) or text.endswith((" ", "\t")):
                with pytest.raises(Unrepresentable):
                    environment_file(text)
            else:
                values.append(text)
        expected = {f"V{number}".encode(): text.encode() for number, text in enumerate(values)}
        assert environment_of(tmp_path, values) == expected

    prove()


@pytest.mark.parametrize("quote", [yaml_value, nginx_string, shell_word, environment_file, plain_line])
def test_half_a_surrogate_pair_is_refused(quote: Any) -> None:
    with pytest.raises(Unrepresentable):
        quote("a\ud800b")


@settings(deadline=None)
@given(ONE_LINE | SIGNS)
def test_plain_line_is_the_text_itself_or_refused(text: str) -> None:
    if re.search(r"[\x00-\x1f\x7f]", text):
        with pytest.raises(Unrepresentable):
            plain_line(text)
    else:
        assert plain_line(text) == text


@pytest.mark.parametrize("text", ['/a"', "/a\\", "/a*", "/a?", "/[a]", "/{a}", "/a\n"])
def test_logs_of_a_directory_that_logrotate_cannot_name_are_refused(text: str) -> None:
    with pytest.raises(Unrepresentable):
        logrotate_logs(text)
    assert logrotate_logs("/a b'c") == '"/a b\'c/*.log"'


@pytest.mark.parametrize("blank", [" ", "\t", " \t"])
def test_environment_value_with_a_blank_at_its_end_is_refused(blank: str) -> None:
    """Chpst takes blanks and tabs off the end; one at the beginning stays."""
    with pytest.raises(Unrepresentable):
        environment_file(f"value{blank}")
    assert environment_file(f"{blank}value") == f"{blank}value\n"


def test_key_of_yaml_may_have_as_many_bytes_as_readers_look_for_the_colon() -> None:
    longest = "ü" * 499
    assert yaml.safe_load(yaml_value({longest: 1})) == {longest: 1}
    with pytest.raises(Unrepresentable, match="more than 1000 bytes"):
        yaml_value({f"{longest}x": 1})


def test_plain_word_of_a_shell_stays_as_it_is() -> None:
    assert shell_word("/usr/bin/x-1.0") == "/usr/bin/x-1.0"
    assert shell_word("") == "''"
