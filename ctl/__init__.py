"""Configures, supervises and maintains a container registry beside a self-managed GitLab."""

import sys

__version__ = "0.1.0"

# Records are made by msgspec, which takes from typing_extensions, where that is there, what typing has as
# well. To load that as well would make every process wait for 10 ms more.
if "typing_extensions" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        import msgspec  # noqa: F401 - loaded here for all others
    finally:
        del sys.modules["typing_extensions"]
