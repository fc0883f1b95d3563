"""What the package says twice is the same in both places; its life is tried by ``make deb-test``."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import ctl
from ctl.operations.collect import schedule
from ctl.paths import Layout
from ctl.supervise import runsvdir

REPOSITORY = Path(__file__).parents[1]
DEBIAN = REPOSITORY / "debian"
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
LOCK = (DEBIAN / "requirements.lock").read_text()
PINNED = dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", LOCK, re.MULTILINE))


def test_version_of_the_package_is_that_of_the_program() -> None:
    first = (DEBIAN / "changelog").read_text().splitlines()[0]
    assert first.startswith(f"registry-ctl ({ctl.__version__}) ")


def suffix(tmp_path: Path, release: str) -> str:
    """Return what the package's version ends with in a release of which os-release says this."""
    (tmp_path / "os-release").write_text(release)
    done = subprocess.run(
        [DEBIAN / "release-suffix", tmp_path / "os-release"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("release", "ending"),
    [
        ('ID=debian\nVERSION_ID="12"\nVERSION="12 (bookworm)"\n', "~deb12u1"),
        ('VERSION_ID="13"\nDEBIAN_VERSION_FULL=13.8\nID=debian\n', "~deb13u1"),
        ('ID=debian\nPRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\n', ""),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "~ubuntu24.04.1"),
        ("ID=linux-mint\nVERSION_ID='22_1'\n", "~linuxmint221.1"),
    ],
)
def test_version_ends_with_the_release_that_the_package_is_for(
    tmp_path: Path, release: str, ending: str
) -> None:
    assert suffix(tmp_path, release) == ending


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("0.1.0~deb12u1", "0.1.0~deb13u1"),
        ("0.1.0~deb9u1", "0.1.0~deb12u1"),
        ("0.1.0~deb13u1", "0.1.0"),
        ("0.1.0~deb13u1", "0.1.1~deb12u1"),
        ("0.1.0~ubuntu24.04.1", "0.1.0~ubuntu26.04.1"),
    ],
)
def test_package_of_the_next_release_or_version_is_the_higher_one(lower: str, higher: str) -> None:
    assert subprocess.run(["dpkg", "--compare-versions", lower, "lt", higher], check=False).returncode == 0


def test_package_is_built_for_the_python_of_its_release_and_names_no_other() -> None:
    for path in DEBIAN.rglob("*"):
        if path.is_file() and path.name != "requirements.lock":
            # A comment may show what an argument looks like.
            code = [line for line in path.read_text().splitlines() if not line.startswith("#")]
            assert re.findall(r"(?<![\d.])3\.1[2-9]|python3\.\d+", "\n".join(code)) == [], path
    binary = (DEBIAN / "control").read_text().partition("\nPackage:")[2]
    assert "${python:Depends}" in binary
    assert "3.11" not in binary


def test_every_dependency_is_locked_at_a_version_that_it_allows() -> None:
    for text in PROJECT["dependencies"]:
        wanted = Requirement(text)
        assert wanted.name in PINNED
        assert wanted.specifier.contains(PINNED[wanted.name]), text


def test_package_carries_nothing_that_only_its_build_needs() -> None:
    assert "docutils" not in PINNED
    control, rules = (DEBIAN / "control").read_text(), (DEBIAN / "rules").read_text()
    assert "python3-docutils" in control.partition("\nPackage:")[0]
    assert "python3-docutils" not in control.partition("\nPackage:")[2]
    assert "cp -rL ctl $(PACKAGES)/ctl" in rules
    wanted = (REPOSITORY / "tests/setup/packages").read_text()
    assert "python3-docutils" in next(line for line in wanted.splitlines() if line.startswith("build="))


def test_every_locked_library_has_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(PINNED)
    assert all("--hash=sha256:" in block for block in blocks)


def test_wheels_of_compiled_libraries_are_locked_for_other_machines_too() -> None:
    # A lock made for this machine alone would hold one or two.
    for name in ("cryptography", "pydantic-core", "pyyaml", "cffi"):
        block = LOCK.split(f"{name}==")[1].split("# via")[0]
        assert block.count("--hash") > 10, name


def test_unit_of_the_package_runs_and_ends_services_as_the_one_that_ctl_writes() -> None:
    ours = runsvdir.unit_text(Layout(Path("/"))).splitlines()
    theirs = (DEBIAN / f"registry-ctl.{runsvdir.UNIT}").read_text().splitlines()
    same = (
        "ExecStartPre=",
        "ExecStart=",
        "ExecStop=",
        "KillSignal=",
        "KillMode=",
        "SuccessExitStatus=",
        "TimeoutStopSec=",
        "Restart=",
        "WantedBy=",
    )
    for start in same:
        assert [line for line in ours if line.startswith(start)] == [
            line for line in theirs if line.startswith(start)
        ]
    assert f"ConditionPathExists={Layout(Path('/')).current}" in theirs


