"""What the quoting filters write is read by the real registry and the real svlogd just as it was meant."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctl.credentials.keys import describe_key, jwks
from ctl.paths import Layout
from ctl.plan.model import CredentialFacts, Secret
from ctl.registry.token import Access, mint
from ctl.render.quoting import yaml_value
from ctl.targets.model import Rendered
from ctl.targets.runit.tree import render
from tests.golden_tree import SECRETS
from tests.plan.making import plan_alone
from tests.ports import free_port
from tests.registries import Program
from tests.render.test_quoting import ANY_TEXT, ODD, ONE_LINE, SIGNS
from tests.settings.reading import URLS, ruby
from tests.system.programs import headers_of, recording, running, until

pytestmark = pytest.mark.both_registries(soak=True)

SOME = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029$]")
PAIR = json.loads(SECRETS.read_text())["registry"]


# config.yml


def logged_fields(fields: dict[str, Any], directory: Path, program: Program) -> dict[str, Any]:
    """Let the registry read fields of its log from YAML and return those that it logs."""
    port = free_port()
    config, log = directory / "config.yml", directory / "log"
    config.write_text(
        "version: 0.1\nlog:\n  formatter: json\n"
        f"  fields: {yaml_value(fields)}\n"
        f"storage: {{inmemory: {{}}}}\nhttp: {{addr: '127.0.0.1:{port}', secret: x}}\n",
        encoding="utf-8",
    )
    with running([program.path, "serve", config], port, log):
        # It listens a moment before it says so.
        until(lambda: re.search(rb"listening on .*\n", log.read_bytes()) is not None, log.read_text)
    lines = [json.loads(line) for line in log.read_bytes().splitlines() if line.startswith(b"{")]
    logged: dict[str, Any] = next(line for line in lines if "listening on" in line["msg"])
    return {name: logged[name] for name in logged if name in fields or name not in OF_LOGGER}


OF_LOGGER = ("go.version", "instance.id", "level", "msg", "time", "version", "service", "environment")


@SOME
@given(st.lists(ANY_TEXT | SIGNS, min_size=20, max_size=60))
def test_strings_in_yaml_are_read_by_registry_exactly(
    tmp_path: Path, registry_program: Program, texts: list[str]
) -> None:
    fields = {f"k{number}": text for number, text in enumerate([*texts, *ODD])}
    assert logged_fields(fields, tmp_path, registry_program) == fields


@SOME
@given(st.sets(ANY_TEXT | SIGNS, min_size=10, max_size=40))
def test_keys_in_yaml_are_read_by_registry_exactly(
    tmp_path: Path, registry_program: Program, texts: set[str]
) -> None:
    fields = {f"{text}k": number for number, text in enumerate(sorted({*texts, *ODD}))}
    fields |= {"<<": -1, "y" * 900: -2}
    assert logged_fields(fields, tmp_path, registry_program) == fields


def test_other_values_in_yaml_are_read_by_registry_exactly(tmp_path: Path, registry_program: Program) -> None:
    fields = {
        "kt": True,
        "kf": False,
        "ki": 2**63 - 1,
        "km": -(2**63),
        "kr": 1e300,
        "ks": 1.5e-7,
        "kl": [1, "a", None, [], [True]],
    }
    assert logged_fields(fields, tmp_path, registry_program) == fields


# config.yml as a whole


class Site:
    """A registry whose settings are hostile and right."""

    issuer = "i {{ x }} 'a' \"b\" # c: [d]; \\ e $f ü\U0001f600"
    secret = "s #b: \"c\" \\ $d 'e' ü"
    realm = "https://gitlab.example.com/ünï/a%20b;c,d=1&e=%22x'"
    images = "/mnt/images \"of\" 'us' # 1: $(id) `id` \\ ü"
    header = "Bearer a \"b\" # c: 'd' \\ {e}"

    def __init__(self, root: Path, port: int, events: int, program: Program) -> None:
        self.root, self.port = root, port
        text = (
            f"registry['enable'] = true\nregistry['registry_http_addr'] = '127.0.0.1:{port}'\n"
            f"registry['token_realm'] = {ruby(self.realm)}\nregistry['http_secret'] = {ruby(self.secret)}\n"
            f"gitlab_rails['registry_issuer'] = {ruby(self.issuer)}\n"
            f"gitlab_rails['registry_path'] = {ruby(self.images)}\n"
            f"registry['dir'] = {ruby('/own/a b: #')}\n"
            f"registry['notifications'] = [{{ 'name' => 'e: #', 'url' => 'http://127.0.0.1:{events}/x?a=b#c',"
            f" 'headers' => {{ 'X-Odd' => {ruby(self.header)} }} }}]\n"
        )
        credentials = CredentialFacts(
            Secret(self.secret),
            Secret(PAIR["internal_key"]),
            PAIR["internal_certificate"],
            json.dumps(jwks(PAIR["internal_certificate"])) if program.flavour.keys_by_jwks else None,
        )
        layout = Layout(root)
        plan = plan_alone(text, flavour=program.flavour, layout=layout, credentials=credentials, groups=None)
        self.rendered = render(plan, layout)
        self.directory = root / "own/a b: #"
        self.directory.mkdir(parents=True)
        for file in self.rendered.files:
            if file.path.startswith("registry/"):
                (self.directory / Path(file.path).name).write_text(file.content)

    def ask(self, method: str, path: str, body: bytes = b"", token: bool = True) -> http.client.HTTPResponse:
        """Ask the registry, by default with a token that allows everything."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token()}"} if token else {}
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def token(self) -> str:
        key = PAIR["internal_key"]
        return mint(
            key,
            key_id=describe_key(key).libtrust_id,
            issuer=self.issuer,
            service="container_registry",
            subject="test",
            access=[Access("repository", "a", ("push", "pull"))],
            now=int(time.time()),
            token_id="1",
        )


