"""What the GitLab at the other end must be told when key, issuer or address of the registry change."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import asdict

from ctl.apply.generation import Staged
from ctl.apply.manifest import Told
from ctl.plan.model import Plan


def told(plan: Plan) -> Told:
    """Return what GitLab knows of the registry, the key as its digest."""
    return Told(
        enabled=plan.gitlab.enabled,
        host=plan.gitlab.host,
        port=plan.gitlab.port,
        api_url=plan.gitlab.api_url,
        issuer=plan.gitlab.issuer,
        key=sha256(plan.gitlab.key.encode()).hexdigest() if plan.gitlab.key else None,
    )


def instructions(plan: Plan, previous: Staged | None, staged: Staged) -> str:
    """Say what to do at GitLab's end; empty when nothing of it has changed."""
    earlier = previous.manifest.gitlab if previous else None
    before, after = asdict(earlier) if earlier else {}, asdict(staged.told)
    if before == after or not plan.gitlab.enabled:
        return ""
    changed = [name for name in after if name not in before or before[name] != after[name]]
    copied = f"a copy of {plan.home}/current/gitlab/gitlab-registry.key"
    key = copied if plan.gitlab.key else "the key to a certificate in registry['rootcertbundle'] here"
    return "\n".join(
        [
            f"GitLab must be told ({', '.join(changed)} changed):",
            *_linux_package(plan, key),
            *_source_install(plan),
            *_docker_gitlab(plan, key),
            *_elsewhere(plan),
        ]
    )


def _linux_package(plan: Plan, key: str) -> list[str]:
    gitlab = plan.gitlab
    port = [f"    gitlab_rails['registry_port'] = '{gitlab.port}'"] if gitlab.port else []
    return [
        "  Linux package on another machine: in its /etc/gitlab/gitlab.rb, then gitlab-ctl reconfigure",
        "    gitlab_rails['registry_enabled'] = true",
        f"    gitlab_rails['registry_host'] = '{gitlab.host or ''}'",
        *port,
        f"    gitlab_rails['registry_api_url'] = '{_from_elsewhere(plan) or ''}'",
        f"    gitlab_rails['registry_issuer'] = '{gitlab.issuer}'",
        f"    registry['internal_key'] = File.read('…')   # {key}",
    ]


def _source_install(plan: Plan) -> list[str]:
    block = "var/opt/gitlab/gitlab-rails/etc/gitlab.yml"
    return [
        f"  source install: copy the registry block of {plan.home}/current/gitlab/gitlab.yml",
        f"    (also at /{block}) into config/gitlab.yml, and restart GitLab",
    ]


def _docker_gitlab(plan: Plan, key: str) -> list[str]:
    gitlab = plan.gitlab
    return [
        "  docker-gitlab: set in the container's environment, and start it anew",
        "    GITLAB_REGISTRY_ENABLED=true",
        f"    GITLAB_REGISTRY_HOST={gitlab.host or ''}",
        f"    GITLAB_REGISTRY_PORT={gitlab.port or 443}",
        f"    GITLAB_REGISTRY_API_URL={_from_elsewhere(plan) or ''}",
        f"    GITLAB_REGISTRY_ISSUER={gitlab.issuer}",
        f"    GITLAB_REGISTRY_KEY_PATH=…   # {key}",
    ]


def _from_elsewhere(plan: Plan) -> str | None:
    """Return where a GitLab reaches the registry that is not on this machine, or in a container on it."""
    gitlab = plan.gitlab
    return gitlab.public_url if gitlab.api_local and gitlab.public_url else gitlab.api_url


def _elsewhere(plan: Plan) -> list[str]:
    """Say of an address that leads to the registry from this machine alone that it does."""
    gitlab = plan.gitlab
    if not gitlab.api_local:
        return []
    if not gitlab.public_url:
        return [
            f"  on another machine and in a container, {gitlab.api_url} leads nowhere: set",
            "    gitlab_rails['registry_api_url'] here to what GitLab reaches, such as registry_external_url",
            "    does, and run ctl reconfigure again before you tell GitLab",
        ]
    return [
        f"  api_url is {gitlab.api_url} in the gitlab.yml here, which is right for a GitLab on this machine;",
        f"    from any other, and from a container, it is {gitlab.public_url}",
    ]
