"""Rules of lists and streets on values. A `..._problem` function returns the sentence of a refusal, or None."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from registry.kernel.i18n import _, format_number
from registry.kernel.units import VND, M
from registry.routelists.costs import CostPlan
from registry.routelists.models import FIRST_YEAR, LAST_YEAR, MOST_METRES, ItemState

#: States in which the proposer may still change what is proposed.
EDITABLE = (ItemState.PROPOSED, ItemState.RETURNED)
#: States in which the department of construction must answer, or still can after its term.
WAITING = (ItemState.UNDER_REVIEW, ItemState.OVERDUE)
#: States of items that no list will have.
OUT = (ItemState.REJECTED, ItemState.WITHDRAWN, ItemState.MERGED)
#: Lists are made for the coming years only.
_YEARS_AHEAD = 5
_METRES_A_KM = 1000


def year_problem(year: int, today: date) -> str | None:
    last = today.year + _YEARS_AHEAD
    if FIRST_YEAR <= year <= last:
        return None
    return _("Năm %(year)d không hợp lệ; cần năm từ %(first)d đến %(last)d.", year=year, first=FIRST_YEAR, last=last)


def value_problems(
    values: Mapping[str, Any], planned_kinds: Collection[str], known_kinds: Collection[str]
) -> dict[str, str]:
    """Field -> sentence for contradictory or unknown values."""
    problems = {}
    first, last = values.get("wanted_from_year"), values.get("wanted_to_year")
    if first is not None and last is not None and last < first:
        problems["wanted_to_year"] = _(
            "Năm kết thúc %(last)d trước năm bắt đầu %(first)d; cần năm từ %(first)d trở đi.", last=last, first=first
        )
    if values.get("linked_project") is None and (values.get("project_kind") or values.get("project_number")):
        problems["linked_project"] = _("Chưa nhập; đã ghi loại hoặc mã dự án thì cần tên dự án liên quan.")
    plan = values.get("cost_plan")
    if plan is not None and (problem := _plan_problem(plan, values)) is not None:
        problems["cost_plan"] = problem
    unknown = [kind for kind in planned_kinds if kind not in known_kinds]
    if unknown:
        problems["planned_kinds"] = _("Không có loại công trình “%(kind)s”.", kind=unknown[0][:60])
    return problems


def with_plan(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a street; cost and funding that are not stated follow from its costs by year."""
    plan = values.get("cost_plan")
    if plan is None:
        return dict(values)
    return {
        **values,
        "cost_vnd": plan.total if values.get("cost_vnd") is None else values["cost_vnd"],
        "funding": values.get("funding") or plan.funding,
    }


def _plan_problem(plan: CostPlan, values: Mapping[str, Any]) -> str | None:
    """Costs by year against the total, the funding and the wanted years."""
    total, funding = values.get("cost_vnd"), values.get("funding")
    if total is not None and total != plan.total:
        return _(
            "Các năm cộng lại %(sum)s, khác kinh phí dự kiến %(total)s; hãy sửa một trong hai, hoặc để trống kinh phí"
            " dự kiến.",
            sum=VND.display(plan.total),
            total=VND.display(total),
        )
    if funding is not None and funding is not plan.funding:
        return _(
            "Các năm ghi nguồn “%(planned)s”, khác nguồn vốn “%(stated)s”; hãy sửa một trong hai.",
            planned=plan.funding.label,
            stated=funding.label,
        )
    first, last = values.get("wanted_from_year") or FIRST_YEAR, values.get("wanted_to_year") or LAST_YEAR
    outside = next((each.year for each in plan.years if not first <= each.year <= last), None)
    if outside is not None:
        return _(
            "Năm %(year)d ngoài thời gian thực hiện; cần năm từ %(first)d đến %(last)d.",
            year=outside,
            first=first,
            last=last,
        )
    return None


def line_problem(*, is_simple: bool, length_m: Decimal) -> str | None:
    """The line is too long for one street, or crosses itself."""
    if length_m > MOST_METRES:
        return _(
            "Tuyến dài %(length)s km, tối đa %(most)s km; hãy kiểm tra tọa độ hoặc chia tuyến.",
            length=format_number(length_m / _METRES_A_KM, 1),
            most=format_number(MOST_METRES // _METRES_A_KM),
        )
    if not is_simple:
        return _("Tuyến tự cắt hoặc quay lại chính nó; hãy nhập các điểm theo thứ tự dọc đường.")
    return None


def outside_problem(metres: Decimal, unit: str | None) -> str:
    """The part of a line outside of the proposer's area."""
    return _(
        "Có %(length)s của tuyến nằm ngoài địa bàn của đơn vị (%(unit)s); hãy cắt tuyến tại ranh giới.",
        length=M.display(metres, 0),
        unit=unit or _("ngoài địa bàn tỉnh"),
    )


def title_of(values: Mapping[str, Any]) -> str:
    return f"{values['street_name']} ({values['from_place']} – {values['to_place']})"


def by_commune(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows of commune, work kind, items and metres, summed to one row per commune."""
    totals: dict[int, dict[str, Any]] = {}
    for row in rows:
        # Two communes may have one name, a former and a present one even in one list.
        line = totals.setdefault(row.unit_id, {"commune": row.commune, "items": 0, "length_m": Decimal(0), "kinds": {}})
        line["items"] += row.items
        line["length_m"] += row.length_m
        line["kinds"][row.work_kind] = row.length_m
    return list(totals.values())
