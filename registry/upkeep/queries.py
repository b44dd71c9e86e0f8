"""Reads of rounds and their progress, freshness by owner and unit, and counts of checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    and_,
    column,
    func,
    not_,
    or_,
    select,
    values,
)
from sqlalchemy.orm import aliased

from registry.accounts.actor import each_with_predecessors
from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, get_visible, holds, scopes_of, visible
from registry.capacity.models import UNPLACED, CapacityPlace
from registry.kernel.i18n import _, _l
from registry.kernel.numbers import whole_percent
from registry.structures import positions
from registry.structures.fastpath import group_counts
from registry.structures.filtering.checks import (
    CHECKS,
    NEAR_OTHERS,
    Check,
    fresh_since,
    good_until,
    good_until_now,
    is_found,
    note_neighbours,
    was_standing,
)
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.moment import Point, When
from registry.structures.positions.versions import names_at, rows_at
from registry.structures.visibility import IS_OPEN
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids, commune_parts
from registry.upkeep.commands import RoundPart
from registry.upkeep.findings import day_of_run
from registry.upkeep.models import AttestationRound, QualityCount, QualityRun, RoundState

LISTED: Final = 100
SHOWN: Final = 50


@dataclass(frozen=True)
class RoundProgress:
    """The progress of a round, counted now if it is open."""

    round: AttestationRound
    owner: str
    total: int
    confirmed: int
    late: bool

    @property
    def left(self) -> int:
        return self.total - self.confirmed

    @property
    def percent(self) -> int:
        """Share confirmed; 100 means all."""
        return whole_percent(self.confirmed, self.total) if self.total else 100


@dataclass(frozen=True)
class Freshness:
    """Number of standing structures, and of those confirmed within the months of the setting."""

    id: int | None
    name: str
    total: int
    fresh: int

    @property
    def percent(self) -> int:
        return whole_percent(self.fresh, self.total) if self.total else 0


@dataclass(frozen=True)
class UnconfirmedInUnit:
    """The number of a round's unconfirmed structures in a commune of today."""

    id: int
    name: str
    number: int


def list_rounds(ctx: Ctx, *where: ColumnElement[bool]) -> list[RoundProgress]:
    """The latest rounds that the actor may read and for which the conditions hold, late ones first."""
    query = (
        select(AttestationRound, Organisation.short_name)
        .join(Organisation, Organisation.id == AttestationRound.organisation_id)
        .where(visible(ctx, AttestationRound, P.UPKEEP_READ), *where)
        .order_by(
            (AttestationRound.state == RoundState.DONE).asc(),
            AttestationRound.due_on,
            AttestationRound.id.desc(),
        )
        .limit(LISTED)
    )
    rows = ctx.session.execute(query).all()
    counted = count_open(ctx, [row.AttestationRound for row in rows if row.AttestationRound.state is RoundState.OPEN])
    return [_progress(ctx, row.AttestationRound, row.short_name, counted) for row in rows]


def get_round(ctx: Ctx, round_id: int, permission: P = P.UPKEEP_READ) -> AttestationRound:
    message = _("Không có đợt xác nhận số %(number)d, hoặc đợt không phải của đơn vị.", number=round_id)
    attestation_round = get_visible(ctx, AttestationRound, permission, AttestationRound.id == round_id, message=message)
    return cast("AttestationRound", attestation_round)


def progress_of(ctx: Ctx, attestation_round: AttestationRound) -> RoundProgress:
    name = ctx.session.scalar(
        select(Organisation.short_name).where(Organisation.id == attestation_round.organisation_id)
    )
    return _progress(
        ctx,
        attestation_round,
        name or "",
        count_open(ctx, [attestation_round] if attestation_round.state is RoundState.OPEN else []),
    )


def _progress(
    ctx: Ctx, attestation_round: AttestationRound, owner: str, counted: dict[int, tuple[int, int]]
) -> RoundProgress:
    total, confirmed = counted.get(attestation_round.id, (attestation_round.total, attestation_round.confirmed))
    late = attestation_round.state is RoundState.OPEN and ctx.today > attestation_round.due_on
    return RoundProgress(attestation_round, owner, total, confirmed, late)


