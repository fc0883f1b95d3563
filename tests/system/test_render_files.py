"""The texts of the target ``files`` do in a registry and an nginx that ctl knows nothing of."""

from __future__ import annotations

import http.client
import os
import subprocess
from pathlib import Path

import pytest

from ctl.operations.inspect.render_files import write
from ctl.paths import Layout
from ctl.process import SubprocessRunner
from tests.golden_tree import CASES
from tests.ports import free_port
from tests.system.programs import running
from tests.system.test_quoting import PAIR
from tests.system.test_quoting_nginx import NGINX

CASES_WITH_VHOST = ("gitlab", "s3", "distribution-3", "hostile", "proxy-protocol", "azure-v2")
MINIMAL = "daemon off;\npid nginx.pid;\nerror_log stderr;\n{user}events {{}}\nhttp {{ include {vhost}; }}\n"


def rendered(settings: str, directory: Path) -> Path:
    """Render settings into a directory of their own; return it."""
    file = directory / "gitlab.rb"
    file.write_text(settings)
    secret = {"S3_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}
    write(Layout(directory), file, directory / "texts", SubprocessRunner(), secret)
    return directory / "texts"


def nginx_of(texts: Path) -> list[str]:
    """Return the command of an nginx whose own configuration includes the vhost and says nothing more."""
    user = "" if os.geteuid() else "user root;\n"
    main = texts.parent / "nginx.conf"
    main.write_text(MINIMAL.format(user=user, vhost=texts / "gitlab-registry.conf"))
    return [NGINX, "-e", "stderr", "-p", f"{texts.parent}/", "-c", str(main)]


def places(directory: Path) -> str:
    """Settings that name places below a directory, where the certificate lies already."""
    (directory / "logs").mkdir()
    (directory / "tls.crt").write_text(PAIR["internal_certificate"])
    (directory / "tls.key").write_text(PAIR["internal_key"])
    entries = {
        "listen_addresses": "['127.0.0.1']",
        "log_directory": f"'{directory}/logs'",
        "ssl_certificate": f"'{directory}/tls.crt'",
        "ssl_certificate_key": f"'{directory}/tls.key'",
        "listen_port": str(free_port()),
        "redirect_http_to_https_port": str(free_port()),
    }
    lines = [f"registry_nginx['{name}'] = {value}\n" for name, value in entries.items()]
    return "\n" + "".join(lines) + "registry['http_secret'] = 'a-secret'\n"


@pytest.mark.parametrize("case", CASES_WITH_VHOST)
def test_vhost_alone_in_an_http_block_is_accepted_by_nginx(case: str, tmp_path: Path) -> None:
    texts = rendered(CASES[case].read_text() + places(tmp_path), tmp_path)
    assert "listen 127.0.0.1:" in (texts / "gitlab-registry.conf").read_text()
    done = subprocess.run([*nginx_of(texts), "-t"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_registry_and_nginx_with_the_texts_answer_with_the_realm_of_the_settings(tmp_path: Path) -> None:
    public, inner = free_port(), free_port()
    (tmp_path / "logs").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "bundle.crt").write_text(PAIR["internal_certificate"])
    vhost = f"'listen_addresses' => ['127.0.0.1'], 'log_directory' => '{tmp_path}/logs'"
    texts = rendered(
        "external_url 'http://gitlab.example.com'\n"
        f"registry_external_url 'http://localhost:{public}'\n"
        f"registry['registry_http_addr'] = '127.0.0.1:{inner}'\n"
        f"registry['rootcertbundle'] = '{tmp_path}/bundle.crt'\n"
        f"registry['storage'] = {{ 'filesystem' => {{ 'rootdirectory' => '{tmp_path}/images' }} }}\n"
        f"registry['nginx'] = {{ {vhost} }}\n"
        "registry['http_secret'] = 'a-secret'\n",
        tmp_path,
    )
    registry: list[str | Path] = ["/usr/bin/docker-registry", "serve", texts / "config.yml"]
    with (
        running(registry, inner, tmp_path / "registry.log"),
        running(nginx_of(texts), public, tmp_path / "nginx.log"),
    ):
        connection = http.client.HTTPConnection("localhost", public, timeout=10)
        connection.request("GET", "/v2/")
        answer = connection.getresponse()
    assert answer.status == 401
    assert 'realm="http://gitlab.example.com/jwt/auth"' in str(answer.getheader("Www-Authenticate"))
    assert '"GET /v2/ ' in (tmp_path / "logs/gitlab_registry_access.log").read_text()
