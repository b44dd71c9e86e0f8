"""Lists of requests and agreements, and the columns added to the comparison of structures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.codes import ItemDecision, RefusalGround
from registry.colocation.figures.outcomes import (
    RequestOutcome,
    check_order,
    decided_by_owner,
    filed_between,
    has_item,
    last_year,
    outcome_clause,
)
from registry.colocation.figures.tables import MIN_REQUESTS, FigureLine, figures_by_owner, sees_all
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queue import is_waiting
from registry.colocation.workflow import COLOCATION
from registry.kernel.cache import VersionedCache
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, _n, format_number
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Day, Entity
from registry.kernel.numbers import whole_percent
from registry.structures.models import Structure
from registry.structures.nearby.nearest import ComparisonCell, ComparisonColumn, ComparisonNeed
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids
from registry.workflow.lists import case_list

#: Made once: the columns of an alias are copies, and take longer to make than the rows of a page to read.
_REQUESTER: Final = aliased(Organisation)
_OWNER: Final = aliased(Organisation)

_ITEM_OUTCOMES: Final = {RequestOutcome.ACCEPTED: ItemDecision.ACCEPTED, RequestOutcome.REFUSED: ItemDecision.REJECTED}
_ANSWERING: Final[VersionedCache[dict[int | None, Answering]]] = VersionedCache(1024 * 1024)


def request_clauses(ctx: Ctx, filter_values: Chosen) -> list[ColumnElement[bool]]:
    """The WHERE clauses of the filters that are read together; those on items must hold for one and the same item."""
    first, last, outcome, unit_id, ground = (
        filter_values.get(name) for name in ("from", "to", "outcome", "unit", "ground")
    )
    clauses: list[ColumnElement[bool]] = []
    if first is not None or last is not None:
        clauses += filed_between(first, last)
    if outcome is not None and (clause := outcome_clause(ctx, outcome)) is not None:
        clauses.append(clause)
    items: list[ColumnElement[bool]] = []
    if unit_id is not None:
        items.append(Structure.commune_id.in_(sorted(area_unit_ids(ctx.session, [unit_id]))))
    if outcome in _ITEM_OUTCOMES:
        items.append(decided_by_owner(_ITEM_OUTCOMES[outcome]))
    if ground is not None:
        items += [decided_by_owner(ItemDecision.REJECTED), ColocationItem.ground == ground]
    if items:
        clauses.append(has_item(items, (Structure, Structure.id == ColocationItem.structure_id)))
    return clauses


def _check(ctx: Ctx, filter_values: Chosen) -> None:
    check_order(filter_values.get("from"), filter_values.get("to"))
    if "unit" in filter_values and not holds(ctx.actor, P.COLOCATION_SETTLE):
        raise Invalid({"unit": _("Chỉ Sở Khoa học và Công nghệ lọc đề nghị theo xã, phường của công trình.")})


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    return ctx.session.scalar(select(AdminUnit.name).where(AdminUnit.id == unit_id))


def _owner_name(ctx: Ctx, owner_id: int) -> str | None:
    return ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == owner_id))


def _with_sides(model: Any) -> Callable[[Ctx, Chosen, Select[Any]], Select[Any]]:
    """Adds the names of both sides, of the rows of a page alone: its query joins nothing."""

    def name_of(alias: Any, key: Any) -> ScalarSelect[str]:
        return select(alias.short_name).where(alias.id == key).correlate(model).scalar_subquery()

    requester = name_of(_REQUESTER, model.requester_organisation_id).label("requester")
    owner = name_of(_OWNER, model.owner_organisation_id).label("owner")
    return lambda _ctx, _chosen, query: query.add_columns(requester, owner)


REQUESTS: Final = case_list(
    COLOCATION,
    code="colocation",
    file_label=_l("Đề nghị dùng chung hạ tầng"),
    stem="de-nghi-dung-chung",
    joined=_with_sides(ColocationRequest),
    where=request_clauses,
    check=_check,
    filters=(
        Entity(
            "owner",
            _l("Chủ sở hữu"),
            hidden=True,
            named=_owner_name,
            must_exist=True,
            where=lambda _ctx, owner_id: ColocationRequest.owner_organisation_id == owner_id,
        ),
        # A commune stands for itself and its predecessors.
        Entity("unit", _l("Xã, phường"), hidden=True, named=_unit_name, must_exist=True),
        Day("from", _l("Gửi từ ngày")),
        Day("to", _l("Gửi đến ngày")),
        ChoiceFilter("outcome", _l("Kết quả"), options=RequestOutcome),
        ChoiceFilter("ground", _l("Căn cứ từ chối"), options=RefusalGround),
    ),
    columns=(
        Column("requester", _l("Bên đề nghị"), sort="requester"),
        Column("owner", _l("Chủ sở hữu"), sort="owner"),
        Column("purpose", _l("Mục đích sử dụng"), "ColocationRequest.purpose", on=On.FILES),
        Column("wanted_from", _l("Đề nghị sử dụng từ ngày"), "ColocationRequest.wanted_from", date, on=On.FILES),
        Column("term_months", _l("Thời gian sử dụng (tháng)"), "ColocationRequest.term_months", int, on=On.FILES),
        Column("is_defence", _l("Cho quốc phòng, an ninh"), "ColocationRequest.is_defence", bool, on=On.FILES),
        Column("filed_at", _l("Gửi lúc"), "ColocationRequest.filed_at", datetime, on=On.FILES),
        Column("decided_at", _l("Trả lời lúc"), "ColocationRequest.decided_at", datetime, on=On.FILES),
    ),
)
AGREEMENTS: Final = case_list(
    AGREEMENT,
    code="agreements",
    file_label=_l("Hợp đồng dùng chung hạ tầng"),
    stem="hop-dong-dung-chung",
    joined=_with_sides(ColocationAgreement),
    columns=(
        Column("requester", _l("Bên sử dụng"), sort="requester"),
        Column("owner", _l("Chủ sở hữu"), sort="owner"),
        *declared_columns(
            ColocationAgreement,
            *("contract_number", "signed_on", "starts_on", "ends_on", "price_vnd", "price_period"),
            row="ColocationAgreement",
            on=On.FILES,
        ),
        *(
            Column(name, label, f"ColocationAgreement.{name}", date, on=On.FILES)
            for name, label in ColocationAgreement.DAY_LABELS.items()
        ),
    ),
)


@sees_all_rows(ColocationRequest.__tablename__)
def waiting_by_structure(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, int]:
    """Requests that wait for each structure, where there are any; the number is public, the requesters are not."""
    if not structure_ids:
        return {}
    query = (
        select(ColocationItem.structure_id, func.count(func.distinct(ColocationItem.request_id)).label("waiting"))
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(ColocationItem.structure_id.in_(structure_ids), is_waiting())
        .group_by(ColocationItem.structure_id)
    )
    return {row.structure_id: row.waiting for row in ctx.session.execute(query)}


def _waiting(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    waiting = waiting_by_structure(ctx, [row.id for row in rows])
    return {
        key: ComparisonCell(_n("%(count)s đề nghị đang chờ", count, count=format_number(count)))
        for key, count in waiting.items()
    }


@dataclass(frozen=True)
class Answering:
    """How an owner answered the requests of the last 365 days; figures that may not be known are None.

    `on_time_pct` is a lower bound where `is_least`: counts of late answers below three are suppressed.
    """

    #: Median working days as they are shown.
    days: Decimal | None
    on_time_pct: int | None
    is_least: bool = False

    @property
    def text(self) -> str:
        """Both figures in words, "" without any."""
        parts = []
        if (days := self.days) is not None:
            parts.append(_n("trả lời trung vị %(days)s ngày làm việc", _form_of(days), days=format_number(days)))
        if self.on_time_pct is not None:
            text = _("ít nhất %(share)s%% đúng hạn") if self.is_least else _("đúng hạn %(share)s%%")
            parts.append(text % {"share": format_number(self.on_time_pct)})
        return "; ".join(parts)


def answering_by_owner(ctx: Ctx) -> dict[int | None, Answering]:
    """Answering times by owner id, as far as the actor may know them, cached for readers with the same rights."""
    if not holds(ctx.actor, P.COLOCATION_READ):
        return {}
    rights = (ctx.today, sees_all(ctx), holds(ctx.actor, P.COLOCATION_DECIDE), ctx.actor.organisation_ids)

    def make() -> dict[int | None, Answering]:
        return {line.id: _answering_of(line) for line in figures_by_owner(ctx, last_year(ctx.today)).lines}

    return _ANSWERING.get(rights, register_version(ctx), make)


def _answering_of(line: FigureLine) -> Answering:
    """Late requests are shares of all that were filed: one without an answer after its term is late, too."""
    now = line.now
    if not now.requests:
        return Answering(now.median, None)
    if now.late is None:
        # Suppressed: none, one or two. A bound is rounded down.
        return Answering(now.median, 100 * (now.requests - MIN_REQUESTS + 1) // now.requests, is_least=True)
    return Answering(now.median, whole_percent(now.requests - now.late, now.requests))


def _form_of(days: Decimal) -> int:
    """The count whose form a number of days takes: only 1 is a singular."""
    return 1 if days == 1 else 2


def _answering(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    """Median working days to an answer of each owner in the last 365 days, as far as the reader may know it."""
    answering = answering_by_owner(ctx)
    return {
        row.id: ComparisonCell(_n("%(days)s ngày làm việc", _form_of(days), days=format_number(days)))
        for row in rows
        if (days := answering[row.owner_organisation_id].days if row.owner_organisation_id in answering else None)
        is not None
    }


WAITING: Final = ComparisonColumn("colocation_waiting", _l("Thứ tự xét"), _waiting)
ANSWERING: Final = ComparisonColumn("colocation_answering", _l("Trả lời (trung vị 12 tháng)"), _answering)