def count_open(ctx: Ctx, rounds: Sequence[AttestationRound]) -> dict[int, tuple[int, int]]:
    """By round: the standing structures that it asks about now, and those of them that it counts as confirmed."""
    counted = {each.id: (0, 0) for each in rounds}
    if not counted:
        return counted
    owners = asked_owners(ctx, {each.organisation_id for each in rounds})
    asked = values(column("round_id", BigInteger), column("opened_on", Date), column("owner_id", Integer), name="asked")
    asked = asked.data([(each.id, each.opened_on, owner) for each in rounds for owner in owners[each.organisation_id]])
    counts = (
        select(asked.c.round_id, func.count(), func.count().filter(fresh_since(asked.c.opened_on)))
        .join(Structure, Structure.owner_organisation_id == asked.c.owner_id)
        .where(Structure.is_live_rule())
        .group_by(asked.c.round_id)
    )
    return counted | {round_id: (total, confirmed) for round_id, total, confirmed in ctx.session.execute(counts)}


def standing_of(ctx: Ctx, attestation_round: AttestationRound) -> list[ColumnElement[bool]]:
    """Conditions: the standing structures that a round asks about (`asked_owners`)."""
    owners = asked_owners(ctx, {attestation_round.organisation_id})[attestation_round.organisation_id]
    return [Structure.owner_organisation_id.in_(sorted(owners)), Structure.is_live_rule()]


def asked_owners(ctx: Ctx, organisation_ids: set[int]) -> dict[int, set[int]]:
    """By organisation: the owners about whose structures a round of it asks, itself and its predecessors.

    Those about which an open round of a predecessor asks are left out: no structure is asked about in two of them.
    """
    owners = each_with_predecessors(ctx.session, organisation_ids, ctx.today)
    former = set().union(*owners.values())
    if former == organisation_ids and all(len(each) == 1 for each in owners.values()):
        return owners
    with_rounds = select(AttestationRound.organisation_id).where(
        AttestationRound.state == RoundState.OPEN, AttestationRound.organisation_id.in_(sorted(former))
    )
    asking = each_with_predecessors(ctx.session, ctx.session.scalars(with_rounds.distinct()), ctx.today)
    return {
        organisation_id: each.difference(*(asking[other] for other in each & asking.keys() if other != organisation_id))
        for organisation_id, each in owners.items()
    }


def unconfirmed_in(ctx: Ctx, attestation_round: AttestationRound, part: RoundPart) -> list[ColumnElement[bool]]:
    """Conditions: the unconfirmed structures in a part of a round."""
    where = [*standing_of(ctx, attestation_round), not_(fresh_since(attestation_round.opened_on))]
    if part.kind is not None:
        where.append(Structure.kind == part.kind)
    if part.unit_id is not None:
        where.append(Structure.commune_id.in_(sorted(area_unit_ids(ctx.session, [part.unit_id]))))
    return where


def unconfirmed_ids(ctx: Ctx, attestation_round: AttestationRound, part: RoundPart) -> list[int]:
    return list(
        ctx.session.scalars(
            select(Structure.id).where(*unconfirmed_in(ctx, attestation_round, part)).order_by(Structure.id)
        )
    )


def list_unconfirmed(ctx: Ctx, attestation_round: AttestationRound, part: RoundPart) -> list[Row[Any]]:
    """The first SHOWN unconfirmed structures of a part, with their versions."""
    commune = aliased(AdminUnit)
    query = (
        select(
            Structure.id,
            Structure.code,
            Structure.version,
            Structure.name,
            Structure.own_code,
            Structure.kind,
            Structure.confirmed_on,
            Structure.updated_at,
            commune.name.label("commune_name"),
        )
        .outerjoin(commune, commune.id == Structure.commune_id)
        .where(*unconfirmed_in(ctx, attestation_round, part))
        .order_by(Structure.code)
        .limit(SHOWN)
    )
    return list(ctx.session.execute(query))


def count_unconfirmed(
    ctx: Ctx, attestation_round: AttestationRound, part: RoundPart
) -> tuple[dict[str, int], list[UnconfirmedInUnit]]:
    """Unconfirmed structures by kind (in the part's commune) and by commune (of the part's kind, most first)."""
    number = func.count().label("number")
    in_unit, of_kind = (
        unconfirmed_in(ctx, attestation_round, replace(part, kind=None)),
        unconfirmed_in(ctx, attestation_round, replace(part, unit_id=None)),
    )
    kinds = select(Structure.kind, number).where(*in_unit).group_by(Structure.kind)
    by_kind = {row.kind: row.number for row in ctx.session.execute(kinds)}
    record = Structure.commune_id
    units = select(record, number).where(*of_kind, record.is_not(None)).group_by(record)
    recorded: dict[int, int] = {row.commune_id: row.number for row in ctx.session.execute(units)}
    by_unit: dict[int, UnconfirmedInUnit] = {}
    for piece in commune_parts(ctx.session, ctx.today, recorded):
        before = by_unit[piece.unit_id].number if piece.unit_id in by_unit else 0
        by_unit[piece.unit_id] = UnconfirmedInUnit(piece.unit_id, piece.name, before + recorded[piece.record_id])
    return by_kind, sorted(by_unit.values(), key=lambda unit: (-unit.number, unit.name))


