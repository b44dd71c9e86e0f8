"""Checks of data quality; a filter value names one, so that list, map, exports and bulk edit know them.

Each check is one SQL condition on standing structures and applies only to those that the reader sees exactly; it
reveals nothing about structures known by their cell. Features above add their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    and_,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting
from registry.kernel.db.history import history_of
from registry.kernel.feature import ExtensionPoint, KeyedExtensionPoint
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _l
from registry.structures import positions
from registry.structures.codes import PlanConformity, PositionMethod
from registry.structures.kinds import KINDS
from registry.structures.kinds.ordered_days import COMMON_DAYS, orders_of, out_of_order
from registry.structures.models import Structure
from registry.structures.positions import duplicates
from registry.structures.positions.in_streets import breaks_street_rule
from registry.structures.positions.mast_spacing import is_too_near
from registry.structures.positions.moment import Point
from registry.structures.positions.shown_nodes import shows_hidden_nodes
from registry.structures.positions.versions import rows_at
from registry.structures.visibility import IS_LIVE

#: Setting: months for which a confirmation is valid.
MONTHS: Final = "upkeep.attestation_months"
SAME_PLACE: Final = "structure.same_place_m"
NEAR_OTHERS: Final = "near_others"
_PAST: Final = ("built_on", "surveyed_on", "last_inspected_on", "permit_on")
_ZONE: Final = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True)
class Check:
    """One check: its label and its condition on `structure`."""

    code: str
    label: Any
    #: How it is found and what to do about it.
    hint: Any
    clause: Callable[[Ctx], ColumnElement[bool]]
    #: The same over the columns of a past row of positions.readable; None: only for the present.
    clause_at: Callable[[Ctx, Any, Point], ColumnElement[bool]] | None = None
    #: The same for every reader, so that the runs of the worker record what it finds.
    is_recorded: bool = False
    #: One statement over these structures, or all, for checks that read the same facts and share the function: the
    #: column `id` of what is broken, and for each of the checks a flag by its code.
    flags: Callable[[Ctx, Collection[int] | None], Select[Any]] | None = None
    #: The page where the owner mends one record, by its code: endpoint and part of the page.
    mend: tuple[str, str] = ("structures.edit", "")
    #: The field that a bulk edit mends it with.
    bulk_field: str = ""


#: Selects of the structures whose recorded checks may find other things since a moment, with those that depend on them.
CHANGED_SINCE = ExtensionPoint[Callable[[datetime], Select[Any]]]("structures.changed_since")
CHECKS = KeyedExtensionPoint[Check]("structures.checks", key=lambda check: check.code)


def was_standing(row: Any) -> ColumnElement[bool]:
    """A past row is seen exactly and was standing then: `is_live_rule` over its columns."""
    return and_(row.exact, IS_LIVE.clause(row))


def is_found(ctx: Ctx, code: str) -> ColumnElement[bool]:
    """Whether a structure stands and a check finds it."""
    return and_(Structure.is_live_rule(), CHECKS[code].clause(ctx))


def found_by(ctx: Ctx, code: str) -> Any:
    """The ids of standing structures that a check finds."""
    return select(Structure.id).where(is_found(ctx, code))


def changed_structures(since: datetime) -> Select[Any]:
    """The structures with a version recorded since a moment."""
    version = history_of(Structure)
    return select(version.c.id).where(version.c.recorded_from >= since)


def fresh_since(day: date | ColumnElement[date], row: Any = Structure) -> ColumnElement[bool]:
    """Confirmed, measured or first registered on or after a day; `row` has the columns of the table."""
    created = cast(func.timezone(_ZONE, row.created_at), Date)
    return or_(
        func.coalesce(row.confirmed_on >= day, false()),
        func.coalesce(row.surveyed_on >= day, false()),
        created >= day,
    )


def good_until_now(ctx: Ctx) -> date:
    """The first day whose confirmations are still valid today."""
    return good_until(ctx, ctx.today)


def good_until(ctx: Ctx, day: date) -> date:
    """The first day whose confirmations were still valid on a day."""
    return months_before(day, int(setting(ctx.session, MONTHS, day)))


def months_before(day: date, months: int) -> date:
    """The same day of the month some months earlier, or the last day of that month."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = date.fromordinal(first_of_next.toordinal() - 1)
    return date(year, month + 1, min(day.day, last.day))


def check_conditions(
    ctx: Ctx, readable_rows: Any, *, quality: str | None, confirmed: str | None, since: date | None
) -> list[Any]:
    """The WHERE of both filters over the selectable of positions; the access to published neighbours is logged."""
    conditions = []
    if quality is not None:
        conditions.append(and_(readable_rows.c.exact, readable_rows.c.id.in_(found_by(ctx, quality))))
        if quality == NEAR_OTHERS:
            note_neighbours(ctx)
    if confirmed is not None:
        fresh = fresh_since(since or good_until_now(ctx))
        condition = fresh if confirmed == "newer" else not_(fresh)
        conditions.append(
            and_(
                readable_rows.c.exact,
                readable_rows.c.id.in_(select(Structure.id).where(Structure.is_live_rule(), condition)),
            )
        )
    return conditions


