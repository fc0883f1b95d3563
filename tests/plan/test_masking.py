"""No secret of a plan is seen: not in its masked twin, not in its repr, not in its rendered twin."""

from __future__ import annotations

from msgspec import Struct

from ctl.diagnostics.known import Masker
from ctl.plan.model import CredentialFacts, Secret, Unmade, masked
from ctl.targets.runit.tree import render
from tests.plan.making import KEYS, SYSTEM, facts, plan_of

HIDDEN = [
    "registry['env'] = { 'API_TOKEN' => '%s', 'AWS_SECRET_ACCESS_KEY' => '%s', 'PLAIN' => ENV['X'] }",
    "registry['storage']['s3'] = { 'bucket' => 'bucket', 'region' => 'r',"
    " 'accesskey' => '%s', 'secretkey' => '%s' }",
    "registry['middleware'] = { 'storage' => [{ 'name' => 'cloudfront', 'options' => {"
    " 'privatekey' => '%s', 'nested' => { 'password' => { 'a' => ['%s'] } }, 'plain' => ENV['X'] } }] }",
    "registry['default_notifications_headers'] = { 'X-Own' => '%s' }",
    "registry['notifications'] = [{ 'name' => 'geo_event', 'url' => 'https://u:%s@h/',"
    " 'headers' => { 'Authorization' => ['%s'] } }, { 'name' => 'b', 'url' => 'https://h/?token=%s' },"
    " { 'name' => 'c', 'url' => ENV['URL'] }]",
    "registry['nginx']['custom_gitlab_server_config'] = ENV['X']",
    "gitlab_rails['registry_notification_secret'] = '%s'",
]


def hidden_text() -> tuple[str, set[str]]:
    """Return settings full of secrets, and the secrets."""
    text = "\n".join(HIDDEN) + "\n"
    count = text.count("%s")
    secrets = [f"hunter{number:02}" for number in range(count)]
    return text % tuple(secrets), {*secrets, "from-outside", "http-s3cret", "key-s3cret"}


NOBODY = Masker(())
ENVIRONMENT = {"X": "from-outside", "URL": "https://h/from-outside"}


def test_secrets_of_plan_are_in_it_and_not_in_its_masked_twin() -> None:
    text, secrets = hidden_text()
    assert len(secrets) > 12
    plan = plan_of(text, environment=ENVIRONMENT)
    real, twin = render(plan, SYSTEM), render(masked(plan, NOBODY), SYSTEM)
    contents = "".join(file.content for file in real.files)
    assert [secret for secret in secrets if secret not in contents] == []
    shown = "".join(file.content for file in twin.files)
    assert [secret for secret in secrets if secret in shown] == []
    assert "<masked>" in shown
    assert [file.path for file in twin.files] == [file.path for file in real.files]


def test_secrets_of_plan_are_not_in_its_repr() -> None:
    text, secrets = hidden_text()
    plan = plan_of(text, environment=ENVIRONMENT)
    for shown in (repr(plan), repr(masked(plan, NOBODY)), repr(facts()), f"{plan.registry!r}"):
        assert [secret for secret in secrets if secret in shown] == []


def test_masked_twin_differs_in_secrets_alone() -> None:
    text = "gitlab_rails['registry_issuer'] = 'plain'\n"
    plan = plan_of(text)
    twin = masked(plan, NOBODY)
    assert twin != plan
    assert twin.gitlab.issuer == "plain"
    assert masked(twin, NOBODY) == twin
    pairs = zip(render(plan, SYSTEM).files, render(twin, SYSTEM).files, strict=True)
    assert sorted(real.path for real, shown in pairs if real != shown) == [
        "gitlab/gitlab-registry.key",
        "registry/config-readonly.yml",
        "registry/config.yml",
        "registry/standby-readonly.yml",
        "registry/standby.yml",
    ]


def test_secret_yet_to_be_made_is_shown_as_such() -> None:
    credentials = CredentialFacts(Unmade(), Unmade(), "C", KEYS)
    plan = masked(plan_of("", credentials=credentials), NOBODY)
    assert plan.registry is not None
    assert plan.registry.http_secret == "<will be generated>"
    assert isinstance(plan.registry.http_secret, Unmade)
    assert "<will be generated>" in repr(plan)


def test_masking_reaches_every_kind_of_container() -> None:
    class Box(Struct, frozen=True):
        inside: object

    secret = Secret("hunter2")
    twin = masked(Box({"a": [secret, (secret, Box(secret))], "b": "plain", "c": 5, "d": None}), NOBODY)
    assert twin == Box({"a": ["<masked>", ("<masked>", Box("<masked>"))], "b": "plain", "c": 5, "d": None})
    assert masked("plain", NOBODY) == "plain"
    assert masked(secret, NOBODY) == Secret.shown
    assert repr(secret) == "<masked>"
