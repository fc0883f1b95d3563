from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from jinja2 import nodes

import ctl.render.environment
from ctl.render.environment import render_template
from ctl.render.quoting import Unrepresentable
from ctl.render.runtime import FILTERS, Environment, UndefinedName
from ctl.targets.model import Rendered
from ctl.targets.runit.tree import render
from tests.golden_tree import CASES, WITH_TEXTS, rendered
from tests.plan.making import SYSTEM, plan_alone, plan_of
from tests.render.nginx_syntax import directives
from tools import templates
from tools.templates import TEMPLATES, environment

# What may be printed as it is: text in the target's own syntax, made of quoted words or by the administrator.
VERBATIM = {
    "nginx/gitlab-registry.conf.j2": {"vhost.custom"},
    "nginx/nginx.conf.j2": {"vhost.main.custom"},
    "runit/guard.run.j2": {"note"},
    "runit/log.run.j2": {"become", "options"},
    "runit/logrotate.run.j2": {"note"},
    "runit/nginx.run.j2": {"note"},
    "runit/registry.run.j2": {"become", "note"},
}
# Each kind of file has its own quoting.
QUOTING = {
    "registry/": {"yaml"},
    "gitlab/": {"yaml"},
    "nginx/logrotate": {"line", "logrotate_logs", "shell"},
    "nginx/": {
        *("nginx", "nginx_bare", "nginx_expression", "nginx_words", "nginx_listen", "nginx_host_pattern"),
        "verbatim",
    },
    "runit/log.config": {"line"},
    "runit/": {"shell", "verbatim"},
}
HOSTILE = r"""
gitlab_rails['registry_issuer'] = %q({{ x }} 'a' "b" # c: [d]; \ e)
gitlab_rails['registry_path'] = '/mnt/images "of" \'us\' # 1: $(id) `id`'
registry['dir'] = '/var/a \'b\' "c" $d ; e'
registry['log_directory'] = '/var/log/a \'b\' $c'
registry['env_directory'] = '/etc/a b'
registry['svlogd_prefix'] = ' a # b: '
registry['http_secret'] = 'a #b: "c" \\ $d'
registry['nginx'] = {
  'dir' => '/var/nginx \'a\' "b" ; }', 'log_directory' => '/var/log/nginx a\'b',
  'redirect_http_to_https' => true,
  'proxy_set_headers' => { 'X-Text' => 'a "b" ; } # c \\', 'X-Client' => '${remote_addr}$host' },
  'ssl_ciphers' => 'A:"B";}', 'ssl_conf_command' => ['Options a "b"; }'], 'real_ip_header' => 'X-"A"'
}
ctl['registry_binary'] = '/opt/a \'b\'/$c'
"""


def expressions(name: str) -> Iterator[nodes.Node]:
    """Yield what a template prints beside its own text."""
    loader = environment().loader
    assert loader is not None
    source, _, _ = loader.get_source(environment(), name)
    for output in environment().parse(source).find_all(nodes.Output):
        yield from (node for node in output.nodes if not isinstance(node, nodes.TemplateData))


def spelled(node: nodes.Node) -> str:
    """Write a name or an attribute as a template does."""
    if isinstance(node, nodes.Getattr):
        return f"{spelled(node.node)}.{node.attr}"
    assert isinstance(node, nodes.Name), node
    return node.name


def file_of(rendered: Rendered, path: str) -> str:
    return next(file.content for file in rendered.files if file.path == path)


@pytest.fixture(scope="module")
def hostile() -> Rendered:
    return render(plan_of(HOSTILE), SYSTEM)


def test_templates_found_are_all_of_them() -> None:
    assert len(TEMPLATES) >= 10
    assert all(any(name.startswith(prefix) for prefix in QUOTING) for name in TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_prints_quoted_values_alone(name: str) -> None:
    allowed = next(filters for prefix, filters in QUOTING.items() if name.startswith(prefix))
    bare = set()
    for expression in expressions(name):
        assert isinstance(expression, nodes.Filter), expression
        assert expression.name in allowed
        if expression.name == "verbatim":
            assert expression.node is not None
            bare.add(spelled(expression.node))
    assert bare == VERBATIM.get(name, set())


def test_filters_are_all_used_by_a_template() -> None:
    used = {
        expression.name
        for name in TEMPLATES
        for expression in expressions(name)
        if isinstance(expression, nodes.Filter)
    }
    assert used == set(FILTERS)


@pytest.mark.parametrize("text", ["{{ x }}", "{{ 'a' }}", "{{ x | yaml ~ x }}", "{{ x | upper }}", "{{ 5 }}"])
def test_value_printed_without_quoting_filter_is_refused(text: str) -> None:
    with pytest.raises(TypeError, match="without a quoting filter"):
        environment().from_string(text).render(x="a")


def test_value_printed_through_quoting_filter_is_accepted() -> None:
    assert environment().from_string("a {{ x | yaml }}{{ (x ~ 'c') | nginx }}").render(x="b") == 'a "b""bc"'


@pytest.mark.parametrize("text", ["{{ y | yaml }}", "{{ y.z | nginx }}", "{% if y %}a{% endif %}"])
def test_name_that_is_not_there_is_an_error(text: str) -> None:
    with pytest.raises((jinja2.UndefinedError, Unrepresentable)):
        environment().from_string(text).render(x="a")


def test_template_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError):
        render_template("none.j2")


# what comes of hostile settings


