"""Golden trees: every example and every case comes to exactly these files, links, modes and bytes.

A case is a directory with a gitlab.rb and, after ``python -m tests.golden_tree``, its expected tree. The
root's own path stands as @ROOT@, and generated secrets as fixed ones that each case starts with.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden_tree import (
    CASES,
    EXAMPLES,
    GOLDEN,
    VHOST,
    WITH_NEWER_NGINX,
    WITH_TEXTS,
    expected,
    newer_vhost,
    rendered,
    texts,
)


def test_golden_cases_exist() -> None:
    assert len(EXAMPLES) >= 5
    assert set(CASES) >= set(EXAMPLES)


@pytest.mark.parametrize("case", sorted(CASES))
def test_tree_rendered_from_settings_is_the_expected_one(case: str, root: Path) -> None:
    tree, wanted = rendered(CASES[case], root), expected(GOLDEN / case)
    assert sorted(tree) == sorted(wanted)
    for path in sorted(wanted):
        assert tree[path] == wanted[path], path


@pytest.mark.parametrize("case", WITH_TEXTS)
def test_texts_rendered_from_settings_are_the_expected_ones(case: str, root: Path) -> None:
    wanted = {path.name: path.read_text() for path in (GOLDEN / case / "texts").iterdir()}
    assert {"config.yml", "gitlab.yml"} & set(wanted)
    assert texts(CASES[case], root) == wanted


@pytest.mark.parametrize("case", WITH_NEWER_NGINX)
def test_vhost_rendered_for_nginx_1_26_is_the_expected_one(case: str, root: Path) -> None:
    assert newer_vhost(CASES[case], root) == (GOLDEN / case / "vhost-nginx-1.26.conf").read_text()


def test_vhost_for_nginx_1_26_is_kept_of_every_case_for_which_it_is_another() -> None:
    vhosts = {place.relative_to(GOLDEN).parts[0]: place for place in GOLDEN.glob(f"*/files/**/{VHOST}")}
    assert len(vhosts) > 20
    assert sorted(case for case, place in vhosts.items() if "http2" in place.read_text()) == sorted(
        WITH_NEWER_NGINX
    )


@pytest.mark.parametrize("case", sorted(CASES))
def test_texts_name_the_paths_of_the_settings_and_nothing_of_ctl(case: str, root: Path) -> None:
    named = texts(CASES[case], root)
    assert set(named) <= {"config.yml", "gitlab-registry.conf", "gitlab.yml"}
    assert [name for name, text in named.items() if "gitlab/ctl" in text or str(root) in text] == []


def test_tree_rendered_twice_is_the_same(root: Path) -> None:
    first = rendered(CASES["own-domain"], root)
    assert rendered(CASES["own-domain"], root) == first
