"""The settings that the calculators read: dated rows of a standard, and rows of an owner that stand in their place."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.colocation.screening import duct, pole, tower, tray
from registry.colocation.screening.result import Paper, Rules
from registry.kernel.dated import DatedSetting, standing_rows

#: Calculator -> the keys of its settings.
KEYS: Final = {duct.CODE: duct.KEYS, pole.CODE: pole.KEYS, tower.CODE: tower.KEYS, tray.CODE: tray.KEYS}


def owner_key(key: str, owner_code: str) -> str:
    """The key of an owner's own rows; figures that they leave out stay those of the standard."""
    return f"{key}@{owner_code}"


def rules_for(ctx: Ctx, owner_id: int) -> dict[str, Rules]:
    """The rules of the day for the structures of an owner, by calculator; LookupError where a standard has none."""
    owner = ctx.session.scalars(select(Organisation.code).where(Organisation.id == owner_id)).one()
    keys = {key for group in KEYS.values() for key in group}
    rows = standing_rows(ctx.session, keys | {owner_key(key, owner) for key in keys}, ctx.today)
    missing = keys - rows.keys()
    if missing:
        message = f"no value of setting {', '.join(sorted(missing))} on {ctx.today.isoformat()}"
        raise LookupError(message)
    return {code: _rules(rows, group, owner) for code, group in KEYS.items()}


def _rules(rows: dict[str, DatedSetting], keys: tuple[str, ...], owner: str) -> Rules:
    values, papers = {}, []
    for key in keys:
        standard, own = rows[key], rows.get(owner_key(key, owner))
        values[key] = standard.value | (own.value if own is not None else {})
        # A standard of which the owner replaces every figure was not used.
        used = [standard] if own is None or standard.value.keys() - own.value.keys() else []
        papers += [
            Paper(row.key, row.valid_from, row.value, row.source, row.needs_verification)
            for row in (*used, *([own] if own is not None else []))
        ]
    return Rules(values, tuple(papers))