def test_config_of_hostile_settings_says_just_them(hostile: Rendered) -> None:
    document = yaml.safe_load(file_of(hostile, "registry/config.yml"))
    assert document["http"]["secret"] == "http-s3cret"
    assert document["auth"]["token"]["issuer"] == "{{ x }} 'a' \"b\" # c: [d]; \\ e"
    assert document["auth"]["token"]["rootcertbundle"] == "/var/a 'b' \"c\" $d ; e/gitlab-registry.crt"
    assert document["storage"]["filesystem"] == {"rootdirectory": "/mnt/images \"of\" 'us' # 1: $(id) `id`"}
    assert list(document) == ["version", "log", "storage", "http", "health", "auth", "validation"]


def test_gitlab_yml_of_hostile_settings_says_just_them(hostile: Rendered) -> None:
    section = yaml.safe_load(file_of(hostile, "gitlab/gitlab.yml"))["production"]["registry"]
    assert section["issuer"] == "{{ x }} 'a' \"b\" # c: [d]; \\ e"
    assert list(section) == [
        "enabled",
        "host",
        "port",
        "api_url",
        "path",
        "key",
        "issuer",
        "notification_secret",
    ]


def test_vhost_of_hostile_settings_says_just_them(hostile: Rendered) -> None:
    statements = directives(file_of(hostile, "nginx/service_conf/gitlab-registry.conf"))
    assert ["proxy_set_header", "X-Text", 'a "b" ; } # c \\'] in statements
    assert ["proxy_set_header", "X-Client", "${remote_addr}$host"] in statements
    assert ["ssl_ciphers", 'A:"B";}'] in statements
    assert ["ssl_conf_command", "Options", 'a "b"; }'] in statements
    assert ["real_ip_header", 'X-"A"'] in statements
    assert [statement for statement in statements if statement[-1:] == ["{"]] == [
        ["upstream", "registry", "{"],
        ["map", "$http_host", "$asked_port", "{"],
        ["map", "$http_x_forwarded_host", "$forwarded_host", "{"],
        *[["server", "{"], ["location", "/", "{"]] * 6,
    ]
    directives(file_of(hostile, "nginx/nginx.conf"))


# the forms of the vhost


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ((1, 22, 1), [["listen", "*:443", "ssl", "http2", ...]]),
        ((1, 25, 1), [["listen", "*:443", "ssl", ...], ["http2", "on"]]),
    ],
)
def test_http2_is_rendered_in_the_syntax_of_the_nginx_installed(
    version: tuple[int, int, int], expected: list[list[object]]
) -> None:
    plan = plan_of("registry['nginx']['http2_enabled'] = true\n", nginx_version=version)
    statements = directives(file_of(render(plan, SYSTEM), "nginx/service_conf/gitlab-registry.conf"))
    inner: list[object] = ["listen", "127.0.0.1:5000", ...]

    def served(word: str) -> list[list[object]]:
        lines = [inner, *expected]
        return [
            [part for two in line for part in ([word] if two is ... else [two]) if part] for line in lines
        ]

    # For a name that is a stranger's it is the same: the first server of an address decides.
    strangers, known = served("default_server"), served("")
    listens = [statement for statement in statements if statement[0] in ("http2", "listen")]
    assert listens == [strangers[0], *strangers[1:], *known]


def test_vhost_of_plain_url_has_no_word_of_tls() -> None:
    plan = plan_alone("external_url 'http://g'\nregistry_external_url 'http://r'\n")
    text = file_of(render(plan, SYSTEM), "nginx/service_conf/gitlab-registry.conf")
    assert "ssl" not in text
    assert "Strict-Transport-Security" not in text
    assert "http2" not in text


def test_custom_text_stands_at_the_end_of_the_main_server() -> None:
    plan = plan_of("registry['nginx']['custom_gitlab_server_config'] = 'location /own { return 204; }'\n")
    statements = directives(file_of(render(plan, SYSTEM), "nginx/service_conf/gitlab-registry.conf"))
    assert statements[-4:] == [["location", "/own", "{"], ["return", "204"], ["}"], ["}"]]


@pytest.mark.parametrize("name", WITH_TEXTS)
def test_template_is_rendered_as_jinja_renders_its_source(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = set()
    compiled = ctl.render.environment.template

    class Compared:
        def __init__(self, name: str) -> None:
            self.name = name

        def render(self, values: Mapping[str, Any]) -> str:
            text = compiled(self.name).render(values)
            assert text == environment().get_template(self.name).render(values)
            seen.add(self.name)
            return text

    monkeypatch.setattr(ctl.render.environment, "template", Compared)
    rendered(CASES[name], tmp_path)
    assert "gitlab/gitlab.yml.j2" in seen


def test_names_that_a_compiled_template_lacks_are_errors() -> None:
    with pytest.raises(UndefinedName, match="'lock' is undefined"):
        render_template("runit/left.j2")
    with pytest.raises(UndefinedName, match="'int' has no 'size'"):
        render_template("runit/log.config.j2", log=5)


def test_entry_of_a_mapping_is_meant_where_there_is_no_attribute() -> None:
    made = Environment({})
    assert made.getattr({"a": 1}, "a") == 1
    assert callable(made.getattr({"items": 1}, "items"))


@pytest.mark.parametrize(
    "text", ["{% for x in y %}{{ loop.index | yaml }}{% endfor %}", "{% block a %}{% endblock %}"]
)
def test_template_that_needs_more_than_our_runtime_is_not_compiled(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.j2").write_text(text)
    monkeypatch.setattr(templates, "SOURCES", tmp_path)
    with pytest.raises(ValueError, match=r"a\.j2 needs more of Jinja than"):
        templates.compiled("a.j2")
