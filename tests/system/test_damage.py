"""Whatever is damaged of what ctl keeps: one error that names it, and a reconfigure that goes on."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctl.paths import STANDBY, Layout
from ctl.state import link
from tests.registries import Program
from tests.system.damage import DAMAGES, HOME, NAMES, STATE, damaged, file_of, run
from tests.system.installation import Installation

pytestmark = pytest.mark.both_registries(soak=True)

# What looks, or finds nothing to do. None of them needs a service that runs.
COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("service-list",),
    ("history",),
    ("diff",),
    ("reconfigure", "--dry-run"),
    ("reconfigure", "--diff"),
    ("set-readonly", "status"),
    ("settle",),
    ("show-config",),
    ("validate",),
    ("check-config",),
    ("diff-config",),
    ("registry-token", "--scope", "repository:a:pull"),
    ("rotate-registry-key", "--status"),
    ("registry-garbage-collect", "-n"),
    ("registry-garbage-collect", "--undo"),
    ("registry-usage",),
    ("registry-garbage-collect-schedule",),
    ("backup-etc", "-p", "{place}"),
    ("tail", "--no-follow"),
    ("undo-take-over",),
    ("stop", "logrotate"),
)
SHORT = 2
TOKEN = next(number for number, words in enumerate(COMMANDS) if words[0] == "registry-token")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An installation of two generations whose services are stopped, to be damaged and put right again."""
    site = Installation(tmp_path_factory.mktemp("damage"))
    try:
        site.reconfigure()
        site.write("registry['log_level'] = 'warn'")
        site.reconfigure()
        site.ctl("registry-garbage-collect", "-y")
    finally:
        site.close()
    with_more(site)
    return site.layout


def with_more(site: Installation) -> None:
    """Make the files that only some installations have."""
    tls = site.layout.state / "tls"
    tls.mkdir()
    (tls / "host.crt").write_bytes(site.certificate.read_bytes())
    (site.layout.state / "stopped").mkdir(exist_ok=True)
    (site.layout.state / "stopped/logrotate").touch()
    (site.layout.state / "owed").mkdir(exist_ok=True)
    (site.layout.state / "owed/registry-guard").write_text("restart\n")
    (site.layout.edits / "1").mkdir(parents=True)


@pytest.fixture
def installation(
    tmp_path_factory: pytest.TempPathFactory, registry_program: Program
) -> Iterator[Installation]:
    # A short name: the path of a socket has room for some hundred characters.
    site = Installation(tmp_path_factory.mktemp("d"), program=registry_program)
    try:
        yield site
    finally:
        site.close()


USUAL: dict[tuple[str, ...], int] = {}


def check(layout: Layout, name: str, how: str, place: Path, words: tuple[str, ...]) -> None:
    """Damage one file, run a command, and look at what it says."""
    path = file_of(layout, name)
    place.mkdir(exist_ok=True)
    words = tuple(word.format(place=place) for word in words)
    if words not in USUAL:
        USUAL[words] = run(layout, *words).code
    with damaged(path, how, place / "aside"):
        said = run(layout, *words)
    for mark in ("exchange", "lease.json"):
        (layout.state / mark).unlink(missing_ok=True)
    told = f"ctl {' '.join(words)}: {said}"
    assert "internal error" not in said.err, told
    assert "Traceback" not in said.err, told
    if said.code != USUAL[words]:
        ways = {str(path), str(layout.current / name.removeprefix("N/"))}
        assert any(way in said.out + said.err for way in ways), told
        assert len(said.errors) <= 1, told
        if said.summary is not None:
            assert said.summary == "error: 1 error in the settings", told
            assert any(way in said.errors[0] for way in ways), told


def cases() -> list[tuple[str, str]]:
    return [*itertools.product(NAMES, DAMAGES)]


@pytest.mark.parametrize(("number", "name", "how"), [(number, *case) for number, case in enumerate(cases())])
def test_damage_is_one_error_that_names_the_file(
    standing: Layout, tmp_path_factory: pytest.TempPathFactory, number: int, name: str, how: str
) -> None:
    # Each damage meets some of the commands, and each command much of the damage; the soak test has all.
    place = tmp_path_factory.getbasetemp() / "damage-aside"
    for step in range(SHORT):
        check(standing, name, how, place, COMMANDS[(number * 5 + step * 11) % len(COMMANDS)])


