"""What the vhost shows leads to a certificate that this machine trusts, or it is said where it ends."""

from __future__ import annotations

import pytest

from tests.registry.authority import Issued, issue
from tests.system.installation import Installation
from tests.system.test_check import findings

UNKNOWN = "which this machine does not know"


@pytest.fixture(scope="module")
def root_ca() -> Issued:
    return issue("Root of the tests")


def put(site: Installation, leaf: Issued, *chain: Issued) -> None:
    """Put a certificate with its chain, and its key, where the vhost has them."""
    site.certificate.write_text("".join(issued.pem for issued in (leaf, *chain)))
    key = site.certificate.with_suffix(".key")
    key.write_text(leaf.key_pem)
    key.chmod(0o600)


def trust(site: Installation, content: bytes, name: str = "root.crt") -> None:
    directory = site.root / "etc/gitlab/trusted-certs"
    directory.mkdir(exist_ok=True)
    (directory / name).write_bytes(content)


def said(site: Installation) -> str:
    return site.ctl("validate").stderr


def test_authority_that_nobody_knows_is_named_until_the_administrator_trusts_it(
    site: Installation, root_ca: Issued
) -> None:
    middle = issue("Middle", root_ca)
    put(site, issue("localhost", middle, ca=False, host="localhost"), middle)
    assert "warning[certificate-issuer-unknown]" in said(site)
    assert f"leads to CN=Root of the tests, {UNKNOWN}" in said(site)
    assert "/etc/gitlab/trusted-certs" in said(site)
    trust(site, b"no certificate", "note.txt")
    trust(site, b"", "a-directory.crt")
    assert UNKNOWN in said(site)
    trust(site, b"a remark in caf\xc3\xa9\n" + root_ca.pem.encode())
    assert "certificate" not in said(site)
    trust(site, root_ca.der)
    assert "certificate" not in said(site)


def test_authority_whose_root_stands_in_the_file_is_no_more_known_by_that(
    site: Installation, root_ca: Issued
) -> None:
    put(site, issue("localhost", root_ca, ca=False, host="localhost"), root_ca)
    assert f"leads to CN=Root of the tests, {UNKNOWN}" in said(site)


def test_certificate_without_its_intermediate_is_warned_of_though_the_root_is_trusted(
    site: Installation, root_ca: Issued
) -> None:
    trust(site, root_ca.pem.encode())
    put(site, issue("localhost", issue("Middle", root_ca), ca=False, host="localhost"))
    assert "warning[certificate-without-chain]" in said(site)
    assert f"issued by CN=Middle, {UNKNOWN}" in said(site)


@pytest.mark.parametrize(
    ("middle", "reason"),
    [
        ({"days": -1}, "certificate has expired"),
        ({"ca": False}, "invalid CA certificate"),
    ],
)
def test_chain_that_no_client_accepts_is_warned_of_with_the_reason(
    site: Installation, root_ca: Issued, middle: dict[str, int], reason: str
) -> None:
    trust(site, root_ca.pem.encode())
    between = issue("Middle", root_ca, **middle)  # type: ignore[arg-type]
    put(site, issue("localhost", between, ca=False, host="localhost"), between)
    assert "warning[certificate-issuer-unknown]" in said(site)
    assert reason in said(site)


@pytest.mark.parametrize("kind", ["self-signed", "expired"])
def test_what_another_probe_says_already_is_not_said_twice(
    site: Installation, root_ca: Issued, kind: str
) -> None:
    trust(site, root_ca.pem.encode())
    if kind == "expired":
        put(site, issue("localhost", root_ca, ca=False, host="localhost", days=-1))
    else:
        site.certificate.with_suffix(".key").chmod(0o600)
    assert said(site).count("warning[") == (1 if kind == "expired" else 0)


def test_vhost_is_proven_to_show_a_chain_that_is_trusted(site: Installation, root_ca: Issued) -> None:
    middle = issue("Middle", root_ca)
    leaf = issue("localhost", middle, ca=False, host="localhost")
    trust(site, root_ca.pem.encode())
    put(site, leaf)
    assert "the vhost's chain of certificates" not in site.reconfigure().stdout
    # nginx does not know of it yet.
    put(site, leaf, middle)
    chain = findings(site, "tls", code=1)["vhost-chain"]
    assert (chain["outcome"], "does not show all of" in chain["message"]) == ("error", True)
    expected = "verified: the vhost's chain of certificates: the vhost shows a chain that this machine trusts"
    assert expected in site.reconfigure().stdout
    assert findings(site, "tls", code=0)["vhost-chain"]["outcome"] == "ok"


def refused(site: Installation) -> str:
    return site.ctl("validate", code=3).stderr


def test_file_that_is_named_for_certificate_and_key_and_holds_only_half_is_an_error_at_its_line(
    site: Installation,
) -> None:
    certificate, key = "/etc/gitlab/ssl/localhost.crt", "/etc/gitlab/ssl/localhost.key"

    def name(first: str, second: str) -> None:
        site.write(
            f"registry['nginx']['ssl_certificate'] = '{first}'",
            f"registry['nginx']['ssl_certificate_key'] = '{second}'",
        )

    name(certificate, certificate)
    assert "gitlab.rb:6:" in refused(site)
    assert "named for the certificate and for its key, and holds no key" in refused(site)
    name(key, key)
    assert "gitlab.rb:5:" in refused(site)
    assert "named for the certificate and for its key, and is a key" in refused(site)
    name(key, certificate)
    assert "localhost.key holds the key, and" in refused(site)
    both = site.certificate.with_name("both.pem")
    both.write_bytes(site.certificate.read_bytes() + site.certificate.with_suffix(".key").read_bytes())
    both.chmod(0o600)
    name("/etc/gitlab/ssl/both.pem", "/etc/gitlab/ssl/both.pem")
    assert "both.pem" not in said(site)
