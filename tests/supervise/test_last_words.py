"""The sentence that matters is told from a trace, a usage text and entries of before; logs are real."""

from __future__ import annotations

import pytest

from ctl.flavours.refusals import spoken_of
from ctl.supervise.last_words import last_words

TRACE = """
goroutine 1 [running]:
github.com/docker/distribution/registry/handlers.NewApp({0x11a4b98?, 0xc00056e240?}, 0xc00030b500)
\tgithub.com/docker/distribution/registry/handlers/app.go:203 +0x2b25
main.main()
\tgithub.com/docker/distribution/cmd/registry/main.go:22 +0x25"""
USAGE = """
Usage:
  registry serve <config> [flags]

Flags:
  -h, --help   help for serve"""
BEFORE = 'time="2026-11-27T17:27:10.7Z" level=info msg="redis not configured" version=2.8.2\n'
UP = '\ntime="2026-11-27T17:27:10.9Z" level=info msg="listening on 127.0.0.1:5000" version=2.8.2'
TAKEN = "listen tcp 127.0.0.1:5000: bind: address already in use"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (f"{BEFORE}panic: no region parameter provided\n{TRACE}", "no region parameter provided"),
        (
            f"2026-11-27_17:24:34.12345 panic: no region parameter provided\n{TRACE}",
            "no region parameter provided",
        ),
        (
            f"configuration error: error parsing /a/c.yml: invalid loglevel loud Must be of []{USAGE}",
            "invalid loglevel loud Must be of []",
        ),
        (
            "configuration error: error parsing /a/c.yml: yaml: unmarshal errors:\n"
            f"  line 9: cannot unmarshal !!str `maybe` into bool{USAGE}",
            "yaml: unmarshal errors: line 9: cannot unmarshal !!str `maybe` into bool",
        ),
        (f'{BEFORE}time="2026-11-27T17:27:10Z" level=fatal msg="{TAKEN}"', TAKEN),
        (
            'time="2026-11-27T17:27:15Z" level=fatal msg="error configuring logger: unsupported: \\"no\\""',
            'error configuring logger: unsupported: "no"',
        ),
        (f'{{"level":"fatal","msg":"{TAKEN}","time":"2026-11-27T17:27:23.6Z"}}', TAKEN),
        (f'{{"@version":"1","level":"fatal","message":"{TAKEN}"}}', TAKEN),
        ("chpst: fatal: unable to run: docker-registry: file does not exist", None),
        (
            "nginx: [emerg] bind() to 127.0.0.1:80 failed (98: Address already in use)\n"
            "nginx: [emerg] still could not bind()",
            "bind() to 127.0.0.1:80 failed (98: Address already in use)",
        ),
        (f"panic: of yesterday\n{TRACE}\n{BEFORE}{UP}", None),
        # It has been started again since, and has not got as far as that yet.
        (f"panic: of just now\n{TRACE}\n{BEFORE}", "of just now"),
        (f'{BEFORE}time="2026-11-27T17:27:10Z" level=error msg="panic: no such thing"', None),
        ('{"level":"fatal","msg":', None),
        ("", None),
    ],
)
def test_sentence_is_told_from_what_stands_around_it(log: str, expected: str | None) -> None:
    if log.startswith("chpst"):
        expected = "unable to run: docker-registry: file does not exist"
    assert last_words(log.splitlines()) == expected


@pytest.mark.parametrize(
    ("words", "variables", "setting"),
    [
        ("unable to configure storage middleware (nosuch): no storage middleware", (), "middleware"),
        ("no region parameter provided", (), "storage.s3.region"),
        ("invalid region provided: nowhere", (), "storage.s3.region"),
        (
            "the chunksize 1 parameter should be a number between 5242880 and 5368709120",
            (),
            "storage.s3.chunksize",
        ),
        (
            "maxthreads config error: parameter must be an integer, 'many' invalid",
            (),
            "storage.s3.maxthreads",
        ),
        ("StorageDriver not registered: azure", (), "storage.azure"),
        ("Unable to parse upload purge configuration: age missing", (), "storage.maintenance.uploadpurging"),
        ("redis configuration required to use for layerinfo cache", (), "storage.cache"),
        ("token auth requires at least one token signing key", (), "rootcertbundle"),
        (f"error listening on debug interface: {TAKEN}", (), "debug_addr"),
        (TAKEN, (), "registry_http_addr"),
        (TAKEN, ("REGISTRY_HTTP_ADDR", "REGISTRY_LOG_LEVEL"), "env.REGISTRY_HTTP_ADDR"),
        ("invalid loglevel loud", ("REGISTRY_HTTP_ADDR",), "log_level"),
        ("invalid loglevel loud", ("REGISTRY_LOG_LEVEL",), "env.REGISTRY_LOG_LEVEL"),
        ("something that nobody has seen yet", ("REGISTRY_LOG_LEVEL",), None),
    ],
)
def test_setting_that_a_registry_speaks_of_is_known(
    words: str, variables: tuple[str, ...], setting: str | None
) -> None:
    path = spoken_of(words, "s3", frozenset(variables))
    assert (".".join(path) if path else None) == (f"registry.{setting}" if setting else None)
