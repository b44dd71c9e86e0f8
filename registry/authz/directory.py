"""Names of people and organisations, which a higher layer keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint


class Directory(Protocol):
    """Who stands behind an id; ids without a row are left out."""

    def person_names(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        """Full names of accounts."""

    def organisation_names(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        """Short names of organisations."""

    def organisation_codes(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        """Codes of organisations."""

    def organisation_id(self, ctx: Ctx, code: str) -> int | None:
        """The organisation of a code."""


DIRECTORIES: ExtensionPoint[Directory] = ExtensionPoint("authz.directory")


def directory() -> Directory:
    """The directory of the mounted features; LookupError without one."""
    offered = DIRECTORIES.only()
    if offered is None:
        message = "no feature keeps the names of people and organisations"
        raise LookupError(message)
    return offered
