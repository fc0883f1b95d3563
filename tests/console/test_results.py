from __future__ import annotations

import json

import pytest

from ctl.console.report import show_error
from ctl.console.results import show_history, show_preview, show_result
from ctl.errors import CtlError
from ctl.operations.change.preview import Preview
from ctl.operations.change.request import Result


def test_error_shows_message_detail_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(CtlError("it broke", detail="line 1\n\x1bline 2", help="mend it\nlike so"), as_json=False)
    assert capsys.readouterr().err == (
        "error: it broke\n  line 1\n  \\x1bline 2\nhelp: mend it\n      like so\n"
    )


def test_error_as_json_holds_only_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(CtlError("it broke"), as_json=True)
    assert json.loads(capsys.readouterr().out) == {"error": "it broke"}


def test_result_of_an_unchanged_run_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_result(Result(7), as_json=False)
    assert capsys.readouterr().out == (
        "nothing to do: generation 7 is in force and its services are running\n"
    )


def test_result_shows_what_was_verified_and_done(capsys: pytest.CaptureFixture[str]) -> None:
    hop = {"name": "the vhost", "outcome": "ok", "message": "fine"}
    show_result(
        Result(8, changed=True, services="restarted registry", hops=[hop], notes=["mind this"]), as_json=False
    )
    said = capsys.readouterr()
    assert said.out == "verified: the vhost: fine\ngeneration 8 is in force; restarted registry\n"
    assert said.err == "note: mind this\n"


def preview(**changes: object) -> Preview:
    empty: dict[str, object] = {"files": {}, "services": {}, "secrets": False, "diff": "", "diagnostics": ()}
    return Preview(**{**empty, "sources": {}, **changes})  # type: ignore[arg-type]


def test_preview_of_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    show_preview(preview(), as_json=False, plan=True, diff=False)
    assert capsys.readouterr().out == "nothing would change\n"


def test_preview_lists_files_services_and_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    foreseen = preview(
        files={"registry/config.yml": "changed"}, services={"registry": "restart"}, secrets=True
    )
    show_preview(foreseen, as_json=False, plan=True, diff=False)
    assert capsys.readouterr().out == (
        "new secrets: will be generated\nchanged  registry/config.yml\nrestart  registry\n"
    )


def test_history_marks_the_generation_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    entries: list[dict[str, object]] = [
        {
            "time": "t1",
            "who": "root",
            "command": "reconfigure",
            "result": "done",
            "what": "x",
            "generation": 1,
        },
        {"time": "t2", "who": "root", "command": "reconfigure", "result": "failed", "what": "y\x1b"},
    ]
    show_history(entries, [1], 1)
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("*   1  t1")
    assert second.startswith("    -  t2")
    assert second.endswith("y\\x1b")


def test_history_on_a_terminal_has_no_line_that_is_longer(capsys: pytest.CaptureFixture[str]) -> None:
    problem = "nginx refuses the generated configuration; nothing has been changed: " + "/a/long/path" * 12
    entry = {
        "time": "2026-11-27T07:43:55+00:00",
        "who": "somebody-long (as root)",
        "command": "registry-garbage-collect",
        "result": "failed",
        "what": problem,
        "generation": None,
    }
    for width in (80, 40, 20):
        show_history([entry], [], None, width)
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= width
        assert "".join("".join(lines).split()).endswith("".join(problem.split()))
        assert lines[-1].startswith(" " * 7)
