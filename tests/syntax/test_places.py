"""Where settings stand, which are secret, what they were made of."""

from __future__ import annotations

import json

from ctl.diagnostics.model import Span
from ctl.syntax.model import SpanMap
from tests.syntax.reading import read


def span(line: int, column: int, end: int) -> Span:
    return Span("gitlab.rb", line, column, line, end)


def test_span_of_an_index_is_its_last_key_and_its_value() -> None:
    spans = read("registry['storage']['s3']['bucket'] = 'b'\n").spans
    path = ("registry", "storage", "s3", "bucket")
    assert spans.key(path) == span(1, 27, 35)
    assert spans.value(path) == span(1, 39, 42)
    assert spans.key(("registry", "storage")) == span(1, 10, 19)
    assert spans.key(("registry",)) == span(1, 1, 9)


def test_span_of_a_hash_entry_is_its_key_and_its_value() -> None:
    spans = read("registry['s'] = {\n  'a' => [\n    { b: 1 }\n  ]\n}\n").spans
    assert spans.key(("registry", "s", "a")) == span(2, 3, 6)
    assert spans.value(("registry", "s", "a")) == Span("gitlab.rb", 2, 10, 4, 4)
    assert spans.key(("registry", "s", "a", 0, "b")) == span(3, 7, 8)
    assert spans.value(("registry", "s", "a", 0, "b")) == span(3, 10, 11)


def test_span_of_a_call_is_its_name_and_its_argument() -> None:
    spans = read("external_url 'x'\n").spans
    assert spans.key(("external_url",)) == span(1, 1, 13)
    assert spans.value(("external_url",)) == span(1, 14, 17)


def test_span_of_what_has_no_place_is_that_of_the_nearest_around_it() -> None:
    spans = read("registry['s'] = YAML.load('a: {b: 1}')\n").spans
    assert spans.nearest(("registry", "s", "a", "b")) == ("registry", "s")
    assert spans.key(("registry", "s", "a", "b")) == span(1, 10, 13)
    assert spans.value(("registry", "s", "a", "b")) == span(1, 17, 39)
    assert spans.value(("registry",)) == span(1, 1, 9)
    assert spans.key(("nginx", "x")) is None


def test_span_of_a_setting_given_again_is_the_last_one() -> None:
    spans = read("registry['s'] = { 'a' => 1 }\nregistry['s'] = { 'b' => 1 }\n").spans
    assert spans.key(("registry", "s")) == span(2, 10, 13)
    assert ("registry", "s", "a") not in spans


def test_span_map_survives_json() -> None:
    spans = read("registry['s'] = { 'a' => [1, 'x'] }\nexternal_url 'x'\n").spans
    assert len(spans) == 6
    assert SpanMap.from_json(json.loads(json.dumps(spans.to_json()))) == spans


def test_secrets_are_found_by_name() -> None:
    text = (
        "registry['http_secret'] = 'a'\nregistry['debug_addr'] = 'b'\ngitlab_rails['smtp_password'] = 'c'\n"
        "registry['storage'] = {\n"
        "  's3' => { 'secretkey' => 'd', 'access_key' => 'e', 'secure' => true, 'bucket' => 'f' }\n"
        "}\n"
    )
    assert read(text).secrets == {
        ("registry", "http_secret"),
        ("gitlab_rails", "smtp_password"),
        ("registry", "storage", "s3", "secretkey"),
        ("registry", "storage", "s3", "access_key"),
    }


def test_secrets_are_found_by_origin_through_whatever_is_done_with_them() -> None:
    text = (
        "registry['a'] = ENV['SET']\n"
        "registry['b'] = \"x#{File.read('/bare').strip}\" + 'y'\n"
        "registry['c'] = { 'in' => ENV['SET'], 'out' => 'z' }\n"
        "registry['d'] = YAML.load(\"k: [#{ENV['SET']}]\")\n"
        "registry['e'] = registry['a']\n"
        "registry['f'] = node['fqdn']\n"
        "registry['g'] = [ENV['SET'], 'plain']\n"
    )
    assert read(text).secrets == {
        ("registry", "a"),
        ("registry", "b"),
        ("registry", "c", "in"),
        ("registry", "d", "k", 0),
        ("registry", "e"),
        ("registry", "g", 0),
    }


def test_secret_that_is_overwritten_by_plain_text_is_none() -> None:
    assert (
        read("registry['a'] = { 'b' => ENV['SET'] }\nregistry['a'] = { 'b' => 'x' }\n").secrets == frozenset()
    )


def test_inputs_are_the_variables_files_and_facts_that_were_asked_for() -> None:
    text = (
        "registry['a'] = [ENV['SET'], ENV['NOT_SET'], ENV.fetch('PORT', '1')]\n"
        "registry['b'] = [File.read('/bare'), node['hostname']]\n"
    )
    inputs = read(text).inputs
    assert inputs.environment == {"SET": "from outside", "NOT_SET": None, "PORT": "5050"}
    assert inputs.files == {"/bare": "s3cret"}
    assert inputs.node == {"hostname": "host"}
