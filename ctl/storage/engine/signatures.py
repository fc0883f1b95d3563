"""Tags that say of what their signatures are, in the forms that clients make where there is no other way.

``sha256-<hex>`` is the fallback of the OCI specification for registries that cannot list referrers; cosign
adds ``.sig``, ``.att`` or ``.sbom`` to it, for images that name no subject.

Source: OCI distribution-spec 1.1, "Referrers Tag Schema"; cosign's SIGNATURE_SPEC.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from ctl.regex import compile_late
from ctl.storage.engine.digests import from_hex
from ctl.storage.engine.index import Repository, Tag
from ctl.storage.engine.references import References

_NAME = compile_late(r"(sha256|sha384|sha512)-([0-9a-f]{64,128})(\.sig|\.att|\.sbom)?\Z", re.ASCII)


class Signature(Struct, frozen=True):
    """A tag of signatures.

    Args:
        tag: its name.
        subject: the number of what is signed.
        target: the manifest that the tag points to.
        is_fallback: whether it is an index of referrers; else cosign made it.
    """

    tag: str
    subject: int
    target: int
    is_fallback: bool


def signatures_of(
    repository: Repository, references: References, number: Callable[[bytes], int]
) -> list[Signature]:
    """Give the tags of a repository that are signatures' and nothing else.

    A name alone makes none: a person may call a tag like that, so the index of a fallback has to list
    manifests of just that subject, at least one, and the repository has to have all of them.
    """
    # Of a million tags nearly all are told by this.
    tags = [tag for tag in repository.tags if tag.name.startswith("sha") and len(tag.targets) == 1]
    signatures = [
        signature for signature in (_signature(tag, number) for tag in tags) if signature is not None
    ]
    if not signatures:
        return []
    revisions = set(repository.revisions)
    served = revisions | repository.listed

    def is_whole(signature: Signature) -> bool:
        listed = references.children(signature.target)
        return len(listed) == len(references.of(signature.target)) > 0 and all(
            child in served and references.subject(child) == signature.subject for child in listed
        )

    return [
        signature
        for signature in signatures
        if signature.target in revisions and (not signature.is_fallback or is_whole(signature))
    ]


def _signature(tag: Tag, number: Callable[[bytes], int]) -> Signature | None:
    match = _NAME.match(tag.name)
    raw = from_hex(match[1], match[2]) if match else None
    if match is None or raw is None:
        return None
    return Signature(tag.name, number(raw), tag.targets[0], match[3] is None)


def is_store(repository: Repository, signatures: list[Signature]) -> bool:
    """Whether a repository has signatures of what lies elsewhere alone."""
    subjects = {signature.subject for signature in signatures}
    return bool(subjects) and subjects.isdisjoint(repository.revisions)
