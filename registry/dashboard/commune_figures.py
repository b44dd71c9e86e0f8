"""Figures and next terms of a commune; each figure has the address of the list that it counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.dashboard.figures import count_groups
from registry.dashboard.parts_register import filter_of
from registry.incidents.workflow import INCIDENT
from registry.infra_plans.models import InfraPlan
from registry.infra_plans.queries import plan_on
from registry.kernel.i18n import _l
from registry.kernel.lists.page import list_url
from registry.kernel.lists.view import LISTS, ListView
from registry.street_works.workflow import STREET_WORK
from registry.structures.kinds import KINDS
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import list_units
from registry.violations.workflow import VIOLATION
from registry.workflow.definition import Workflow
from registry.workflow.time_left import TimeLeft, times_left, urgent_end_of

#: How many of the next terms are shown.
_NEXT: Final = 10


@dataclass(frozen=True)
class ListFigure:
    """Rows of a list of the registry under a filter, besides the commune."""

    label: Any
    list_code: str
    filter_values: Mapping[str, Any]
    #: The filter of the list that takes the commune.
    unit_filter: str = "unit"


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
    ends_at: datetime

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
    ListFigure(_l("Thi công trên tuyến phố chưa xong"), "street-works", {"open": True}),
    ListFigure(_l("Sự cố chưa bảo đảm an toàn"), "incidents", {"unsafe": True}),
)
VILLAGES: Final = (
    ListFigure(_l("Thôn, bản, khu phố"), "villages", {}),
    ListFigure(_l("Chưa phủ sóng băng rộng di động"), "villages", {"no_mobile": True}),
    ListFigure(_l("Chưa có cáp quang"), "villages", {"no_ftth": True}),
)
STREETS: Final = (
    ListFigure(_l("Tuyến phố trong danh mục"), "route-progress", {}),
    ListFigure(_l("Tuyến phố chậm tiến độ"), "route-progress", {"late": True}),
    ListFigure(_l("Quy định của tuyến phố"), "street-rules", {}, unit_filter="commune"),
)


def readable_communes(ctx: Ctx) -> list[AdminUnit]:
    """The communes of today whose page the actor may read, by code."""
    ids = set(ctx.session.scalars(select(AdminUnit.id).where(visible(ctx, AdminUnit, P.COMMUNE_PAGE))))
    return [unit for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE) if unit.id in ids]


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
            values = view.read(ctx, MultiDict({figure.unit_filter: str(commune.id)})) | dict(figure.filter_values)
            yield CommuneFigure(str(figure.label), view.count_rows(ctx, values), list_url(ctx, view, values))


def plan_in_force(ctx: Ctx) -> InfraPlan | None:
    """The plan of today, for who may read plans."""
    return plan_on(ctx.session, ctx.today) if holds(ctx.actor, P.INFRA_PLAN_READ) else None


def next_terms(ctx: Ctx, commune: AdminUnit) -> list[NextTerm]:
    """The open cases of the commune with a term, those that are late first, then those whose terms end first."""
    terms: dict[tuple[str, int], tuple[bool, NextTerm]] = {}
    for workflow, code in ((VIOLATION, "violations"), (INCIDENT, "incidents"), (STREET_WORK, "street-works")):
        if not holds(ctx.actor, P(LISTS[code].permission)):
            continue
        for name in ("late", "open"):
            cases = _cases(ctx, workflow, LISTS[code], commune, name)
            left = times_left(ctx, workflow, [each for each, _ends_at in cases])
            for each, ends_at in cases:
                if each.id in left:
                    term = (name != "late", NextTerm(workflow, each, left[each.id], ends_at or ctx.now))
                    terms.setdefault((workflow.code, each.id), term)
    ordered = sorted(terms.values(), key=lambda term: (term[0], term[1].ends_at, term[1].case.id))
    return [term for _is_in_time, term in ordered[:_NEXT]]


def _cases(
    ctx: Ctx, workflow: Workflow, view: ListView, commune: AdminUnit, name: str
) -> list[tuple[Any, datetime | None]]:
    """The first cases of a list under one of its flags, each with the end of its term, or that which it missed."""
    values = view.read(ctx, MultiDict({"unit": str(commune.id)})) | {name: True}
    model, ends_at = workflow.model, urgent_end_of(workflow)
    query = view.query(ctx, values).add_columns(ends_at.label("ends_at"))
    query = query.order_by(None).order_by(ends_at.nulls_last(), model.id).limit(_NEXT)
    return [(getattr(row, model.__name__), row.ends_at) for row in view.reads.page(ctx, query)]
