from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from ctl.settings import types
from ctl.settings.types import choice, kind_of, seconds, split_host_port

KEY = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n"

ACCEPTED: list[tuple[Any, Any, Any]] = [
    (types.Flag, True, True),
    (types.Flag, False, False),
    (types.Integer, 0, 0),
    (types.Integer, "42", 42),
    (types.Integer, 2**63 - 1, 2**63 - 1),
    (types.Port, 1, 1),
    (types.Port, "65535", 65535),
    (types.Text, "", ""),
    (types.Text, "a 'b' \"c\" $d \\ #{e} ünï", "a 'b' \"c\" $d \\ #{e} ünï"),
    (types.Name, "issuer", "issuer"),
    (types.NginxText, "a;b } \"c\" 'd' \\ #", "a;b } \"c\" 'd' \\ #"),
    (types.NginxText, "x" * 4000, "x" * 4000),
    (types.NginxExpression, "", ""),
    (types.NginxExpression, "$remote_addr-${http_host}", "$remote_addr-${http_host}"),
    (types.NginxPath, "/etc/a b", "/etc/a b"),
    (types.NginxLogDirectory, "/var/log/a b'c", "/var/log/a b'c"),
    (types.HeaderName, "X-Forwarded-For", "X-Forwarded-For"),
    (types.RawText, "location / {\n\treturn 204;\r\n}\n", "location / {\n\treturn 204;\r\n}\n"),
    (types.YamlOptions, {"a": [1, {"b": "c\n"}, None, 1.5]}, {"a": [1, {"b": "c\n"}, None, 1.5]}),
    (types.AbsolutePath, "/mnt/images", "/mnt/images"),
    (types.AbsolutePath, "//mnt/./a//b/", "/mnt/a/b"),
    (types.AbsolutePath, "/mnt/..a/b..", "/mnt/..a/b.."),
    (types.ImageDirectory, "/mnt", "/mnt"),
    (types.ImageDirectory, "/srv//registry/", "/srv/registry"),
    (types.ImageDirectory, "/home/git/gitlab/shared/registry", "/home/git/gitlab/shared/registry"),
    (types.ImageDirectory, "/tmp/registry", "/tmp/registry"),
    (types.ImageDirectory, "/binary", "/binary"),
    (types.HostPort, "127.0.0.1:5000", "127.0.0.1:5000"),
    (types.HostPort, ":5000", ":5000"),
    (types.HostPort, "[::1]:5000", "[::1]:5000"),
    (types.HostPort, "http://127.0.0.1:5000/", "127.0.0.1:5000"),
    (types.HostPort, "[0:0::0]:5000", "[::]:5000"),
    (types.HostPort, "[2001:DB8::0001]:5000", "[2001:db8::1]:5000"),
    (types.HostPort, "[::ffff:192.0.2.1]:5000", "192.0.2.1:5000"),
    (types.HostPort, "[FE80::1%eth0]:5000", "[fe80::1%eth0]:5000"),
    (types.UdpAddress, "", ""),
    (types.UdpAddress, "192.0.2.1", "192.0.2.1"),
    (types.UdpAddress, "192.0.2.1:514", "192.0.2.1:514"),
    (types.HostName, "registry.example.com", "registry.example.com"),
    (types.HostName, "Registry_1", "Registry_1"),
    (types.HostName, "192.0.2.1", "192.0.2.1"),
    (types.HostName, "[2001:db8::1]", "[2001:db8::1]"),
    (types.Url, "https://u:p@hooks.example.com/x?y=z#w", "https://u:p@hooks.example.com/x?y=z#w"),
    (types.PlainUrl, "https://gitlab.example.com:8443/gitlab/", "https://gitlab.example.com:8443/gitlab/"),
    (types.PlainUrl, "http://[::1]:5000", "http://[::1]:5000"),
    (types.RealmUrl, "https://gitlab.example.com/gitlab", "https://gitlab.example.com/gitlab"),
    (types.ApiUrl, "http://registry:5000", "http://registry:5000"),
    (types.Flag, "true", True),
    (types.RegistryUrl, "https://registry.example.com/", "https://registry.example.com/"),
    (types.RegistryUrl, "https://Registry.Example.Com:5050", "https://Registry.Example.Com:5050"),
    (types.Duration, "1h30m", "1h30m"),
    (types.Duration, "1.5s", "1.5s"),
    (types.Duration, "5µs", "5µs"),
    (types.Duration, 0, "0"),
    (types.Duration, "0", "0"),
    (types.Account, "gitlab-www", "gitlab-www"),
    (types.ListenAddress, "*", "*"),
    (types.ListenAddress, "::", "[::]"),
    (types.ListenAddress, "[::1]", "[::1]"),
    (types.ListenAddress, "0:0::0", "[::]"),
    (types.ListenAddress, "192.0.2.1", "192.0.2.1"),
    (types.EnvironmentName, "REGISTRY_HTTP_SECRET", "REGISTRY_HTTP_SECRET"),
    (types.EnvironmentValue, True, "true"),
    (types.EnvironmentValue, 5, "5"),
    (types.EnvironmentValue, 1.5, "1.5"),
    (types.EnvironmentValue, "", ""),
    (types.EnvironmentValue, " a $b 'c'", " a $b 'c'"),
    (types.SecretText, "s3cret $x", SecretStr("s3cret $x")),
    (types.PrivateKeyPem, KEY, SecretStr(KEY)),
    (types.PrivateKeyPem, KEY.replace("\n", "\\n"), SecretStr(KEY)),
    (types.CertificatePem, "# Größe\n" + CERTIFICATE, "# Größe\n" + CERTIFICATE),
]