# What only the soak test had found.
FOUND = (
    *(
        ("etc/gitlab/gitlab.rb", "foreign", words)
        for words in COMMANDS
        if words[0] in ("validate", "reconfigure")
    ),
    (f"{HOME}/sockets/active", "directory", ("settle",)),
    *(("N/gitlab/gitlab-registry.key", how, COMMANDS[TOKEN]) for how in ("cut", "empty", "deep", "binary")),
)


@pytest.mark.parametrize(("name", "how", "words"), FOUND)
def test_damage_that_had_no_good_error_is_one_that_names_the_file(
    standing: Layout, tmp_path: Path, name: str, how: str, words: tuple[str, ...]
) -> None:
    check(standing, name, how, tmp_path / "aside", words)


@pytest.mark.parametrize("command", ["settle", "start", "restart", "reconfigure"])
def test_what_has_our_temporary_names_stops_no_command(running_site: Installation, command: str) -> None:
    layout = running_site.layout
    link.activate(layout, STANDBY)
    places = [
        *(layout.sockets / ".active.new", layout.home / "current.new", layout.services / ".registry.new"),
        *(
            layout.state / f".{name}.new"
            for name in ("applied.json", "ctl", "made", "links.json", "exchange")
        ),
        layout.state / "running/.registry.new",
        layout.secrets_file.with_name(f".{layout.secrets_file.name}.new"),
    ]
    for place in places:
        (place / "inside").mkdir(parents=True)
    running_site.ctl(command, *(["registry"] if command.endswith("start") else []))
    assert link.is_home(layout)
    running_site.write("registry['log_level'] = 'warn'")
    running_site.reconfigure()
    assert running_site.generation == 2
    assert [place for place in places if place.exists()] == []


@pytest.mark.soak
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_damage_is_one_error_that_names_the_file(
    standing: Layout, tmp_path_factory: pytest.TempPathFactory, words: tuple[str, ...]
) -> None:
    place = tmp_path_factory.getbasetemp() / "damage-aside"
    for name, how in cases():
        check(standing, name, how, place, words)


def test_every_file_that_ctl_keeps_is_among_those_that_are_damaged(standing: Layout) -> None:
    # Every file that ctl keeps below its own directory is among them, but copies of what is.
    home = standing.home
    kept = {str(path.relative_to(standing.root)) for path in home.rglob("*") if not path.is_dir()}
    current = standing.current.readlink().name
    known = {name.replace("N/", f"var/opt/gitlab/ctl/generations/{current}/") for name in NAMES}
    strange = {
        path
        for path in kept - known
        if "/generations/" not in path
        and "/state/running/" not in path
        and "/collect/" not in path
        and "/reserve/" not in path
    }
    assert not strange


PUT_ASIDE = (
    *(name for name in NAMES if name.startswith(f"{STATE}/")),
    *(f"{HOME}/{name}" for name in ("lock", "collect.lock", "current", "sockets/active", "edits/1")),
)
# What is in them does not matter, or they may hold anything.
ANYTHING = {
    *(f"{STATE}/{name}" for name in ("read-only.json", "lease.json", "lease.lock", "exchange", "ctl")),
    *(f"{STATE}/{name}" for name in ("running/registry", "stopped/logrotate", "logrotate.status")),
    *(f"{STATE}/{name}" for name in ("running/registry.lock", "running/registry.happened")),
    *(f"{STATE}/{name}" for name in ("owed/registry-guard", "reserve/0")),
    *(f"{HOME}/{name}" for name in ("lock", "collect.lock")),
}
DIRECTORIES = tuple(f"{STATE}/{name}" for name in ("running", "stopped", "tls", "owed", "reserve"))
SUBSTANCE = ("empty", "cut", "deep", "binary")


