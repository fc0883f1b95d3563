"""What the registries accept at their start and then do otherwise: each is said before.

The rows are those of the list that was measured with the real programs; a row that the settings cannot even
express is refused as an unknown setting or as a wrong value, whatever the flavour.
"""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, FLAVOURS, GITLAB
from ctl.render.files.sections import storage_section
from ctl.settings.load import load
from ctl.settings.rules.flavour import check_flavour
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Evaluated
from tests.plan.making import plan_of
from tests.settings.reading import ROOTS, URLS

ALL = set(FLAVOURS)
V2, V3, GL = DISTRIBUTION_2_8.name, DISTRIBUTION_3.name, GITLAB.name
ENDPOINT = "registry['notifications'] = [{ 'name' => 'a', 'url' => 'http://h', %s }]\n"
STORAGE = "registry['storage'] = { %s }\n"
ENV = "registry['env'] = { '%s' => '%s' }\n"
S3 = "'s3' => { 'bucket' => 'bucket', 'region' => 'r', %s }"
REDIS = "registry['redis'] = { 'addr' => 'h:6379', %s }\n"


def evaluated(text: str) -> Evaluated:
    return evaluate(URLS + text, "gitlab.rb", Context({}, lambda path: "", {}, ROOTS))


def remarks(text: str, flavour: str) -> list[Diagnostic]:
    """Return everything that is said of a text for a flavour."""
    read = evaluated(text)
    loaded = load(read)
    said = [*read.diagnostics, *loaded.diagnostics]
    if loaded.settings is not None:
        said += check_flavour(loaded.settings, flavour, loaded.places)
    return said