def note_neighbours(ctx: Ctx) -> None:
    """Log whose published structures are at the reader's own, for their owners to read."""
    if not positions.sees_all(ctx) and not ctx.memo.get(NEAR_OTHERS):
        # The branches of one page call this each; the access is logged once.
        ctx.memo[NEAR_OTHERS] = True
        owners = positions.run(ctx, duplicates.owners_of_duplicates(ctx, _metres(ctx))).scalars().all()
        log_access(ctx, NEAR_OTHERS, owners)


def _metres(ctx: Ctx) -> float:
    return float(setting(ctx.session, SAME_PLACE, ctx.today))


def _impossible(ctx: Ctx) -> ColumnElement[bool]:
    """Beyond the declared limits, or a future day where only a past one is possible."""
    own = {kind.model: kind.model.__table__ for kind in KINDS.values()}
    return or_(*_wrong(Structure.__table__.c, ctx.today), *_wrong_of_kinds(Structure.id, own))


def _impossible_at(_ctx: Ctx, row: Any, point: Point) -> ColumnElement[bool]:
    version = history_of(Structure).alias()
    wrong = select(version.c.history_id).where(or_(*_wrong(version.c, point.day)))
    own = {kind.model: rows_at(kind.model, point, "own") for kind in KINDS.values()}
    return or_(row.history_id.in_(wrong), *_wrong_of_kinds(row.id, own))


def _wrong(columns: Any, day: date) -> list[ColumnElement[bool]]:
    """Conditions of the fields that every structure has."""
    to_come = [func.coalesce(columns[name] > day, false()) for name in _PAST]
    return to_come + _beyond(Structure, columns, own=False)


def _wrong_of_kinds(structure_id: Any, own: Mapping[type[Structure], FromClause]) -> list[ColumnElement[bool]]:
    """Conditions of the fields of each kind; `own` are the rows of each kind."""
    conditions = []
    for model, rows in own.items():
        limits = _beyond(model, rows.c, own=True)
        if limits:
            conditions.append(structure_id.in_(select(rows.c.id).where(or_(*limits))))
    return conditions


def _beyond(model: type[Structure], columns: Any, *, own: bool) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, field in fields_of(model, own=own).items():
        if field.minimum is not None:
            conditions.append(func.coalesce(columns[name] < field.minimum, false()))
        if field.maximum is not None:
            conditions.append(func.coalesce(columns[name] > field.maximum, false()))
    return conditions


def _days_out_of_order(_ctx: Ctx) -> ColumnElement[bool]:
    own = {kind.code: kind.model.__table__ for kind in KINDS.values()}
    base = Structure.__table__.alias("base")
    return Structure.id.in_(_ids_out_of_order(base, base.c.id, own))


def _days_out_of_order_at(_ctx: Ctx, row: Any, point: Point) -> ColumnElement[bool]:
    version = history_of(Structure).alias("base")
    own = {kind.code: rows_at(kind.model, point, "own") for kind in KINDS.values()}
    broken: ColumnElement[bool] = row.history_id.in_(_ids_out_of_order(version, version.c.history_id, own))
    return broken


def _ids_out_of_order(base: Any, key: Any, own: Mapping[str, FromClause]) -> Any:
    """Of the rows `base` those whose days contradict each other, by their `key`; `own` are the rows of each kind.

    A confirmation of before the building counts as well: what it confirmed was a plan.
    """
    common = [out_of_order(base.c, order) for order in COMMON_DAYS.orders]
    parts = [select(key).where(or_(*common, func.coalesce(base.c.confirmed_on < base.c.built_on, false())))]
    for code, rows in own.items():
        orders = orders_of(KINDS[code])
        if orders:
            columns = {column.name: column for column in (*base.c, *rows.c)}
            wrong = or_(*(out_of_order(columns, order) for order in orders))
            parts.append(select(key).join(rows, rows.c.id == base.c.id).where(wrong))
    return union_all(*parts)


def _lacks_plan_item(row: Any) -> ColumnElement[bool]:
    conforms: ColumnElement[bool] = row.plan_conformity == PlanConformity.CONFORMS
    return and_(conforms, func.coalesce(func.btrim(row.plan_item), "") == "")


def _versions_without_plan_item() -> Any:
    version = history_of(Structure).alias()
    return select(version.c.history_id).where(_lacks_plan_item(version.c))


def _near_others(ctx: Ctx) -> ColumnElement[bool]:
    own = Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids))
    return and_(
        true() if positions.sees_all(ctx) else own, duplicates.has_duplicate(ctx, _metres(ctx), same_owner=False)
    )


def _shows_nodes(ctx: Ctx) -> ColumnElement[bool]:
    """Of the lines of others it would disclose where their unpublished nodes are."""
    own = Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids))
    return and_(true() if positions.sees_all(ctx) else own, shows_hidden_nodes())


