"""What the sections of a settings file have in common.

Their modules have annotations that Python evaluates itself, once: pydantic would have to compile texts, one
by one, at every start.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

# No plugin of another package takes part in how settings of a machine are validated; and to look for any
# takes as long as the validation itself. Where pydantic looks elsewhere, this does nothing.
_NO_PLUGINS = ModuleType("pydantic.plugin._loader")
_NO_PLUGINS.__dict__["get_plugins"] = tuple
sys.modules.setdefault(_NO_PLUGINS.__name__, _NO_PLUGINS)

# Whose validator is being built; the sections inside of it build their own when a value is there.
_BUILT: list[type[BaseModel]] = []


class _OnDemand(BaseModel):
    """A model whose validator is built by its first value: a settings file uses few of all sections."""

    model_config = ConfigDict(
        defer_build=True, frozen=True, hide_input_in_errors=True, validate_default=False
    )

    @classmethod
    def as_declared(cls) -> Self:
        """Return the section that says nothing, without the validator that it takes to make one of values."""
        return cast(Self, cls.model_construct())

    @classmethod
    def model_rebuild(cls, **how: Any) -> bool | None:
        """Build the validator, unless it is there."""
        _BUILT.append(cls)
        try:
            return super().model_rebuild(**how)
        finally:
            _BUILT.pop()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if _BUILT and _BUILT[-1] is cls:
            return handler(source)
        return core_schema.no_info_plain_validator_function(
            cls.model_validate,
            serialization=core_schema.plain_serializer_function_ser_schema(BaseModel.model_dump),
        )


class Section(_OnDemand):
    """A hash of settings that ``ctl`` owns: a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid")


class ForeignSection(_OnDemand):
    """A hash that belongs to others too: only the keys declared here concern the registry."""

    model_config = ConfigDict(extra="ignore")
