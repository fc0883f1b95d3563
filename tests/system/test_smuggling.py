"""Requests that two programs could read in two ways, or too large: nothing gets by nginx unseen."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.system.asking import Answer, send
from tests.system.installation import Installation

pytestmark = pytest.mark.both_registries(soak=True)

END = "\r\n\r\n"
INNER = "GET /v2/_catalog HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: yes\r\n\r\n"
BODY = f"{len(INNER):x}\r\n{INNER}\r\n0\r\n\r\n"
POST = "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
GET = "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

# What both programs must read alike, or refuse: framing that contradicts itself or is written oddly.
FRAMING = {
    "length and chunks": f"Content-Length: 4\r\nTransfer-Encoding: chunked{END}{BODY}",
    "chunks and length": f"Transfer-Encoding: chunked\r\nContent-Length: 4{END}{BODY}",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(INNER)}{END}{INNER}",
    "two lengths in one": f"Content-Length: 0, {len(INNER)}{END}{INNER}",
    "negative length": f"Content-Length: -1{END}{INNER}",
    "length with a sign": f"Content-Length: +0{END}{INNER}",
    "length in hexadecimal": f"Content-Length: 0x0{END}{INNER}",
    "length beyond numbers": f"Content-Length: {'9' * 40}{END}{INNER}",
    "length with blanks inside": f"Content-Length: 0 0{END}{INNER}",
    "no length": f"Content-Length: {END}{INNER}",
    "chunked twice": f"Transfer-Encoding: chunked, chunked{END}{BODY}",
    "chunked in two lines": f"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity{END}{BODY}",
    "identity": f"Transfer-Encoding: identity{END}{INNER}",
    "xchunked": f"Transfer-Encoding: xchunked{END}{BODY}",
    "chunked after another": f"Transfer-Encoding: gzip, chunked{END}{BODY}",
    "chunked with a tab": f"Transfer-Encoding:\tchunked{END}{BODY}",
    "chunked in capitals": f"Transfer-Encoding: CHUNKED{END}{BODY}",
    "chunked with a trailing letter": f"Transfer-Encoding: chunkedx{END}{BODY}",
    "chunked with a vertical tab": f"Transfer-Encoding: \x0bchunked{END}{BODY}",
    "blank before the colon": f"Transfer-Encoding : chunked{END}{BODY}",
    "folded header": f"Transfer-Encoding:\r\n chunked{END}{BODY}",
    "header with a bare line feed": f"X: y\nTransfer-Encoding: chunked{END}{BODY}",
    "header with a bare carriage return": f"X: y\rTransfer-Encoding: chunked{END}{BODY}",
    "underscore in the name": f"Transfer_Encoding: chunked{END}{INNER}",
    "NUL in a value": f"X: a\x00b{END}",
    "NUL in a name": f"X\x00: a{END}",
    "chunk size with a sign": f"Transfer-Encoding: chunked{END}+{BODY}",
    "chunk size with 0x": f"Transfer-Encoding: chunked{END}0x{BODY}",
    "chunk size beyond numbers": f"Transfer-Encoding: chunked{END}{'f' * 17}\r\n{INNER}",
    "chunk size that is none": f"Transfer-Encoding: chunked{END}z\r\n{INNER}\r\n0\r\n\r\n",
    "chunk shorter than said": f"Transfer-Encoding: chunked{END}2\r\n{INNER}\r\n0\r\n\r\n",
    "chunk extension": f"Transfer-Encoding: chunked{END}0;a=\n{INNER}\r\n\r\n",
    "chunk ended by a line feed": f"Transfer-Encoding: chunked{END}0\n\n{INNER}",
    "trailer that is a header": f"Transfer-Encoding: chunked{END}0\r\nContent-Length: 9\r\n\r\n{INNER}",
    "two hosts": f"Host: evil.example{END}",
}
# Request lines, whole requests.
LINES = {
    "host with a path": "GET /v2/ HTTP/1.1\r\nHost: localhost/evil\r\nConnection: close\r\n\r\n",
    "host with a blank": "GET /v2/ HTTP/1.1\r\nHost: local host\r\nConnection: close\r\n\r\n",
    "host with a user": "GET /v2/ HTTP/1.1\r\nHost: user@evil.example\r\nConnection: close\r\n\r\n",
    "no host": "GET /v2/ HTTP/1.1\r\nConnection: close\r\n\r\n",
    "another version": "GET /v2/ HTTP/3.7\r\nHost: localhost\r\n\r\n",
    "no version": "GET /v2/_catalog\r\n\r\n",
    "blanks in the path": "GET /v2/ /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "blank first": f" {GET}\r\n",
    "NUL in the path": "GET /v2/\x00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "unknown method": "G\x01T /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "connect": "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "trace": "TRACE /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "upgrade": f"{GET}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "http/2 in plain text": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "out of the root": "GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "out of the root, encoded": f"{GET.replace('/v2/', '/v2/%2e%2e/%2e%2e/x')}{END[2:]}",
    "path of 64 KiB": f"GET /{'a' * 65536} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "header of 64 KiB": f"{GET}X: {'a' * 65536}\r\n\r\n",
    "thousand headers": GET + "".join(f"X{number}: {number:0900}\r\n" for number in range(1000)) + "\r\n",
    "nothing": "\r\n\r\n",
    "handshake of TLS": "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
}
# Headers by which a client could pass for another.
CLAIMS = {
    "scheme": "X-Forwarded-Proto: http",
    "host": "X-Forwarded-Host: evil.example",
    "forwarded": "Forwarded: host=evil.example;proto=http",
    "original url": "X-Original-URL: /v2/_catalog",
    "rewrite url": "X-Rewrite-URL: /v2/_catalog",
    "method": "X-HTTP-Method-Override: DELETE",
}


def cases() -> dict[str, str]:
    """Return every request by its name."""
    framed = {f"framing: {name}": f"{POST}{text}" for name, text in FRAMING.items()}
    lines = {f"line: {name}": text for name, text in LINES.items()}
    return {**framed, "framing: body of a GET": f"{GET}Content-Length: {len(INNER)}{END}{INNER}", **lines}


def answered(site: Installation, text: str, *, inner: bool) -> list[Answer]:
    content = text.encode("latin-1")
    return send(site.http_port if inner else site.port, content, tls="localhost", plain=inner)


@pytest.mark.parametrize("inner", [False, True], ids=["vhost", "own address"])
def test_request_that_smuggles_another_has_one_answer_and_no_image(
    running_site: Installation, inner: bool
) -> None:
    site, smuggled = running_site, {}
    assert len(cases()) > 50
    for name, text in cases().items():
        answers = answered(site, text, inner=inner)
        # Nobody has a token: whatever is understood of it is refused, once.
        wrong = [answer for answer in answers if answer.status < 300 or answer.status >= 600]
        if len(answers) > 1 or wrong:
            smuggled[name] = [answer.status for answer in answers]
    assert smuggled == {}
    # The access log names what nginx took for a request of its own.
    log = (site.root / "var/log/gitlab/nginx/gitlab_registry_access.log").read_text(errors="replace")
    assert "/v2/ HTTP/1.1" in log
    assert "GET /v2/_catalog HTTP/1.1" not in log
    assert answered(site, f"{GET}\r\n", inner=inner)[0].status == 401, "it does not answer any more"


@pytest.mark.soak
@pytest.mark.parametrize("inner", [False, True], ids=["vhost", "own address"])
def test_any_two_framings_have_one_answer(running_site: Installation, inner: bool) -> None:
    doubled = {}
    heads = {name: text.partition(END) for name, text in FRAMING.items()}
    for (left, (first, _, _)), (right, (second, _, body)) in permutations(heads.items(), 2):
        answers = answered(running_site, f"{POST}{first}\r\n{second}{END}{body}", inner=inner)
        if len(answers) > 1 or [answer for answer in answers if answer.status < 300]:
            doubled[left, right] = [answer.status for answer in answers]
    assert doubled == {}


@pytest.mark.parametrize("inner", [False, True], ids=["vhost", "own address"])
def test_header_that_claims_another_origin_changes_no_address(
    running_site: Installation, inner: bool
) -> None:
    site = running_site
    token = site.token("repository:a:push,pull")
    for name, line in CLAIMS.items():
        text = f"{POST}Authorization: Bearer {token}\r\nContent-Length: 0\r\n{line}{END}"
        (answer,) = answered(site, text, inner=inner)
        assert answer.status == 202, name
        assert answer.headers["location"].startswith("http://" if inner else "https://"), name
        assert "evil" not in answer.headers["location"], name
    # A proxy in front that speaks of the registry by its name is believed.
    line = "X-Forwarded-Host: LOCALHOST:1234"
    text = f"{POST}Authorization: Bearer {token}\r\nContent-Length: 0\r\n{line}{END}"
    (answer,) = answered(site, text, inner=inner)
    assert answer.headers["location"].split("/")[2] == "LOCALHOST:1234"
