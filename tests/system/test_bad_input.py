"""What no administrator means: one clear error, the right exit code, and what runs goes on running."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.system.installation import REPOSITORY, Installation, wait_for
from tests.system.watching import half_done, in_force, listing, open_to_all, refused, run, serves

NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
# Root without the right to read what its mode forbids.
POWERLESS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that runs, for tests that change nothing."""
    site = Installation(tmp_path_factory.mktemp("bad-input") / "root")
    try:
        site.reconfigure()
        yield site
    finally:
        site.close()


@pytest.fixture
def untouched(shared: Installation) -> Iterator[Installation]:
    """The shared installation; afterwards its services have to be the same, and all of its files."""
    shared.write()
    before = shared.pids(), shared.generation, listing(shared.layout.current.resolve())
    yield shared
    if shared.settings.is_dir():
        shared.settings.rmdir()
    shared.settings.unlink(missing_ok=True)
    shared.write()
    assert (shared.pids(), shared.generation, listing(shared.layout.current.resolve())) == before
    assert half_done(shared.root) == []
    assert serves(shared)
    assert "nothing to do" in shared.reconfigure().stdout


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


SETTINGS: list[tuple[Callable[[Path], object], str]] = [
    (Path.unlink, "there is no settings file"),
    (directory, "is a directory"),
    (loop, "it is a loop of symlinks"),
    (pipe, "is not a regular file"),
    (lambda path: path.write_bytes(b""), "sets nothing"),
    (lambda path: path.write_bytes(b"# registry_external_url 'https://a'\n\n"), "sets nothing"),
    (lambda path: path.write_bytes(b"external_url 'https://a'\n# \xff\n"), "not-utf-8"),
    (lambda path: path.write_bytes(b"\x00" * 100), "error"),
    (lambda path: path.write_bytes(b"# comment\n" * 5_000_000), "is larger than"),
    (lambda path: path.write_bytes(b"[" * 10_000), "error"),
    (lambda path: path.write_bytes(b"registry['a'] = " + b"[" * 10_000 + b"]" * 10_000), "error"),
    (lambda path: path.write_bytes(b"registry['enable'] = true\nregistri['x'] = 1\n"), "did you mean"),
]


@pytest.mark.parametrize(("spoil", "expected"), SETTINGS)
@pytest.mark.parametrize("words", [("reconfigure",), ("validate",), ("reconfigure", "--dry-run")])
def test_settings_file_that_is_no_settings_file_is_refused_with_3(
    untouched: Installation, spoil: Callable[[Path], object], expected: str, words: tuple[str, ...]
) -> None:
    spoil(untouched.settings)
    done = run(untouched, *words)
    said = done.stdout + done.stderr
    assert done.returncode == 3, said
    assert expected in said
    assert "Traceback" not in said
    assert "internal error" not in said
    assert len(said) < 20_000


def test_settings_file_that_may_not_be_read_is_refused_with_3(untouched: Installation) -> None:
    untouched.settings.chmod(0)
    said = refused(run(untouched, "reconfigure", before=POWERLESS), 3)
    assert "cannot be read: permission denied" in said


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"[]", "an array, an object is expected"),
        (b'{"registry": {"http_secret": 5}}', "a string is expected"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_secrets_file_that_is_broken_is_refused_and_kept(
    untouched: Installation, content: bytes, expected: str
) -> None:
    file = untouched.layout.secrets_file
    good = file.read_bytes()
    try:
        file.write_bytes(content)
        assert expected in refused(run(untouched, "reconfigure"), 1)
        assert file.read_bytes() == content
    finally:
        file.write_bytes(good)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("ctl['registry_binary'] = '/no/such/registry'", "the program /no/such/registry was not found"),
        ("ctl['nginx_binary'] = '/no/such/nginx'", "the program /no/such/nginx was not found"),
        ("ctl['registry_binary'] = '/etc/passwd'", "may not be executed"),
        ("ctl['registry_binary'] = '/bin/false'", "does not tell its version: it ended with 1"),
        ("ctl['registry_binary'] = '/bin/echo'", "none of the registries that ctl knows"),
    ],
)
def test_program_that_is_missing_or_another_is_refused(
    untouched: Installation, setting: str, expected: str
) -> None:
    untouched.write(setting)
    assert expected in refused(run(untouched, "reconfigure"), 1)