CONTROL = "a control character (U+000A) cannot stand here"
STRING = "a string is expected, this is "
RUBY_TRUTH = "a string counts as true in Ruby, whatever it says; write true or false without quotes"
PORT_RANGE = "the port of a URL is a number between 1 and 65535"
NO_PORT = "a port is missing; host:port is expected, such as 127.0.0.1:5000"
NO_HOST = "the URL must include a scheme and a host, such as https://events.example.com/registry"
NO_NAME = "this is not a host name or address"
BAD_URL = "a URL must not contain blanks, quotes, backslashes or one of $ < > ^ ` { | }"
USER = "the URL must not contain a user name or password"
QUERY = "the URL must not contain a query (?) or fragment (#)"
DURATION = "a duration is expected, such as '500ms', '10s' or '1h30m'; the units end with h"
NANOSECONDS = "a bare number means nanoseconds to the registry; write "
TOO_LONG = "this duration is too long; the registry counts up to 292 years"
ACCOUNT = "an account name is expected: lower-case letters, digits, _ and -"
BLANK = "a name in this path begins or ends with a blank"
EMPTY = "this must not be empty; leave the setting out or give it a value"
UDP = "an IPv4 address is expected, such as '192.0.2.1:514'; svlogd knows no names"
HEADER = "the name of a header is expected: letters, digits and -"
BARE_DOLLAR = "a $ must start the name of an nginx variable; nginx cannot represent a bare $"
SYSTEM = "this directory belongs to the system; choose one for images alone, such as /srv/registry"
SYSTEM_DIRECTORIES = """
    /etc /home /usr /var /root /opt /bin /boot /dev /proc /sys /tmp /lib /lib64 /run /sbin /srv /etc/gitlab
    /etc/ //etc/. /var/lib /var/log /var/opt /var/opt/gitlab /usr/local /usr/share /dev/shm/x /proc/1 /sys/x
    /boot/x /bin/x /var/opt/gitlab/ctl /var/opt/gitlab/ctl/images /var/log/gitlab/ctl/x /opt/gitlab/sv/x
"""

