"""Comments on an item: their form, writing and reading."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from wtforms import StringField
from wtforms.validators import Optional

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, require, visible
from registry.kernel.errors import Forbidden, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.geo.coordinates import format_wgs84
from registry.kernel.i18n import _, _l
from registry.routelists.models import ListState, RouteItem, RouteList
from registry.routelists.queries import get_item
from registry.routelists.round_models import RouteComment
from registry.routelists.rounds import check_text
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.models import WGS84
from registry.workflow.definition import MOST_TEXT

_TEXT: Final = Field("text", _l("Nội dung"), max_length=MOST_TEXT, required=True, multiline=True)


class AnswerForm(BaseForm):
    """The answer of an organisation to a round."""

    text = form_field(_TEXT)


class CommentForm(BaseForm):
    """A comment on an item."""

    text = form_field(_TEXT)
    point = StringField(
        _l("Tại vị trí"), validators=[Optional()], description=_l("Vĩ độ, kinh độ, ví dụ: 19,807; 105,776.")
    )

    def read_point(self, ctx: Ctx) -> GivenPosition | None:
        """The point; None without one. The errors of `read_position`."""
        text = (self.point.data or "").strip()
        return read_position(text, "wgs84", Shape.POINT, acceptance_bounds(ctx.session, ctx.today)) if text else None


def comment(ctx: Ctx, item_id: int, text: str, point: GivenPosition | None) -> RouteComment:
    """Comment on an item of a list that is being collected, at a point if given."""
    require(ctx, P.ROUTELIST_COMMENT)
    item = get_item(ctx, item_id)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    route_list = ctx.session.get_one(RouteList, item.route_list_id)
    if route_list.state is not ListState.COLLECTING:
        raise MoveRefused(_("Danh mục năm %(year)d đã ban hành, không nhận góp ý nữa.", year=route_list.year))
    check_text(text)
    row = RouteComment(
        route_item_id=item.id,
        organisation_id=ctx.actor.organisation_id,
        text=text.strip(),
        point=None if point is None else func.ST_SetSRID(func.ST_GeomFromGeoJSON(point.geojson), WGS84),
        written_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "routeitem.comment", "routeitem", item.id)
    return row


def comment_parts(ctx: Ctx, item: RouteItem) -> dict[str, Any]:
    """What the page of an item shows of its comments: those that the actor may see, and the form of a further one."""
    point = RouteComment.point
    query = (
        select(
            RouteComment,
            Organisation.short_name.label("organisation"),
            func.ST_X(point).label("lon"),
            func.ST_Y(point).label("lat"),
        )
        .join(Organisation, Organisation.id == RouteComment.organisation_id)
        .where(RouteComment.route_item_id == item.id, visible(ctx, RouteComment, P.ROUTELIST_COMMENT))
        .order_by(RouteComment.id)
    )
    if not holds(ctx.actor, P.ROUTELIST_COMMENT):
        return {"comments": [], "comment_form": None}
    comments = [
        {
            "organisation": row.organisation,
            "text": row.RouteComment.text,
            "written_at": row.RouteComment.written_at,
            "at": format_wgs84(row.lon, row.lat) if row.lon is not None else "",
        }
        for row in ctx.session.execute(query)
    ]
    return {"comments": comments, "comment_form": CommentForm(formdata=None)}
