"""The public page and file of the days that procedures take, by year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from flask import render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.dated_rows import cite
from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import TABLES, ExportRecord, FileColumn
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.open_data import DataTheme, OpenDataAbout, Period, UpdateFrequency
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l
from registry.kernel.numbers import parse_id
from registry.workflow.procedures import FEWEST, Procedure, ProcedureYear, TermLength, list_years, read_procedures

bp = GuardedBlueprint("procedures", __name__, errors=html_errors)
CODE: Final = "procedures"


@bp.get("/procedures", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """Each procedure with its term, what was done in a year, and its days; Invalid for a year without figures."""
    years = list_years(ctx)
    year = _year(years, request.args)
    rows = read_procedures(ctx, year)
    return render_template(
        "workflow/procedures.html",
        rows=[(procedure, figures, _terms(figures)) for procedure, figures in rows if figures.done is not None],
        others=[procedure for procedure, figures in rows if figures.done is None],
        year=year,
        years=years,
        fewest=FEWEST,
        now=ctx.now,
        files=[
            (label, url_for("exports.make", list_code=CODE, file_format=code, year=year))
            for code, label in (("csv", "CSV"), ("xlsx", "Excel"))
        ],
    )


def _year(years: list[int], args: Args) -> int:
    typed = args.get("year", "")
    year = parse_id(typed) if typed else years[0]
    if year not in years:
        sentence = _(
            "Chưa có số liệu của năm “%(year)s”; có số liệu của: %(years)s.",
            year=typed[:20],
            years=", ".join(map(str, years)),
        )
        raise Invalid({"year": sentence})
    return year


def _terms(figures: ProcedureYear) -> str:
    return "; ".join(f"{_length(term)} ({_source(term)})" for term in figures.terms)


def _length(term: TermLength) -> str:
    return term.unit.length_of(term.length)


def _source(term: TermLength) -> str:
    return cite(term.citation, needs_verification=term.needs_verification)


def _open(ctx: Ctx, args: Args) -> Source:
    year = _year(list_years(ctx), args)
    rows = [(procedure, figures) for procedure, figures in read_procedures(ctx, year) if figures.done is not None]
    columns = (
        FileColumn("procedure", _("Thủ tục")),
        FileColumn("agency", _("Cơ quan")),
        FileColumn("term", _("Thời hạn")),
        FileColumn("unit", _("Đơn vị tính")),
        FileColumn("done", _("Đã xong"), Decimal),
        FileColumn("in_time_percent", _("Đúng hạn (%)"), Decimal),
        FileColumn("median", _("Trung vị"), Decimal),
        FileColumn("longest", _("Dài nhất"), Decimal),
        FileColumn("median_before", _("Trung vị năm trước"), Decimal),
    )

    def records() -> Iterator[ExportRecord]:
        for procedure, figures in rows:
            yield ExportRecord(_values(procedure, figures))

    note = _("Thủ tục có dưới %(least)s hồ sơ xong trong năm không có số liệu.", least=FEWEST)
    return Source(
        columns, lambda most: min(len(rows), most + 1), records, ((_("Năm"), str(year)),), ((_("Ghi chú"), note),)
    )


def _values(procedure: Procedure, figures: ProcedureYear) -> tuple[Any, ...]:
    numbers = (figures.done, figures.in_time_percent, figures.median, figures.longest, figures.median_before)
    return (
        procedure.label,
        procedure.agency,
        _terms(figures),
        str(figures.terms[0].unit.label),
        *(None if number is None else Decimal(number) for number in numbers),
    )


def _period(ctx: Ctx) -> Period:
    """The years that the page offers; the file is that of the present one unless another is asked for."""
    return date(list_years(ctx)[-1], 1, 1), None


PROCEDURES: Final = ExportList(
    CODE,
    _l("Thời gian giải quyết thủ tục"),
    "thoi-gian-thu-tuc",
    P.PUBLIC,
    _open,
    TABLES,
    open_data=OpenDataAbout(
        _l(
            "Số hồ sơ đã xong, tỷ lệ đúng hạn và thời gian giải quyết theo thủ tục và năm (tham số year)."
            " Thủ tục có quá ít hồ sơ trong năm không có số liệu."
        ),
        DataTheme.GOVERNMENT,
        UpdateFrequency.CONTINUOUS,
        "procedures.index",
        _period,
    ),
)
