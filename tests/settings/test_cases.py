"""What administrators wrote, from public reports, and the exact answer: ``cases/NAME/``.

``gitlab.rb`` is what was written, ``expected.txt`` what ``ctl validate`` says of it, a finding a line, its
help below; ``values.json``, where there is one, what settings come to. Paths begin at ROOT.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ctl.diagnostics.model import Diagnostic, SettingsInvalid
from ctl.operations.compile.source import read_source
from ctl.operations.inspect.validate import validate
from ctl.paths import Layout
from ctl.process import SubprocessRunner

CASES = sorted(path.parent for path in Path(__file__).parent.glob("cases/*/gitlab.rb"))
HOST = "registry.example.com"
SAN = ("-addext", f"subjectAltName=DNS:{HOST}")


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def _own(directory: Path, name: str, host: str, *more: str) -> None:
    """Make a certificate that is signed by its own key."""
    pair = ("-keyout", directory / f"{name}.key", "-out", directory / f"{name}.crt")
    _openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}", "-days", "99", *more, *pair
    )


def _for_host(etc: Path) -> None:
    _own(etc / "ssl", HOST, HOST, *SAN)


def _without_name(etc: Path) -> None:
    _own(etc / "ssl", "nosan", HOST)


def _without_issuer(etc: Path) -> None:
    ssl, request = etc / "ssl", etc / "leaf.csr"
    _own(ssl, "issuer", "Intermediate")
    made = ("-keyout", ssl / "leaf.key", "-out", request)
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", *SAN, *made)
    issuer = ("-CA", ssl / "issuer.crt", "-CAkey", ssl / "issuer.key")
    _openssl(
        "x509",
        "-req",
        "-in",
        request,
        *issuer,
        "-copy_extensions",
        "copy",
        "-out",
        ssl / "leaf.crt",
        "-days",
        "99",
    )


def _keys_of_two(etc: Path) -> None:
    _for_host(etc)
    _own(etc, "tok_a", "a")
    _own(etc, "registry-auth", "b")


def _included(etc: Path) -> None:
    (etc / "conf.d").mkdir()
    (etc / "conf.d/20-last.rb").write_text("registry['log_level'] = 'debug'\n")
    (etc / "conf.d/10-first.rb").write_text(
        "registry['log_level'] = 'warn'\nregistry['log_formatter'] = 'json'\n"
    )
    (etc / "conf.d/note.txt").write_text("no setting\n")


# Cases that look at files, and who makes them.
FILES: dict[str, Callable[[Path], None]] = {
    "26-cert-without-san": _without_name,
    "36-chain-missing": _without_issuer,
    "40-split-node-wrong-bundle": _keys_of_two,
    "42-bundle-is-a-key": _for_host,
    "rb-dir-glob": _included,
}
# These look at the machine; the others are judged by their text alone.
LOOKS = frozenset(FILES) - {"rb-dir-glob"}


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    case: Path = request.param
    made = tmp_path / "etc/gitlab/gitlab.rb"
    (made.parent / "ssl").mkdir(parents=True)
    made.touch(0o600)
    made.write_text((case / "gitlab.rb").read_text())
    if case.name in FILES:
        FILES[case.name](made.parent)
    for key in made.parent.rglob("*.key"):
        key.chmod(0o600)
    return made


def _answer(case: str, file: Path) -> str:
    layout = Layout(file.parents[2])
    try:
        diagnostics: Sequence[Diagnostic] = validate(
            layout, file, SubprocessRunner(), {}, offline=case not in LOOKS
        ).diagnostics
    except SettingsInvalid as error:
        diagnostics = error.diagnostics
    lines = [
        line
        for diagnostic in sorted(diagnostics, key=lambda diagnostic: diagnostic.position)
        for line in _lines(diagnostic)
    ]
    return "".join(f"{line}\n" for line in lines).replace(str(layout.root), "ROOT")


def _lines(diagnostic: Diagnostic) -> list[str]:
    if diagnostic.code == "not-checked":
        return []
    place = f"{diagnostic.span.line}:{diagnostic.span.column} " if diagnostic.span else ""
    return [
        f"{place}{diagnostic.severity.value}[{diagnostic.code}] {diagnostic.message}",
        *([f"  help: {diagnostic.help}"] if diagnostic.help else []),
    ]


def test_cases_are_found_and_each_is_answered() -> None:
    assert len(CASES) > 20
    assert set(FILES) < {case.name for case in CASES}
    assert all((case / "expected.txt").exists() for case in CASES)


@pytest.mark.parametrize(
    ("case", "file"), [(case, case) for case in CASES], ids=[case.name for case in CASES], indirect=["file"]
)
def test_case_is_answered_with_exactly_what_is_expected(case: Path, file: Path) -> None:
    assert _answer(case.name, file) == (case / "expected.txt").read_text()


@pytest.mark.parametrize(
    ("case", "file"),
    [(case, case) for case in CASES if (case / "values.json").exists()],
    ids=lambda case: case.name,
    indirect=["file"],
)
def test_case_comes_to_the_values_that_are_expected(case: Path, file: Path) -> None:
    source = read_source(Layout(file.parents[2]), file, {}, guarded=False)
    for name, expected in json.loads((case / "values.json").read_text()).items():
        value: object = source.settings
        for part in name.split("."):
            value = getattr(value, part)
        assert value == expected, name
