"""Evaluated values become validated settings; whatever is wrong becomes a diagnostic at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from pydantic import BaseModel, ValidationError

from ctl.diagnostics.model import Diagnostic, Severity
from ctl.settings.model import GitlabRails, Settings
from ctl.settings.older import NEW_VHOST, OLD_VHOST, move_old_vhost, older_sections
from ctl.settings.places import Places
from ctl.settings.rules.every import check_rules
from ctl.settings.rules.misnamed import foreign_names, other_name, urls_told, without_consequences
from ctl.settings.rules.overruled import drop_overruled
from ctl.settings.rules.placeholders import placeholders
from ctl.settings.rules.unset import explained, missing_urls
from ctl.settings.sections.registry import Registry
from ctl.settings.sections.s3 import S3
from ctl.settings.sections.vhost import Vhost
from ctl.settings.spelling import meant
from ctl.syntax.model import Evaluated, SettingPath, Value, setting_name

# Other keys of these sections concern GitLab and are its own affair.
FOREIGN_ROOTS = (
    *("nginx", "letsencrypt", "web_server", "user", "logging", "package", "postgresql"),
    *("manage_accounts", "manage_storage_directories"),
)
RAILS_PREFIX = "registry_"
# GitLab's documents name these here, where its package ignores them and makes another key.
MISPLACED = ("internal_key", "internal_certificate")


class Loaded(Struct):
    """What loading came to.

    Args:
        settings: None when there was an error.
        diagnostics: of loading alone, in no order.
        places: where the value of every setting stands, under the setting's present name.
    """

    settings: Settings | None
    diagnostics: list[Diagnostic]
    places: Places


def load(evaluated: Evaluated) -> Loaded:
    """Validate evaluated values against the declared settings."""
    places = Places(evaluated.spans)
    diagnostics: list[Diagnostic] = []
    values = _selected(_without_nil(evaluated.values))
    diagnostics.extend(older_sections(evaluated.values, places))
    diagnostics.extend(foreign_names(evaluated.values, _foreign(), places))
    diagnostics.extend(missing_urls(evaluated, places))
    diagnostics.extend(move_old_vhost(values, places))
    _drop_allowed(values)
    diagnostics.extend(drop_overruled(values, places))
    unfilled = list(placeholders(_owned(values), places))
    settings = _validated(values, places, diagnostics, evaluated)
    # What else is wrong with a placeholder is of no interest.
    taken = {diagnostic.span for diagnostic in unfilled if diagnostic.severity is Severity.ERROR}
    diagnostics = [
        *unfilled,
        *(
            diagnostic
            for diagnostic in diagnostics
            if diagnostic.code != "wrong-value" or diagnostic.span not in taken
        ),
    ]
    if settings is not None:
        told = urls_told(evaluated)
        diagnostics.extend(
            diagnostic for diagnostic in check_rules(settings, values, places) if diagnostic.code not in told
        )
    failed = any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    return Loaded(None if failed else settings, diagnostics, places)


def _without_nil(values: Mapping[str, Value]) -> dict[str, Any]:
    """Drop what is nil, which means "not set"; only among headers does nil have a meaning of its own."""
    return {
        name: value if name == "proxy_set_headers" else _cleared(value)
        for name, value in values.items()
        if value is not None
    }


def _cleared(value: Value) -> Any:
    if isinstance(value, dict):
        return _without_nil(value)
    return [_cleared(item) for item in value] if isinstance(value, list) else value


def _selected(values: Mapping[str, Any]) -> dict[str, Any]:
    """Pick what concerns the registry out of everything that a gitlab.rb holds."""
    chosen = {
        name: dict(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if name in Settings.model_fields or name == OLD_VHOST[0]
    }
    rails = chosen.get("gitlab_rails")
    if isinstance(rails, dict):
        known = GitlabRails.model_fields
        chosen["gitlab_rails"] = {
            name: value
            for name, value in rails.items()
            if name in known or name in MISPLACED or name.startswith(RAILS_PREFIX)
        }
    return chosen


def _owned(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in FOREIGN_ROOTS}


def _drop_allowed(values: dict[str, Any]) -> None:
    """Drop the settings that ``ctl['allow_unknown']`` names, such as ``registry.new_key``.

    A setting that is known by now counts again; an array's places are numbers, as in
    ``registry.notifications.0.new_key``.
    """
    own = values.get("ctl")
    names = own.get("allow_unknown") if isinstance(own, dict) else None
    for name in names if isinstance(names, list) else ():
        path = tuple(int(part) if part.isdecimal() else part for part in str(name).split("."))
        path = (*NEW_VHOST, *path[1:]) if path[:1] == OLD_VHOST else path
        place: Any = values
        for part in path[:-1]:
            place = _inside(place, part)
        if isinstance(place, dict) and path[-1] not in _fields(path[:-1]):
            place.pop(path[-1], None)


def _inside(place: Any, part: str | int) -> Any:
    if isinstance(place, list) and isinstance(part, int):
        return place[part] if part < len(place) else None
    return place.get(part) if isinstance(place, dict) else None


def _foreign() -> dict[str, frozenset[str]]:
    fields = Settings.model_fields
    return {name: frozenset(_fields((name,))) for name in FOREIGN_ROOTS if name in fields}


def _validated(
    values: dict[str, Any], places: Places, diagnostics: list[Diagnostic], evaluated: Evaluated
) -> Settings | None:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        slips = [
            _meant(detail["loc"], places.written(detail["loc"]))
            for detail in error.errors(include_url=False, include_input=False)
            if detail["type"] == "extra_forbidden"
        ]
        diagnostics.extend(without_consequences(list(_diagnostics(error, values, places, evaluated)), slips))
        return None


def _diagnostics(
    error: ValidationError, values: dict[str, Any], places: Places, evaluated: Evaluated
) -> Iterator[Diagnostic]:
    for detail in error.errors(include_url=False, include_input=False):
        path = detail["loc"]
        # pydantic appends this word when the key of a hash is at fault and not its value.
        in_key = path[-1] == "[key]"
        path = path[:-1] if in_key else path
        written = places.written(path)
        if detail["type"] == "extra_forbidden":
            yield _unknown(path, written, places)
        elif detail["type"] == "missing":
            yield Diagnostic(
                Severity.ERROR,
                "missing-setting",
                f"{setting_name(written)} is missing",
                places.key(path[:-1]),
                f"{setting_name(written[:-1])} needs a {path[-1]}",
            )
        else:
            place = places.key(path) if in_key else places.value(path)
            value = _value_at(values, path)
            message = f"{setting_name(written)}: {_message(detail)}"
            wrong = Diagnostic(Severity.ERROR, "wrong-value", message, place, _form(path, value))
            yield explained(wrong, written, value, evaluated)


def _value_at(values: Any, path: SettingPath) -> Any:
    for part in path:
        values = _inside(values, part)
    return values


def _form(path: SettingPath, value: Any) -> str | None:
    """Say how a value is written that was taken over from a config.yml."""
    if path == ("registry", "notifications") and isinstance(value, dict):
        inner = "the list behind 'endpoints' alone" if "endpoints" in value else "[ ] around it"
        return f"write {inner}: registry['notifications'] = [{{ 'name' => '…', 'url' => 'https://…' }}]"
    return None


def _message(detail: Any) -> str:
    """Say what pydantic found in our own words."""
    kinds = {
        "model_type": "a hash",
        "dict_type": "a hash",
        "model_attributes_type": "a hash",
        "list_type": "an array",
    }
    if detail["type"] in kinds:
        return f"{kinds[detail['type']]} is expected"
    return str(detail["msg"]).removeprefix("Value error, ")


def _unknown(path: SettingPath, written: SettingPath, places: Places) -> Diagnostic:
    probably = _meant(path, written)
    return Diagnostic(
        Severity.ERROR,
        "unknown-setting",
        f"{setting_name(written)} is not a setting",
        places.key(path),
        f"did you mean {probably}?"
        if probably
        else f"if it is newer than this ctl, add '{'.'.join(map(str, path))}' to ctl['allow_unknown']",
    )


def _meant(path: SettingPath, written: SettingPath) -> str | None:
    """Return the setting that an unknown name was probably meant to be, as a settings file has it."""
    other = other_name(path)
    likely = None if other else meant(written, _fields(path[:-1]), _elsewhere(path))
    return other or (setting_name(likely) if likely else None)


def _fields(section: SettingPath) -> list[str]:
    """Return the names of the settings in a section."""
    model: Any = Settings
    for part in section:
        if isinstance(part, int):
            continue
        inner = model.model_fields.get(part)
        model = _model_of(inner.annotation) if inner else None
        if model is None:
            return []
    return list(model.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        model = _model_of(part)
        if model:
            return model
    return None


def _elsewhere(path: SettingPath) -> list[SettingPath]:
    """Return where a setting of this name does exist; people mix up the sections."""
    name = str(path[-1])
    sections: list[tuple[SettingPath, type[BaseModel]]] = [
        (("registry",), Registry),
        (NEW_VHOST, Vhost),
        (("gitlab_rails",), GitlabRails),
        ((), Settings),
    ]
    if path[:-1] == ("registry", "storage"):
        sections = [((*path[:-1], "s3"), S3), *sections]
    return [(*section, name) for section, model in sections if name in model.model_fields]


__all__ = ["Loaded", "Places", "load"]
