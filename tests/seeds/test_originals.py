"""What is said of the documents' settings as they stand there, placeholders and mistakes included."""

from __future__ import annotations

import pytest

from ctl.diagnostics.model import Severity
from tests.seeds.compiling import BOTH, ORIGINALS, compile_text

NO_VALUE = "placeholder"
EXAMPLE = "example-value"

# Snippet, then code, line and the text that is pointed at of every finding.
CASES: list[tuple[str, list[tuple[str, int, str]]]] = [
    (
        "azure",
        [
            (NO_VALUE, 3, "'<your_storage_account_name>'"),
            (NO_VALUE, 4, "'<base64_encoded_account_key>'"),
            (NO_VALUE, 5, "'<container_name>'"),
        ],
    ),
    (
        "certificate-paths",
        [
            ("old-name", 1, "'ssl_certificate'"),
            (EXAMPLE, 1, '"/path/to/certificate.pem"'),
            (EXAMPLE, 2, '"/path/to/certificate.key"'),
        ],
    ),
    ("external-registry-host", [(NO_VALUE, 2, '"https://<external_registry_host>:5000"')]),
    ("gcs", [(EXAMPLE, 3, "'BUCKET_NAME'"), ("wrong-value", 4, "'PATH/TO/KEYFILE'")]),
    ("gitlab-node-key", [("unknown-setting", 2, "'internal_key'")]),
    (
        "internal-key",
        [
            ("wrong-value", 1, '"---BEGIN RSA PRIVATE KEY---\\nMIIEpQIBAA\\n"'),
            (EXAMPLE, 2, '"/custom/path/to/registry-key.key"'),
        ],
    ),
    (
        "notifications",
        [
            ("old-name", 6, "'threshold'"),
            (EXAMPLE, 10, '"AUTHORIZATION_EXAMPLE_TOKEN"'),
            (EXAMPLE, 15, "'AUTHORIZATION_EXAMPLE_TOKEN'"),
        ],
    ),
    ("read-only-on", [(NO_VALUE, 3, '"<your_registry_storage_path>"')]),
    ("read-only-off", [(NO_VALUE, 3, '"<your_registry_storage_path>"')]),
    ("s3-chunksize-without-region", [("missing-setting", 2, "'s3'")]),
    (
        "s3-example-values",
        [
            (EXAMPLE, 3, "'s3-access-key'"),
            (EXAMPLE, 4, "'s3-secret-key-for-access-key'"),
            (EXAMPLE, 5, "'your-s3-bucket'"),
            (EXAMPLE, 6, "'your-s3-region'"),
            (EXAMPLE, 7, "'your-s3-regionendpoint'"),
        ],
    ),
    ("s3-log-level-outside-driver", [("unknown-setting", 8, "'loglevel'")]),
    ("s3-log-level-wrong-ruby", [("missing-arrow", 10, "=")]),
    (
        "s3-placeholders",
        [
            (NO_VALUE, 3, "'<s3_access_key>'"),
            (NO_VALUE, 4, "'<s3_secret_key_for_access_key>'"),
            (NO_VALUE, 5, "'<your_s3_bucket>'"),
            (NO_VALUE, 6, "'<your_s3_region>'"),
            (NO_VALUE, 7, "'<your_s3_regionendpoint>'"),
        ],
    ),
    (
        "s3-vpc-endpoint",
        [
            (EXAMPLE, 3, "'s3-access-key'"),
            (EXAMPLE, 4, "'s3-secret-key-for-access-key'"),
            (EXAMPLE, 5, "'your-s3-bucket'"),
            (EXAMPLE, 6, "'your-s3-region'"),
            (EXAMPLE, 7, "'your-s3-vpc-endpoint'"),
            ("path-style", 8, "'pathstyle'"),
        ],
    ),
    ("storage-path", [(EXAMPLE, 1, '"/path/to/registry/storage"')]),
]

# Without these errors a settings file of a document would take effect as it stands.
HARMLESS = {"certificate-paths", "notifications", "s3-example-values", "s3-vpc-endpoint", "storage-path"}

HELP = {
    "gitlab-node-key": "did you mean registry['internal_key']?",
    "s3-log-level-outside-driver": "did you mean registry['storage']['s3']['loglevel']?",
    "s3-chunksize-without-region": "registry['storage']['s3'] needs a region",
}


def test_originals_are_found_and_each_has_a_case() -> None:
    assert len(ORIGINALS) > 10
    assert {name for name, _ in CASES} == set(ORIGINALS)
    assert set(HELP) | HARMLESS < set(ORIGINALS)


@pytest.mark.parametrize(("name", "expected"), CASES)
def test_original_is_answered_with_every_mistake_at_its_place(
    name: str, expected: list[tuple[str, int, str]]
) -> None:
    text = BOTH + ORIGINALS[name].read_text()
    lines, before = text.splitlines(), BOTH.count("\n")
    made = compile_text(text, "gitlab")
    answers = []
    for diagnostic in made.diagnostics:
        assert diagnostic.span is not None
        pointed_at = lines[diagnostic.span.line - 1][
            diagnostic.span.column - 1 : diagnostic.span.end_column - 1
        ]
        answers.append((diagnostic.code, diagnostic.span.line - before, pointed_at))
    assert answers == expected
    errors = [diagnostic for diagnostic in made.diagnostics if diagnostic.severity is Severity.ERROR]
    assert bool(errors) is (name not in HARMLESS)
    assert (made.settings is None) is bool(errors)


@pytest.mark.parametrize("name", sorted(HELP))
def test_mistake_of_original_is_answered_with_its_remedy(name: str) -> None:
    made = compile_text(BOTH + ORIGINALS[name].read_text(), "gitlab")
    assert [diagnostic.help for diagnostic in made.diagnostics] == [HELP[name]]


@pytest.mark.parametrize("name", sorted(ORIGINALS))
def test_findings_of_original_never_repeat_its_secrets(name: str) -> None:
    made = compile_text(BOTH + ORIGINALS[name].read_text(), "gitlab")
    told = " ".join(f"{diagnostic.message} {diagnostic.help}" for diagnostic in made.diagnostics)
    assert told
    for secret in ("MIIEpQIBAA", "AUTHORIZATION_EXAMPLE", "secret123", "s3-secret", "base64_encoded"):
        assert secret not in told