ROWS = [
    ("unknown key", "registry['htttp'] = {}\n", ALL, "unknown-setting"),
    ("unknown key, nested", STORAGE % "'detele' => { 'enabled' => true }", ALL, "unknown-setting"),
    ("bare-number duration", "registry['http_draintimeout'] = 5\n", ALL, "wrong-value"),
    ("bare-number duration as a string", ENDPOINT % "'timeout' => '5'", ALL, "wrong-value"),
    ("bare-number duration by variable", ENV % ("REGISTRY_HTTP_DRAINTIMEOUT", 5), ALL, "variable-misleads"),
    ("prefix", "registry['http_prefix'] = 'x'\n", ALL, "unknown-setting"),
    ("prefix by variable, no slash", ENV % ("REGISTRY_HTTP_PREFIX", "x"), ALL, "variable-misleads"),
    ("prefix by variable, no last slash", ENV % ("REGISTRY_HTTP_PREFIX", "/x"), ALL, "variable-misleads"),
    ("prefix by variable, no first slash", ENV % ("REGISTRY_HTTP_PREFIX", "x/"), ALL, "variable-misleads"),
    ("delete.enabled 'true'", STORAGE % "'delete' => { 'enabled' => 'true' }", ALL, "quoted-flag"),
    ("delete.enabled 'false'", STORAGE % "'delete' => { 'enabled' => 'false' }", ALL, "wrong-value"),
    (
        "delete.enabled 'true' by variable",
        ENV % ("REGISTRY_STORAGE_DELETE_ENABLED", '"true"'),
        ALL,
        "variable-misleads",
    ),
    ("empty http.secret", "registry['http_secret'] = ''\n", ALL, "wrong-value"),
    ("empty http.secret by variable", ENV % ("REGISTRY_HTTP_SECRET", ""), ALL, "variable-misleads"),
    ("empty http.addr", "registry['registry_http_addr'] = ''\n", ALL, "wrong-value"),
    ("http.addr by variable", ENV % ("REGISTRY_HTTP_ADDR", ""), ALL, "variable-misleads"),
    ("redis in the shape of 3", "registry['redis'] = { 'addrs' => ['h:1'] }\n", ALL, "unknown-setting"),
    ("redis in the shape of 2.8", REDIS % "'pool' => { 'maxidle' => 1 }", {V3, GL}, "ignored-by-registry"),
    ("redis pool of GitLab", REDIS % "'pool' => { 'maxlifetime' => '1h' }", {V2}, "ignored-by-registry"),
    ("redis with TLS", REDIS % "'tls' => { 'enabled' => true }", {V2, V3}, "ignored-by-registry"),
    (
        "redis cache with TLS",
        REDIS % "'cache' => { 'enabled' => true, 'addr' => 'h:1', 'tls' => { 'enabled' => true } }",
        {V2, V3},
        "ignored-by-registry",
    ),
    ("redis of 2.8 by variable", ENV % ("REGISTRY_REDIS_ADDR", "h:1"), {V3}, "variable-misleads"),
    ("redis of 3 by variable", ENV % ("REGISTRY_REDIS_ADDRS", "[h]"), {V2, GL}, "variable-misleads"),
    (
        "middleware.disabled",
        "registry['middleware'] = { 'storage' => [{ 'name' => 'redirect', 'disabled' => true }] }\n",
        ALL,
        "unknown-setting",
    ),
    (
        "middleware of others",
        "registry['middleware'] = { 'storage' => [{ 'name' => 'googlecdn' }] }\n",
        {V2, V3},
        "refused-by-registry",
    ),
    (
        "middleware of nobody",
        "registry['middleware'] = { 'storage' => [{ 'name' => 'clodfront' }] }\n",
        ALL,
        "unknown-middleware",
    ),
    ("ignore.actions alone", ENDPOINT % "'ignore' => { 'actions' => ['pull'] }", {V2}, "ignored-by-registry"),
    (
        "maxthreads below 25",
        STORAGE % "'filesystem' => { 'maxthreads' => 24 }",
        ALL,
        "raised-by-registry",
    ),
    (
        "maxconcurrency below 25",
        STORAGE % "'gcs' => { 'bucket' => 'bucket', 'maxconcurrency' => 1 }",
        ALL,
        "raised-by-registry",
    ),
    ("htpasswd", "registry['auth_htpasswd'] = {}\n", ALL, "unknown-setting"),
    (
        "missing htpasswd file by variable",
        ENV % ("REGISTRY_AUTH_HTPASSWD_PATH", "/no/such"),
        ALL,
        "variable-misleads",
    ),
    ("no auth by variable", ENV % ("REGISTRY_AUTH", "none"), ALL, "variable-misleads"),
    ("issuer by variable (E82)", ENV % ("REGISTRY_AUTH_TOKEN_ISSUER", "a"), ALL, "variable-misleads"),
    ("variable of docker-gitlab (E118)", ENV % ("GITLAB_REGISTRY_PATH", "/a"), ALL, "variable-misleads"),
    ("whole section by variable", ENV % ("REGISTRY_STORAGE", "inmemory"), ALL, "variable-misleads"),
    ("removed compatibility", "registry['compatibility_schema1_enabled'] = true\n", {V3, GL}, None),
    ("removed reporting", "registry['reporting'] = { 'bugsnag' => {} }\n", ALL, "unknown-setting"),
    (
        "reporting elsewhere than in GitLab's",
        "registry['reporting'] = { 'sentry' => { 'enabled' => false } }\n",
        {V2, V3},
        "ignored-by-registry",
    ),
    ("proxy", "registry['proxy'] = { 'remoteurl' => 'https://h' }\n", ALL, "unknown-setting"),
    ("proxy by variable", ENV % ("REGISTRY_PROXY_REMOTEURL", "https://h"), {GL}, "variable-misleads"),
    (
        "readonly by variable",
        ENV % ("REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED", "true"),
        ALL,
        "variable-misleads",
    ),
    ("catalog", "registry['catalog'] = { 'maxentries' => 0 }\n", ALL, "unknown-setting"),
    (
        "catalog.maxentries 0 by variable",
        ENV % ("REGISTRY_CATALOG_MAXENTRIES", "0"),
        ALL,
        "variable-misleads",
    ),
    ("unknown cache", STORAGE % "'cache' => { 'blobdescriptor' => 'memcached' }", ALL, "wrong-value"),
    (
        "unknown cache by variable",
        ENV % ("REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR", "memcached"),
        ALL,
        "variable-misleads",
    ),
    ("duplicate key", STORAGE % "'delete' => {}, 'delete' => { 'enabled' => false }", ALL, "given-twice"),
    (
        "notifications url",
        "registry['notifications'] = [{ 'name' => 'a', 'url' => 'h:80/x' }]\n",
        ALL,
        "wrong-value",
    ),
    ("maxretries", ENDPOINT % "'maxretries' => 3", {V2, V3}, "ignored-by-registry"),
    ("logstash", "registry['log_formatter'] = 'logstash'\n", {GL}, "refused-by-registry"),
    ("storage class", STORAGE % (S3 % "'storageclass' => 'STANDARD_IA'"), {V2}, "refused-by-registry"),
    ("storage class of nobody", STORAGE % (S3 % "'storageclass' => 'COLD'"), ALL, "refused-by-registry"),
    ("s3.loglevel in 3", STORAGE % (S3 % "'loglevel' => 'logdebug'"), {V2, V3}, "ignored-by-registry"),
    ("s3.usefipsendpoint", STORAGE % (S3 % "'usefipsendpoint' => true"), {V2, GL}, "ignored-by-registry"),
    (
        "gcs.useragent",
        STORAGE % "'gcs' => { 'bucket' => 'bucket', 'useragent' => 'x' }",
        {V2},
        "ignored-by-registry",
    ),
]