OWN_CHECKS: Final = (
    Check(
        "duplicate",
        _l("Có thể trùng"),
        _l(
            "Cùng loại, cùng chủ sở hữu và cách nhau không quá khoảng cách “cùng vị trí”; giữ một công trình, ngừng "
            "khai thác công trình còn lại."
        ),
        lambda ctx: duplicates.has_duplicate(ctx, _metres(ctx), same_owner=True),
    ),
    Check(
        NEAR_OTHERS,
        _l("Sát công trình của đơn vị khác"),
        _l(
            "Có công trình cùng loại đã công bố của đơn vị khác ngay bên, lượt xem được ghi lại; không xét công trình"
            " chưa công bố của đơn vị khác."
        ),
        _near_others,
    ),
    Check(
        "shows_nodes",
        _l("Tuyến công bố cho thấy nút chưa công bố"),
        _l(
            "Tuyến đi qua cột, bể chưa công bố của đơn vị trong phạm vi 1 m mà chưa có đồng ý; công bố các nút, hoặc"
            " đánh dấu đồng ý trên tuyến (sửa hàng loạt được), hoặc không công bố tuyến."
        ),
        _shows_nodes,
        bulk_field="shows_nodes",
    ),
    Check(
        "impossible",
        _l("Giá trị không hợp lệ"),
        _l("Số nằm ngoài giới hạn của trường, hoặc ngày trong tương lai ở chỗ chỉ có thể là ngày đã qua."),
        _impossible,
        _impossible_at,
        is_recorded=True,
    ),
    Check(
        "days_out_of_order",
        _l("Ngày tháng trái thứ tự"),
        _l(
            "Đo, kiểm tra, kiểm định hoặc xác nhận trước khi xây dựng, hoặc ngày tháng khác trái thứ tự; sửa ngày, hoặc"
            " xác nhận lại."
        ),
        _days_out_of_order,
        _days_out_of_order_at,
        is_recorded=True,
    ),
    Check(
        "misplaced",
        _l("Ngoài xã đã ghi hoặc ngoài tỉnh"),
        _l("Tọa độ không nằm trong xã, phường của hồ sơ (có tính ranh giới gần đúng), hoặc ở ngoài tỉnh."),
        lambda _ctx: or_(Structure.outside_area, duplicates.outside_its_commune()),
        is_recorded=True,
    ),
    Check(
        "unconfirmed",
        _l("Quá hạn xác nhận"),
        _l("Chưa được xác nhận, đo lại hay đăng ký trong số tháng quy định; xác nhận theo đợt hoặc từng công trình."),
        lambda ctx: not_(fresh_since(good_until_now(ctx))),
        lambda ctx, row, point: not_(fresh_since(good_until(ctx, point.day), row)),
    ),
    Check(
        "too_near",
        _l("Cột gần hơn khoảng cách quy định"),
        _l(
            "Cột ăng ten cao hơn mức miễn, đứng gần một cột có trước hơn khoảng cách đang quy định cho xã, phường; của"
            " đơn vị khác chỉ xét cột đã công bố. Xét dùng chung cột có trước, hoặc sửa vị trí, ngày xây dựng."
        ),
        is_too_near,
    ),
    Check(
        "street_rule",
        _l("Trái quy định của tuyến phố"),
        _l(
            "Dựng cột, treo cáp hoặc đào vào ngày tuyến phố cấm, hoặc còn treo ở nơi chỉ được đi ngầm, đã hết ngày treo"
            " tạm; thu hồi, hạ ngầm, hoặc sửa ngày xây dựng."
        ),
        breaks_street_rule,
        is_recorded=True,
    ),
    Check(
        "no_plan_item",
        _l("Ghi phù hợp quy hoạch mà thiếu mục"),
        _l("Ghi mục trong quy hoạch, hoặc chọn lại “Quy hoạch”; sửa hàng loạt được."),
        lambda _ctx: _lacks_plan_item(Structure),
        lambda _ctx, row, _point: row.history_id.in_(_versions_without_plan_item()),
        is_recorded=True,
        bulk_field="plan_conformity",
    ),
    Check(
        "unknown_position",
        _l("Không rõ cách xác định vị trí"),
        _l("Ghi cách xác định vị trí và ngày đo; vị trí không rõ nguồn không dùng để thiết kế được."),
        lambda _ctx: Structure.position_method == PositionMethod.UNKNOWN,
        lambda _ctx, row, _point: row.position_method == PositionMethod.UNKNOWN,
    ),
    Check(
        "no_condition",
        _l("Chưa ghi tình trạng kỹ thuật"),
        _l("Sửa hàng loạt được: chọn tất cả theo bộ lọc này."),
        lambda _ctx: Structure.condition.is_(None),
        lambda _ctx, row, _point: row.condition.is_(None),
        bulk_field="condition",
    ),
)
