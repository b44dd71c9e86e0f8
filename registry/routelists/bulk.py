"""Acts on many streets, each by itself; how many were done and why others were refused is read after them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.base import Base, BigId
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _
from registry.routelists.common import require_open
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.queries import get_list
from registry.routelists.workflow import ITEM
from registry.workflow.engine import Moved, fire_many

#: How long the outcome of an act can be read.
RETENTION: Final = timedelta(hours=24)


class RouteBulkOutcome(Base):
    """What an act on many streets did; of its user alone, for a day."""

    __tablename__ = "route_bulk_outcome"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    done: Mapped[int]
    #: [title, reason] of each street that was refused.
    refused: Mapped[list[list[str]]] = mapped_column(JSONB)
    made_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("done >= 0", name="count"), Index(None, "user_id"))


def keep_outcome(ctx: Ctx, moved: Moved) -> RouteBulkOutcome:
    """Store what became of many streets; one that the actor does not see has its id for a name."""
    refused = [
        [street.title if (street := moved.cases.get(item_id)) is not None else str(item_id), refusal.message]
        for item_id, refusal in sorted(moved.refused.items())
    ]
    ctx.session.execute(
        delete(RouteBulkOutcome).where(RouteBulkOutcome.made_at < ctx.now - RETENTION),
        execution_options={"synchronize_session": False},
    )
    outcome = RouteBulkOutcome(user_id=ctx.actor.id, done=len(moved.done), refused=refused, made_at=ctx.now)
    ctx.session.add(outcome)
    ctx.session.flush()
    return outcome


def find_outcome(ctx: Ctx, outcome_id: int | None) -> RouteBulkOutcome | None:
    """The outcome of an act of the actor; None for those of others."""
    if outcome_id is None:
        return None
    own = (RouteBulkOutcome.id == outcome_id, RouteBulkOutcome.user_id == ctx.actor.id)
    return ctx.session.scalars(select(RouteBulkOutcome).where(*own)).one_or_none()


def send_drafts(ctx: Ctx, list_id: int) -> RouteBulkOutcome:
    """Send all drafts of the actor's organisation for a list that have their line."""
    require(ctx, P.ROUTELIST_PROPOSE)
    require_open(get_list(ctx, list_id))
    query = select(RouteItem.id, RouteItem.version).where(*_own_drafts(ctx, list_id))
    drafts = {row.id: row.version for row in ctx.session.execute(query)}
    if not drafts:
        raise MoveRefused(_("Chưa có tuyến nào có vị trí để gửi; hãy vẽ vị trí của các tuyến đã lưu trước."))
    return keep_outcome(ctx, fire_many(ctx, ITEM, "submit", drafts, lambda _item: {}))


def count_drafts(ctx: Ctx, list_id: int) -> int:
    """How many drafts of the actor's organisation for a list have their line."""
    return int(ctx.session.scalar(select(func.count()).select_from(RouteItem).where(*_own_drafts(ctx, list_id))) or 0)


def _own_drafts(ctx: Ctx, list_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        RouteItem.route_list_id == list_id,
        RouteItem.organisation_id == ctx.actor.organisation_id,
        RouteItem.state == ItemState.PROPOSED,
        RouteItem.line.is_not(None),
    )
