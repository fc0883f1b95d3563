from __future__ import annotations

from pathlib import Path

import pytest

from ctl.apply.directories import make_directories
from ctl.errors import CtlError
from ctl.paths import Layout
from ctl.targets.model import Directory


def test_directory_of_images_is_made_unless_it_is_left_to_others(root: Path) -> None:
    path = root / "srv/images"
    with pytest.raises(CtlError) as raised:
        make_directories(Layout(root), [Directory(str(path), 0o770, data=True, managed=False)])
    missing = f"the directory {path} is missing, and manage_storage_directories['enable'] is false"
    assert raised.value.message == missing
    assert raised.value.help == f"make it by hand: install -d -m 0770 {path}"
    assert not path.exists()
    make_directories(Layout(root), [Directory(str(path), 0o770, data=True)])
    assert path.is_dir()


def test_directory_left_to_others_is_taken_as_it_is(root: Path) -> None:
    path = root / "images"
    path.mkdir(mode=0o700)
    make_directories(Layout(root), [Directory(str(path), 0o770, data=True, managed=False)])
    assert path.stat().st_mode & 0o777 == 0o700
