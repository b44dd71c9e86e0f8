"""What rows of a file offer: a restriction needs a basis, and what has room by its status has some by its ledger."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Table, Text, and_, cast, func, text

from registry.authz.actors import Ctx
from registry.capacity.offers import OFFERED, OFFERED_FULL, full_sentence, is_full
from registry.imports.checking.batch import BatchCheck
from registry.imports.checking.changes import join_register, merged_columns
from registry.imports.checking.codes import MATCHES
from registry.kernel.i18n import _
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from registry.structures.relations import Hardness
from registry.structures.writing.restricting import BASIS, announce_closed

_BECAME: Final = text(
    "SELECT id FROM check_made UNION ALL SELECT match.structure_id FROM check_match match"
    " JOIN check_outcome outcome ON outcome.number = match.number AND outcome.outcome = 'changed'"
    " JOIN check_change change ON change.number = match.number WHERE change.changes ? 'sharing_status'"
)


def check_offers(check: BatchCheck, stage: Table) -> None:
    """Hold the sharing status of the rows to the rules that forms hold it to, where the file changes it."""
    if "sharing_status" not in check.written:
        return
    columns, registered = merged_columns(check, stage), Structure.__table__.c.sharing_status
    status = cast(columns["sharing_status"], Text)
    becomes = status.is_distinct_from(cast(registered, Text))
    rows: Any = join_register(check, stage).with_only_columns(stage.c.number, status.label("status"))
    restricted = and_(
        status == SharingStatus.RESTRICTED.value, becomes, func.coalesce(func.btrim(columns[BASIS]), "") == ""
    )
    sentence = _("Công trình “%(status)s” phải nêu căn cứ (văn bản, ngày).", status=SharingStatus.RESTRICTED.label)
    check.report(rows.where(restricted), BASIS, sentence)
    offered = and_(status.in_([each.value for each in OFFERED]), becomes, is_full(MATCHES.c.structure_id))
    check.report(
        rows.where(offered),
        "sharing_status",
        lambda row: full_sentence(SharingStatus(row.status)),
        blocks=OFFERED_FULL.hardness_on(check.ctx.today) is Hardness.REFUSE,
    )


def announce_offers(ctx: Ctx) -> None:
    """Notify those concerned by rows that were written with a sharing status that closes their structure."""
    announce_closed(ctx, list(ctx.session.scalars(_BECAME)))
