"""The collections: each kind of structure, all structures, units, streets, and every list with places."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Result, Select, Subquery, cast, false, func, inspect, or_, select
from sqlalchemy.orm import aliased
from werkzeug.datastructures import MultiDict

from registry.accounts.models import OwnerCategory
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.exports.structures import columns_of, declared_of, query_of
from registry.infra_plans.codes import InfraPlanState, PlanItemKind
from registry.infra_plans.models import InfraPlan, InfraPlanItem
from registry.infra_plans.queries import plan_on
from registry.kernel.db.base import Choice
from registry.kernel.exports.dataset import Only
from registry.kernel.exports.open_data import DataTheme, OpenDataAbout, Period, UpdateFrequency
from registry.kernel.i18n import _, _l, current_locale
from registry.kernel.lists.columns import Column, On, offered
from registry.kernel.lists.view import LISTS, ListView
from registry.kernel.paging import Cursor
from registry.ogc.collections import (
    GEOMETRY,
    ID,
    MORE_COLLECTIONS,
    OWNER_ID,
    CollectionSource,
    FeatureCollection,
    Property,
    SourceWindow,
    Temporal,
    plain,
)
from registry.ogc.crs import Bounds
from registry.streets.models import RoadClass, Street, StreetLine
from registry.streets.rule_models import RuleKind, RuleState, StreetRule
from registry.streets.rule_queries import in_force, last_day_of, to_come
from registry.structures import positions
from registry.structures.fastpath import bbox_paging, compiled_lists
from registry.structures.filtering.filter import StructureFilter
from registry.structures.filtering.list_rows import BY_PLACE, Order
from registry.structures.kinds import KINDS
from registry.structures.positions.moment import When
from registry.territory.models import WGS84, AdminUnit, ExtentQuality, UnitKind, UnitLevel
from registry.territory.queries import first_day_of_register

_PORTION: Final = 500
#: Columns of files that features have as geometry, or as `code`, `exact` and codes.
_NOT_FROM_FILES: Final = frozenset({"registry_code", "kind", "owner_category", "precision"})


# --- execution ----------------------------------------------------------------------------------------------------
def _run(ctx: Ctx, query: Select[Any]) -> Result[Any]:
    return ctx.session.execute(query)


def _rows(
    ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any], *, one_plan: bool = False
) -> list[Any]:
    del what, one_plan
    return list(ctx.session.execute(build().params(**values)))


def _stream(ctx: Ctx, query: Select[Any]) -> Iterable[Any]:
    return ctx.session.execute(query, execution_options={"yield_per": _PORTION})


def _stream_positions(ctx: Ctx, query: Select[Any]) -> Iterable[Any]:
    return positions.stream(ctx, query, portion=_PORTION)


# --- structures ---------------------------------------------------------------------------------------------------
def structure_properties(kind: str | None) -> tuple[Property, ...]:
    """The columns of the file of this list, without those that are its geometry."""
    return _structure_properties(kind, str(current_locale()))


@cache
def _structure_properties(kind: str | None, _locale: str) -> tuple[Property, ...]:
    """The same in the language of the reader, which is that of `_locale`; each answer needs them twice."""
    declared = declared_of(kind)
    properties = [
        Property("code", _("Mã trong hệ thống")),
        Property("kind", _("Loại công trình"), labels={code: each.label for code, each in KINDS.items()}),
        Property("exact", _("Vị trí và thuộc tính chính xác"), bool),
        Property("owner_category", _("Nhóm chủ sở hữu"), str, OwnerCategory),
        Property("is_published", _("Đã công bố vị trí"), bool),
    ]
    for column in columns_of(kind):
        if column.name in _NOT_FROM_FILES or column.only is Only.TABLES:
            continue
        field = declared.get(column.name)
        unit = str(field.unit.symbol) if field is not None and field.unit else ""
        label = field.label if field is not None else column.label
        choices = field.choices if field is not None else None
        properties.append(Property(column.name, label, column.kind, choices, unit))
    return tuple(properties)


def _filter(kind: str | None, bounds: Bounds | None, when: When | None = None) -> StructureFilter:
    return StructureFilter(choices={"kind": (kind,)} if kind else {}, bbox=bounds, when=when)


def _select_structures(kind: str | None, ctx: Ctx, window: SourceWindow) -> Select[Any]:
    structure_filter = _filter(kind, window.bounds, window.when)
    query = query_of(ctx, structure_filter, shaped=True, among=window.among)
    columns = query.selected_columns
    return query.with_only_columns(
        columns["id"].label(ID),
        columns["geom"].label(GEOMETRY),
        columns["owner_organisation_id"].label(OWNER_ID),
        *(plain(columns[prop.name], prop) for prop in structure_properties(kind)),
        maintain_column_froms=True,
    )


def _walk_structures(kind: str | None, ctx: Ctx) -> Select[Any]:
    rows = positions.index_rows(ctx)
    return select(rows.c.id.label(ID)).where(*([rows.c.kind == kind] if kind else []))


@dataclass(frozen=True)
class _StructuresOfBox:
    """Structures neighbour by neighbour (fastpath/bbox_paging.py)."""

    kind: str | None
    bounds: Bounds

    @property
    def _filter(self) -> StructureFilter:
        return _filter(self.kind, self.bounds)

    def ids(self, ctx: Ctx, limit: int, cursor: Cursor | None) -> Select[Any]:
        order = Order(BY_PLACE, descending=False, most=limit, from_cursor=cursor is not None, shapes=True)
        start = bbox_paging.start_branch(order, cursor)
        return select(bbox_paging.page_ids(ctx, self._filter, order, start).subquery("neighbours").c.id.label(ID))

    def keys(self, rows: Subquery) -> tuple[ColumnElement[int], ColumnElement[Any]]:
        return cast(rows.c.exact.is_(False), Integer), func.place_key(rows.c[GEOMETRY])

    def count(self, ctx: Ctx) -> Select[Any]:
        return bbox_paging.box_count(ctx, self._filter)

    def values(self, cursor: Cursor | None) -> dict[str, Any]:
        return bbox_paging.page_values(self._filter, cursor)


@cache
def _structures(kind: str | None) -> FeatureCollection:
    declaration = KINDS[kind] if kind else None
    source = CollectionSource(
        properties=lambda _ctx: structure_properties(kind),
        select=partial(_select_structures, kind),
        rows=compiled_lists.run,
        run=positions.run,
        stream=_stream_positions,
        takes_box=True,
        walk=partial(_walk_structures, kind),
        box_pages=partial(_StructuresOfBox, kind),
    )
    cells = _l("Công trình không được xem chính xác có hình là ô lưới công khai và chỉ có loại, nhóm chủ sở hữu.")
    return FeatureCollection(
        code=kind or "structures",
        title=declaration.label if declaration else _l("Mọi công trình"),
        description=cells,
        permission=P.PUBLIC,
        source=source,
        shape="any",
        temporal=Temporal.STATE,
        part_of="structures" if kind else "",
    )


# --- units and streets --------------------------------------------------------------------------------------------
_UNITS: Final = (
    Property("code", _l("Mã đơn vị hành chính")),
    Property("name", _l("Tên")),
    Property("level", _l("Cấp"), str, UnitLevel),
    Property("kind", _l("Loại"), str, UnitKind),
    Property("parent", _l("Đơn vị cấp trên")),
    Property("valid_from", _l("Từ ngày"), date),
    Property("valid_to", _l("Đến hết ngày"), date),
    Property("extent_quality", _l("Chất lượng ranh giới"), str, ExtentQuality),
)


def _select_units(ctx: Ctx, window: SourceWindow) -> Select[Any]:
    day = window.when.at(ctx.now).day if window.when is not None else ctx.today
    parent = aliased(AdminUnit)
    own = {name: getattr(AdminUnit, name) for name in ("code", "name", "level", "kind", "valid_from", "valid_to")}
    columns = own | {"parent": parent.name, "extent_quality": AdminUnit.extent_quality}
    return (
        select(
            AdminUnit.id.label(ID),
            AdminUnit.geom.label(GEOMETRY),
            *(plain(columns[prop.name], prop) for prop in _UNITS),
        )
        .outerjoin(parent, parent.id == AdminUnit.parent_id)
        .where(AdminUnit.in_force(day))
    )


_STREETS: Final = (
    Property("code", _l("Số hiệu")),
    Property("name", _l("Tên")),
    Property("road_class", _l("Cấp đường"), str, RoadClass),
    Property("commune", _l("Xã, phường")),
)


def _select_streets(_ctx: Ctx, _window: SourceWindow) -> Select[Any]:
    lines = (
        select(func.ST_Collect(StreetLine.line.expression))
        .where(StreetLine.street_id == Street.id)
        .correlate(Street)
        .scalar_subquery()
    )
    columns: dict[str, Any] = {"code": Street.code, "name": Street.name, "road_class": Street.road_class}
    columns["commune"] = AdminUnit.name
    query: Select[Any] = select(
        Street.id.label(ID), lines.label(GEOMETRY), *(plain(columns[prop.name], prop) for prop in _STREETS)
    ).outerjoin(AdminUnit, AdminUnit.id == Street.unit_id)
    return query


def _period_of_units(ctx: Ctx) -> Period:
    return first_day_of_register(ctx.session), None


UNITS: Final = FeatureCollection(
    "units",
    _l("Đơn vị hành chính"),
    _l("Đơn vị có hiệu lực tại ngày của “datetime”, hiện nay nếu không nêu."),
    P.PUBLIC,
    CollectionSource(lambda _ctx: _UNITS, _select_units, _rows, _run, _stream),
    shape="multipolygon",
    temporal=Temporal.STATE,
    name="name",
    open_data=OpenDataAbout(
        _l("Tỉnh, huyện đến 30/6/2025 và xã, phường theo ngày, với ranh giới và chất lượng ranh giới."),
        DataTheme.REGIONS,
        UpdateFrequency.IRREGULAR,
        "territory.index",
        _period_of_units,
    ),
)
STREETS: Final = FeatureCollection(
    "streets",
    _l("Đường phố"),
    _l("Đường, phố có tên hoặc số hiệu, với hình tuyến nếu có."),
    P.PUBLIC,
    CollectionSource(lambda _ctx: _STREETS, _select_streets, _rows, _run, _stream),
    shape="multilinestring",
    name="name",
    open_data=OpenDataAbout(
        _l("Tên, số hiệu và cấp của đường, phố; hình tuyến từ dữ liệu nền."),
        DataTheme.TRANSPORT,
        UpdateFrequency.IRREGULAR,
    ),
)


_STREET_RULES: Final = (
    Property("number", _l("Số")),
    Property("street", _l("Đường")),
    Property("commune", _l("Xã, phường")),
    Property("kind", _l("Quy định"), str, RuleKind),
    Property("state", _l("Trạng thái"), str, RuleState),
    Property("from_place", _l("Điểm đầu")),
    Property("to_place", _l("Điểm cuối")),
    Property("valid_from", _l("Có hiệu lực từ ngày"), date),
    Property("valid_to", _l("Đến hết ngày"), date),
    Property("last_day", _l("Ngày cuối cùng có hiệu lực"), date),
    Property("document_number", _l("Số văn bản")),
    Property("document_on", _l("Ngày văn bản"), date),
    Property("issuer", _l("Cơ quan ban hành")),
)


def _select_street_rules(ctx: Ctx, window: SourceWindow) -> Select[Any]:
    """The rules in force at the moment that is asked for, today also those to come."""
    day = window.when.at(ctx.now).day if window.when is not None else ctx.today
    applies = to_come(day) if window.when is None else in_force(day)
    columns: dict[str, Any] = {
        prop.name: getattr(StreetRule, prop.name) for prop in _STREET_RULES if hasattr(StreetRule, prop.name)
    }
    columns |= {"street": Street.name, "commune": AdminUnit.name, "last_day": last_day_of()}
    return (
        select(
            StreetRule.id.label(ID),
            StreetRule.shape.expression.label(GEOMETRY),
            *(plain(columns[prop.name], prop) for prop in _STREET_RULES),
        )
        .join(Street, Street.id == StreetRule.street_id)
        .outerjoin(AdminUnit, AdminUnit.id == StreetRule.commune_id)
        .where(applies)
    )


STREET_RULES: Final = FeatureCollection(
    "street-rules",
    _l("Quy định của tuyến phố"),
    _l("Nơi cấm treo cáp, chỉ treo tạm, chỉ đi ngầm hoặc hạn chế đào, có hiệu lực tại ngày của “datetime”."),
    P.PUBLIC,
    CollectionSource(lambda _ctx: _STREET_RULES, _select_street_rules, _rows, _run, _stream),
    shape="multilinestring",
    temporal=Temporal.STATE,
    name="number",
    open_data=OpenDataAbout(
        _l("Quy định về treo cáp, đi ngầm và đào đường của từng tuyến phố, theo ngày."),
        DataTheme.TRANSPORT,
        UpdateFrequency.CONTINUOUS,
        "street_rules.in_force",
    ),
)


# --- plan ---------------------------------------------------------------------------------------------------------
_PLAN_ITEMS: Final = (
    Property("code", _l("Mã")),
    Property("name", _l("Tên")),
    Property("kind", _l("Loại"), str, PlanItemKind),
    Property("allows", _l("Loại công trình được phép")),
    Property("reach_m", _l("Phạm vi hai bên (m)"), Decimal),
    Property("plan", _l("Quy hoạch")),
    Property("state", _l("Trạng thái"), str, InfraPlanState),
    Property("valid_from", _l("Có hiệu lực từ ngày"), date),
    Property("valid_to", _l("Đến hết ngày"), date),
    Property("document_number", _l("Số quyết định")),
)


def _select_plan_items(ctx: Ctx, window: SourceWindow) -> Select[Any]:
    """Items of the plan of a day; at present those of drafts, too, for those who may read them."""
    day = window.when.at(ctx.now).day if window.when is not None else ctx.today
    plan = plan_on(ctx.session, day)
    shown = [InfraPlan.id == plan.id] if plan is not None else []
    if window.when is None:
        shown.append(InfraPlan.state == InfraPlanState.DRAFT)
    columns: dict[str, Any] = {
        prop.name: getattr(InfraPlan if hasattr(InfraPlan, prop.name) else InfraPlanItem, prop.name)
        for prop in _PLAN_ITEMS
        if prop.name not in ("allows", "plan")
    }
    columns |= {"kind": InfraPlanItem.kind, "code": InfraPlanItem.code, "name": InfraPlanItem.name}
    columns |= {"allows": func.array_to_string(InfraPlanItem.allows.expression, ", "), "plan": InfraPlan.name}
    return (
        select(
            InfraPlanItem.id.label(ID),
            InfraPlanItem.shape.expression.label(GEOMETRY),
            *(plain(columns[prop.name], prop) for prop in _PLAN_ITEMS),
        )
        .join(InfraPlan, InfraPlan.id == InfraPlanItem.plan_id)
        .where(visible(ctx, InfraPlan, P.INFRA_PLAN_READ), or_(false(), *shown))
    )


PLAN_ITEMS: Final = FeatureCollection(
    "plan-items",
    _l("Khu vực, tuyến, vị trí quy hoạch"),
    _l("Các mục của quy hoạch hạ tầng có hiệu lực tại ngày của “datetime”; hiện nay gồm cả dự thảo được xem."),
    P.INFRA_PLAN_READ,
    CollectionSource(lambda _ctx: _PLAN_ITEMS, _select_plan_items, _rows, _run, _stream),
    temporal=Temporal.STATE,
    name="name",
)


# --- lists --------------------------------------------------------------------------------------------------------
def list_collection(view: ListView) -> FeatureCollection:
    """The collection of a list whose rows have a place: those of its columns that are columns of its query."""
    return FeatureCollection(
        view.code,
        view.file_title,
        _l("Các dòng của danh sách cùng tên mà người đọc được xem."),
        P(view.permission),
        CollectionSource(
            lambda ctx: tuple(prop for prop, _path in _list_properties(ctx, view)),
            partial(_select_list, view),
            _rows,
            _run,
            _stream,
        ),
        temporal=Temporal.WHEN,
        time_property="created_at",
        name=view.name_column,
    )


def _list_properties(ctx: Ctx, view: ListView) -> list[tuple[Property, str]]:
    """Properties with the paths of their values; columns that are computed of a row are left out, but states."""
    properties = []
    for column in offered(view.columns, ctx, On.FILES):
        path = "state" if column.name == "state" else column.value or column.name
        if isinstance(path, str):
            # Programs get the code of a choice, of which pages and files show the label.
            path = path.removesuffix(".label")
            properties.append((_list_property(view, column, path), path))
    return properties


def _list_property(view: ListView, column: Column, path: str) -> Property:
    kind = column.kind if column.kind in (str, bool, int, Decimal, date) else datetime
    choices = _choices_of(view, path)
    return Property(column.name, column.label, str if choices else kind, choices)


def _choices_of(view: ListView, path: str) -> type[Choice] | None:
    """The closed list of an attribute of the record, read from its model."""
    mapper = inspect(view.record) if view.record is not None else None
    name = path.rpartition(".")[2]
    if mapper is None or ("." not in path and path != "state") or name not in mapper.columns:
        return None
    kind = getattr(mapper.columns[name].type, "enum_class", None)
    return kind if isinstance(kind, type) and issubclass(kind, Choice) else None


def _select_list(view: ListView, ctx: Ctx, _window: SourceWindow) -> Select[Any]:
    values = view.read(ctx, MultiDict(view.whole))
    query = view.for_files(ctx, values, view.query(ctx, values))
    record: Any = view.record
    shape = func.ST_GeomFromWKB(query.selected_columns[view.geometry_column], WGS84)
    # Its joins begin at the record: without its columns there is no other way to know.
    columns = [plain(_column_of(query, record, path), prop) for prop, path in _list_properties(ctx, view)]
    return query.select_from(record).with_only_columns(record.id.label(ID), shape.label(GEOMETRY), *columns)


def _column_of(query: Select[Any], record: Any, path: str) -> ColumnElement[Any]:
    if path == "state" or "." in path:
        column: ColumnElement[Any] = getattr(record, path.rpartition(".")[2])
        return column
    return query.selected_columns[path]


def every_collection() -> Mapping[str, FeatureCollection]:
    """All collections by code."""
    collections = [
        _structures(None),
        *(_structures(kind) for kind in KINDS),
        UNITS,
        STREETS,
        STREET_RULES,
        PLAN_ITEMS,
        *(list_collection(view) for view in LISTS.values() if view.geometry_column),
        *MORE_COLLECTIONS.values(),
    ]
    return {each.code: each for each in collections}
