"""The settings that the calculators read: dated rows of a standard, and rows of an owner that stand in their place."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.colocation.screening import duct, pole, tower, tray
from registry.colocation.screening.result import Paper, Rules
from registry.kernel.dated_settings import DatedSetting, rows_in_force

#: Calculator -> the keys of its settings.
KEYS: Final = {duct.CODE: duct.KEYS, pole.CODE: pole.KEYS, tower.CODE: tower.KEYS, tray.CODE: tray.KEYS}


def owner_key(key: str, owner_code: str) -> str:
    """The key of an owner's own rows; figures that they leave out stay those of the standard."""
    return f"{key}@{owner_code}"


def rules_for(ctx: Ctx, owner_id: int) -> dict[str, Rules]:
    """The rules of the day for the structures of an owner, by calculator; a figure that no row has is not there."""
    owner = ctx.session.scalars(select(Organisation.code).where(Organisation.id == owner_id)).one()
    keys = {key for group in KEYS.values() for key in group}
    rows = rows_in_force(ctx.session, keys | {owner_key(key, owner) for key in keys}, ctx.today)
    return {code: _rules(rows, group, owner) for code, group in KEYS.items()}


def _rules(rows: dict[str, DatedSetting], keys: tuple[str, ...], owner: str) -> Rules:
    values: dict[str, dict[str, Any]] = {}
    papers: list[Paper] = []
    for key in keys:
        named = (rows.get(key), rows.get(owner_key(key, owner)))
        # What is no object of figures says nothing, so the calculator will miss them.
        found = [row for row in named if row is not None and isinstance(row.value, dict)]
        values[key] = {name: figure for row in found for name, figure in row.value.items()}
        # A standard of which the owner replaces every figure was not used.
        used = found[1:] if len(found) > 1 and not found[0].value.keys() - found[1].value.keys() else found
        papers += [Paper(row.key, row.valid_from, row.value, row.source, row.needs_verification) for row in used]
    return Rules(values, tuple(papers))
