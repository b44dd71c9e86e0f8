"""One printable page on a commune for its chairman and the departments: each figure opens the list that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.dashboard.figures import count_groups
from registry.dashboard.parts_register import filter_of
from registry.incidents.workflow import INCIDENT
from registry.kernel.errors import Invalid
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l
from registry.kernel.lists.page import list_url
from registry.kernel.lists.view import LISTS
from registry.kernel.numbers import parse_id
from registry.structures.kinds import KINDS
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import list_units
from registry.violations.workflow import VIOLATION
from registry.workflow.definition import Workflow
from registry.workflow.time_left import TimeLeft, times_left

bp = GuardedBlueprint("commune_page", __name__, errors=html_errors)
#: How many of the next terms are shown.
_NEXT: Final = 10


@dataclass(frozen=True)
class ListFigure:
    """Rows of a list of the registry under a filter, besides the commune."""

    label: Any
    list_code: str
    chosen: Mapping[str, Any]


@dataclass(frozen=True)
class CommuneFigure:
    """A number with the address of the list that has as many rows."""

    label: str
    number: int
    url: str


@dataclass(frozen=True)
class NextTerm:
    """An open case of the commune that has a term, with what is left of it."""

    workflow: Workflow
    case: Any
    left: TimeLeft

    @property
    def url(self) -> str:
        return url_for(self.workflow.page, case_id=self.case.id)


#: What a list may show of structures, by the arguments of its address.
STRUCTURES: Final[Sequence[tuple[Any, Mapping[str, str]]]] = (
    (_l("Đang có đơn vị sử dụng"), {"used": "1"}),
    (_l("Còn chỗ trống"), {"room": "1"}),
    (_l("Ở tình trạng nguy hiểm"), {"condition": "dangerous"}),
    (_l("Dự kiến, chưa xây dựng"), {"status": "planned"}),
    (_l("Đang xây dựng"), {"status": "building"}),
)
CASES: Final = (
    ListFigure(_l("Vụ việc vi phạm chưa đóng"), "violations", {"open": True}),
    ListFigure(_l("Vụ việc vi phạm quá hạn"), "violations", {"late": True}),
    ListFigure(_l("Chưa nộp phạt"), "violations", {"unpaid": True}),
    ListFigure(_l("Sự cố chưa đóng"), "incidents", {"open": True}),
    ListFigure(_l("Sự cố quá hạn"), "incidents", {"late": True}),
    ListFigure(_l("Sự cố chưa bảo đảm an toàn"), "incidents", {"unsafe": True}),
)
VILLAGES: Final = (
    ListFigure(_l("Thôn, bản, khu phố"), "villages", {}),
    ListFigure(_l("Chưa phủ sóng băng rộng di động"), "villages", {"no_mobile": True}),
    ListFigure(_l("Chưa có cáp quang"), "villages", {"no_ftth": True}),
)


@bp.get("/communes", permission=P.COMMUNE_PAGE)
def index(ctx: Ctx) -> str:
    """The page of `unit`, by default the first commune of the reader's area; Invalid for any other."""
    communes = readable_communes(ctx)
    commune = _asked(communes, request.args.get("unit", ""))
    return render_template(
        "home/commune.html",
        commune=commune,
        communes=communes,
        kinds=list(count_kinds(ctx, commune)) if commune else [],
        structures=list(count_structures(ctx, commune)) if commune else [],
        cases=list(count_lists(ctx, commune, CASES)) if commune else [],
        villages=list(count_lists(ctx, commune, VILLAGES)) if commune else [],
        terms=next_terms(ctx, commune) if commune else [],
        now=ctx.now,
    )


def readable_communes(ctx: Ctx) -> list[AdminUnit]:
    """The communes of today whose page the actor may read, by code."""
    ids = set(ctx.session.scalars(select(AdminUnit.id).where(visible(ctx, AdminUnit, P.COMMUNE_PAGE))))
    return [unit for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE) if unit.id in ids]


def _asked(communes: Sequence[AdminUnit], typed: str) -> AdminUnit | None:
    if not typed:
        return next(iter(communes), None)
    commune = next((unit for unit in communes if unit.id == parse_id(typed)), None)
    if commune is None:
        sentence = _("Không có xã, phường số «%(unit)s» đang hiệu lực trong phạm vi của tài khoản.", unit=typed[:20])
        raise Invalid({"unit": sentence})
    return commune


def count_kinds(ctx: Ctx, commune: AdminUnit) -> Iterator[CommuneFigure]:
    """The structures of each kind that has any."""
    counts = count_groups(ctx, filter_of({"unit": commune.id}), "kind")
    for code, kind in KINDS.items():
        if number := counts.get((code,), 0):
            yield CommuneFigure(str(kind.label), number, url_for("structures.list", kind=code, unit=commune.id))


def count_structures(ctx: Ctx, commune: AdminUnit) -> Iterator[CommuneFigure]:
    """The structures under each filter of STRUCTURES."""
    for label, more in STRUCTURES:
        args: dict[str, Any] = {"unit": commune.id, **more}
        number = sum(count_groups(ctx, filter_of(args), "kind").values())
        yield CommuneFigure(str(label), number, url_for("structures.list", **args))


def count_lists(ctx: Ctx, commune: AdminUnit, figures: Sequence[ListFigure]) -> Iterator[CommuneFigure]:
    """The rows of the lists that the reader may open."""
    for figure in figures:
        view = LISTS[figure.list_code]
        if holds(ctx.actor, P(view.permission)):
            values = view.read(ctx, MultiDict({"unit": str(commune.id)})) | dict(figure.chosen)
            yield CommuneFigure(str(figure.label), view.count_rows(ctx, values), list_url(ctx, view, values))


def next_terms(ctx: Ctx, commune: AdminUnit) -> list[NextTerm]:
    """The open cases of the commune whose terms end first, late ones included."""
    terms = []
    for workflow, code in ((VIOLATION, "violations"), (INCIDENT, "incidents")):
        view, model = LISTS[code], workflow.model
        if not holds(ctx.actor, P(view.permission)):
            continue
        values = view.read(ctx, MultiDict({"unit": str(commune.id)})) | {"open": True}
        query = view.query(ctx, values).where(model.due_at.is_not(None)).order_by(None)
        rows = view.reads.page(ctx, query.order_by(model.due_at, model.id).limit(_NEXT)).all()
        cases = [getattr(row, model.__name__) for row in rows]
        left = times_left(ctx, workflow, cases)
        terms += [NextTerm(workflow, each, left[each.id]) for each in cases if each.id in left]
    return sorted(terms, key=lambda term: (term.case.due_at, term.case.id))[:_NEXT]