def content_of(rendered: Rendered, path: str) -> str:
    return next(file.content for file in rendered.files if file.path == path)


def test_config_of_hostile_settings_is_read_by_registry_exactly(
    tmp_path: Path, registry_program: Program
) -> None:
    port = free_port()
    with recording() as (events, heads):
        site = Site(tmp_path / "root", port, events, registry_program)
        log = tmp_path / "log"
        with running([registry_program.path, "serve", site.directory / "config.yml"], port, log):
            refused = site.ask("GET", "/v2/", token=False)
            assert refused.status == 401
            challenge = refused.headers["WWW-Authenticate"].encode("latin-1").decode()
            assert challenge == f'Bearer realm="{site.realm}/jwt/auth",service="container_registry"'
            assert site.ask("GET", "/v2/").status == 200, "the issuer is another"

            started = site.ask("POST", "/v2/a/blobs/uploads/")
            assert started.status == 202
            location = urlsplit(started.headers["Location"])
            state = base64.urlsafe_b64decode(parse_qs(location.query)["_state"][0])
            signature = hmac.digest(site.secret.encode(), state[32:], hashlib.sha256)
            assert state[:32] == signature, "the http secret is another"

            digest = hashlib.sha256(b"content").hexdigest()
            put = site.ask("PUT", f"{location.path}?{location.query}&digest=sha256%3A{digest}", b"content")
            assert put.status == 201
            assert list((site.root / site.images[1:]).rglob(digest)), "images lie elsewhere"
            until(lambda: bool(heads), log.read_text)
    assert headers_of(heads[0])["x-odd"] == site.header.encode()
    assert heads[0].startswith(b"POST /x?a=b HTTP/1.1")


# the log service


@SOME
@given(ONE_LINE | SIGNS)
def test_prefix_of_log_lines_is_written_by_svlogd_exactly(tmp_path: Path, text: str) -> None:
    prefix = REFUSED.sub("", text).replace("\0", "") or "x"
    directory = tmp_path / "log"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    given = f"registry['svlogd_prefix'] = {ruby(prefix)}\nregistry['svlogd_filter'] = ''\n"
    rendered = render(plan_alone(URLS + given, groups=None), Layout(Path("/")))
    (directory / "config").write_text(content_of(rendered, "runit/registry/log/config"), encoding="utf-8")
    subprocess.run(["svlogd", str(directory)], input=b"a line\n", check=True, timeout=20)
    assert (directory / "current").read_bytes() == prefix.encode() + b"a line\n"
