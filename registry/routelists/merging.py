"""Two proposals of one street become one: the move, and the way back while nothing has changed since."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import shapely
from sqlalchemy import and_, func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.db.history import history_of
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field, fields_of
from registry.kernel.geo.linear import in_metres
from registry.kernel.i18n import _, _l
from registry.routelists.common import require_open, share_list_lock
from registry.routelists.costs import Funding
from registry.routelists.doubles import ALONG_M, METRES_A_DEGREE
from registry.routelists.models import ItemState, Priority, RouteItem, StreetSide
from registry.routelists.parts import JoinedLine, join_lines
from registry.routelists.rules import WAITING, title_of
from registry.streets.stretches import as_stretch, street_key
from registry.structures.models import PROVINCE_GRID
from registry.territory.models import WGS84
from registry.workflow.definition import Data, Move
from registry.workflow.engine import note_event

#: Events of the street that takes up another one, or gives it back.
TOOK_UP: Final = "took_up"
GAVE_BACK: Final = "gave_back"
_CODE: Final = "routeitem"
_FIELDS: Final = fields_of(RouteItem)
#: Amounts of which a street that is taken up adds the part of what lies beyond the other one.
_AMOUNTS: Final = ("duct_m", "removed_cable_m", "cost_vnd")
#: Texts of which both are kept.
_TEXTS: Final = ("reason", "exception_reason", "road_manager", "investor", "linked_project")
#: Columns that the way back restores.
_RESTORED: Final = (*_FIELDS, "planned_kinds", "line", "given_line", "given_srid", "position_operation", "street_id")


def merge_candidates(ctx: Ctx, item: RouteItem) -> list[RouteItem]:
    """The waiting items of the same list, commune, street and kind of work that a waiting item touches or overlaps."""
    if item.state not in WAITING or item.length_m is None:
        return []
    own = select(RouteItem.line).where(RouteItem.id == item.id).scalar_subquery()
    near = and_(
        # By the index: degrees of at least these metres.
        RouteItem.line.op("&&")(func.ST_Expand(own, 2 * ALONG_M / METRES_A_DEGREE)),
        func.ST_DWithin(
            func.ST_Transform(RouteItem.line, PROVINCE_GRID), func.ST_Transform(own, PROVINCE_GRID), ALONG_M
        ),
    )
    query = select(RouteItem).where(
        visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
        RouteItem.route_list_id == item.route_list_id,
        RouteItem.commune_id == item.commune_id,
        RouteItem.work_kind == item.work_kind,
        RouteItem.is_urban == item.is_urban,
        RouteItem.state.in_(WAITING),
        RouteItem.id != item.id,
        near,
    )
    key = street_key(item.street_name)
    return [
        other for other in ctx.session.scalars(query.order_by(RouteItem.id)) if street_key(other.street_name) == key
    ]


def nothing_to_merge(ctx: Ctx, case: RouteItem) -> str | None:
    """Why a street cannot be merged with another one."""
    if merge_candidates(ctx, case):
        return None
    return _(
        "Không có tuyến nào để gộp: cần tuyến cùng đường, cùng xã, phường, cùng loại công việc, chờ thẩm tra, nối hoặc"
        " chồng lên tuyến này."
    )


def _candidate_needs(ctx: Ctx, case: RouteItem) -> list[Field]:
    names = "; ".join(f"{other.number} {other.title}" for other in merge_candidates(ctx, case))
    hint = _("Số hồ sơ của một trong các tuyến: %(names)s.", names=names)
    return [Field("into", _l("Gộp vào hồ sơ"), max_length=40, required=True, hint=hint)]


def in_open_list(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Streets of an issued list are not merged."""
    del data
    require_open(share_list_lock(ctx, case.route_list_id))


