"""The list of structures as a file, now or at a past time: every declared field, positions as precise as permitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, Subquery, and_, case, func, not_, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.cables.queries import listed_codes
from registry.capacity.models import UNPLACED, CapacityPlace
from registry.capacity.rules import usual_measures
from registry.kernel.db.base import Choice
from registry.kernel.db.history import history_of
from registry.kernel.exports.csv_file import number_text
from registry.kernel.exports.dataset import ExportRecord, FileColumn, Only, Value
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.open_data import DataTheme, OpenDataAbout, UpdateFrequency
from registry.kernel.exports.wkb import Geometry, read_wkb
from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import DEFAULT_LANGUAGE, LazyText, _, _l, current_locale, force_locale
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter, where_at, where_of, window_of
from registry.structures.filtering.list_rows import with_owner_and_commune_id
from registry.structures.filtering.url import chips, read_filter
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.listing.saved_filters import expand_saved
from registry.structures.models import Structure
from registry.structures.positions import readable
from registry.structures.positions.moment import Point, When
from registry.structures.positions.references import visible_column
from registry.structures.positions.versions import rows_at, units_at
from registry.structures.queries import owner_name
from registry.territory.models import AdminUnit
from registry.territory.queries import get_unit
from registry.territory.rules import unit_label

#: Sums over the slots of a structure.
SUMS: Final = ("places_total", "places_used", "places_free")
#: By the name of a kind's relation: the list as one text, at a past time.
_LISTS_AT: Final = {"members": listed_codes}


def _slot_sums(places: FromClause, of: ColumnElement[Any] | None = None) -> FromClause:
    """The sums over the slots of each structure; total and free are NULL where one slot's total is.

    With `of` those of the structures in the rows that it is joined to, one by one: a page of few does not add up all.

    As `capacity.queries.Totals`: a cable without a known place may be in any free one.
    """
    is_placed = places.c.label != UNPLACED
    is_known = func.bool_and(places.c.total.is_not(None)).filter(is_placed)
    unplaced = func.coalesce(func.sum(places.c.used).filter(not_(is_placed)), 0)
    sums = select(
        places.c.structure_id,
        case((is_known, func.sum(places.c.total))).label("places_total"),
        func.sum(places.c.used).label("places_used"),
        case((is_known, func.greatest(func.sum(places.c.free) - unplaced, 0))).label("places_free"),
    ).group_by(places.c.structure_id)
    return sums.subquery("places") if of is None else sums.where(places.c.structure_id == of).lateral("places")


def _common_columns(
    readable_rows: Subquery,
    base: FromClause,
    places: FromClause,
    usual: FromClause,
    kind: str | None,
    *,
    shaped: bool,
) -> list[ColumnElement[Any]]:
    """Columns of structures, the sums over their slots, and the default slot of the kind as an import reads it.

    `shaped`: with `geom`, in place of its WKB.
    """
    names = ("id", "code", "kind", "owner_category", "owner_organisation_id", "exact", "confirmed_on", "is_published")
    return [
        *(readable_rows.c[name] for name in names),
        readable_rows.c.geom if shaped else func.ST_AsBinary(readable_rows.c.geom, "NDR").label("wkb"),
        *(places.c[name] for name in SUMS),
        usual.c.total.label("capacity_total"),
        usual.c.used.label("capacity_used"),
        *(usual.c[name].label(f"capacity_{name}") for name in (usual_measures(KINDS[kind]) if kind else ())),
        *(base.c[name] for name in fields_of(Structure)),
    ]


def query_at(
    ctx: Ctx,
    structure_filter: StructureFilter,
    when: When,
    usual_label: str | None,
    *,
    shaped: bool = False,
    among: Select[Any] | None = None,
) -> Select[Any]:
    """Every field of what the actor may see of a past time; NULL where only the public cell is visible."""
    point = when.at(ctx.now)
    rows = readable(ctx, when, window=window_of(structure_filter), among=among)
    readable_rows = with_owner_and_commune_id(
        ctx, select(rows).where(*where_at(ctx, rows, structure_filter, when)).subquery("found"), when
    )
    base, units = history_of(Structure).alias("base"), units_at(point, "units")
    places = _slot_sums(rows_at(CapacityPlace, point, "place"))
    usual = rows_at(CapacityPlace, point, "usual")
    query = (
        select(
            *_common_columns(readable_rows, base, places, usual, structure_filter.kind, shaped=shaped),
            readable_rows.c.owner_name.label("owner"),
            units.c.name.label("commune"),
        )
        .select_from(readable_rows)
        # A structure visible as a cell only has no version here, so nothing is read.
        .outerjoin(base, base.c.history_id == readable_rows.c.history_id)
        .outerjoin(units, units.c.id == readable_rows.c.commune_then)
        .outerjoin(places, and_(places.c.structure_id == readable_rows.c.id, readable_rows.c.exact))
        .outerjoin(
            usual, and_(usual.c.structure_id == readable_rows.c.id, usual.c.label == usual_label, readable_rows.c.exact)
        )
    )
    return _with_kind(ctx, query, structure_filter.kind, readable_rows, base, point).order_by(readable_rows.c.code)


def _with_kind(
    ctx: Ctx, query: Select[Any], kind: str | None, readable_rows: Subquery, base: FromClause, point: Point
) -> Select[Any]:
    """The fields and lists that only the chosen kind has."""
    if kind is None:
        return query
    own = rows_at(KINDS[kind].model, point, "own")
    lists: list[ColumnElement[Any]] = [
        _LISTS_AT[relation.name](ctx, base, point).label(relation.name) for relation in KINDS[kind].relations
    ]
    owner_id = readable_rows.c.owner_organisation_id
    columns = [visible_column(ctx, kind, own, owner_id, name) for name in fields_of(KINDS[kind].model, own=True)]
    return query.add_columns(*columns, *lists).outerjoin(
        own, and_(own.c.id == readable_rows.c.id, readable_rows.c.exact)
    )


#: Rows fetched at a time.
PORTION: Final = 500
#: Decimals of a degree in texts: 0.1 mm, so that no position changes when it is imported again.
_DECIMALS: Final = 9
_CELL_DECIMALS: Final = 5
#: By the name of a kind's relation: the list as one text.
_LISTS: Final = {"members": listed_codes}


def open_structures(ctx: Ctx, args: Args) -> Source:
    """The structures that the filter of the list page shows to the actor, at the time of the filter."""
    args = expand_saved(ctx, args)
    structure_filter = read_filter(args)
    when = structure_filter.when
    unit = get_unit(ctx.session, structure_filter.unit_id) if structure_filter.unit_id else None
    owner = owner_name(ctx.session, structure_filter.owner_id)
    conditions = chips(args, structure_filter, owner=owner, unit=unit_label(unit, ctx.today) if unit else None)
    return Source(
        columns=columns_of(structure_filter.kind),
        count=lambda most: _count(ctx, structure_filter, most),
        records=lambda: read_records(ctx, structure_filter),
        chosen=tuple((chip.label, chip.value) for chip in conditions),
        notes=((_("Vị trí"), _precision(ctx)), *(((_("Thời điểm"), when.text(ctx.now)),) if when is not None else ())),
        name_column="name",
        stem="-".join(filter(None, (_stem(structure_filter), when.stem if when is not None else ""))),
    )


def _stem(structure_filter: StructureFilter) -> str:
    """The name of the file where it differs from that of the list; a time is always appended to a name."""
    if structure_filter.kind:
        return structure_filter.kind.replace("_", "-")
    return STRUCTURES.stem if structure_filter.when is not None else ""


STRUCTURES: Final = ExportList(
    code="structures",
    label=_l("Danh sách công trình"),
    stem="cong-trinh",
    permission=P.PUBLIC,
    open=open_structures,
    is_stored=True,
    open_data=OpenDataAbout(
        _l(
            "Cột, cống, bể, hào, tuy nen, nhà trạm và tuyến cáp trên bản đồ công khai. Công trình chưa công bố vị trí"
            " có hình là ô lưới công khai, chỉ có loại và nhóm chủ sở hữu. Không gồm công trình hạn chế (quốc phòng,"
            " an ninh)."
        ),
        DataTheme.TECHNOLOGY,
        UpdateFrequency.CONTINUOUS,
        "structures.list",
    ),
)


def _precision(ctx: Ctx) -> str:
    exact = _("Tọa độ theo WGS 84 (EPSG:4326).")
    if positions.sees_all(ctx):
        return exact
    cells = _(
        "Công trình mà người lập tệp chỉ được xem gần đúng có vị trí là ô lưới công khai, và chỉ có thuộc tính loại "
        "và nhóm chủ sở hữu."
    )
    return f"{exact} {cells}"


# --- columns --------------------------------------------------------------------------------------------------------
def columns_of(kind: str | None) -> tuple[FileColumn, ...]:
    """The columns of a list of one kind, or of several (None); labels are those that an import recognises."""
    return (
        *(_declared(field) for field in declared_of(kind).values() if field.name == "own_code"),
        FileColumn("registry_code", _("Mã trong hệ thống")),
        *(_declared(field) for field in declared_of(kind).values() if field.name == "name"),
        FileColumn("kind", _("Loại công trình")),
        FileColumn("owner", _("Chủ sở hữu")),
        FileColumn("owner_category", _("Nhóm chủ sở hữu")),
        FileColumn("commune", _("Xã, phường")),
        *(_declared(field) for field in declared_of(kind).values() if field.name not in ("own_code", "name")),
        *_usual_columns(kind),
        FileColumn("places_total", _("Cộng các chỗ lắp đặt: tổng số"), int),
        FileColumn("places_used", _("Cộng các chỗ lắp đặt: đã dùng"), int),
        FileColumn("places_free", _("Cộng các chỗ lắp đặt: còn trống"), int),
        *_position_columns(kind),
        FileColumn("precision", _("Mức chính xác")),
        FileColumn("confirmed_on", _("Xác nhận lần cuối"), date),
    )


def declared_of(kind: str | None) -> Mapping[str, Field]:
    return KINDS[kind].fields() if kind else fields_of(Structure)


def _declared(field: Field) -> FileColumn:
    label = f"{field.label} ({field.unit.symbol})" if field.unit else str(field.label)
    return FileColumn(field.name, label, str if field.choices else field.python_type)


_MEASURES: Final[Mapping[str, tuple[LazyText, type]]] = {
    "height_m": (_l("Cao độ của vị trí (m)"), Decimal),
    "diameter_mm": (_l("Đường kính của vị trí (mm)"), Decimal),
    "level": (_l("Vị trí ở tầng thứ"), int),
}


def _usual_columns(kind: str | None) -> tuple[FileColumn, ...]:
    """The default slot of the kind, which an import reads and writes."""
    if kind is None:
        return ()
    return (
        *(FileColumn(relation.name, str(relation.label)) for relation in KINDS[kind].relations),
        FileColumn("capacity_total", _("Tổng số vị trí"), int),
        FileColumn("capacity_used", _("Số vị trí đã sử dụng"), int),
        *(
            FileColumn(f"capacity_{name}", str(_MEASURES[name][0]), _MEASURES[name][1])
            for name in usual_measures(KINDS[kind])
        ),
    )


def _position_columns(kind: str | None) -> tuple[FileColumn, ...]:
    """Two columns for points; one for lines and mixed lists, with the coordinate system in its heading."""
    if kind is not None and KINDS[kind].shape is Shape.POINT:
        return (
            FileColumn("latitude", _("Vĩ độ"), Decimal, Only.TABLES),
            FileColumn("longitude", _("Kinh độ"), Decimal, Only.TABLES),
        )
    return (FileColumn("position", _("Tọa độ WGS 84 (một ô)"), str, Only.TABLES),)


# --- rows -----------------------------------------------------------------------------------------------------------
def _count(ctx: Ctx, structure_filter: StructureFilter, most: int) -> int:
    readable_rows = readable(ctx, structure_filter.when, window=window_of(structure_filter))
    limited = (
        select(readable_rows.c.id).where(*where_of(ctx, readable_rows, structure_filter)).limit(most + 1).subquery()
    )
    return int(positions.run(ctx, select(func.count()).select_from(limited)).scalar_one())


def read_records(ctx: Ctx, structure_filter: StructureFilter) -> Iterator[ExportRecord]:
    """The rows by code, streamed from the database."""
    make = _maker(structure_filter.kind)
    for row in positions.stream(ctx, query_of(ctx, structure_filter), portion=PORTION):
        yield make(row)


def query_of(
    ctx: Ctx, structure_filter: StructureFilter, *, shaped: bool = False, among: Select[Any] | None = None
) -> Select[Any]:
    """Every field of what the actor may see; NULL where only the public cell is visible.

    `shaped`: with `geom`, to be executed by `positions.run` as well, in place of its WKB. `among`: of these ids alone.
    """
    if structure_filter.when is not None:
        label = _usual_label(structure_filter.kind)
        return query_at(ctx, structure_filter, structure_filter.when, label, shaped=shaped, among=among)
    readable_rows = positions.readable(ctx, among=among)
    owner, commune = aliased(Organisation), aliased(AdminUnit)
    base = Structure.__table__.alias("base")
    # Files have all rows, pages of the interface a few.
    places = _slot_sums(CapacityPlace.__table__, readable_rows.c.id if shaped else None)
    usual = CapacityPlace.__table__.alias("usual")
    query = (
        select(
            *_common_columns(readable_rows, base, places, usual, structure_filter.kind, shaped=shaped),
            owner.short_name.label("owner"),
            commune.name.label("commune"),
            *_own_columns(ctx, structure_filter.kind, readable_rows.c.owner_organisation_id),
            *_lists(ctx, structure_filter.kind, base),
        )
        .select_from(readable_rows)
        # Nothing is read of a structure that is visible as a cell only.
        .outerjoin(base, and_(base.c.id == readable_rows.c.id, readable_rows.c.exact))
        .outerjoin(owner, owner.id == readable_rows.c.owner_organisation_id)
        .outerjoin(commune, commune.id == readable_rows.c.commune_id)
        .outerjoin(places, and_(places.c.structure_id == readable_rows.c.id, readable_rows.c.exact))
        .outerjoin(
            usual,
            and_(
                usual.c.structure_id == readable_rows.c.id,
                usual.c.label == _usual_label(structure_filter.kind),
                readable_rows.c.exact,
            ),
        )
    )
    if structure_filter.kind:
        own = KINDS[structure_filter.kind].model.__table__
        query = query.outerjoin(own, and_(own.c.id == readable_rows.c.id, readable_rows.c.exact))
    return query.where(*where_of(ctx, readable_rows, structure_filter)).order_by(readable_rows.c.code)


def _own_columns(ctx: Ctx, kind: str | None, owner_id: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    if kind is None:
        return []
    model = KINDS[kind].model
    return [visible_column(ctx, kind, model.__table__, owner_id, name) for name in fields_of(model, own=True)]


def _lists(ctx: Ctx, kind: str | None, base: FromClause) -> list[ColumnElement[Any]]:
    """The references of a kind to other structures, as an import reads them."""
    relations = KINDS[kind].relations if kind else ()
    return [_LISTS[relation.name](ctx, base).label(relation.name) for relation in relations]


def _usual_label(kind: str | None) -> str | None:
    """The stored label of the default slot of a kind, independent of the reader's language."""
    if kind is None:
        return None
    label = KINDS[kind].place.label
    if current_locale() == DEFAULT_LANGUAGE:
        return str(label)
    with force_locale(DEFAULT_LANGUAGE):
        return str(label)


