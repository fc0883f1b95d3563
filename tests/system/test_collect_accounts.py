"""A collection on / itself, as root: inside the store everything is done by the account that owns it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.registries import Program
from tests.system.machine import run_in_copy, settings

pytestmark = pytest.mark.both_registries(soak=True)
STORE = "/var/opt/gitlab/gitlab-rails/shared/registry"
COLLECT = "ctl registry-garbage-collect -m --yes --min-age 0s --max-delete 100"


def registry_with_images(http_port: int, program: Program) -> str:
    """Give a script that makes a registry with the tag v1 and an untagged image, named in $untagged."""
    client = f"{sys.executable} -m tests.system.copied {http_port}"
    return (
        settings(free_port(), http_port, program=program)
        + f'client() {{ {client} "$@"; }}\nstore={STORE}\n'
        + "ctl reconfigure >/dev/null\nuntagged=$(client push)\n"
    )


def test_collection_as_root_leaves_nothing_of_roots_in_the_store(
    tmp_path: Path, registry_program: Program
) -> None:
    script = registry_with_images(free_port(), registry_program) + (
        "umask 022\n"
        f"{COLLECT} >/dev/null\n"
        "echo = collected\nclient whole v1 $untagged\n"
        "stat -c 'plan of %U' $store/ctl-trash/*/plan-1\n"
        "stat -c 'cache of %U %a' /var/opt/gitlab/ctl/collect/*\n"
        "find $store ! -user registry -printf 'foreign %p %u\\n'\n"
        "stat -c 'log of %U %a' /var/log/gitlab/ctl/deleted.log\n"
        "grep -c $untagged /var/log/gitlab/ctl/deleted.log >/dev/null && echo logged\n"
        "ctl registry-garbage-collect --undo >/dev/null\n"
        "echo = undone\nclient whole v1 $untagged\n"
        "find $store ! -user registry -printf 'foreign %p %u\\n'\n"
        "ctl registry-usage --csv | tail -1\n"
        f"{COLLECT} >/dev/null\n"
        "ctl registry-garbage-collect --empty-trash --keep-deleted 0s >/dev/null\n"
        "ls $store\n"
        "client push >/dev/null\n"
        "ctl registry-garbage-collect --engine registry | grep -c eligible\n"
        "echo = emptied\nclient whole v1\n"
        "find $store ! -user registry -printf 'foreign %p %u\\n'\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    before, _, rest = done.stdout.partition("= collected\n")
    collected, _, rest = rest.partition("= undone\n")
    undone, _, emptied = rest.partition("= emptied\n")
    assert "foreign" not in done.stdout, done.stdout
    assert before == ""
    assert "v1 is whole" in collected
    assert "is not whole" in collected
    assert "plan of registry" in collected
    assert "cache of registry 700" in collected
    assert "log of root 600" in collected
    assert "logged" in collected
    assert undone.count("is whole") == 2
    assert "group/app,1,2," in undone
    assert "v1 is whole" in emptied


def test_other_store_is_collected_as_who_owns_its_root_directory(
    tmp_path: Path, registry_program: Program
) -> None:
    script = registry_with_images(free_port(), registry_program) + (
        "useradd --system --no-create-home images\n"
        "cp -a $store /srv/other\nchown -R images: /srv/other\n"
        "printf 'storage: {filesystem: {rootdirectory: /srv/other}}\\n' > /srv/other.yml\n"
        f"{COLLECT} /srv/other.yml\n"
        "stat -c 'plan of %U' /srv/other/ctl-trash/*/plan-1\n"
        "find /srv/other ! -user images -printf 'foreign %p %u\\n'\n"
        "find $store -path '*ctl-trash*'\nclient whole $untagged\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "plan of images" in done.stdout
    assert "foreign" not in done.stdout
    assert "is whole" in done.stdout


PLANTED = {
    "trash": "ln -s /precious $store/ctl-trash",
    "lock": "mkdir $store/ctl-trash; ln -s /precious/file $store/ctl-trash/lock",
    "run": "mkdir $store/ctl-trash; ln -s /precious $store/ctl-trash/20200101T000000Z",
    "plan": "mkdir -p $store/ctl-trash/r1; ln -s /precious/file $store/ctl-trash/r1/plan-1",
    "docker": "mv $store/docker $store/away; ln -s /precious/docker $store/docker",
    "blobs": "cd $store/docker/registry/v2; mv blobs away; ln -s /precious/docker/registry/v2/blobs blobs",
    "cache": "for one in /var/opt/gitlab/ctl/collect/$(id -u)/*; do ln -sf /precious/file $one; done",
    "unlinking": "mkdir -p $store/ctl-trash/r1.unlinking; ln -s /precious $store/ctl-trash/r1.unlinking/x",
}


@pytest.mark.parametrize("link", PLANTED)
def test_link_that_the_registrys_account_plants_makes_root_touch_nothing(
    tmp_path: Path, registry_program: Program, link: str
) -> None:
    script = registry_with_images(free_port(), registry_program) + (
        "ctl registry-garbage-collect --dry-run >/dev/null\n"
        "install -d /precious\necho precious > /precious/file\ncp -a $store/docker /precious/docker\n"
        "chown -R root: /precious\n"
        "find /precious -printf '%p %y %s %u %m %T@\\n' | sort > /run/before\n"
        "export store\n"
        f"setpriv --reuid registry --regid registry --clear-groups sh -euc '{PLANTED[link]}'\n"
        "find $store /var/opt/gitlab/ctl/collect -type l -printf 'planted %p\\n'\n"
        f"for words in '' '--undo' '--empty-trash --keep-deleted 0s' ''; do\n"
        f"  case \"$words\" in '') {COLLECT} 2>&1 || echo failed $?;;"
        "  *) ctl registry-garbage-collect $words 2>&1 || echo failed $?;; esac\ndone\n"
        "find /precious -printf '%p %y %s %u %m %T@\\n' | sort | diff /run/before - && echo untouched\n"
        "test $(stat -c %U /precious/file) = root\n"
    )
    done = run_in_copy(script, tmp_path / "copy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "planted" in done.stdout
    assert "untouched" in done.stdout, done.stdout
    assert "Traceback" not in done.stdout
    assert "internal error" not in done.stdout
