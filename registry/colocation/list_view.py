"""Lists of requests and agreements: filter, exports, and the columns added to the comparison of structures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
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
    Outcome,
    check_order,
    decided_by_owner,
    filed_between,
    has_item,
    last_year,
    outcome_clause,
)
from registry.colocation.figures.tables import figures_by_owner, sees_all
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queue import is_waiting
from registry.colocation.workflow import COLOCATION
from registry.kernel.cache import VersionedCache
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, Cell, ExportList, Source
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.structures.filtering.url import read_day
from registry.structures.models import Structure
from registry.structures.nearby.nearest import ComparisonCell, ComparisonColumn, ComparisonNeed
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids
from registry.workflow.lists import case_source

_DIGITS: Final = 18
_SHOWN: Final = 60
_ITEM_OUTCOMES: Final = {Outcome.ACCEPTED: ItemDecision.ACCEPTED, Outcome.REFUSED: ItemDecision.REJECTED}
C = TypeVar("C", bound=Choice)
#: URL parameter -> field of the filter.
_FIELDS: Final[Mapping[str, str]] = {
    "owner": "owner_id",
    "unit": "unit_id",
    "from": "first",
    "to": "last",
    "ground": "ground",
    "outcome": "outcome",
}
_MEDIANS: Final[VersionedCache[dict[int | None, float | None]]] = VersionedCache(1024 * 1024)
_REQUEST_CELLS: Final = (
    Cell("requester", _l("Bên đề nghị"), lambda row: row.requester),
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("purpose", _l("Mục đích sử dụng"), lambda row: row[0].purpose),
    Cell("wanted_from", _l("Muốn dùng từ ngày"), lambda row: row[0].wanted_from, date),
    Cell("term_months", _l("Thời gian sử dụng (tháng)"), lambda row: row[0].term_months, int),
    Cell("is_defence", _l("Cho quốc phòng, an ninh"), lambda row: row[0].is_defence, bool),
    Cell("filed_at", _l("Gửi lúc"), lambda row: row[0].filed_at, datetime),
    Cell("decided_at", _l("Trả lời lúc"), lambda row: row[0].decided_at, datetime),
)
_AGREEMENT_CELLS: Final = (
    Cell("requester", _l("Bên sử dụng"), lambda row: row.requester),
    Cell("owner", _l("Chủ sở hữu"), lambda row: row.owner),
    Cell("contract_number", _l("Số hợp đồng"), lambda row: row[0].contract_number),
    Cell("signed_on", _l("Ngày ký"), lambda row: row[0].signed_on, date),
    Cell("starts_on", _l("Hiệu lực từ ngày"), lambda row: row[0].starts_on, date),
    Cell("ends_on", _l("Hiệu lực đến hết ngày"), lambda row: row[0].ends_on, date),
    Cell("price_vnd", _l("Giá thuê, chưa gồm thuế"), lambda row: row[0].price_vnd, Decimal),
    Cell("price_period", _l("Kỳ tính giá"), lambda row: row[0].price_period),
    Cell("installed_on", _l("Lắp xong ngày"), lambda row: row[0].installed_on, date),
    Cell("removed_on", _l("Tháo xong ngày"), lambda row: row[0].removed_on, date),
)


@dataclass(frozen=True)
class RequestFilter:
    """Owner, commune of a structure, days of filing, ground of a refusal, outcome.

    A commune stands for itself and its predecessors (`territory.queries.area_unit_ids`).
    """

    owner_id: int | None = None
    unit_id: int | None = None
    first: date | None = None
    last: date | None = None
    ground: RefusalGround | None = None
    outcome: Outcome | None = None

    @property
    def arguments(self) -> dict[str, str]:
        """The URL parameters."""
        given = {
            "owner": self.owner_id,
            "unit": self.unit_id,
            "from": self.first and self.first.isoformat(),
            "to": self.last and self.last.isoformat(),
            "ground": self.ground and self.ground.value,
            "outcome": self.outcome and self.outcome.value,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


def read_request_filter(ctx: Ctx, args: Args) -> RequestFilter:
    """The filter of URL parameters; Invalid for unknown values."""
    first, last = read_day(args, "from"), read_day(args, "to")
    check_order(first, last)
    unit_id = _number("unit", args)
    if unit_id is not None and not holds(ctx.actor, P.COLOCATION_SETTLE):
        raise Invalid({"unit": _("Chỉ Sở Khoa học và Công nghệ lọc đề nghị theo xã, phường của công trình.")})
    return RequestFilter(
        _number("owner", args),
        unit_id,
        first,
        last,
        _member("ground", RefusalGround, args),
        _member("outcome", Outcome, args),
    )


def request_clauses(ctx: Ctx, chosen: RequestFilter) -> list[ColumnElement[bool]]:
    """The WHERE clauses of a filter. Conditions on items must hold for one and the same item."""
    found: list[ColumnElement[bool]] = []
    if chosen.first is not None or chosen.last is not None:
        found += filed_between(chosen.first, chosen.last)
    if chosen.owner_id is not None:
        found.append(ColocationRequest.owner_organisation_id == chosen.owner_id)
    if chosen.outcome is not None and (clause := outcome_clause(ctx, chosen.outcome)) is not None:
        found.append(clause)
    items: list[ColumnElement[bool]] = []
    if chosen.unit_id is not None:
        items.append(Structure.commune_id.in_(sorted(area_unit_ids(ctx.session, [chosen.unit_id]))))
    if chosen.outcome in _ITEM_OUTCOMES:
        items.append(decided_by_owner(_ITEM_OUTCOMES[chosen.outcome]))
    if chosen.ground is not None:
        items += [decided_by_owner(ItemDecision.REJECTED), ColocationItem.ground == chosen.ground]
    if items:
        found.append(has_item(items, (Structure, Structure.id == ColocationItem.structure_id)))
    return found


def filter_chips(ctx: Ctx, chosen: RequestFilter) -> list[tuple[str, str, RequestFilter]]:
    """Each condition as label, value, and the filter without it."""
    named: dict[str, tuple[str, str]] = {}
    if chosen.owner_id is not None:
        name = _name(ctx, Organisation.short_name, Organisation.id, "owner", chosen.owner_id)
        named["owner"] = (_("Chủ sở hữu"), name)
    if chosen.unit_id is not None:
        named["unit"] = (_("Xã, phường"), _name(ctx, AdminUnit.name, AdminUnit.id, "unit", chosen.unit_id))
    if chosen.first is not None:
        named["from"] = (_("Gửi từ ngày"), format_date(chosen.first))
    if chosen.last is not None:
        named["to"] = (_("Gửi đến ngày"), format_date(chosen.last))
    if chosen.ground is not None:
        named["ground"] = (_("Căn cứ từ chối"), str(chosen.ground.label))
    if chosen.outcome is not None:
        named["outcome"] = (_("Kết quả"), str(chosen.outcome.label))
    return [(label, value, replace(chosen, **{_FIELDS[name]: None})) for name, (label, value) in named.items()]


def _name(ctx: Ctx, name: Any, key: Any, argument: str, number: int) -> str:
    found = ctx.session.scalar(select(name).where(key == number))
    if found is None:
        sentence = _(
            "Bộ lọc %(name)s: không có số %(number)d trong cơ sở dữ liệu; hãy mở danh sách từ trang số liệu.",
            name=argument,
            number=number,
        )
        raise Invalid({argument: sentence})
    return str(found)


def _number(name: str, args: Args) -> int | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS:
        raise Invalid(
            {name: _("Bộ lọc %(name)s cần một số nguyên, không phải «%(text)s».", name=name, text=text[:_SHOWN])}
        )
    return int(text)


def _member(name: str, choices: type[C], args: Args) -> C | None:
    text = args.get(name, "").strip()
    if not text:
        return None
    if text not in set(choices):
        raise Invalid({name: _("Bộ lọc %(name)s không có giá trị «%(text)s».", name=name, text=text[:_SHOWN])})
    return choices(text)


def _waiting(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    """Number of requests that wait for each structure; the number is public, the requesters are not."""
    query = (
        select(ColocationItem.structure_id, func.count(func.distinct(ColocationItem.request_id)).label("waiting"))
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(ColocationItem.structure_id.in_([row.id for row in rows]), is_waiting())
        .group_by(ColocationItem.structure_id)
    )
    return {
        row.structure_id: ComparisonCell(_("%(count)s đề nghị đang chờ", count=format_number(row.waiting)))
        for row in ctx.session.execute(query)
    }


def _answering(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    """Median working days to an answer of each owner in the last 365 days, as far as the reader may know it."""
    if not holds(ctx.actor, P.COLOCATION_READ):
        return {}
    median = _medians(ctx)
    return {
        row.id: ComparisonCell(_("%(days)s ngày làm việc", days=format_number(Decimal(str(round(days, 1))))))
        for row in rows
        if (days := median.get(row.owner_organisation_id)) is not None
    }


def _medians(ctx: Ctx) -> dict[int | None, float | None]:
    """Median by owner id, cached for readers with the same rights."""
    rights = (ctx.today, sees_all(ctx), holds(ctx.actor, P.COLOCATION_DECIDE), ctx.actor.organisation_ids)

    def make() -> dict[int | None, float | None]:
        return {line.id: line.now.median for line in figures_by_owner(ctx, last_year(ctx.today)).lines}

    return _MEDIANS.get(rights, register_version(ctx), make)


WAITING: Final = ComparisonColumn("colocation_waiting", _l("Hàng chờ"), _waiting)
ANSWERING: Final = ComparisonColumn("colocation_answering", _l("Trả lời (trung vị 12 tháng)"), _answering)


def open_requests(ctx: Ctx, args: Args) -> Source:
    narrowed = read_request_filter(ctx, args)
    chosen = tuple((label, value) for label, value, _rest in filter_chips(ctx, narrowed))
    query = _with_sides(ColocationRequest).where(*request_clauses(ctx, narrowed))
    return case_source(ctx, COLOCATION, args, query, _REQUEST_CELLS, chosen=chosen)


def open_agreements(ctx: Ctx, args: Args) -> Source:
    return case_source(ctx, AGREEMENT, args, _with_sides(ColocationAgreement), _AGREEMENT_CELLS)


def _with_sides(model: Any) -> Select[Any]:
    """Cases with the names of both sides."""
    requester, owner = aliased(Organisation), aliased(Organisation)
    return (
        select(model, requester.short_name.label("requester"), owner.short_name.label("owner"))
        .join(requester, requester.id == model.requester_organisation_id)
        .join(owner, owner.id == model.owner_organisation_id)
    )


REQUESTS: Final = ExportList(
    "colocation", _l("Đề nghị dùng chung hạ tầng"), "de-nghi-dung-chung", P.COLOCATION_READ, open_requests, TABLES
)
AGREEMENTS: Final = ExportList(
    "agreements", _l("Hợp đồng dùng chung hạ tầng"), "hop-dong-dung-chung", P.COLOCATION_READ, open_agreements, TABLES
)