def _maker(kind: str | None) -> Callable[[Row[Any]], ExportRecord]:
    """A function that makes a record of a row, with values in the order of the columns."""
    names = [column.name for column in columns_of(kind)]
    kinds = {code: str(kind_declaration.label) for code, kind_declaration in KINDS.items()}
    labels: dict[Any, str] = {}
    exact = _("chính xác")

    def value_of(value: Any) -> Value:
        if isinstance(value, Choice):
            # Codes of different closed lists may be equal.
            key = (type(value), value)
            if key not in labels:
                labels[key] = str(value.label)
            return labels[key]
        plain: Value = value
        return plain

    def make(row: Row[Any]) -> ExportRecord:
        values = dict(row._mapping)
        geometry = read_wkb(row.wkb)
        values |= _position_texts(geometry, kind) if row.exact else dict.fromkeys(("latitude", "longitude", "position"))
        values["registry_code"], values["kind"] = row.code, kinds.get(row.kind, row.kind)
        values["precision"] = exact if row.exact else _cell(geometry)
        for name in SUMS:
            values[name] = None if values[name] is None else int(values[name])
        return ExportRecord(
            tuple(value_of(values[name]) for name in names),
            row.wkb,
            row.owner_organisation_id if row.exact else None,
        )

    return make


def _position_texts(geometry: Geometry, kind: str | None) -> dict[str, Value]:
    """The columns of an exact position in a spreadsheet."""
    if kind is not None and geometry.type_name == "Point":
        lon, lat = (Decimal(repr(round(angle, _DECIMALS))) for angle in geometry.coordinates)
        return {"latitude": lat, "longitude": lon}
    lines = [f"{_angle(lat, _DECIMALS)}; {_angle(lon, _DECIMALS)}" for part in geometry.parts for lon, lat in part]
    return {"position": "\n".join(lines)}


def _cell(geometry: Geometry) -> str:
    """The bounding box of the public cells as text."""
    west, south, east, north = (_angle(edge, _CELL_DECIMALS) for edge in geometry.bounds)
    return _("ô lưới từ %(south)s; %(west)s đến %(north)s; %(east)s", south=south, west=west, north=north, east=east)


def _angle(degrees: float, decimals: int) -> str:
    return number_text(Decimal(f"{degrees:.{decimals}f}"))
