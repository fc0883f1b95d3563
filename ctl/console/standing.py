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


def show_standing(found: Standing, as_json: bool) -> None:
    """Print how far a rotation has come, and the keys that the registry trusts."""
    if as_json:
        keys = [
            {"key": one.key, "since": one.since.isoformat(), "until": one.until.isoformat()}
            for one in found.trusted
        ]
        print_json(
            {"rotation": found.stage, "in_force": found.in_force, "signing": found.signing, "trusted": keys}
        )
        return
    print(_SENTENCES[found.stage])
    for one in found.trusted:
        role = "GitLab signs with it" if one.key == found.signing else "trusted as well"
        print(f"{one.key}  from {one.since:%Y-%m-%d}  to {one.until:%Y-%m-%d}  {role}")
    if not found.in_force:
        print("the registry has not been given what gitlab-secrets.json says: ctl reconfigure does that")
