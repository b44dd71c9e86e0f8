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
from registry.territory.reforms import TWO_LEVELS_ON
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
    standing = {(row.predecessor_id, row.successor_id): row for row in ctx.session.scalars(select(AdminSuccession))}
    wanted = _listed(contents.successions, known, set(standing))
    problems.refuse_any()
    told = {pair[0] for pair in standing} | {item.before.id for item in wanted}
    listed = {known.by_key[row.key].id for row in contents.units}
    wanted += _renamed(known, listed - told)
    return sum(_put(ctx, item, standing) for item in wanted)


def _listed(rows: list[ListedSuccession], known: KnownUnits, standing: set[tuple[int, int | None]]) -> list[_Wanted]:
    ends = [(row, *_ends(row, known)) for row in rows]
    pairs = standing | {(before.id, after.id) for _row, before, after in ends if before and after}
    predecessors = Counter(pair[1] for pair in pairs)
    found = []
    for row, before, after in ends:
        if before is None or after is None:
            continue
        kind = succession_kind(
            whole=row.whole,
            only_predecessor=predecessors[after.id] == 1,
            successor_is_new=after.valid_from == row.effective_on,
        )
        found.append(_Wanted(before, after, kind, row.is_default, row.effective_on))
    return found


def _ends(row: ListedSuccession, known: KnownUnits) -> tuple[AdminUnit | None, AdminUnit | None]:
    """The unit before and the unit after a succession; None where refused."""
    before = known.on(row.old_code, (UnitLevel.COMMUNE,), row.effective_on - _DAY)
    after = known.on(row.new_code, (UnitLevel.COMMUNE,), row.effective_on)
    day = row.effective_on.isoformat()
    if before is None:
        row.place.refuse("old_code", row.old_code, _("mã có hiệu lực đến trước ngày %(day)s", day=day))
    if after is None:
        row.place.refuse("new_code", row.new_code, _("mã có hiệu lực từ ngày %(day)s", day=day))
    elif before is after:
        row.place.refuse("new_code", row.new_code, _("đơn vị khác với đơn vị cũ"))
        return None, None
    return before, after


def _renamed(known: KnownUnits, untold: set[int]) -> list[_Wanted]:
    """Listed codes that go on without a gap though nothing says what became of them: renamed, raised or moved."""
    found = []
    for generation in known.generations():
        for before, after in pairwise(generation):
            if before.id not in untold or before.valid_to is None or after.valid_from != before.valid_to + _DAY:
                continue
            # On that day nearly every code went to a joined unit: only a list can tell what it means.
            if after.valid_from == TWO_LEVELS_ON:
                continue
            found.append(_Wanted(before, after, SuccessionKind.RENAME, True, after.valid_from))
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
