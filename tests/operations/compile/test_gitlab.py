from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from ctl.apply.generation import Staged
from ctl.apply.manifest import Manifest
from ctl.operations.compile.gitlab import instructions, told
from ctl.plan.model import Plan
from tests.plan.making import plan_of


def first(plan: Plan) -> str:
    """What is said after the first run of all."""
    return instructions(plan, None, Staged(1, Path("/nowhere"), Manifest({}, (), {}, {}, gitlab=told(plan))))


@pytest.mark.parametrize("line", ["", "gitlab_rails['registry_api_url'] = 'http://localhost:5000'"])
def test_api_of_this_machine_alone_is_told_to_a_gitlab_on_it_alone(line: str) -> None:
    plan = plan_of(line)
    said = first(plan)
    assert plan.gitlab.public_url is not None
    assert f"gitlab_rails['registry_api_url'] = '{plan.gitlab.public_url}'" in said
    assert f"GITLAB_REGISTRY_API_URL={plan.gitlab.public_url}\n" in said
    assert f"api_url is {plan.gitlab.api_url} in the gitlab.yml here" in said


def test_api_of_this_machine_alone_without_a_url_is_said_to_lead_nowhere_from_another() -> None:
    plan = plan_of("")
    said = first(replace(plan, gitlab=replace(plan.gitlab, public_url=None)))
    assert "on another machine and in a container, http://" in said
    assert "gitlab_rails['registry_api_url'] here" in said


def test_api_that_others_reach_is_told_as_it_is() -> None:
    said = first(plan_of("gitlab_rails['registry_api_url'] = 'https://registry.example.com'"))
    assert "registry_api_url'] = 'https://registry.example.com'" in said
    assert "leads nowhere" not in said


def test_nothing_is_said_when_nothing_of_it_has_changed() -> None:
    plan = plan_of("")
    staged = Staged(2, Path("/nowhere"), Manifest({}, (), {}, {}, gitlab=told(plan)))
    assert instructions(plan, staged, staged) == ""