def test_port_that_somebody_else_holds_is_refused(untouched: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        untouched.write(f"registry['debug_addr'] = '127.0.0.1:{port}'")
        said = refused(run(untouched, "reconfigure"), 1)
    assert f"port {port} is held by" in said
    assert f"(pid {os.getpid()}), and wanted by registry['debug_addr']" in said
    assert "stop that process, or choose another port" in said


@pytest.mark.parametrize(
    ("line", "setting", "reason"),
    [
        ("registry['debug_addr'] = '[::1]:PORT'", "registry['debug_addr']", "this machine has no IPv6"),
        (
            "registry['nginx']['listen_addresses'] = ['127.0.0.1', '[::1]']",
            "registry['nginx']['listen_addresses']",
            "this machine has no IPv6",
        ),
        ("registry['debug_addr'] = '192.0.2.1:PORT'", "registry['debug_addr']", "no interface has this"),
    ],
)
def test_address_that_this_machine_does_not_have_is_refused(
    untouched: Installation, line: str, setting: str, reason: str
) -> None:
    untouched.write(line.replace("PORT", str(free_port())))
    without = 'ip link set lo up; echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; exec "$@"'
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", without, "sh", *untouched.command("reconfigure")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=REPOSITORY,
    )
    said = refused(done, 1)
    assert f"{setting}: " in said
    assert reason in said
    assert "nothing has been changed" in said


def test_second_run_at_the_same_time_is_refused_with_4(untouched: Installation) -> None:
    # A settings file that is a pipe with nobody at its other end is no way to hold a run up; the lock is.
    code = (
        "import sys, pathlib\nfrom ctl.apply.lock import locked\nfrom ctl.paths import Layout\n"
        "with locked(Layout(pathlib.Path(sys.argv[1])), 'reconfigure'):\n"
        "    print('locked', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [*untouched.command()[:1], "-c", code, str(untouched.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        for words in (("reconfigure",), ("rollback",)):
            said = refused(run(untouched, *words), 4)
            assert f"ctl reconfigure (pid {other.pid}) is at work" in said
        assert run(untouched, "status").returncode == 0
        assert run(untouched, "reconfigure", "--dry-run").returncode == 0
        other.communicate()


def test_unwritable_root_is_refused(untouched: Installation) -> None:
    untouched.write("registry['log_level'] = 'warn'")
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && shift 0 && exec "$@"'
    before = ["unshare", "--mount", "sh", "-c", script, str(untouched.root)]
    said = refused(run(untouched, "reconfigure", before=before), 1)
    assert "read-only file system" in said


def test_other_account_is_told_to_be_root() -> None:
    with open_to_all() as site:
        site.reconfigure()
        site.settings.chmod(0o644)
        for words in (("reconfigure",), ("status",), ("stop",), ("start", "registry"), ("rollback",)):
            said = refused(run(site, *words, before=NOBODY), 1)
            assert "root" in said
        assert serves(site)


def test_disk_that_fills_up_is_refused_at_every_moment(tmp_path: Path) -> None:
    """A small file system in a mount namespace of its own would hide from runsvdir, so it is mounted here."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], check=True)
    try:
        site = Installation(place / "root")
        try:
            fill(site, place / "filler")
        finally:
            (place / "filler").unlink(missing_ok=True)
            site.close()
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(site: Installation, filler: Path) -> None:
    site.reconfigure()
    config = (site.layout.current / "registry/config.yml").read_text()
    site.write("registry['log_level'] = 'warn'")
    failures = 0
    for free in (0, 4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 120):
        state = os.statvfs(filler.parent)
        blocks = state.f_bavail - free * 1024 // state.f_frsize
        filler.write_bytes(b"\0" * (blocks * state.f_frsize))
        before = site.generation
        done = run(site, "reconfigure")
        filler.unlink()
        assert in_force(site) == []
        if done.returncode != 0:
            failures += 1
            assert "no space left on device" in refused(done, 1)
            assert (site.layout.current / "registry/config.yml").read_text() == config
            assert site.generation == before
        wait_for(lambda: serves(site))
        site.write()
        site.reconfigure()
        assert half_done(site.root) == []
        site.write("registry['log_level'] = 'warn'")
    assert failures >= 5, "the disk was never full"