def test_purge_knows_the_files_of_the_schedule_by_their_names_and_their_mark() -> None:
    script = (DEBIAN / "registry-ctl.postrm").read_text()
    for path in (schedule.CRON, schedule.SERVICE, schedule.TIMER):
        assert path in script
    assert f'"{schedule.MARK}"' in script


def test_scripts_know_where_ctl_keeps_its_things() -> None:
    layout = Layout(Path("/"))
    assert f"home={layout.home}\n" in (DEBIAN / "registry-ctl.postrm").read_text()
    assert str(layout.current) in (DEBIAN / "registry-ctl.postinst").read_text()
    assert f"settings={layout.settings_file}\n" in (DEBIAN / "registry-ctl.postinst").read_text()


def purging(home: Path, record: str, commands: str) -> str:
    """Run some of the shell functions of the purge with a record; return what they print."""
    (home / "state").mkdir(parents=True)
    (home / "state/made").write_text(record)
    script = (DEBIAN / "registry-ctl.postrm").read_text().partition('\nif [ "$1" = purge ]')[0]
    assert script.count("home=/var/opt/gitlab/ctl\n") == 1
    script = script.replace("home=/var/opt/gitlab/ctl\n", f"home='{home}'\n")
    done = subprocess.run(
        ["dash", "-eu", "-c", f"{script}\n{commands}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_purge_empties_the_recorded_directory_and_not_its_neighbour(tmp_path: Path) -> None:
    names = ["mine", "mine ", " mine", "mine\\n", "mine\\", "*", "a b", "$(touch x)", "mine'"]
    for name in names:
        (tmp_path / "logs" / name).mkdir(parents=True)
        (tmp_path / "logs" / name / "current").touch()
    for number, name in enumerate(names):
        purging(tmp_path / str(number), f"directory {tmp_path}/logs/{name}\n", "remove_logs")
        left = {path.parent.name for path in tmp_path.glob("logs/*/current")}
        assert left == {*names[number + 1 :]}, name


def test_purge_with_a_record_that_is_cut_takes_nothing_that_it_would_have_left(tmp_path: Path) -> None:
    logs, link = tmp_path / "logs/gitlab/registry", tmp_path / "link"
    record = (
        f"data {tmp_path}/images\ndirectory {logs}\nimages web {tmp_path}/images\nlink {link}\nuser web\n"
    )
    kept = [tmp_path / "logs/syslog.log", tmp_path / "logs/gitlab/other.log"]
    for length in range(len(record)):
        logs.mkdir(parents=True, exist_ok=True)
        for path in kept:
            path.touch()
        asked = "remove_logs; recorded user; recorded images; recorded data"
        said = purging(tmp_path / f"home-{length}", record[:length], asked).splitlines()
        assert all(path.exists() for path in kept), record[:length]
        # Without the record of the images nobody knows of the account that owns them.
        assert set(said) <= {"web", f"web {tmp_path}/images", f"{tmp_path}/images"}
        assert "web" not in said or {f"web {tmp_path}/images", f"{tmp_path}/images"} < set(said)


def test_purge_goes_by_no_line_that_is_cut_off(tmp_path: Path) -> None:
    record = f"directory {tmp_path}/whole\ndirectory {tmp_path}/cu"
    assert purging(tmp_path / "ctl", record, "recorded directory") == f"{tmp_path}/whole\n"
    assert purging(tmp_path / "other", "", "recorded directory") == ""
    gone = f"rm '{tmp_path}/last/state/made'; "
    assert purging(tmp_path / "last", record, f"{gone}recorded directory") == f"{tmp_path}/whole\n"


@pytest.mark.parametrize("name", ["a.b", "a*", "[a-z]b", "a/b", "^ab", "ab$", "a\\b", "&"])
def test_purge_takes_the_name_of_an_account_letter_by_letter(tmp_path: Path, name: str) -> None:
    record = f"data /x\nimages aXb /other\nimages ab /other\nimages {name} /gone/own  one\nuser {name}\n"
    assert (
        purging(tmp_path, record, f"recorded 'images {name}'; recorded user") == f"/gone/own  one\n{name}\n"
    )
    said = purging(
        tmp_path / "2",
        record,
        f"unseen=$(printf '%s%s\\n' '{name}' ' /gone'; echo 'aXb /other'); "
        f"printf '%s\\n' \"$unseen\" | behind '{name}'; out_of_sight '{name}'",
    )
    assert said == "/gone\n /gone/own  one"


def test_scripts_of_the_package_read_lines_exactly_and_put_no_name_into_a_pattern() -> None:
    scripts = [*DEBIAN.glob("registry-ctl.*rm"), *DEBIAN.glob("registry-ctl.*inst")]
    assert len(scripts) == 3
    for script in scripts:
        text = script.read_text()
        assert not re.search(r"(?<!IFS= )read -r", text), script
        for pattern in re.findall(r"(?:sed|grep|awk)\b[^|\n]*", text):
            if "-qxF" not in pattern and "grep -qx " not in pattern:
                assert not re.search(r'"[^"]*\$', pattern), pattern
