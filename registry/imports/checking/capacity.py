"""Capacity of rows: totals, uses and measures must agree, for new structures and for registered ones."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, func, select, text, update

from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.rules import MEASURED, OUT_OF_SERVICE, out_of_service, usual_unit
from registry.imports.checking.batch import BatchCheck
from registry.imports.checking.codes import MATCHES
from registry.imports.checking.parse import FULL, HEIGHT, PARSED_TEXTS, TOTAL, USED
from registry.imports.checking.stage import NEEDS_TOTAL
from registry.imports.mapping.aliases import EXCLUSIVE_USERS
from registry.imports.models import ImportRow
from registry.kernel.i18n import _, format_number
from registry.structures.codes import SharingStatus, Status

#: Changes at the default slots of each structure; NULL where nothing changes. A single entry without further details
#: may be set to another number; where there are other entries, a user must edit them.
_CREATE: Final = text(
    "CREATE TEMPORARY TABLE check_capacity ON COMMIT DROP AS"
    " SELECT match.number, place.id AS place_id, place.total, place.used, place.reserved + place.blocked AS kept,"
    "  entry.id AS entry_id, coalesce(entry.entries, 0) AS entries,"
    "  CASE WHEN row.capacity_total IS DISTINCT FROM place.total THEN row.capacity_total END AS total_to,"
    "  CASE WHEN row.capacity_used IS DISTINCT FROM coalesce(place.used, 0) THEN row.capacity_used END AS used_to,"
    "  place.unit, place.height_m, place.diameter_mm, place.level,"
    "  coalesce(row.capacity_height_m <> coalesce(place.height_m, -1), false)"
    "   OR coalesce(row.capacity_diameter_mm <> coalesce(place.diameter_mm, -1), false)"
    "   OR coalesce(row.capacity_level <> coalesce(place.level, -1), false) AS measured"
    " FROM check_match match JOIN check_row row ON row.number = match.number"
    " LEFT JOIN capacity_place place ON place.structure_id = match.structure_id AND place.label = :label"
    " LEFT JOIN LATERAL (SELECT count(*) AS entries, min(id) FILTER (WHERE state = 'used' AND case_number IS NULL"
    "  AND started_on IS NULL AND equipment IS NULL) AS id FROM capacity_entry"
    "  WHERE place_id = place.id AND state <> 'ended') entry ON true"
)
_TOO_FEW: Final = text(
    "SELECT number, total_to, used + kept AS taken FROM check_capacity"
    " WHERE total_to < coalesce(used_to, used) + kept AND place_id IS NOT NULL"
)
_OTHER_ENTRIES: Final = text(
    "SELECT number, used, used_to FROM check_capacity"
    " WHERE used_to IS NOT NULL AND entries > 0 AND NOT (entries = 1 AND entry_id IS NOT NULL)"
)
_KEEP_USED: Final = text(
    "UPDATE check_capacity SET used_to = NULL WHERE entries > 0 AND NOT (entries = 1 AND entry_id IS NOT NULL)"
)
_OTHER_UNIT: Final = text(
    "SELECT room.number, room.unit, row.capacity_height_m, row.capacity_diameter_mm FROM check_capacity room"
    " JOIN check_row row ON row.number = room.number"
    " WHERE room.measured AND room.place_id IS NOT NULL AND room.unit <> :unit"
)
#: Registered structures that would go out of service while their slots are in use.
_ENDS_IN_USE: Final = text(
    "SELECT room.number, structure.code, room.used + room.kept AS taken FROM check_capacity room"
    " JOIN check_match match ON match.number = room.number JOIN check_row row ON row.number = room.number"
    " JOIN structure ON structure.id = match.structure_id"
    " WHERE row.status IN ('decommissioned', 'removed') AND structure.status NOT IN ('decommissioned', 'removed')"
    "  AND EXISTS (SELECT FROM capacity_place place JOIN capacity_entry entry ON entry.place_id = place.id"
    "   WHERE place.structure_id = structure.id AND entry.state <> 'ended')"
)
_TAKES_MORE: Final = text(
    "SELECT room.number, structure.code, structure.status FROM check_capacity room"
    " JOIN check_match match ON match.number = room.number JOIN check_row row ON row.number = room.number"
    " JOIN structure ON structure.id = match.structure_id"
    " WHERE structure.status = ANY(:out) AND (NOT :has_status OR row.status = ANY(:out))"
    "  AND (room.used_to > coalesce(room.used, 0) OR room.place_id IS NULL AND (room.total_to IS NOT NULL OR measured))"
)
_OVER: Final = text(
    "SELECT number, used_to, total FROM check_capacity"
    " WHERE used_to + kept > total AND total_to IS NULL AND place_id IS NOT NULL"
)


def check_capacity(check: BatchCheck, stage: Table) -> None:
    """Report capacity problems, and fill `check_capacity` for rows of registered structures."""
    over = select(stage.c.number, stage.c.capacity_total, stage.c.capacity_used).where(
        stage.c.capacity_used > stage.c.capacity_total
    )
    check.report(over, USED.name, _used_over)
    _check_measures(check, stage)
    run = check.ctx.session.execute
    run(text("DROP TABLE IF EXISTS pg_temp.check_capacity"))
    run(_CREATE, {"label": slot_label(check)})
    _missing_totals(check, stage)
    check.report(_OTHER_UNIT.bindparams(unit=slot_unit(check).value), TOTAL.name, _other_unit)
    check.report(_TOO_FEW, TOTAL.name, _too_few)
    check.report(_OTHER_ENTRIES, USED.name, _other_entries, blocks=False)
    run(_KEEP_USED)
    check.report(_OVER, USED.name, _over)
    has_status = "status" in check.column_numbers
    if has_status:
        check.report(_ENDS_IN_USE, "status", _ends_in_use)
    values = {"out": [status.value for status in OUT_OF_SERVICE], "has_status": has_status}
    check.report(_TAKES_MORE.bindparams(**values), TOTAL.name, _takes_more)


def _check_measures(check: BatchCheck, stage: Table) -> None:
    """A measure must suit the unit of the slots, and no slot may be higher than its structure."""
    for name in MEASURED:
        column = stage.c[f"capacity_{name}"]
        if check.kind.hosting is None or usual_unit(check.kind) not in MEASURED[name]:
            sentence = _("“%(kind)s” không có số đo này ở vị trí lắp đặt; cần để trống.", kind=check.kind.label)
            stated = select(stage.c.number).where(column.is_not(None))
            check.report(stated, column.name, sentence)
    if check.kind.top_fields:
        first, *others = (stage.c[name] for name in check.kind.top_fields)
        top: ColumnElement[Any] = first
        for other in others:
            top -= func.coalesce(other, 0)
        over = select(stage.c.number, stage.c.capacity_height_m, top.label("top")).where(
            stage.c.capacity_height_m > top
        )
        check.report(over, HEIGHT.name, _too_high)


def resolve_full(check: BatchCheck, stage: Table) -> None:
    """Resolve "no capacity left" without a number of users by the uses that the register knows.

    Refuses the row where the file has no column for the uses and the register knows none.
    """
    if check.ctx.session.scalar(select(PARSED_TEXTS.c.field).where(PARSED_TEXTS.c.value == FULL).limit(1)) is None:
        return
    same_text = and_(PARSED_TEXTS.c.field == "sharing_status", PARSED_TEXTS.c.given == check.cell("sharing_status"))
    full = check.rows(ImportRow.number).join(PARSED_TEXTS, same_text).where(PARSED_TEXTS.c.value == FULL)
    full_rows = (
        select(MATCHES.c.number)
        .join(CapacityPlace, CapacityPlace.structure_id == MATCHES.c.structure_id)
        .where(CapacityPlace.label == slot_label(check), CapacityPlace.used > 0)
    )
    is_open = (stage.c.capacity_used.is_(None), stage.c.number.in_(full))
    shared = update(stage).values(sharing_status=SharingStatus.SHARED_FULL.value)
    by_several = stage.c.number.in_(full_rows.where(CapacityPlace.used > EXCLUSIVE_USERS))
    check.ctx.session.execute(shared.where(*is_open, by_several).execution_options(synchronize_session=False))
    if USED.name not in check.column_numbers:
        reason = _("Tệp chỉ ghi hết chỗ; cần cột số vị trí đã sử dụng để xác định dùng riêng hay dùng chung.")
        unknown = select(stage.c.number).where(*is_open, stage.c.number.not_in(full_rows))
        check.report(unknown, "sharing_status", reason)


def slot_unit(check: BatchCheck) -> PlaceUnit:
    """Unit of the default slots of the kind."""
    return usual_unit(check.kind) if check.kind.hosting is not None else PlaceUnit.POSITION


def slot_label(check: BatchCheck) -> str:
    """Label of the default slots of the kind."""
    return str(check.kind.place.label)


#: Neither a registered total, nor this status registered without a total, which the form accepts, too.
_NOT_KNOWN: Final = (
    "NOT EXISTS (SELECT FROM check_capacity room JOIN check_match match ON match.number = room.number"
    " JOIN structure ON structure.id = match.structure_id WHERE room.number = check_row.number"
    " AND (room.total IS NOT NULL OR structure.sharing_status = check_row.sharing_status))"
)


def _missing_totals(check: BatchCheck, stage: Table) -> None:
    query = select(stage.c.number, stage.c.sharing_status).where(
        stage.c.sharing_status.in_([status.value for status in NEEDS_TOTAL]),
        stage.c.capacity_total.is_(None),
        stage.c.total_empty,
        text(_NOT_KNOWN),
    )
    check.report(query, TOTAL.name, _no_total)


def _used_over(row: Any) -> str:
    return _(
        "Số đã sử dụng %(used)d nhiều hơn tổng số %(total)d vị trí; hãy kiểm tra lại hai số.",
        used=row.capacity_used,
        total=row.capacity_total,
    )


def _too_high(row: Any) -> str:
    return _(
        "Cao độ của vị trí %(height)s m lớn hơn chiều cao công trình %(top)s m; hãy kiểm tra lại hai số.",
        height=format_number(row.capacity_height_m),
        top=format_number(row.top),
    )


def _ends_in_use(row: Any) -> str:
    return _(
        "Công trình %(code)s còn mục đang sử dụng hoặc giữ chỗ; hãy ghi nhận ngừng khai thác ở trang công trình.",
        code=row.code,
    )


def _takes_more(row: Any) -> str:
    return out_of_service(row.code, Status(row.status)) or ""


def _other_unit(row: Any) -> str:
    return _(
        "Vị trí đã khai đang tính bằng “%(unit)s” nên không nhận số đo của tệp; hãy sửa đơn vị tính ở trang công "
        "trình.",
        unit=PlaceUnit(row.unit).label,
    )


def _no_total(row: Any) -> str:
    status = SharingStatus(row.sharing_status)
    return _("Chưa nhập trong khi hiện trạng là “%(status)s”; cần tổng số vị trí, ví dụ 3.", status=status.label)


def _too_few(row: Any) -> str:
    return _(
        "Tổng số vị trí là %(total)d, ít hơn %(taken)d vị trí đang dùng, giữ chỗ hoặc không dùng được.",
        total=row.total_to,
        taken=row.taken,
    )


def _other_entries(row: Any) -> str:
    return _(
        "Tệp ghi đã sử dụng %(said)d, hệ thống đang có %(known)d do nhiều mục sử dụng; số này không bị thay đổi, hãy"
        " sửa từng mục ở trang công trình.",
        said=row.used_to,
        known=row.used,
    )


def _over(row: Any) -> str:
    return _(
        "Số đã sử dụng %(used)d cùng số giữ chỗ nhiều hơn tổng số %(total)d vị trí đã khai.",
        used=row.used_to,
        total=row.total,
    )
