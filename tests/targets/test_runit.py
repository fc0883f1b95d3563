"""What runit gets of a plan: run scripts, and the tree with its links, directories and services."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from ctl.paths import Layout
from ctl.targets.model import Reader, Rendered
from ctl.targets.runit.tree import READERS, render
from tests.plan.making import SYSTEM, plan_alone, plan_of
from tests.render.test_templates import HOSTILE, file_of

SERVICES = ["registry", "registry-standby", "nginx", "logrotate", "registry-guard"]


@pytest.fixture(scope="module")
def hostile() -> Rendered:
    return render(plan_of(HOSTILE), SYSTEM)


# the scripts


def test_scripts_of_hostile_settings_are_valid_shell(hostile: Rendered) -> None:
    scripts = [file for file in hostile.files if file.content.startswith("#!/bin/sh\n")]
    assert {script.path for script in scripts} == {
        f"runit/{service}/{name}" for service in SERVICES for name in ("run", "log/run")
    }
    for script in scripts:
        assert script.mode == 0o750
        subprocess.run(["/bin/sh", "-n"], input=script.content.encode(), check=True, timeout=20)


def arguments(script: str, program: str) -> list[str]:
    """Run a script in which a program is replaced by one that prints its arguments; return those."""
    ours = f'{program}() {{ printf "%s\\0" "$@"; exit 0; }}\ncd() {{ :; }}\ncp() {{ :; }}\n'
    text = ours + script.replace(f"exec {program} ", f"{program} ")
    done = subprocess.run(["/bin/sh"], input=text.encode(), capture_output=True, check=True, timeout=20)
    return done.stdout.decode().split("\0")[:-1]


def test_registry_run_of_hostile_settings_passes_them_exactly(hostile: Rendered) -> None:
    directory = "/var/a 'b' \"c\" $d ; e"
    words = arguments(file_of(hostile, "runit/registry/run"), "env")
    assert words[0] == "-i"
    assert words[2:] == [
        f"HOME={directory}",
        *["chpst", "-e", "/etc/a b", "-P", "-U", "registry:registry", "-u", "registry:registry"],
        *["/opt/a 'b'/$c", "serve", f"{directory}/config.yml"],
    ]


@pytest.mark.parametrize("mark", ["read-only.json", "lease.json"])
def test_registry_run_beside_a_mark_takes_the_read_only_form(
    hostile: Rendered, mark: str, tmp_path: Path
) -> None:
    script = file_of(hostile, "runit/registry/run")
    script = script.replace("state=/var/opt/gitlab/ctl/state", f"state={shlex.quote(str(tmp_path))}")
    assert str(tmp_path) in script
    assert arguments(script, "env")[-1].endswith("/config.yml")
    (tmp_path / mark).touch()
    assert arguments(script, "env")[-1].endswith("/config-readonly.yml")


def test_nginx_run_of_hostile_settings_passes_them_exactly(hostile: Rendered) -> None:
    words = arguments(file_of(hostile, "runit/nginx/run"), "env")
    prefix = "/var/nginx 'a' \"b\" ; }/"
    assert words[2:] == [
        *["chpst", "-P", "/usr/sbin/nginx", "-e", "stderr", "-p", prefix],
        *["-c", "conf/nginx.conf"],
    ]


def test_log_run_of_hostile_settings_passes_them_exactly(hostile: Rendered) -> None:
    assert arguments(file_of(hostile, "runit/registry/log/run"), "svlogd") == ["-tt", "/var/log/a 'b' $c"]


def test_log_config_has_a_line_for_each_setting(hostile: Rendered) -> None:
    config = file_of(hostile, "runit/registry/log/config")
    assert config == "s209715200\nn30\nt86400\n!gzip\np a # b: \n"


# the tree


def test_plan_rendered_twice_is_the_same(hostile: Rendered) -> None:
    again = render(plan_of(HOSTILE), SYSTEM)
    assert again == hostile
    paths = [file.path for file in again.files]
    assert paths == sorted(set(paths))


def test_files_lie_in_subtrees_that_have_a_reader(hostile: Rendered) -> None:
    readers = dict(READERS)
    assert {file.path.split("/")[0] for file in hostile.files} == set(readers)
    assert readers["registry"] is Reader.REGISTRY
    assert all(file.mode & 0o007 == 0 for file in hostile.files)


def test_links_lead_to_files_that_are_rendered(hostile: Rendered) -> None:
    paths = {file.path for file in hostile.files}
    trees = {path.rpartition("/")[0] for path in paths} | {path.split("/")[0] for path in paths}
    inside = [link for link in hostile.links if not link.target.startswith("/")]
    assert len(inside) > 8
    assert [link for link in inside if link.target not in paths | trees] == []
    assert len({link.path for link in hostile.links}) == len(hostile.links)


def test_everything_outside_the_generation_lies_below_the_root() -> None:
    layout = Layout(Path("/srv/one"))
    rendered = render(plan_of("", layout=layout), layout)
    places = [link.path for link in rendered.links] + [directory.path for directory in rendered.directories]
    assert len(places) > 15
    assert [place for place in places if not place.startswith("/srv/one/")] == []


def test_services_depend_on_files_that_are_rendered(hostile: Rendered) -> None:
    assert [service.name for service in hostile.services] == SERVICES
    paths = [file.path for file in hostile.files]
    # nginx opens its logs through a link, so where that leads counts too.
    paths += [f"{link.target}/" for link in hostile.links]
    for service in hostile.services:
        for prefix in (*service.restart, *service.reload):
            assert any(path.startswith(prefix) for path in paths), prefix


def test_plan_without_registry_renders_gitlab_alone() -> None:
    rendered = render(plan_alone("external_url 'https://g'\n"), SYSTEM)
    assert [file.path for file in rendered.files] == ["gitlab/gitlab.yml"]
    assert rendered.services == ()
