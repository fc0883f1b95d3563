from __future__ import annotations

import pytest

from ctl.flavours.table import DISTRIBUTION_2_8, DISTRIBUTION_3, FLAVOURS, GITLAB, Flavour, detect
from ctl.process import SubprocessRunner


@pytest.mark.parametrize(
    ("line", "flavour"),
    [
        ("docker-registry github.com/docker/distribution 2.8.2+ds1", DISTRIBUTION_2_8),
        ("registry github.com/docker/distribution v2.8.3", DISTRIBUTION_2_8),
        ("registry github.com/docker/distribution v2.7.1\n", DISTRIBUTION_2_8),
        ("registry github.com/distribution/distribution/v3 v3.1.1", DISTRIBUTION_3),
        ("registry github.com/distribution/distribution/v3 v3.0.0-rc.1", DISTRIBUTION_3),
        ("registry github.com/docker/distribution v4.41.0-gitlab", GITLAB),
        ("registry github.com/docker/distribution v3.86.2-gitlab", GITLAB),
        ("registry github.com/docker/distribution v1.0.0", None),
        ("registry github.com/docker/distribution v20.1.0", None),
        ("registry", None),
        ("", None),
        ("v2.8.3 is what this is not", None),
    ],
)
def test_flavour_of_version_line_is_told(line: str, flavour: Flavour | None) -> None:
    assert detect(line) is flavour


def test_flavour_of_installed_registry_is_told() -> None:
    answer = SubprocessRunner().run(["/usr/bin/docker-registry", "--version"])
    assert detect(answer.stdout) is DISTRIBUTION_2_8


def test_flavours_have_the_names_that_settings_use() -> None:
    assert list(FLAVOURS) == ["distribution-2.8", "distribution-3", "gitlab"]
    assert all(name == flavour.name for name, flavour in FLAVOURS.items())
