"""The annual list as an official paper: a draft of now, and each edition as it was when it was issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Final

from registry.accounts.letterhead import head_of, letterhead
from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.documents.issued import IssuedPaper, freeze_paper, issued_paper, list_editions, made_again, official_paper
from registry.documents.official import BLANK, OfficialPaper, written_day
from registry.kernel.errors import NotFound
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale
from registry.routelists.models import ListState, RouteList, WorkKind
from registry.routelists.queries import is_extract, list_agreed
from registry.routelists.rules import by_commune

#: The code of the workflow of annual lists.
CODE: Final = "routelist"
_PAPER: Final = "list"


@dataclass(frozen=True)
class ListPaper:
    """What the print shows: heading and foot, the streets, and their metres by commune."""

    paper: OfficialPaper
    rows: Sequence[Any]
    communes: Sequence[Mapping[str, Any]]
    total_m: Decimal
    is_issued: bool


def freeze_list(ctx: Ctx, route_list: RouteList) -> None:
    """Store an edition as soon as it is issued."""
    if route_list.state is not ListState.ISSUED or _edition(ctx, route_list, route_list.edition) is not None:
        return
    content = {
        "edition": route_list.edition,
        "paper": asdict(_heading(ctx, route_list)),
        "rows": _rows(ctx, route_list),
    }
    freeze_paper(ctx, CODE, route_list.id, _PAPER, content)


def served_list(
    ctx: Ctx, route_list: RouteList, edition: int | None = None, *, is_draft_wanted: bool = False
) -> ListPaper:
    """The edition in force as it was issued, else a draft of now; NotFound for an edition that was not issued.

    Of an issued edition a reader of one area gets the streets of that area. While the next edition is collected,
    `is_draft_wanted` gives its draft.
    """
    is_collecting = route_list.state is ListState.COLLECTING
    in_force = route_list.edition - is_collecting if route_list.decision_number is not None else None
    wanted = edition or (None if is_collecting and is_draft_wanted else in_force)
    issued = None if wanted is None else _edition(ctx, route_list, wanted)
    if issued is not None:
        rows = issued.content["rows"]
        if is_extract(ctx):
            rows = [row for row in rows if row["commune_id"] in ctx.actor.unit_ids]
        return _list_paper(official_paper(issued.content["paper"]), rows, is_issued=True)
    if edition is not None:
        raise NotFound(
            _("Danh mục năm %(year)d không có bản ban hành lần %(edition)d.", year=route_list.year, edition=edition)
        )
    with force_locale(DEFAULT_LANGUAGE):
        heading = _heading(ctx, route_list)
        paper = made_again(ctx, heading) if wanted is not None else heading
    return _list_paper(paper, _rows(ctx, route_list), is_issued=False)


def issued_editions(ctx: Ctx, route_list: RouteList) -> list[int]:
    """The editions that were issued and stored, the last one first."""
    return [int(paper.content["edition"]) for paper in list_editions(ctx, CODE, route_list.id, _PAPER)]


def _edition(ctx: Ctx, route_list: RouteList, edition: int) -> IssuedPaper | None:
    last = issued_paper(ctx, CODE, route_list.id, _PAPER)
    if last is None or last.content["edition"] == edition:
        return last
    papers = list_editions(ctx, CODE, route_list.id, _PAPER)
    return next((paper for paper in papers if paper.content["edition"] == edition), None)


def _heading(ctx: Ctx, route_list: RouteList) -> OfficialPaper:
    """The list is an annex of its decision, which has the number and the day."""
    agency = ctx.session.get_one(Organisation, route_list.organisation_id)
    parent, lines = letterhead(ctx, agency)
    if route_list.state is ListState.ISSUED:
        day = written_day(route_list.decided_on) if route_list.decided_on else BLANK
        remark = f"(Kèm theo Quyết định số {route_list.decision_number} {day} của {agency.name})"
    else:
        remark = _("(Dự thảo, phiên bản %(edition)d, chưa ban hành)", edition=route_list.edition)
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number="",
        place_and_day="",
        title=_("DANH MỤC TUYẾN ĐƯỜNG"),
        subject=_(
            "trong đô thị cần xây dựng, sửa chữa, nâng cấp công trình hạ tầng viễn thông sử dụng chung năm %(year)d",
            year=route_list.year,
        ),
        parts=(),
        recipients=("UBND các xã, phường có tuyến", "Lưu: VT"),
        right=(head_of(agency), ""),
        remark=remark,
    )


def _rows(ctx: Ctx, route_list: RouteList) -> list[dict[str, Any]]:
    return [
        {
            "id": row.RouteItem.id,
            "street_name": row.RouteItem.street_name,
            "from_place": row.RouteItem.from_place,
            "to_place": row.RouteItem.to_place,
            "is_urban": row.RouteItem.is_urban,
            "length_m": str(row.RouteItem.length_m),
            "work_kind": row.RouteItem.work_kind.value,
            "wanted_from_year": row.RouteItem.wanted_from_year,
            "wanted_to_year": row.RouteItem.wanted_to_year,
            "commune_id": row.RouteItem.commune_id,
            "commune": row.commune,
            "proposer": row.proposer,
        }
        for row in list_agreed(ctx, route_list)
    ]


def _list_paper(paper: OfficialPaper, rows: Sequence[Mapping[str, Any]], *, is_issued: bool) -> ListPaper:
    totals: dict[tuple[int, str], SimpleNamespace] = {}
    entries = []
    for row in rows:
        metres, kind = Decimal(row["length_m"]), WorkKind(row["work_kind"])
        item = SimpleNamespace(**{**row, "length_m": metres, "work_kind": kind})
        entries.append(SimpleNamespace(RouteItem=item, commune=row["commune"], proposer=row["proposer"]))
        total = totals.setdefault(
            (row["commune_id"], kind.value),
            SimpleNamespace(
                unit_id=row["commune_id"], commune=row["commune"], work_kind=kind, items=0, length_m=Decimal(0)
            ),
        )
        total.items += 1
        total.length_m += round(metres)
    whole = sum((total.length_m for total in totals.values()), Decimal(0))
    return ListPaper(paper, entries, by_commune(totals.values()), whole, is_issued)
