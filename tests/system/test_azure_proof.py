"""A container of Azure is proven as a bucket is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctl.storage.backends.bucket import Bucket
from ctl.storage.backends.connection import connection
from ctl.storage.proof import prove
from ctl.storage.store import StoreError
from tests.system.azurite import ACCOUNT, KEY, azurite

NAME = "ctl-proof-0123456789abcdef"


@pytest.mark.soak
def test_container_is_proven_or_refused_with_its_remedy(tmp_path: Path) -> None:
    with azurite(tmp_path) as service:
        service.make("registry")
        given = {
            "accountname": ACCOUNT,
            "accountkey": KEY,
            "container": "registry",
            "serviceurl": service.url,
        }
        for root in ("", "/images/of/all"):
            assert prove(Bucket(connection("azure", {**given, "rootdirectory": root}), {}), NAME).once
        assert service.names("registry") == []
        for wrong, code in (
            ({"container": "none"}, "no-such-bucket"),
            ({"accountkey": KEY[:-4] + "AAA="}, "wrong-accountkey"),
        ):
            with pytest.raises(StoreError) as raised:
                prove(Bucket(connection("azure", {**given, **wrong}), {}), NAME)
            assert raised.value.code == code, raised.value.message
