"""Images in Azure: distribution 3 as ctl configures it, on a stand-in for the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.registries import V3
from tests.system.azurite import ACCOUNT, KEY, azurite
from tests.system.images import Registry
from tests.system.installation import Installation
from tests.system.test_readonly import takes_pushes


@pytest.mark.soak
@pytest.mark.parametrize("registry_program", [V3], ids=["3"], indirect=True)
@pytest.mark.parametrize("prefix", ["", "images/of/all"])
def test_images_are_pushed_pulled_and_deleted_in_azure(
    site: Installation, tmp_path: Path, prefix: str
) -> None:
    with azurite(tmp_path) as service:
        service.make("registry")
        given = {
            "accountname": ACCOUNT,
            "accountkey": KEY,
            "container": "registry",
            "serviceurl": service.url,
            **({"rootdirectory": f"/{prefix}"} if prefix else {}),
        }
        azure = ", ".join(f"'{name}' => '{value}'" for name, value in given.items())
        site.write(
            f"registry['storage'] = {{ 'azure' => {{ {azure} }}, 'redirect' => {{ 'disable' => true }} }}"
        )
        site.reconfigure()
        registry = Registry(site)
        index = registry.index([registry.image("v1")], "multi")
        assert registry.is_whole("multi")
        site.ctl("set-readonly", "on")
        assert registry.is_whole("multi")
        assert not takes_pushes(site)
        site.ctl("set-readonly", "off")
        registry.delete(index)
        assert registry.ask("GET", "manifests/multi")[0] == 404
        assert registry.is_whole("v1")
        # Never with a slash before it, as distribution 2.8 has put it.
        begin = f"{prefix}/docker/registry/v2/" if prefix else "docker/registry/v2/"
        names = service.names("registry")
        assert names
        assert [name for name in names if not name.startswith(begin)] == []
