"""Each hop knows its service; what comes after one that contradicts is not tried."""

from __future__ import annotations

from msgspec.structs import replace

from ctl.checks import hops
from ctl.checks.model import Checked, Outcome
from ctl.checks.runner import NOT_TRIED, run
from ctl.checks.served import Served, Way, served
from ctl.paths import NGINX, REGISTRY, Layout
from ctl.registry.client import Client, Endpoint
from ctl.state import stopped
from tests.plan.making import plan_of
from tests.ports import free_port
from tests.registry.answering import answering, http

GITLAB_KEY = "registry['rootcertbundle'] = '/etc/bundle.crt'\n"


def promised(layout: Layout, text: str = GITLAB_KEY) -> Served:
    about = served(layout, plan_of(text, layout=layout), "id", None)
    assert about is not None
    return about


def told(results: list[Checked]) -> list[tuple[str, Outcome]]:
    return [(result.name, result.finding.outcome) for result in results]


def test_hop_knows_whose_log_tells_more() -> None:
    services = {probe.title: probe.service for probe in hops.PROOF}
    assert {title: services[title] for title in services if title.startswith("the registry's address")} == {
        "the registry's address asks for a token": NGINX,
        "the registry's address accepts a token": NGINX,
    }
    assert services["the registry asks for a token"] == services["the registry accepts a token"] == REGISTRY
    assert services["the vhost's certificate"] == NGINX


def test_instance_that_is_as_planned_is_asked_alone(layout: Layout) -> None:
    about = promised(layout)
    realm = f'WWW-Authenticate: Bearer realm="{about.registry.realm}",service="container_registry"'
    with answering(http("401 U", "", realm)) as server:
        results = run(hops.PROOF, replace(about, instance=server.client))
    assert told(results) == [
        ("the registry asks for a token", Outcome.OK),
        ("the registry accepts a token", Outcome.NOTE),
    ]
    assert results[1].finding.message == "the certificate bundle is the administrator's own"


def test_hop_after_one_that_contradicts_is_not_tried(layout: Layout) -> None:
    silent = Client(Endpoint("127.0.0.1", free_port(), "localhost"))
    results = run(hops.INSTANCE, replace(promised(layout), instance=silent))
    assert told(results)[0] == ("the registry asks for a token", Outcome.ERROR)
    assert "does not answer: connection refused" in results[0].finding.message
    assert results[1].finding.code == NOT_TRIED


def test_service_that_is_stopped_on_purpose_is_not_asked(layout: Layout) -> None:
    stopped.mark(layout, REGISTRY)
    stopped.mark(layout, NGINX)
    (result,) = run(hops.PROOF, promised(layout))
    assert result.as_hop() == {
        "name": "registry",
        "outcome": "unverifiable",
        "message": "the registry is stopped on purpose",
    }


def test_way_through_a_stopped_nginx_is_told_and_the_instance_is_asked(layout: Layout) -> None:
    stopped.mark(layout, NGINX)
    about = promised(layout)
    assert [way for way in Way if about.leads(way)] == [Way.INSTANCE]
    assert about.users_client().endpoint.socket == layout.instance_socket(REGISTRY)
    results = run(hops.PROOF, about)
    assert told(results)[0] == ("vhost", Outcome.NOTE)
    assert results[0].finding.message == "nginx is stopped on purpose"


def test_plan_without_a_registry_promises_nothing(layout: Layout) -> None:
    assert served(layout, plan_of("registry['enable'] = false\n", layout=layout), "id") is None
