"""What the quoting filters write for nginx is read by the real nginx just as it was meant."""

from __future__ import annotations

import http.client
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ctl.paths import Layout
from ctl.plan.model import BinaryFact, CertificateFact
from ctl.render.quoting import nginx_expression
from ctl.settings.types import NginxExpression
from ctl.targets.model import Rendered
from ctl.targets.runit.tree import render
from tests.plan.making import plan_alone
from tests.ports import free_port
from tests.render.nginx_syntax import directives
from tests.render.test_quoting import ONE_LINE, SIGNS
from tests.settings.reading import ruby
from tests.system.programs import headers_of, recording, running
from tests.system.test_quoting import PAIR, REFUSED, SOME

NGINX = "/usr/sbin/nginx"


def lay_out(prefix: Path, rendered: Rendered) -> list[str]:
    """Lay nginx's files out under a prefix and return the command that runs nginx there."""
    for directory in ("logs", "run", "temp"):
        (prefix / directory).mkdir(parents=True, exist_ok=True)
    for entry in rendered.files:
        if entry.path.startswith("nginx/"):
            file = prefix / "conf" / entry.path.removeprefix("nginx/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(entry.content, encoding="utf-8")
    argv = [NGINX, "-e", "stderr", "-p", f"{prefix}/", "-c", "conf/nginx.conf"]
    return argv if os.geteuid() else [*argv, "-g", "user root;"]


def vhost(root: Path, upstream: int, port: int, given: str) -> Rendered:
    """Render a vhost on loopback; further settings are entries of registry['nginx']."""
    text = (
        f"external_url 'http://g'\nregistry_external_url 'http://localhost:{port}'\n"
        f"registry['registry_http_addr'] = '127.0.0.1:{upstream}'\n"
        f"registry['nginx'] = {{ 'listen_addresses' => ['127.0.0.1'], {given} }}\n"
    )
    layout = Layout(root)
    return render(plan_alone(text, layout=layout, groups=None), layout)


def accepts(text: str) -> bool:
    """Tell whether a header's value may be set, and whether nginx would send it as it is."""
    try:
        TypeAdapter(NginxExpression).validate_python(text)
    except ValidationError:
        return False
    return bool(text) and "$" not in text


HEADERS = st.lists(
    (ONE_LINE | SIGNS).map(lambda text: REFUSED.sub("", text) or "x"), min_size=20, max_size=60
)
PLAIN = [
    "#",
    ";",
    "}",
    "a;b",
    '"',
    "'",
    "\\",
    "\\n",
    "\\\\",
    ' " ',
    "{{ x }}",
    "a{b}",
    "ü\U0001f600",
    "x" * 4000,
]


@SOME
@given(HEADERS)
def test_headers_of_vhost_arrive_exactly_at_the_registry(tmp_path: Path, texts: list[str]) -> None:
    values = {f"X-{number}": text for number, text in enumerate([*PLAIN, *texts])}
    assert all(accepts(text) for text in values.values())
    given = ", ".join(f"{ruby(name)} => {ruby(text)}" for name, text in values.items())
    shutil.rmtree(tmp_path / "prefix", ignore_errors=True)
    with recording() as (upstream, heads):
        port = free_port()
        rendered = vhost(tmp_path, upstream, port, f"'proxy_set_headers' => {{ {given} }}")
        argv = lay_out(tmp_path / "prefix", rendered)
        with running(argv, port, tmp_path / "log"):
            connection = http.client.HTTPConnection("localhost", port, timeout=10)
            connection.request("GET", "/v2/")
            assert connection.getresponse().status == 200, (tmp_path / "log").read_text()
    headers = headers_of(heads[-1])
    assert {name: headers[name.lower()] for name in values} == {
        name: text.encode() for name, text in values.items()
    }


def test_variables_in_headers_of_vhost_are_expanded(tmp_path: Path) -> None:
    with recording() as (upstream, heads):
        port = free_port()
        given = "'proxy_set_headers' => { 'X-A' => 'a${remote_addr}b', 'X-B' => '$host', 'Host' => nil }"
        argv = lay_out(tmp_path / "prefix", vhost(tmp_path, upstream, port, given))
        with running(argv, port, tmp_path / "log"):
            connection = http.client.HTTPConnection("localhost", port, timeout=10)
            connection.request("GET", "/v2/", headers={"Host": "LOCALHOST"})
            assert connection.getresponse().status == 200
    headers = headers_of(heads[-1])
    assert (headers["x-a"], headers["x-b"]) == (b"a127.0.0.1b", b"localhost")
    assert (headers["x-forwarded-proto"], headers["x-real-ip"]) == (b"http", b"127.0.0.1")


def test_parser_of_the_tests_reads_strings_as_nginx_does(tmp_path: Path) -> None:
    """The unit tests of quoting rely on that parser; here nginx itself is asked what it reads."""
    texts = [
        "".join(characters)
        for characters in itertools.product(["a", "\\", '"', "'", " ", ";", "n", "#"], repeat=2)
    ]
    quoted = [f"{quote}{text}x{quote}" for text in texts for quote in "'\""]
    wanted: list[tuple[str, str]] = []
    for number, word in enumerate(quoted):
        try:
            (line,) = directives(f"proxy_set_header X-{number} {word};")
        except ValueError:
            continue
        if len(line) == 3 and "\n" not in line[2]:
            wanted.append((word, line[2]))
    assert len(wanted) > 80
    own = "".join(f"proxy_set_header X-{number} {word};\n" for number, (word, _) in enumerate(wanted))
    with recording() as (upstream, heads):
        port = free_port()
        location = f"location /own {{ proxy_pass http://127.0.0.1:{upstream}; {own} }}"
        rendered = vhost(tmp_path, upstream, port, f"'custom_gitlab_server_config' => {ruby(location)}")
        with running(lay_out(tmp_path / "prefix", rendered), port, tmp_path / "log"):
            connection = http.client.HTTPConnection("localhost", port, timeout=10)
            connection.request("GET", "/own")
            assert connection.getresponse().status == 200
    headers = headers_of(heads[-1])
    assert [headers[f"x-{number}"].decode() for number in range(len(wanted))] == [text for _, text in wanted]


def tried_out(tmp_path: Path, rendered: Rendered) -> subprocess.CompletedProcess[str]:
    shutil.rmtree(tmp_path / "prefix", ignore_errors=True)
    argv = lay_out(tmp_path / "prefix", rendered)
    return subprocess.run([*argv, "-t"], capture_output=True, text=True, timeout=30, check=False)


@settings(SOME, max_examples=40)
@given(st.lists(st.tuples(ONE_LINE | SIGNS, ONE_LINE | SIGNS), max_size=30))
def test_anything_that_may_be_set_passes_the_test_of_nginx(
    tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    values = [text for pair in pairs for text in pair if accepts(text) and text.strip()]
    headers = ", ".join(f"'X-{number}' => {ruby(text)}" for number, text in enumerate(values))
    given = f"'real_ip_header' => {ruby(values[0])}, " if values and len(values[0]) < 500 else ""
    done = tried_out(tmp_path, vhost(tmp_path, 1, 2, f"{given}'proxy_set_headers' => {{ {headers} }}"))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("length", [4000, 4096])
def test_longest_text_that_may_be_set_is_one_that_nginx_reads(tmp_path: Path, length: int) -> None:
    rendered = vhost(tmp_path, 1, 2, "'proxy_set_headers' => { 'X-Long' => 'LONG' }")
    long = nginx_expression("x" * length)
    files = tuple(
        type(file)(file.path, file.content.replace('"LONG"', long), file.mode) for file in rendered.files
    )
    assert any(long in file.content for file in files)
    done = tried_out(tmp_path, Rendered(files, (), (), (), ()))
    assert (done.returncode == 0) is (length == 4000), done.stderr


def test_tls_vhost_of_odd_certificate_path_passes_the_test_of_nginx(tmp_path: Path) -> None:
    directory = tmp_path / "a 'b' \"c\" # d; }"
    directory.mkdir()
    certificate, key = directory / "r.crt", directory / "r.key"
    certificate.write_text(PAIR["internal_certificate"])
    key.write_text(PAIR["internal_key"])
    text = (
        "external_url 'https://g'\nregistry_external_url 'https://localhost:2'\n"
        "registry['nginx'] = { 'listen_addresses' => ['127.0.0.1'], 'http2_enabled' => true,\n"
        f"  'ssl_client_certificate' => {ruby(str(certificate))}, 'ssl_verify_client' => 'optional',\n"
        "  'ssl_conf_command' => ['Options PrioritizeChaCha'], 'ssl_ecdh_curve' => 'X25519:P-256',\n"
        "  'redirect_http_to_https' => true, 'redirect_http_to_https_port' => 3, 'proxy_protocol' => true,\n"
        "  'real_ip_trusted_addresses' => ['10.0.0.0/8', '::1'], 'real_ip_recursive' => 'on' }\n"
    )
    plan = plan_alone(
        text,
        layout=Layout(Path("/")),
        groups=None,
        certificate=CertificateFact(str(certificate), str(key), "d"),
        nginx=BinaryFact(NGINX, "1.22.1", "s"),
    )
    done = tried_out(tmp_path, render(plan, Layout(Path("/"))))
    assert done.returncode == 0, done.stderr
