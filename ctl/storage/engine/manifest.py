"""What a manifest refers to, read as the registry reads it, or more generously.

Source: distribution 2.8.2 decodes manifests with Go's encoding/json. So keys match without regard to case, a
``null`` stands for nothing, a wrong type is an error, and of a key that stands twice both values may count:
all of them are taken. References are taken from every field that any type of manifest has them in, whatever
the manifest says it is; what type it is decides only whether we claim to understand it.
"""

from __future__ import annotations

import json

from msgspec import Struct, field

from ctl.storage.engine.digests import parse

LARGEST_BYTES = 16 * 1024 * 1024
_IMAGES = frozenset(
    ("application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json")
)
_INDEXES = frozenset(
    ("application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.oci.image.index.v1+json")
)
_ARTIFACTS = frozenset(
    (
        "application/vnd.oci.artifact.manifest.v1+json",
        "application/vnd.cncf.oras.artifact.manifest.v1+json",
    )
)
_SCHEMA1 = frozenset(
    (
        "",
        "application/json",
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    )
)
_TYPES = _IMAGES | _INDEXES | _ARTIFACTS | (_SCHEMA1 - {"", "application/json"})
# Every field that refers to something: whether it holds one descriptor or a list, and the digest's key there.
_REFERRING = {
    "config": (False, "digest"),
    "layers": (True, "digest"),
    "blobs": (True, "digest"),
    "manifests": (True, "digest"),
    "fslayers": (True, "blobsum"),
    "subject": (False, "digest"),
}
# Spellings that need no folding; nearly all are these.
_FOLDED = {name: name for name in (*_REFERRING, "digest", "size", "urls", "platform", "annotations")}
_FOLDED["mediaType"] = "mediatype"
_BLANK = b" \t\r\n"


class Manifest(Struct, frozen=True):
    """A manifest, as far as it matters here.

    Args:
        media_type: what it says it is; empty where it does not say.
        references: what it needs to be complete, each once: children first, then config and layers.
        children: how many of these are said to be manifests: what an index lists, and whatever else is
            described by the media type of a manifest.
        subject: the manifest that it says something about.
        schema1: whether it is of the oldest kind, whose signatures may lie beside its link.
        problem: why it is not understood; None where it is.
        claims: whether it can be decoded and says that it is a manifest, of whatever kind.
    """

    media_type: str
    references: tuple[bytes, ...]
    subject: bytes | None = None
    schema1: bool = False
    problem: str | None = None
    children: int = 0
    claims: bool = True


class _Wrong(Exception):
    """A manifest that the registry could not decode either."""


class _Fields(Struct):
    """What has been read so far."""

    children: dict[bytes, None] = field(default_factory=dict)
    references: dict[bytes, None] = field(default_factory=dict)
    subjects: list[bytes] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    versions: list[int] = field(default_factory=list)
    media_types: list[str] = field(default_factory=list)


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest; one that is not understood has a problem, and what references were found in it."""
    fields = _Fields()
    problem: str | None = None
    decoded = True
    try:
        document = json.loads(
            content.decode("utf-8", "replace"), object_pairs_hook=tuple, parse_constant=_no_constant
        )
        if not isinstance(document, tuple):
            raise _Wrong("no object")
        for key, value in document:
            _take(fields, key.casefold(), value)
        problem = _not_understood(fields)
    except RecursionError:
        problem = "nested too deeply"
    except _Wrong as wrong:
        problem, decoded = str(wrong), False
    except ValueError as error:
        problem, decoded = "no valid JSON", not isinstance(error, json.JSONDecodeError)
    return Manifest(
        media_type=fields.media_types[-1] if fields.media_types else "",
        references=tuple(fields.references if not fields.children else fields.children | fields.references),
        subject=fields.subjects[-1] if fields.subjects else None,
        schema1=1 in fields.versions or "fslayers" in fields.present,
        problem=problem,
        children=len(fields.children),
        claims=decoded and (bool(fields.versions) or not _TYPES.isdisjoint(fields.media_types)),
    )


def read_child(content: bytes) -> Manifest | None:
    """Read a blob that a manifest calls a manifest; None where the registry would serve it as none."""
    # An index may list what is none: the layers of a build cache, and its description.
    if content.lstrip(_BLANK)[:1] != b"{":
        return None
    manifest = read_manifest(content)
    return manifest if manifest.claims else None


def _no_constant(name: str) -> object:
    raise json.JSONDecodeError(name, "", 0)


def _take(fields: _Fields, key: str, value: object) -> None:
    if value is None:
        return
    if key == "schemaversion":
        if type(value) is not int:
            raise _Wrong("schemaVersion is no integer")
        fields.versions.append(value)
    elif key == "mediatype":
        if not isinstance(value, str):
            raise _Wrong("mediaType is no string")
        fields.media_types.append(value)
    elif key in _REFERRING:
        fields.present.add(key)
        many, name = _REFERRING[key]
        if not many:
            value = [value]
        elif not isinstance(value, list):
            raise _Wrong(f"{key} is no list")
        for descriptor in value:
            if descriptor is not None:
                _take_descriptor(fields, key, descriptor, name)


def _take_descriptor(fields: _Fields, key: str, descriptor: object, name: str) -> None:
    if not isinstance(descriptor, tuple):
        raise _Wrong(f"{key} holds what is no object")
    digest, is_child = None, key == "manifests"
    for inner, value in descriptor:
        folded = _FOLDED.get(inner) or inner.casefold()
        if folded == name:
            if not value and (value is None or value == ""):
                continue
            digest = parse(value) if isinstance(value, str) else None
            if digest is None:
                raise _Wrong(f"{key} holds what is no digest")
            if key == "subject":
                fields.subjects.append(digest)
            else:
                fields.references[digest] = None
        elif folded == "mediatype":
            is_child = is_child or (isinstance(value, str) and value in _TYPES)
        elif folded == "size" and value is not None and type(value) is not int:
            raise _Wrong(f"{key} holds a size that is no integer")
    if is_child and digest is not None and key != "subject":
        fields.children[digest] = None


def _not_understood(fields: _Fields) -> str | None:
    """Say why a manifest that could be decoded is not understood."""
    kinds = set(fields.media_types)
    if len(kinds) > 1 or len(set(fields.versions)) > 1:
        return "it says twice what it is"
    media_type = fields.media_types[0] if kinds else ""
    version = fields.versions[0] if fields.versions else 0
    present = fields.present
    if media_type in _ARTIFACTS:
        understood = True
    elif version == 1:
        understood = media_type in _SCHEMA1 and "fslayers" in present
    elif version == 2 and media_type in _INDEXES:
        understood = "manifests" in present
    elif version == 2 and (media_type in _IMAGES or not media_type):
        understood = bool({"config", "layers", "manifests"} & present)
    else:
        return "a type that is not known"
    if len(fields.subjects) > 1:
        return "it has two subjects"
    return None if understood else "it has none of the fields of its type"
