"""The complete example of a gitlab.rb: every setting with its docstring and its default."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from ctl.settings.literals import assignment, literal
from ctl.settings.reference import ANY, Entry, Kind, children
from ctl.settings.remarks import remarks
from ctl.syntax.model import SettingPath, setting_name

WIDTH = 110
HEADER = """\
##! Every setting of ctl, with what holds where nothing is said. As /etc/gitlab/gitlab.rb this file is yours:
##! edit it, then run "ctl reconfigure". An upgrade leaves it as it is; "ctl diff-config" shows what is new.
##!
##! A line that begins with "# " sets what holds anyway: nil stands for "not set". Take the "# " away to set
##! something else. A hash that spans lines is not there by default; inside it, lines with a second "# " are
##! not set either.
"""
# What a value may be where a section cannot do without it.
_REQUIRED = {
    "bucket": "registry-images",
    "region": "eu-central-1",
    "accountname": "registryimages",
    "container": "registry-images",
    "name": "events",
}
# What the rules between settings demand.
_DEMANDED: dict[SettingPath, str] = {("registry", "database", "host"): "postgres.example.com"}
# Where the example of a kind says too little.
_FORMS: dict[SettingPath, Any] = {
    ("registry", "env"): {"REGISTRY_LOG_ACCESSLOG_DISABLED": True},
    ("registry", "rootcertbundle"): "/etc/gitlab/gitlab-registry.crt",
    ("registry", "debug_addr"): "127.0.0.1:5001",
    ("registry", "middleware"): {"storage": [{"name": "redirect", "options": {"baseurl": "https://…"}}]},
    ("registry", "default_notifications_headers"): {"Authorization": ["Bearer …"]},
    ("registry", "nginx", "proxy_set_headers"): {"X-Forwarded-Proto": "https", "Host": None},
    ("registry", "nginx", "ssl_conf_command"): ["Options PrioritizeChaCha"],
    ("registry", "nginx", "ssl_certificate"): "/etc/gitlab/ssl/registry.example.com.crt",
    ("registry", "nginx", "ssl_certificate_key"): "/etc/gitlab/ssl/registry.example.com.key",
    ("registry", "nginx", "custom_gitlab_server_config"): "location /status { return 200; }",
    ("nginx", "custom_nginx_config"): "limit_req_zone $binary_remote_addr zone=z:10m rate=9r/s;",
    ("gitlab_rails", "registry_host"): "registry.example.com",
    ("gitlab_rails", "registry_port"): 5050,
    ("gitlab_rails", "registry_api_url"): "http://127.0.0.1:5000",
    ("ctl", "allow_unknown"): ["registry.new_key"],
}
_GIVEN: dict[SettingPath, str] = {
    ("external_url",): "https://gitlab.example.com",
    ("registry_external_url",): "https://registry.example.com",
}


def example_file() -> str:
    """Return the text of the complete example."""
    return HEADER + "\n".join(_top())


def _top() -> Iterator[str]:
    for entry in children(()):
        yield ""
        if entry.is_section:
            yield from _heading(entry)
            yield from _inside(entry)
        else:
            yield from _comment(entry, "")
            yield assignment(entry.path, literal(_GIVEN[entry.path]))
    yield ""


def _heading(entry: Entry) -> Iterator[str]:
    yield f"### {setting_name(entry.path)}: {entry.doc}"


def _inside(section: Entry) -> Iterator[str]:
    """Write the settings of a section: those that are always there line by line, the others as hashes."""
    for entry in children(section.path):
        yield ""
        if entry.is_section and (not entry.optional or _only_sections(entry)):
            yield from _heading(entry)
            yield from _remarks(entry, "")
            yield from _inside(entry)
        elif entry.has_children:
            yield from _comment(entry, "")
            first, *rest = _block(entry, "")
            yield f"# {assignment(entry.path, first)}"
            yield from (f"# {line}" for line in rest)
        else:
            yield from _comment(entry, "")
            yield f"# {assignment(entry.path, literal(entry.default))}"


def example_of(entry: Entry) -> list[str]:
    """Return lines that set a setting, where its default does not show the form already.

    Entries of an array and what lies under free keys is shown with what it lies in.
    """
    if ANY in entry.path or entry.path in _GIVEN:
        given = _GIVEN.get(entry.path)
        return [assignment(entry.path, literal(given))] if given else []
    if entry.has_children:
        first, *rest = _block(entry, "")
        plain = entry.is_section and not entry.optional
        lines = [] if plain else [assignment(entry.path, first), *rest]
        shown = [line for line in lines if not _says_nothing(line)]
        if plain or len(shown) > len(("{", "}")):
            return shown
        # Nothing in it has to be set: one of what can be shows the form.
        first_inside = next((inner for inner in children(entry.path) if inner.kind.shape is not None), None)
        if first_inside is None:
            return []
        return [assignment(entry.path, literal({first_inside.name: _sample(first_inside.kind)}))]
    if entry.default not in (None, [], {}):
        return []
    value = _FORMS.get(entry.path, _sample(entry.kind))
    return [assignment(entry.path, literal(value))] if value is not None else []


def _says_nothing(line: str) -> bool:
    """Whether a line of a hash is a remark, or sets what holds anyway."""
    return line.lstrip().startswith(("##!", "# ")) or line.endswith(("=> nil,", "=> {},", "=> [],"))


def _sample(kind: Kind) -> Any:
    if kind.shape is not None:
        return kind.shape.example
    if kind.keys is not None:
        return {_key(kind): _sample(kind.inner) if kind.inner else "value"}
    return [_sample(kind.inner)] if kind.inner is not None and kind.inner.section is None else None


def _only_sections(entry: Entry) -> bool:
    """Whether a section holds nothing but hashes, each of which stands better on its own."""
    return all(inner.is_section or inner.kind.words == "hash" for inner in children(entry.path))


def _block(entry: Entry, indent: str) -> list[str]:
    """Write a hash, or an array or hash of hashes, over several lines, the first and last its brackets."""
    kind, path = entry.kind, entry.path
    around: list[tuple[str, str]] = []
    while kind.section is None and kind.inner is not None:
        around.append((f"{{ {literal(_key(kind))} => ", " }") if kind.keys else ("[", "]"))
        kind, path = kind.inner, (*path, ANY)
    lines = ["{", *_pairs(path, indent + "  "), indent + "}"]
    for opener, closer in reversed(around):
        first, *inner, last = lines
        lines = [opener + first, *inner, last + closer]
    return lines


def _key(kind: Kind) -> str:
    """Return a key that a hash of free keys may have."""
    shape = kind.keys.shape if kind.keys else None
    return str(shape.example) if shape else "name"


def _pairs(path: SettingPath, indent: str) -> Iterator[str]:
    for entry in children(path):
        yield from (f"{indent}{line}" for line in _comment(entry, indent))
        name = literal(entry.name)
        if entry.has_children:
            first, *inner, last = _block(entry, "")
            lines = [f"{name} => {first}", *inner, f"{last},"]
            # Required sections are there at once, all others are commented out once more.
            mark = "" if entry.required else "# "
            yield from (f"{indent}{mark}{line}" for line in lines)
        else:
            yield f"{indent}{name} => {literal(_value(entry))},"


def _value(entry: Entry) -> Any:
    if not entry.required:
        return _DEMANDED.get(entry.path, entry.default)
    shape = entry.kind.shape
    return _REQUIRED.get(entry.name, shape.example if shape else None)


def _comment(entry: Entry, indent: str) -> Iterator[str]:
    words = [entry.kind.words]
    if entry.required:
        words.append("required")
    if entry.since:
        words.append(f"since {entry.since}")
    for line in wrap(f"{entry.doc} ({'; '.join(words)})", WIDTH - len(indent) - 6, break_on_hyphens=False):
        yield f"##! {line}"
    yield from _remarks(entry, indent)


def _remarks(entry: Entry, indent: str) -> Iterator[str]:
    for text in remarks(entry, inherited=False):
        # The docstring has said as much.
        if entry.doc.endswith(" only.") and "ignore" in text:
            continue
        for line in wrap(text, WIDTH - len(indent) - 6, break_on_hyphens=False):
            yield f"##! {line}"
