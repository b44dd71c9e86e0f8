"""The board of incidents for officials and organisations, and the overview for the public."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Response, jsonify, render_template, request

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.incidents.board import (
    OPEN_STATES,
    PUBLIC_STATES,
    first_day,
    heat_cells,
    public_incidents,
    public_units,
    read_board,
)
from registry.incidents.models import Incident
from registry.incidents.pages import bp
from registry.incidents.public_pages import bp as public_bp
from registry.incidents.satisfaction import LEAST_ANSWERS, first_rated_day, satisfaction_by_agency
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.fields import address_day, labels_of
from registry.kernel.i18n import _, _l, format_date
from registry.structures.writing.locate import working_bounds
from registry.territory.queries import commune_choices

_MOST: Final = 200
_LABELS: Final = labels_of(Incident)
_FIRST_DAY: Final = date(2020, 1, 1)
STATE_LABELS: Final = {"open": _l("Đang xử lý"), "safe": _l("Đã bảo đảm an toàn"), "closed": _l("Đã đóng")}


@bp.get("/board", permission=P.INCIDENT_READ)
def board(ctx: Ctx) -> str:
    """Figures by commune, organisation and kind; each opens its list."""
    since = _since(ctx)
    return render_template(
        "incidents/board.html",
        board=read_board(ctx, since),
        bounds=working_bounds(ctx),
        follows=holds(ctx.actor, P.INCIDENT_FOLLOW),
        open_states=OPEN_STATES,
        satisfaction=satisfaction_by_agency(ctx),
        rated_since=first_rated_day(ctx),
        least=LEAST_ANSWERS,
        labels=_LABELS,
    )


@bp.get("/heat.geojson", permission=P.INCIDENT_READ)
def heat(ctx: Ctx) -> Response:
    """The cells of the heat map."""
    return jsonify(heat_cells(ctx, _since(ctx)))


@public_bp.get("/overview", permission=P.PUBLIC)
def overview(ctx: Ctx) -> str:
    """Published incidents by commune and state; each figure opens its list."""
    since = first_day(ctx)
    return render_template(
        "incidents/overview.html",
        units=public_units(ctx, since),
        satisfaction=satisfaction_by_agency(ctx),
        rated_since=first_rated_day(ctx),
        least=LEAST_ANSWERS,
        agency_label=_LABELS["agency"],
        since=since,
        labels=STATE_LABELS,
    )


@public_bp.get("/incidents", permission=P.PUBLIC)
def incidents(ctx: Ctx) -> str:
    """Published incidents of a state, of a commune or of all."""
    state, unit = request.args.get("state", "open"), request.args.get("unit", "")
    names = {str(number): name for number, name in commune_choices(ctx.session, ctx.today)}
    if state not in PUBLIC_STATES or (unit and unit not in names):
        raise NotFound(_("Không có danh sách này; hãy mở lại từ trang sự cố theo xã, phường."))
    rows = public_incidents(ctx, first_day(ctx), int(unit) if unit else None, state, _MOST)
    return render_template(
        "incidents/published_list.html",
        rows=rows,
        state=STATE_LABELS[state],
        unit=names.get(unit, ""),
        most=_MOST,
        labels=_LABELS,
    )


def _since(ctx: Ctx) -> date:
    """The first day of the period; Invalid outside of what there is."""
    day = address_day(request.args, "since") or first_day(ctx)
    if not _FIRST_DAY <= day <= ctx.today:
        sentence = _(
            "Không có số liệu từ ngày %(day)s; hãy chọn từ %(first)s đến hôm nay %(today)s.",
            day=format_date(day),
            first=format_date(_FIRST_DAY),
            today=format_date(ctx.today),
        )
        raise Invalid({"since": sentence})
    return day
