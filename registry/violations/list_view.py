"""The list of violations with their positions, without the facts that only their handlers may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.exports.dataset import EVERY, ExportFormat
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Day, Entity, Flag
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView
from registry.structures.nearby.corridor import StreetCorridor, corridor_filter
from registry.territory.models import AdminUnit
from registry.violations.codes import DecisionForm, DelegatedPower
from registry.violations.delegation_models import ViolationDelegation
from registry.violations.delegations import delegations_query
from registry.violations.models import Violation, ViolationKind
from registry.violations.queries import ACCUSED, HANDLER
from registry.violations.rules import format_remedies, labels_of_codes
from registry.violations.shown_place import knows_place, shown_handler, shown_point, shown_unit
from registry.violations.workflow import VIOLATION
from registry.workflow.lists import case_list, count_query

_DECIMALS: Final = 6


def _joined(ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    # Of the rows of a page alone: its query joins nothing.
    name = select(AdminUnit.name).where(AdminUnit.id == shown_unit(ctx)).correlate(Violation)
    return query.add_columns(name.scalar_subquery().label("unit"))


def _for_files(ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    shown = shown_point(ctx)
    return (
        query.add_columns(
            ViolationKind.act,
            ViolationKind.decree,
            ViolationKind.article,
            shown_handler(ctx, HANDLER).label("handler"),
            ACCUSED.short_name.label("accused"),
            knows_place(ctx).label("knows_place"),
            func.ST_X(shown).label("lon"),
            func.ST_Y(shown).label("lat"),
            func.ST_AsBinary(shown, "NDR").label("wkb"),
        )
        .join(ViolationKind, ViolationKind.id == Violation.kind_id)
        .outerjoin(HANDLER, HANDLER.id == Violation.handler_organisation_id)
        .outerjoin(ACCUSED, ACCUSED.id == Violation.organisation_id)
    )


def open_clause() -> ColumnElement[bool]:
    """Cases that are not closed."""
    return Violation.state.in_(VIOLATION.open_states)


def found_from(day: date) -> ColumnElement[bool]:
    """Cases found on a day or later."""
    return Violation.found_at >= datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def found_to(day: date) -> ColumnElement[bool]:
    """Cases found on a day or earlier."""
    return Violation.found_at < datetime.combine(day + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE)


def _unpaid() -> ColumnElement[bool]:
    return and_(Violation.decision_number.is_not(None), Violation.fine_vnd > 0, Violation.paid_on.is_(None))


def _of_organisation(_ctx: Ctx, organisation_id: int) -> ColumnElement[bool]:
    return func.coalesce(Violation.organisation_id, 0) == organisation_id


def _of_act(_ctx: Ctx, code: str) -> ColumnElement[bool]:
    return Violation.kind_id.in_(select(ViolationKind.id).where(ViolationKind.code == code))


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    return ctx.session.scalar(select(AdminUnit.name).where(AdminUnit.id == unit_id))


def _organisation_name(ctx: Ctx, organisation_id: int) -> str | None:
    if organisation_id == 0:
        return _("Chưa rõ")
    return ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == organisation_id))


def _acts(ctx: Ctx) -> dict[str, str]:
    """Code -> act, as its newest row says it."""
    rows = ctx.session.execute(select(ViolationKind.code, ViolationKind.act).order_by(ViolationKind.valid_from))
    return {row.code: stored_text(row.act) for row in rows}


def count_on_street(ctx: Ctx, corridor: StreetCorridor) -> Select[Any]:
    """The number of the violations within a corridor that are not closed, by the place that the actor may know."""
    return count_query(ctx, VIOLATION, open_clause(), corridor.holds(shown_point(ctx)))


VIOLATIONS: Final = case_list(
    VIOLATION,
    code="violations",
    file_label=_l("Danh sách vi phạm"),
    stem="vi-pham",
    formats=EVERY,
    joined=_joined,
    remark=lambda _ctx, row: row.unit or "",
    for_files=_for_files,
    filters=(
        Flag("open", _l("Chưa đóng"), chip=_l("Hồ sơ"), text=_l("chưa đóng"), where=lambda _ctx, _on: open_clause()),
        Flag(
            "decided",
            _l("Có quyết định"),
            chip=_l("Quyết định"),
            text=_l("đã có"),
            where=lambda _ctx, _on: Violation.decision_number.is_not(None),
        ),
        Flag(
            "unpaid", _l("Chưa nộp phạt"), chip=_l("Nộp phạt"), text=_l("chưa nộp"), where=lambda _ctx, _on: _unpaid()
        ),
        ChoiceFilter("act", _l("Hành vi"), options=_acts, where=_of_act),
        Entity(
            "unit",
            _l("Địa bàn"),
            hidden=True,
            named=_unit_name,
            must_exist=True,
            where=lambda ctx, unit_id: shown_unit(ctx) == unit_id,
        ),
        Entity(
            "accused", _l("Tổ chức"), hidden=True, named=_organisation_name, must_exist=True, where=_of_organisation
        ),
        corridor_filter(shown_point),
        Day("from", _l("Phát hiện từ ngày"), where=lambda _ctx, day: found_from(day)),
        Day("to", _l("Phát hiện đến ngày"), where=lambda _ctx, day: found_to(day)),
    ),
    geometry=lambda row: bytes(row.wkb),
    geometry_column="wkb",
    columns=(
        Column("act", _l("Hành vi"), on=On.FILES),
        Column(
            "decree", _l("Căn cứ"), lambda _ctx, row: ", ".join(filter(None, (row.decree, row.article))), on=On.FILES
        ),
        *declared_columns(Violation, "occurred_on", "found_at", row="Violation", on=On.FILES),
        Column("unit", _l("Đơn vị hành chính ngày xảy ra"), optional=True),
        Column(
            "address",
            fields_of(Violation)["address"].heading,
            lambda _ctx, row: row.Violation.address if row.knows_place else None,
            on=On.FILES,
        ),
        Column("handler", _l("Cơ quan xử lý"), on=On.FILES),
        Column("accused", _l("Tổ chức nghi vi phạm"), on=On.FILES),
        Column("minutes_number", _l("Số biên bản"), "Violation.minutes_number", on=On.FILES),
        Column("minutes_on", _l("Ngày lập biên bản"), "Violation.minutes_on", date, on=On.FILES),
        Column("decision_number", _l("Số quyết định"), "Violation.decision_number", on=On.FILES),
        Column("decision_on", _l("Ngày quyết định"), "Violation.decision_on", date, on=On.FILES),
        Column("fine_vnd", _l("Tiền phạt (đồng)"), "Violation.fine_vnd", Decimal, on=On.FILES, total="fine_vnd"),
        Column("remedy_due_on", _l("Khắc phục trước ngày"), "Violation.remedy_due_on", date, on=On.FILES),
        Column("latitude", _l("Vĩ độ"), lambda _ctx, row: Decimal(f"{row.lat:.{_DECIMALS}f}"), Decimal, on=On.FILES),
        Column("longitude", _l("Kinh độ"), lambda _ctx, row: Decimal(f"{row.lon:.{_DECIMALS}f}"), Decimal, on=On.FILES),
        Column(
            "position",
            _l("Tọa độ là"),
            lambda _ctx, row: _("vị trí của hồ sơ") if row.knows_place else _("tâm ô lưới công khai"),
            on=On.FILES,
        ),
    ),
)


#: The decided cases in one table for the national database of sanctions, whose layout is still to be confirmed.
SANCTIONS: Final = replace(
    case_list(
        VIOLATION,
        code="sanctions",
        file_label=_l("Quyết định xử phạt, cho cơ sở dữ liệu quốc gia (bố cục chờ xác nhận)"),
        stem="quyet-dinh-xu-phat",
        formats=(ExportFormat.CSV,),
        joined=_joined,
        for_files=_for_files,
        where=lambda ctx, _chosen: (
            visible(ctx, Violation, P.VIOLATION_EVIDENCE),
            Violation.decision_form.in_((DecisionForm.FINE, DecisionForm.WARNING)),
        ),
        notes=lambda _ctx: (
            (_("Bố cục"), _("Chờ cơ quan quản lý Cơ sở dữ liệu quốc gia về xử lý vi phạm hành chính xác nhận")),
        ),
        columns=(
            Column("decision_number", _l("Số quyết định"), "Violation.decision_number", on=On.FILES),
            Column("decision_on", _l("Ngày quyết định"), "Violation.decision_on", date, on=On.FILES),
            Column("decision_form", _l("Hình thức"), "Violation.decision_form", on=On.FILES),
            Column(
                "decision_delivered_on",
                _l("Ngày nhận quyết định"),
                "Violation.decision_delivered_on",
                date,
                on=On.FILES,
            ),
            Column("authority", _l("Người ra quyết định"), "Violation.authority", on=On.FILES),
            Column("offender", _l("Bên vi phạm là"), "Violation.offender", on=On.FILES),
            Column("offender_name", _l("Tên bên vi phạm"), "Violation.offender_name", on=On.FILES),
            Column("act", _l("Hành vi"), on=On.FILES),
            Column("decree", _l("Nghị định, văn bản áp dụng"), on=On.FILES),
            Column("article", _l("Điều khoản"), on=On.FILES),
            *declared_columns(Violation, "occurred_on", row="Violation", on=On.FILES),
            Column("unit", _l("Đơn vị hành chính ngày xảy ra"), on=On.FILES),
            Column("fine_vnd", _l("Tiền phạt (đồng)"), "Violation.fine_vnd", Decimal, on=On.FILES, total="fine_vnd"),
            Column(
                "remedies", _l("Biện pháp khắc phục"), lambda _ctx, row: format_remedies(row.Violation), on=On.FILES
            ),
            Column("remedy", _l("Nội dung phải khắc phục"), "Violation.remedy", on=On.FILES),
            Column("paid_on", _l("Ngày nộp phạt"), "Violation.paid_on", date, on=On.FILES),
            Column("receipt_number", _l("Số biên lai"), "Violation.receipt_number", on=On.FILES),
            Column("minutes_number", _l("Số biên bản"), "Violation.minutes_number", on=On.FILES),
            Column("minutes_on", _l("Ngày lập biên bản"), "Violation.minutes_on", date, on=On.FILES),
            Column("is_electronic", _l("Biên bản điện tử"), "Violation.is_electronic", bool, on=On.FILES),
            Column("signed_pdf", _l("SHA-256 của biên bản đã ký"), "Violation.signed_pdf", on=On.FILES),
            Column("signed_by", _l("Người ký số"), "Violation.signed_by", on=On.FILES),
            Column("signed_at", _l("Ký số lúc"), "Violation.signed_at", datetime, on=On.FILES),
        ),
    ),
    label=_l("Quyết định xử phạt"),
    endpoint="violation_figures.sanctions",
    parent=(_l("Vi phạm"), "violations.index"),
    permission=P.VIOLATION_DECIDE,
)


DELEGATIONS: Final = ListView(
    code="violation_delegations",
    label=_l("Sổ giao quyền xử phạt"),
    subtitle=_l("Văn bản giao quyền của người có thẩm quyền trong cơ quan cho cấp phó"),
    endpoint="violation_delegations.index",
    permission=P.DELEGATION_KEEP,
    select=lambda ctx, _chosen: delegations_query(ctx),
    columns=(
        Column(
            "number",
            fields_of(ViolationDelegation)["number"].label,
            "ViolationDelegation.number",
            main=True,
            sort=ViolationDelegation.number,
            show=link(
                "violation_delegations.detail",
                "ViolationDelegation.number",
                delegation_id="ViolationDelegation.id",
            ),
        ),
        *(
            column
            for name in ("signed_on", "deputy_name")
            for column in declared_columns(
                ViolationDelegation, name, row="ViolationDelegation", sort=getattr(ViolationDelegation, name)
            )
        ),
        Column(
            "powers",
            _l("Quyền được giao"),
            lambda _ctx, row: labels_of_codes(DelegatedPower, row.ViolationDelegation.powers),
        ),
        *declared_columns(
            ViolationDelegation, "valid_from", row="ViolationDelegation", sort=ViolationDelegation.valid_from
        ),
        Column("last_on", fields_of(ViolationDelegation)["ended_on"].label, "ViolationDelegation.last_on", date),
    ),
    order=(ViolationDelegation.valid_from, ViolationDelegation.id),
    descending=True,
    count=_n_noop("%(count)s văn bản giao quyền"),
    empty=Empty(
        _l("Chưa có văn bản giao quyền nào"), _l("Ghi văn bản giao quyền trước khi cấp phó ký quyết định đầu tiên.")
    ),
)