REFUSED: list[tuple[Any, Any, str]] = [
    (types.Flag, "false", RUBY_TRUTH),
    (types.Flag, "", RUBY_TRUTH),
    (types.Flag, 1, "true or false is expected, this is a number"),
    (types.Flag, [], "true or false is expected, this is an array"),
    (types.Integer, -1, "a number of 0 or more is expected"),
    (types.Integer, 2**63, "this number is too large"),
    (types.Integer, 1.5, "a whole number is expected, this is a decimal number"),
    (types.Integer, "4 2", "a whole number is expected, this is a string"),
    (types.Integer, "٤", "a whole number is expected, this is a string"),
    (types.Integer, True, "a whole number is expected, this is true"),
    (types.Port, 0, "a port is between 1 and 65535, this is 0"),
    (types.Port, "65536", "a port is between 1 and 65535, this is 65536"),
    (types.Text, 5, STRING + "a number"),
    (types.Text, None, STRING + "nil"),
    (types.Text, {}, STRING + "a hash"),
    (types.Text, False, STRING + "false"),
    (types.Text, "a\nb", CONTROL),
    (types.Text, "\x85", "a control character (U+0085) cannot stand here"),
    (types.Text, "\u2028", "a control character (U+2028) cannot stand here"),
    (types.Text, "\ud800", "a control character (U+D800) cannot stand here"),
    (types.Name, " ", EMPTY),
    (types.NginxText, "a$b", "nginx cannot represent a $ in this place"),
    (types.NginxText, "", EMPTY),
    (types.NginxText, "x" * 4001, "nginx cannot represent a text of more than 4000 bytes"),
    (types.NginxText, '"' * 2001, "nginx cannot represent a text of more than 4000 bytes"),
    (types.NginxExpression, "5 $", BARE_DOLLAR),
    (types.NginxExpression, "$1", BARE_DOLLAR),
    (types.NginxExpression, "${a", BARE_DOLLAR),
    (types.NginxExpression, "${}", BARE_DOLLAR),
    (types.NginxExpression, "ü" * 2001, "nginx cannot represent a text of more than 4000 bytes"),
    (types.NginxPath, "/a$b", "nginx cannot represent a $ in this place"),
    (types.NginxPath, "a", "an absolute path is expected, one that starts with /"),
    (
        types.NginxLogDirectory,
        "/var/log/*",
        'logrotate cannot represent a path with one of the characters " \\ * ? [ ] { }',
    ),
    (types.HeaderName, "X Foo", HEADER),
    (types.HeaderName, "X-Foo:", HEADER),
    (types.HeaderName, "X-$Foo", HEADER),
    (types.HeaderName, "", HEADER),
    (types.RawText, "a\0b", "a control character (U+0000) cannot stand here"),
    (types.RawText, "\udfff", "a control character (U+DFFF) cannot stand here"),
    (types.YamlOptions, {"a": ["\ud800"]}, "half a surrogate pair cannot stand here"),
    (types.YamlOptions, {"\ud800": 1}, "half a surrogate pair cannot stand here"),
    (types.YamlOptions, {"x" * 201: 1}, "a key has more than 200 characters"),
    (types.YamlOptions, {"a": 2**63}, "this number is too large"),
    (types.YamlOptions, {"a": float("inf")}, "a number is expected"),
    (types.AbsolutePath, "mnt/images", "an absolute path is expected, one that starts with /"),
    (types.AbsolutePath, "", EMPTY),
    (types.AbsolutePath, "/a/../b", "a path must not contain .."),
    (types.AbsolutePath, "//", "a path below / is expected"),
    *((types.AbsolutePath, path, BLANK) for path in ("/a ", "/ a", "/a /b", "/a\u00a0", "/a/\u3000b")),
    (types.ImageDirectory, "/", "a path below / is expected"),
    (types.ImageDirectory, "images", "an absolute path is expected, one that starts with /"),
    *((types.ImageDirectory, path, SYSTEM) for path in SYSTEM_DIRECTORIES.split()),
    (types.HostPort, "127.0.0.1", NO_PORT),
    (types.HostPort, "127.0.0.1:", NO_PORT),
    (types.HostPort, "127.0.0.1:http", NO_PORT),
    (types.HostPort, "127.0.0.1:٤", NO_PORT),
    (types.HostPort, "127.0.0.1:0", "a port is between 1 and 65535, this is 0"),
    (types.HostPort, "::1:5000", NO_NAME),
    (types.HostPort, "a b:5000", NO_NAME),
    (
        types.HostPort,
        "https://127.0.0.1:5000",
        "host:port is expected without a scheme, such as 127.0.0.1:5000",
    ),
    (types.UdpAddress, "log.example.com:514", UDP),
    (types.UdpAddress, "192.0.2.1:", UDP),
    (types.UdpAddress, "192.0.2.1:0", UDP),
    (types.HostName, "", EMPTY),
    (types.HostName, "http://a", "a host name is expected without a scheme, such as registry.example.com"),
    (types.HostName, "a:80", "a host name is expected without a port, which is a setting of its own"),
    (types.HostName, "-a", NO_NAME),
    (types.HostName, "a..b", NO_NAME),
    (types.HostName, "a/b", NO_NAME),
    (types.HostName, "\u212aelvin", NO_NAME),
    (types.HostName, "999.0.0.1", NO_NAME),
    (types.HostName, "[::::]", NO_NAME),
    (types.HostName, "a" * 64, NO_NAME),
    (types.Url, "gitlab.example.com", NO_HOST),
    (types.Url, "gitlab.example.com:5050", NO_HOST),
    (types.Url, "https://", NO_HOST),
    (types.Url, "https:///x", NO_HOST),
    (types.Url, "https://:5000", NO_HOST),
    (types.Url, "ftp://gitlab.example.com", "unsupported scheme ftp; http or https is expected"),
    (types.Url, "//gitlab.example.com", NO_HOST),
    (types.Url, "https://regi stry", BAD_URL),
    (types.Url, "https://g/$x", BAD_URL),
    (types.Url, "https://g/\u3000", BAD_URL),
    (types.Url, "https://g:0", PORT_RANGE),
    (types.Url, "https://g:", PORT_RANGE),
    (types.Url, "https://g:65536", PORT_RANGE),
    (types.Url, "https://g:hunter2", PORT_RANGE),
    (types.Url, "https://[::1", "this is not a URL"),
    (types.Url, "https://u:hunter2@g\u2100", "this is not a URL"),
    (types.Url, "https://g_!", NO_NAME),
    (
        types.PlainUrl,
        "gitlab",
        "the URL must include a scheme and a host, such as https://gitlab.example.com",
    ),
    (
        types.RegistryUrl,
        "r",
        "the URL must include a scheme and a host, such as https://registry.example.com",
    ),
    (types.RealmUrl, "g", "the URL must include a scheme and a host, such as https://gitlab.example.com"),
    (
        types.RealmUrl,
        "https://g/jwt/auth",
        "GitLab's URL is expected without /jwt/auth, which is added to it",
    ),
    (
        types.RealmUrl,
        "https://g/x/jwt/auth/",
        "GitLab's URL is expected without /jwt/auth, which is added to it",
    ),
    (types.ApiUrl, "r:5000", "the URL must include a scheme and a host, such as http://127.0.0.1:5000"),
    (
        types.ApiUrl,
        "http://r:5000/v2/",
        "the registry's URL is expected without /v2, which GitLab adds to it",
    ),
    (types.PlainUrl, "https://u@g", USER),
    (types.PlainUrl, "https://u:p@g", USER),
    (types.PlainUrl, "https://g?x", QUERY),
    (types.PlainUrl, "https://g/#", QUERY),
    (types.RegistryUrl, "https://r/reg", "unsupported path /reg; a registry cannot be served below a path"),
    (types.Duration, 5, NANOSECONDS + "'5s' for seconds, '5ms' for milliseconds"),
    (types.Duration, "5", NANOSECONDS + "'5s' for seconds, '5ms' for milliseconds"),
    (types.Duration, 500, NANOSECONDS + "'500ms' for milliseconds, '500s' for seconds"),
    (types.Duration, 500_000_000, NANOSECONDS + "'500ms'"),
    (types.Duration, 30_000_000_000, NANOSECONDS + "'30s'"),
    (types.Duration, 1.5, "a duration has a unit; write '1.5s' for seconds"),
    (types.Duration, "1d", DURATION),
    (types.Duration, "-1s", DURATION),
    (types.Duration, ".s", DURATION),
    (types.Duration, "", DURATION),
    (types.Duration, "2562048h", TOO_LONG),
    (types.Duration, "9" * 400 + "s", TOO_LONG),
    (types.Duration, True, STRING + "true"),
    (types.Account, "Registry", ACCOUNT),
    (types.Account, "1a", ACCOUNT),
    (types.Account, "a:b", ACCOUNT),
    (types.Account, "", ACCOUNT),
    (types.ListenAddress, "unix:/x", NO_NAME),
    (types.ListenAddress, "*; x", NO_NAME),
    (types.EnvironmentName, "A=B", "the name of an environment variable holds letters, digits and _ only"),
    (types.EnvironmentName, "../A", "the name of an environment variable holds letters, digits and _ only"),
    (
        types.EnvironmentValue,
        "a\nb",
        "a variable of the environment directory cannot hold a line break or NUL",
    ),
    (types.EnvironmentValue, "a ", "a variable of the environment directory cannot end with a blank"),
    (types.EnvironmentValue, "a\t", "a variable of the environment directory cannot end with a blank"),
    (types.EnvironmentValue, [], STRING + "an array"),
    (types.SecretText, "", EMPTY),
    (types.SecretText, "a\n", CONTROL),
    (types.PrivateKeyPem, "abc", "PEM text is expected, with a line -----BEGIN … PRIVATE KEY-----"),
    (types.PrivateKeyPem, CERTIFICATE, "PEM text is expected, with a line -----BEGIN … PRIVATE KEY-----"),
    (types.PrivateKeyPem, KEY + "\ud800", "a control character (U+D800) cannot stand here"),
    (types.CertificatePem, KEY, "PEM text is expected, with a line -----BEGIN … CERTIFICATE-----"),
]