def merge(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """The street named by its number takes up a street: both lines as one, both texts, and the amounts beyond it."""
    number = str(data["into"]).strip()
    other = next((each for each in merge_candidates(ctx, case) if each.number == number), None)
    if other is None:
        raise Invalid({"into": _("“%(number)s” không phải số hồ sơ của một tuyến gộp được.", number=number[:40])})
    target = _locked(ctx, other.id)
    if target.state not in WAITING:
        raise MoveRefused(_("%(number)s vừa được thẩm tra nên không gộp được nữa.", number=target.number))
    joined = join_lines(line_of(ctx, target), line_of(ctx, case))
    if joined is None:
        raise Invalid({"into": _("Hai tuyến không nối thành một tuyến liền; hãy trả lại để vẽ lại một tuyến.")})
    put_shape(ctx, target, joined.shape)
    _put_values(target, case, joined)
    target.version += 1
    ctx.session.flush()
    note_event(ctx, _CODE, target, TOOK_UP, reason=f"{case.number} {case.title}")
    record(ctx, f"{_CODE}.{TOOK_UP}", _CODE, target.id, on_behalf_of_id=target.organisation_id, number=target.number)
    # Last: the engine writes them together with the state, as the constraint of the table asks.
    case.merged_into_id, case.merged_version = target.id, target.version


def changed_since(ctx: Ctx, case: RouteItem) -> str | None:
    """Why a street is not taken out again: the one that took it up has changed."""
    target = ctx.session.get(RouteItem, case.merged_into_id) if case.merged_into_id is not None else None
    if target is not None and target.version == case.merged_version and target.state in WAITING:
        return None
    return _(
        "%(number)s đã thay đổi từ khi gộp nên không tách lại được; hãy dùng bước tách tuyến.",
        number=target.number if target is not None else "–",
    )


def give_back(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """The street that took up another one is as it was before; Invalid where it has changed since."""
    del data
    target = _locked(ctx, case.merged_into_id or 0)
    problem = changed_since(ctx, case)
    if problem is not None:
        raise MoveRefused(problem)
    history = history_of(RouteItem)
    before = history.c.id == target.id, history.c.version == target.version - 1
    stored = ctx.session.execute(select(history).where(*before).order_by(history.c.history_id.desc()).limit(1))
    row = stored.mappings().one()
    for name in _RESTORED:
        setattr(target, name, row[name])
    target.title = title_of({name: row[name] for name in ("street_name", "from_place", "to_place")})
    target.version += 1
    ctx.session.flush()
    note_event(ctx, _CODE, target, GAVE_BACK, reason=f"{case.number} {case.title}")
    record(ctx, f"{_CODE}.{GAVE_BACK}", _CODE, target.id, on_behalf_of_id=target.organisation_id, number=target.number)
    case.merged_into_id = case.merged_version = None


def _locked(ctx: Ctx, item_id: int) -> RouteItem:
    query = select(RouteItem).where(RouteItem.id == item_id).with_for_update(of=RouteItem)
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def line_of(ctx: Ctx, item: RouteItem) -> Any:
    query = select(func.ST_AsBinary(in_metres(RouteItem.line))).where(RouteItem.id == item.id)
    return shapely.from_wkb(bytes(ctx.session.scalars(query).one()))


def put_shape(ctx: Ctx, item: RouteItem, shape: Any) -> None:
    """Give an item a line in metres of the grid, as if it had been typed in WGS 84."""
    stretch = as_stretch(ctx.session, shape)
    item.line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(stretch.geojson), WGS84)
    item.given_line, item.given_srid, item.position_operation = stretch.as_text(), WGS84, ""


def _put_values(target: RouteItem, other: RouteItem, joined: JoinedLine) -> None:
    ends = {"from": other.from_place, "to": other.to_place}
    target.from_place = ends.get(joined.start_of or "", target.from_place)
    target.to_place = ends.get(joined.end_of or "", target.to_place)
    target.title = title_of({name: getattr(target, name) for name in ("street_name", "from_place", "to_place")})
    share = Decimal(joined.beyond_m) / other.length_m if other.length_m else Decimal(0)
    for name in _AMOUNTS:
        own, more = getattr(target, name), getattr(other, name)
        if own is None:
            setattr(target, name, more)
        elif more is not None:
            setattr(target, name, own + round(more * min(share, Decimal(1))))
    # Costs by year of one street alone would not be those of both.
    plans = target.cost_plan, other.cost_plan
    target.cost_plan = None
    if plans[0] is not None and plans[1] is not None:
        target.cost_plan = plans[0].plus(plans[1].scaled(min(share, Decimal(1))))
        target.cost_vnd, target.funding = target.cost_plan.total, target.cost_plan.funding
    for name in _TEXTS:
        texts = [text for text in (getattr(target, name), getattr(other, name)) if text]
        together = "; ".join(dict.fromkeys(texts))
        most = _FIELDS[name].max_length
        if texts and (most is None or len(together) <= most):
            setattr(target, name, together)
    target.bores = max((each for each in (target.bores, other.bores) if each is not None), default=None)
    ranks = [each for each in Priority if each in (target.priority, other.priority)]
    target.priority = ranks[0] if ranks else None
    if target.cost_plan is None and other.funding is not None and target.funding not in (None, other.funding):
        target.funding = Funding.MIXED
    target.funding = target.funding or other.funding
    if other.side is not None and target.side not in (None, other.side):
        target.side = StreetSide.BOTH
    first = [each for each in (target.wanted_from_year, other.wanted_from_year) if each is not None]
    last = [each for each in (target.wanted_to_year, other.wanted_to_year) if each is not None]
    target.wanted_from_year, target.wanted_to_year = min(first, default=None), max(last, default=None)
    target.planned_kinds = list(dict.fromkeys([*target.planned_kinds, *other.planned_kinds]))


MOVES: Final = (
    Move(
        "merge",
        _l("Gộp vào tuyến khác"),
        _l("Sở Xây dựng đã gộp vào tuyến khác"),
        WAITING,
        ItemState.MERGED,
        P.ROUTELIST_REVIEW,
        obstacle=nothing_to_merge,
        guard=in_open_list,
        case_needs=_candidate_needs,
        effect=merge,
        notifies=("proposer",),
    ),
    Move(
        "unmerge",
        _l("Tách lại tuyến đã gộp"),
        _l("Sở Xây dựng đã tách lại tuyến đã gộp"),
        (ItemState.MERGED,),
        ItemState.UNDER_REVIEW,
        P.ROUTELIST_REVIEW,
        obstacle=changed_since,
        guard=in_open_list,
        effect=give_back,
        notifies=("proposer",),
    ),
)