@pytest.mark.parametrize(
    ("text", "flavours", "code"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_what_a_registry_accepts_silently_is_said_for_the_flavours_of_which_it_is_true(
    text: str, flavours: set[str], code: str | None
) -> None:
    code = code or "ignored-by-registry"
    said = {
        flavour: [diagnostic for diagnostic in remarks(text, flavour) if diagnostic.code == code]
        for flavour in FLAVOURS
    }
    assert {flavour for flavour, diagnostics in said.items() if diagnostics} == flavours
    for diagnostics in said.values():
        assert all(diagnostic.span is not None and diagnostic.span.line == 3 for diagnostic in diagnostics)


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
@pytest.mark.parametrize(
    "text",
    [
        ENV % ("REGISTRY_HTTP_PREFIX", "/x/"),
        ENV % ("REGISTRY_HTTP_PREFIX", "/"),
        ENV % ("REGISTRY_HTTP_RELATIVEURLS", "true"),
        ENV % ("REGISTRY_HTTP_DRAINTIMEOUT", "5s"),
        ENV % ("REGISTRY_STORAGE_MAINTENANCE_READONLY", "{enabled: true}"),
        ENV % ("REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR", "inmemory"),
        ENV % ("REGISTRY_STORAGE_DELETE_ENABLED", "true"),
        ENV % ("AWS_REGION", "5"),
        STORAGE % "'filesystem' => { 'maxthreads' => 25 }",
        STORAGE % (S3 % "'storageclass' => 'STANDARD'"),
        ENDPOINT % "'ignore' => { 'actions' => ['pull'], 'mediatypes' => ['a/b'] }",
        "registry['middleware'] = { 'storage' => [{ 'name' => 'cloudfront' }] }\n",
        "registry['log_formatter'] = 'json'\n",
    ],
)
def test_what_means_what_it_says_passes_in_silence(text: str, flavour: str) -> None:
    assert remarks(text, flavour) == []


def test_readonly_by_variable_stops_the_run_and_names_the_setting() -> None:
    text = ENV % ("REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED", "true")
    (diagnostic,) = remarks(text, V2)
    assert diagnostic.severity is Severity.ERROR
    assert diagnostic.message.startswith(
        "registry['env']['REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED'] is ignored"
    )
    assert "registry['storage']['maintenance']" in (diagnostic.help or "")


@pytest.mark.parametrize("flavour", sorted(FLAVOURS))
def test_secret_and_writable_directory_are_there_without_a_word_of_them(flavour: str) -> None:
    """Two rows that cannot happen: ctl makes both."""
    plan = plan_of("", flavour=FLAVOURS[flavour]).registry
    assert plan is not None
    assert plan.http_secret
    assert plan.storage.directory == storage_section(plan.storage)["filesystem"]["rootdirectory"]
