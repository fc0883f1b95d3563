"""Every probe that stands in the room is in the catalogue, under a name of its own."""

from __future__ import annotations

import importlib
import pkgutil

import ctl.checks
from ctl.checks import catalogue
from ctl.checks.model import Area, Checked, Finding, Outcome, Probe


def defined() -> set[str]:
    """Return the names of all probes that a module of the room keeps, alone or in a tuple."""
    names: set[str] = set()
    for module in pkgutil.iter_modules(ctl.checks.__path__):
        for value in vars(importlib.import_module(f"ctl.checks.{module.name}")).values():
            kept = value if isinstance(value, tuple) else (value,)
            names |= {probe.name for probe in kept if isinstance(probe, Probe)}
    return names


def test_every_probe_of_the_room_is_in_the_catalogue_once() -> None:
    names = [probe.name for probe in catalogue.every()]
    assert len(names) > 15
    assert sorted(names) == sorted(defined())
    assert len(names) == len({*names})


def test_probe_comes_later_than_those_that_have_to_go_well_first() -> None:
    seen: set[str] = set()
    for probe in catalogue.every():
        assert seen >= {*probe.after}, probe.name
        seen.add(probe.name)


def test_probe_says_what_it_tries_and_why_without_a_full_stop() -> None:
    for probe in catalogue.every():
        for text in (probe.title, probe.matters):
            assert text, probe.name
            assert not text.endswith("."), probe.name
        assert probe.area in Area
        assert probe.seconds > 0


def test_word_of_a_hop_is_that_of_a_verification() -> None:
    probe = catalogue.every()[0]
    words = [Checked(probe, Finding(outcome, "m")).as_hop()["outcome"] for outcome in Outcome]
    assert words == ["ok", "unverifiable", "unverifiable", "contradiction"]
    assert Checked(probe, Finding(Outcome.OK, "m", name="the hop")).as_hop() == {
        "name": "the hop",
        "outcome": "ok",
        "message": "m",
    }
    assert Checked(probe, Finding(Outcome.OK, "m")).name == probe.title
