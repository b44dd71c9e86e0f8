"""Successions as official files give them, and those that follow from a code going on under a new name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.kernel.i18n import _
from registry.territory.importing.folder import FolderContents
from registry.territory.importing.problems import Problems
from registry.territory.importing.tables import ListedSuccession
from registry.territory.importing.units import KnownUnits
from registry.territory.models import AdminSuccession, AdminUnit, SuccessionKind, UnitLevel
from registry.territory.rules import succession_kind

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Wanted:
    before: AdminUnit
    after: AdminUnit
    kind: SuccessionKind
    is_default: bool
    effective_on: date


def apply_successions(ctx: Ctx, contents: FolderContents, known: KnownUnits, problems: Problems) -> int:
    """Add missing successions and correct those that the files tell otherwise; the number changed.

    What is wrong goes to `problems`; successions of units that the files do not name stay.
    """
    if not contents.successions and not contents.units:
        return 0
    wanted = _listed(contents.successions, known)
    problems.refuse_any()
    wanted += _renamed(known, wanted)
    standing = {(row.predecessor_id, row.successor_id): row for row in ctx.session.scalars(select(AdminSuccession))}
    return sum(_put(ctx, item, standing) for item in wanted)


def _listed(rows: list[ListedSuccession], known: KnownUnits) -> list[_Wanted]:
    level = (UnitLevel.COMMUNE,)
    predecessors = Counter((row.new_code, row.effective_on) for row in rows)
    found = []
    for row in rows:
        before = known.on(row.old_code, level, row.effective_on - _DAY)
        after = known.on(row.new_code, level, row.effective_on)
        day = row.effective_on.isoformat()
        if before is None:
            row.place.refuse("old_code", row.old_code, _("mã có hiệu lực đến trước ngày %(day)s", day=day))
        if after is None:
            row.place.refuse("new_code", row.new_code, _("mã có hiệu lực từ ngày %(day)s", day=day))
        if before is None or after is None:
            continue
        if before is after:
            row.place.refuse("new_code", row.new_code, _("đơn vị khác với đơn vị cũ"))
            continue
        kind = succession_kind(
            whole=row.whole,
            only_predecessor=predecessors[row.new_code, row.effective_on] == 1,
            successor_is_new=after.valid_from == row.effective_on,
        )
        found.append(_Wanted(before, after, kind, row.is_default, row.effective_on))
    return found


def _renamed(known: KnownUnits, listed: list[_Wanted]) -> list[_Wanted]:
    """A code that goes on without a gap, where no list says what became of it: renamed, raised or moved."""
    told = {item.before.id for item in listed}
    found = []
    for generation in known.generations():
        for before, after in pairwise(generation):
            if before.level is not UnitLevel.COMMUNE or before.id in told or after.valid_from is None:
                continue
            if before.valid_to is not None and before.valid_to + _DAY == after.valid_from:
                found.append(
                    _Wanted(before, after, SuccessionKind.RENAME, is_default=True, effective_on=after.valid_from)
                )
    return found


def _put(ctx: Ctx, item: _Wanted, standing: dict[tuple[int, int | None], AdminSuccession]) -> bool:
    values = {"kind": item.kind, "is_default": item.is_default, "effective_on": item.effective_on}
    row = standing.get((item.before.id, item.after.id))
    if row is None:
        row = AdminSuccession(
            predecessor_id=item.before.id, successor_id=item.after.id, legal_basis=item.after.legal_basis, **values
        )
        ctx.session.add(row)
        standing[item.before.id, item.after.id] = row
        return True
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)
