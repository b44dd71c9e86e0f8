"""The lists of projects, and of the fines of decisions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _l, _n_noop
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import ChoiceFilter, Flag, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.view import Empty, ListView
from registry.money.models import PppProject, PppState
from registry.money.queries import fines_query, projects_query, year_of
from registry.violations.models import Violation
from registry.violations.rules import unpaid_fine

#: Years that a filter offers.
_YEARS: Final = range(2015, 2051)


def _years(_ctx: Ctx) -> dict[str, str]:
    return {str(year): str(year) for year in _YEARS}


def _left(_ctx: Ctx, row: Any) -> Decimal:
    return unpaid_fine(row.Violation)


PROJECTS: Final = ListView(
    code="ppp-projects",
    label=_l("Dự án đối tác công tư (PPP)"),
    endpoint="money.projects",
    parent=(_l("Kinh phí, dự án"), "money.index"),
    permission=P.MONEY_READ,
    select=lambda ctx, _chosen: projects_query(ctx),
    columns=(
        Column(
            "name",
            _l("Tên dự án"),
            "PppProject.name",
            main=True,
            wraps=True,
            sort=PppProject.name,
            show=link("money.project", "PppProject.name", project_id="PppProject.id"),
        ),
        *declared_columns(PppProject, "code", row="PppProject", on=On.FILES),
        *declared_columns(PppProject, "scope", row="PppProject"),
        *declared_columns(PppProject, "capital_vnd", row="PppProject", sort=PppProject.capital_vnd),
        *declared_columns(PppProject, "state_vnd", "investor", row="PppProject", on=On.FILES),
        *declared_columns(PppProject, "state", row="PppProject"),
        *declared_columns(
            PppProject, "starts_year", "ends_year", "source", "source_on", "note", row="PppProject", on=On.FILES
        ),
    ),
    filters=(
        ChoiceFilter("state", _l("Trạng thái"), options=PppState, where=lambda _ctx, state: PppProject.state == state),
        Search("q", _l("Từ khóa"), where=lambda _ctx, text: contains_all(func.fold(PppProject.name), text.split())),
    ),
    order=(PppProject.id,),
    descending=True,
    stem="du-an-ppp",
    count=_n_noop("%(count)s dự án"),
    empty=Empty(_l("Chưa có dự án nào"), _l("Sở Tài chính ghi các dự án đối tác công tư tại đây.")),
    no_match=Empty(_l("Không có dự án nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
FINES: Final = ListView(
    code="fines",
    label=_l("Tiền phạt theo quyết định"),
    subtitle=_l("Quyết định xử phạt có tiền phạt; không nêu bên vi phạm và địa điểm"),
    endpoint="money.fines",
    parent=(_l("Kinh phí, dự án"), "money.index"),
    permission=P.VIOLATION_FINES,
    select=lambda ctx, _chosen: fines_query(ctx),
    columns=(
        Column(
            "decision_number",
            _l("Số quyết định"),
            "Violation.decision_number",
            main=True,
            sort=Violation.decision_number,
        ),
        Column("decision_on", _l("Ngày quyết định"), "Violation.decision_on", date, sort=Violation.decision_on),
        Column("office", _l("Cơ quan xử lý"), sort="office"),
        Column(
            "fine_vnd", _l("Tiền phạt (đồng)"), "Violation.fine_vnd", Decimal, total="fine_vnd", sort=Violation.fine_vnd
        ),
        Column("paid_vnd", _l("Đã nộp (đồng)"), "Violation.paid_vnd", Decimal, sort=Violation.paid_vnd),
        Column("left", _l("Còn phải nộp (đồng)"), _left, Decimal),
        Column("paid_on", _l("Ngày nộp đủ"), "Violation.paid_on", date, sort=Violation.paid_on),
        Column("state", _l("Trạng thái"), "Violation.state.label"),
    ),
    filters=(
        ChoiceFilter(
            "year",
            _l("Năm quyết định"),
            options=_years,
            where=lambda _ctx, year: year_of(Violation.decision_on) == int(year),
        ),
        Flag(
            "unpaid",
            _l("Chưa nộp đủ"),
            chip=_l("Nộp phạt"),
            text=_l("chưa nộp đủ"),
            where=lambda _ctx, _on: Violation.paid_on.is_(None),
        ),
    ),
    order=(Violation.decision_on, Violation.id),
    descending=True,
    stem="tien-phat",
    count=_n_noop("%(count)s quyết định"),
    empty=Empty(_l("Chưa có quyết định nào"), _l("Quyết định xử phạt có tiền phạt sẽ hiển thị tại đây.")),
    no_match=Empty(_l("Không có quyết định nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)