def freshness(ctx: Ctx, when: When | None = None) -> Freshness:
    """All standing structures that the actor's figures include, now or at a past time; no restricted ones."""
    if when is not None:
        return _freshness_at(ctx, when)
    if group_counts.is_ready(ctx):
        return Freshness(None, "", *group_counts.count_fresh(ctx, good_until_now(ctx)))
    fresh = func.count().filter(fresh_since(good_until_now(ctx)))
    is_visible = positions.sees_exactly(ctx)
    if positions.counts_province(ctx):
        is_visible = or_(is_visible, and_(positions.is_counted(ctx), positions.is_shown_as_cells()))
    row = ctx.session.execute(
        select(func.count(), fresh).where(is_visible, Structure.is_live_rule(), Structure.is_open_rule())
    ).one()
    return Freshness(None, "", row[0], row[1])


def _freshness_at(ctx: Ctx, when: When) -> Freshness:
    counted_rows = positions.counted(ctx, when)
    since = good_until(ctx, when.at(ctx.now).day)
    fresh = func.count().filter(fresh_since(since, counted_rows.c))
    open_ones = IS_OPEN.clause(counted_rows, or_unknown=True)
    counts = select(func.count().label("total"), fresh.label("fresh")).where(was_standing(counted_rows.c), open_ones)
    row = positions.run(ctx, counts).one()
    return Freshness(None, "", row.total, row.fresh)


def freshness_by_owner(ctx: Ctx) -> list[Freshness]:
    """By owner, the stalest first."""
    fresh = func.count().filter(fresh_since(good_until_now(ctx)))
    query = (
        select(Organisation.id, Organisation.short_name, func.count(), fresh)
        .select_from(Structure)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .where(*is_seen(ctx), *is_mine(ctx))
        .group_by(Organisation.id, Organisation.short_name)
    )
    return _stalest_first(Freshness(*row) for row in ctx.session.execute(query))


def freshness_by_unit(ctx: Ctx) -> list[Freshness]:
    """By commune of today, the stalest first; structures of a split former commune count in each of its successors."""
    fresh = func.count().filter(fresh_since(good_until_now(ctx)))
    record = Structure.commune_id
    query = (
        select(record.label("record"), func.count().label("total"), fresh.label("fresh"))
        .where(*is_seen(ctx), *is_mine(ctx), record.is_not(None))
        .group_by(record)
    )
    recorded: dict[int, tuple[int, int]] = {row.record: (row.total, row.fresh) for row in ctx.session.execute(query)}
    freshness_of_units: dict[int, Freshness] = {}
    for part in commune_parts(ctx.session, ctx.today, recorded):
        total, fresh_count = recorded[part.record_id]
        if (before := freshness_of_units.get(part.unit_id)) is not None:
            total, fresh_count = before.total + total, before.fresh + fresh_count
        freshness_of_units[part.unit_id] = Freshness(part.unit_id, part.name, total, fresh_count)
    return _stalest_first(freshness_of_units.values())


def _stalest_first(items: Iterable[Freshness]) -> list[Freshness]:
    return sorted(items, key=lambda item: (item.percent, -item.total, item.name))


def is_seen(ctx: Ctx) -> list[ColumnElement[bool]]:
    """Conditions: standing structures that the reader sees exactly."""
    return [positions.sees_exactly(ctx), Structure.is_live_rule()]


def reads_all(ctx: Ctx) -> bool:
    """Whether the actor reads the rounds of all owners."""
    return ALL in scopes_of(ctx.actor, P.UPKEEP_READ)


def is_mine(ctx: Ctx, row: Any = Structure) -> list[ColumnElement[bool]]:
    """Limits owners to their own records."""
    if reads_all(ctx):
        return []
    return [row.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids))]


@dataclass(frozen=True)
class FindingsOfDay:
    """The findings of an owner, or of all, at the end of a day."""

    day: date
    number: int


#: Days before today of which the page shows the number of findings.
_TREND_DAYS: Final = (0, 7, 30, 90, 180, 365)


def trend_of(ctx: Ctx, owner_id: int | None) -> list[FindingsOfDay]:
    """The numbers of findings of today and of days before, the newest first; days without a run are left out.

    Restricted structures are in none of them.
    """
    days = [ctx.today - timedelta(days=days) for days in _TREND_DAYS]
    checked = select(day_of_run().label("day")).where(day_of_run().in_(days)).distinct().subquery("checked")
    counted = QualityCount.counted_on == checked.c.day
    if owner_id is not None:
        counted = and_(counted, QualityCount.organisation_id == owner_id)
    query = (
        select(checked.c.day, func.coalesce(func.sum(QualityCount.number), 0))
        .outerjoin_from(checked, QualityCount, counted)
        .group_by(checked.c.day)
        .order_by(checked.c.day.desc())
    )
    return [FindingsOfDay(day, int(number)) for day, number in ctx.session.execute(query)]


