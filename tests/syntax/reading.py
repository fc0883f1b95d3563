"""Reads settings for the tests of this room."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.syntax.evaluator import evaluate
from ctl.syntax.model import Context, Evaluated, Limits, ReadRefused

ROOTS = frozenset(
    [
        "external_url",
        "registry_external_url",
        "roles",
        "registry",
        "registry_nginx",
        "gitlab_rails",
        "nginx",
        "letsencrypt",
        "gitlab_shell",
        "postgresql",
        "redis",
        "puma",
        "sidekiq",
        "prometheus",
        "git_data_dirs",
        "user",
        "web_server",
        "logging",
        "node",
        "ctl",
        "gitaly",
    ]
)
FILES = {
    "/etc/gitlab/one-line": "s3cret\n",
    "/etc/gitlab/pem": "-----BEGIN\nabc\n-----END\n",
    "/bare": "s3cret",
    "/etc/gitlab/values.yml": "list: [1, yes, 1:30]\nnested:\n  'on': x\n  :sym: 0o17\n",
    "/etc/gitlab/values.json": '{"n": 1.50, "nested": {"on": [null, true]}}\n',
    "/etc/gitlab/included.rb": "registry['included'] = true\n",
    "/etc/gitlab/more.rb": "registry['a'] = 2\nregistry['from_more'] = ENV['SET']\n",
    "/etc/gitlab/broken.rb": "registry['a'] = 2\nregistry['b'] = yes\n",
    "/etc/gitlab/itself.rb": "registry['depth'] = 1\nfrom_file '/etc/gitlab/itself.rb'\n",
}


def read_file(path: str) -> str:
    if path in FILES:
        return FILES[path]
    raise ReadRefused("no such file", "create it")


def list_files(pattern: str) -> list[str]:
    return [path for path in sorted(FILES) if fnmatchcase(path, pattern)]


def context(
    *,
    limits: Limits | None = None,
    environment: dict[str, str] | None = None,
    roots: frozenset[str] = ROOTS,
) -> Context:
    return Context(
        environment={"SET": "from outside", "PORT": "5050"} if environment is None else environment,
        read_file=read_file,
        node={"fqdn": "host.example.com", "hostname": "host"},
        roots=roots,
        limits=limits or Limits(),
        list_files=list_files,
    )


def read(text: str, *, limits: Limits | None = None, roots: frozenset[str] = ROOTS) -> Evaluated:
    return evaluate(text, "gitlab.rb", context(limits=limits, roots=roots))


def errors(text: str) -> list[Diagnostic]:
    return [diagnostic for diagnostic in read(text).diagnostics if diagnostic.severity is Severity.ERROR]


def findings(text: str, roots: frozenset[str] = ROOTS) -> list[int]:
    """List the lines of the errors; those of the warnings where there is no error."""
    diagnostics = [diagnostic for diagnostic in read(text, roots=roots).diagnostics if diagnostic.span]
    wrong = [diagnostic for diagnostic in diagnostics if diagnostic.severity is Severity.ERROR]
    return [diagnostic.span.line for diagnostic in wrong or diagnostics if diagnostic.span]


def places(text: str) -> list[tuple[int, int, str]]:
    """List line, column and code of every finding."""
    return [
        (diagnostic.span.line, diagnostic.span.column, diagnostic.code)
        if diagnostic.span
        else (0, 0, diagnostic.code)
        for diagnostic in read(text).diagnostics
    ]


def value_of(literal: str) -> object:
    """Evaluate one value that must be right."""
    evaluated = read(f"registry['v'] = {literal}\n")
    assert [
        diagnostic.code for diagnostic in evaluated.diagnostics if diagnostic.severity is Severity.ERROR
    ] == []
    registry = evaluated.values["registry"]
    assert isinstance(registry, dict)
    return registry["v"]