@pytest.mark.parametrize(("kind", "given", "expected"), ACCEPTED)
def test_type_given_right_value_accepts_it(kind: Any, given: Any, expected: Any) -> None:
    accepted = TypeAdapter(kind).validate_python(given)
    assert (type(accepted), accepted) == (type(expected), expected)


@pytest.mark.parametrize(("kind", "given", "message"), REFUSED)
def test_type_given_wrong_value_says_what_is_expected(kind: Any, given: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(given)
    assert [error["msg"] for error in caught.value.errors()] == [f"Value error, {message}"]


def test_types_exported_are_all_accepted_and_refused_somewhere() -> None:
    exported = {name for name in types.__all__ if name[0].isupper()}
    assert len(exported) > 20
    for table in (ACCEPTED, REFUSED):
        tried = {id(kind) for kind, *_ in table}
        assert [name for name in sorted(exported) if id(getattr(types, name)) not in tried] == []


def test_refusal_of_any_type_never_repeats_a_secret() -> None:
    kinds = [getattr(types, name) for name in types.__all__ if name[0].isupper()]
    messages: list[str] = []
    for given in ("hunter2\n", "https://u:hunter2@h/\n", "https://u:hunter2@[", "h:hunter2", "hunter2 "):
        for kind in kinds:
            try:
                TypeAdapter(kind).validate_python(given)
            except ValidationError as error:
                messages += [detail["msg"] for detail in error.errors()]
    assert len(messages) > len(kinds)
    assert [message for message in messages if "hunter2" in message] == []


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("0", 0), ("1h30m", 5400), ("1.5s", 1.5), (".5s", 0.5), ("5ms", 0.005)],
)
def test_seconds_of_duration_are_those_of_go(duration: str, expected: float) -> None:
    assert seconds(duration) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"), [(":5000", ("", 5000)), ("[::1]:80", ("[::1]", 80)), ("a.b:1", ("a.b", 1))]
)
def test_host_port_taken_apart_keeps_brackets(text: str, expected: tuple[str, int]) -> None:
    assert split_host_port(text) == expected


def test_choice_given_other_word_lists_the_words() -> None:
    check = choice("on", "off")
    assert check("on") == "on"
    for given in ("ON", " on", ""):
        with pytest.raises(ValueError, match=r"^one of on, off is expected$"):
            check(given)
    with pytest.raises(ValueError, match=r"^a string is expected, this is true$"):
        check(True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "nil"), (True, "true"), (1, "a number"), ("", "a string"), (object(), "another kind of value")],
)
def test_kind_of_value_is_named_as_in_ruby(value: object, expected: str) -> None:
    assert kind_of(value) == expected