@pytest.mark.parametrize(
    "how",
    [
        *("deep", "directory", "fifo", "foreign"),
        *(pytest.param(how, marks=pytest.mark.soak) for how in ("empty", "cut", "binary", "dangling")),
    ],
)
def test_reconfigure_recovers_from_all_damage_at_once_and_keeps_it_aside(
    installation: Installation, how: str
) -> None:
    layout = installation.layout
    installation.reconfigure()
    with_more(installation)
    installation.ctl("registry-garbage-collect", "-y")
    installation.ctl("set-readonly", "on", "--reason", "a test")
    before, done = installation.pids(), []
    whole: dict[str, bool] = {}
    # What lies deeper comes first: a directory that is damaged takes along what is in it.
    for name in reversed(PUT_ASIDE):
        path = file_of(layout, name)
        if name in (*DIRECTORIES, f"{STATE}/lease.json", f"{STATE}/exchange"):
            continue
        content = path.read_bytes() if path.is_file() else b"[]"
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if path.parent.is_dir():
            DAMAGES[how](path, content)
            done.append(name)
            whole[name] = how == "empty" or (how == "cut" and path.read_bytes().endswith(b"\n"))
    said = installation.reconfigure().stderr
    for name in done:
        path = file_of(layout, name)
        harmless = how in SUBSTANCE and name in ANYTHING
        link = how == "dangling" and name == f"{HOME}/sockets/active"
        pipe = how == "fifo" and name == f"{STATE}/wake"
        # Of a record that is cut at the end of a line nothing is wrong: see ctl/apply/made.py.
        emptied = name == f"{STATE}/made" and whole.get(name, False)
        right = how == "directory" and name == f"{HOME}/edits/1"
        aside = path.with_name(f"{path.name}.damaged-1")
        if not (harmless or link or pipe or emptied or right):
            assert f"{path} could not be used: " in said
            assert f"it is kept as {aside}" in said
            assert os.path.lexists(aside), name
    assert installation.pids()["nginx"] == before["nginx"]
    assert "read-only since" in installation.ctl("set-readonly", "status", code=None).stdout
    again = installation.reconfigure()
    assert "nothing to do" in again.stdout
    assert "could not be used" not in again.stderr


def test_reconfigure_recovers_from_files_in_the_place_of_directories(installation: Installation) -> None:
    layout = installation.layout
    installation.reconfigure()
    with_more(installation)
    names = [
        *DIRECTORIES,
        f"{HOME}/generations",
        f"{HOME}/collect",
        f"{HOME}/edits",
        STATE,
        f"{HOME}/sockets",
    ]
    for name in names:
        path = file_of(layout, name)
        if path.is_dir():
            path.rename(path.with_name(f"{path.name}.gone"))
        path.write_text("[")
        said = installation.reconfigure().stderr
        assert f"{path} could not be used: a directory is expected; it is kept as {path}.damaged-1" in said
        assert path.is_dir() or name.endswith(("/tls", "/collect", "/stopped", "/owed", "/edits")), name
        assert "nothing to do" in installation.reconfigure().stdout


@pytest.mark.parametrize("name", ["manifest.json", "settings.json", "masked.json"])
def test_damaged_generation_stays_and_a_new_one_takes_its_place(
    installation: Installation, name: str
) -> None:
    installation.reconfigure()
    before = installation.pids()
    (file_of(installation.layout, f"N/{name}")).write_text("[" * 100_000)
    said = installation.reconfigure().stderr
    assert f"generations/1/{name} cannot be used: nested too deeply" in said
    assert "generation 1 stays as it is, and a new one takes its place" in said
    assert installation.generation == 2
    assert installation.pids() == before
    assert "nothing to do" in installation.reconfigure().stdout


@pytest.mark.parametrize("how", ["empty", "directory", "fifo", "deep", "dangling"])
def test_secrets_that_cannot_be_used_change_nothing(installation: Installation, how: str) -> None:
    installation.reconfigure()
    before, path = installation.pids(), installation.layout.secrets_file
    with damaged(path, how, installation.root / "aside"):
        said = installation.reconfigure(code=1).stderr
        assert str(path) in said
        assert "help: " in said
    assert installation.pids() == before
    assert "nothing to do" in installation.reconfigure().stdout
