"""Names of people and organisations for the layers below."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select

from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx


class AccountDirectory:
    """The directory of the lower layers (authz/directory.py)."""

    def person_names(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        return _by_id(ctx, UserAccount.id, UserAccount.full_name, ids)

    def organisation_names(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        return _by_id(ctx, Organisation.id, Organisation.short_name, ids)

    def organisation_codes(self, ctx: Ctx, ids: Collection[int]) -> Mapping[int, str]:
        return _by_id(ctx, Organisation.id, Organisation.code, ids)

    def organisation_id(self, ctx: Ctx, code: str) -> int | None:
        return ctx.session.scalar(select(Organisation.id).where(Organisation.code == code))


def _by_id(ctx: Ctx, key: Any, text: Any, ids: Collection[int]) -> Mapping[int, str]:
    if not ids:
        return {}
    return {row[0]: row[1] for row in ctx.session.execute(select(key, text).where(key.in_(set(ids))))}
