"""How the standing of a key's rotation looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctl.console.report import print_json

if TYPE_CHECKING:
    from ctl.operations.keys.standing import Standing

_SENTENCES = {
    "none": "no rotation is under way",
    "prepared": "a rotation was interrupted before the new key was put in GitLab's place;"
    " ctl rotate-registry-key goes on with it",
    "switched": "a rotation is under way: the new key is in GitLab's place;"
    " ctl rotate-registry-key --finish takes the old one out",
}


def show_standing(standing: Standing, as_json: bool) -> None:
    """Print how far a rotation has come, and the keys that the registry trusts."""
    if as_json:
        keys = [
            {"key": trusted.key, "since": trusted.since.isoformat(), "until": trusted.until.isoformat()}
            for trusted in standing.trusted
        ]
        print_json(
            {
                "rotation": standing.stage,
                "in_force": standing.in_force,
                "signing": standing.signing,
                "trusted": keys,
            }
        )
        return
    print(_SENTENCES[standing.stage])
    for trusted in standing.trusted:
        role = "GitLab signs with it" if trusted.key == standing.signing else "trusted as well"
        print(f"{trusted.key}  from {trusted.since:%Y-%m-%d}  to {trusted.until:%Y-%m-%d}  {role}")
    if not standing.in_force:
        print("the registry has not been given what gitlab-secrets.json says: ctl reconfigure does that")