def last_run(ctx: Ctx) -> QualityRun | None:
    """The last run of the recorded checks."""
    return ctx.session.scalar(select(QualityRun).order_by(QualityRun.started_at.desc()).limit(1))


def list_owners_of_quality(ctx: Ctx, when: When | None = None) -> list[Row[Any]]:
    """The owners whose checks the actor may see, now or at a past time: id and name."""
    if when is not None:
        readable_rows, names = positions.readable(ctx, when), names_at(Organisation, when.at(ctx.now), "names")
        owners = (
            select(readable_rows.c.owner_organisation_id)
            .where(was_standing(readable_rows.c), *is_mine(ctx, readable_rows.c))
            .distinct()
        )
        named = select(names.c.id, names.c.short_name).where(names.c.id.in_(owners)).order_by(names.c.short_name)
        rows: list[Row[Any]] = list(positions.run(ctx, named))
        return rows
    owning = select(Structure.owner_organisation_id).where(*is_seen(ctx), *is_mine(ctx)).distinct()
    query = select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(owning))
    return list(ctx.session.execute(query.order_by(Organisation.short_name)))


def count_checks(ctx: Ctx, owner_id: int) -> dict[str, int]:
    """Check -> number of an owner's structures that it finds, equal to the list that it opens; one query each."""
    note_neighbours(ctx)
    mine = and_(Structure.owner_organisation_id == owner_id, *is_seen(ctx), *is_mine(ctx))
    queries = {
        # Without a second look at the table: where its statistics are old, that was a loop in a loop.
        code: select(func.count()).select_from(Structure).where(mine, is_found(ctx, code))
        # Users who see all owners exactly have no neighbours of hidden position.
        for code in CHECKS
        if code != NEAR_OTHERS or is_mine(ctx)
    }
    with positions.reading(ctx):
        return {code: int(ctx.session.scalar(query) or 0) for code, query in queries.items()}


def count_checks_at(ctx: Ctx, owner_id: int, when: When) -> dict[str, int | None]:
    """The same at a past time, in one query; None for a check that exists only for the present."""
    readable_rows, point = positions.readable(ctx, when), when.at(ctx.now)
    asked = {
        code: func.count().filter(check.clause_at(ctx, readable_rows.c, point))
        for code, check in CHECKS.items()
        if check.clause_at is not None
    }
    mine = (
        readable_rows.c.owner_organisation_id == owner_id,
        was_standing(readable_rows.c),
        *is_mine(ctx, readable_rows.c),
    )
    counts = positions.run(ctx, select(*asked.values()).select_from(readable_rows).where(*mine)).one()
    by_code = dict(zip(asked, map(int, counts), strict=True))
    return {code: by_code.get(code) for code in CHECKS if code != NEAR_OTHERS or is_mine(ctx)}


def waiting_rounds(ctx: Ctx) -> list[RoundProgress]:
    """The open rounds for the start page: an owner's own; late ones for users who read all rounds."""
    if not holds(ctx.actor, P.UPKEEP_READ):
        return []
    mine = AttestationRound.organisation_id.in_(sorted(ctx.actor.organisation_ids))
    return list_rounds(ctx, AttestationRound.state == RoundState.OPEN, mine | (AttestationRound.due_on < ctx.today))


def _no_capacity(_ctx: Ctx) -> ColumnElement[bool]:
    stated = (
        select(CapacityPlace.id)
        .where(CapacityPlace.structure_id == Structure.id, CapacityPlace.label != UNPLACED)
        .exists()
    )
    return and_(Structure.kind.in_(_hosts()), ~stated)


def _no_capacity_at(_ctx: Ctx, row: Any, point: Point) -> ColumnElement[bool]:
    places = rows_at(CapacityPlace, point, "places")
    return and_(row.kind.in_(_hosts()), row.id.not_in(select(places.c.structure_id).where(places.c.label != UNPLACED)))


def _hosts() -> list[str]:
    return [code for code, kind in KINDS.items() if kind.hosting is not None]


NO_CAPACITY: Final = Check(
    "no_capacity",
    _l("Chưa khai chỗ lắp đặt"),
    _l("Chưa khai sức chứa thì chưa đề nghị dùng chung được; khai tại trang công trình hoặc từ tệp."),
    _no_capacity,
    _no_capacity_at,
)
