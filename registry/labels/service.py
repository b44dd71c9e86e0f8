"""Writes of labels: issue a set, withdraw one; an audit event each, which never tells the random codes."""

from __future__ import annotations

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.errors import Invalid
from registry.labels import rules
from registry.labels.commands import IssueLabels
from registry.labels.models import StructureLabel
from registry.labels.queries import get_label
from registry.structures.models import Structure


def issue_labels(ctx: Ctx, command: IssueLabels) -> int:
    """A new label for each structure; the number of their sheet. Invalid names every code that gets none."""
    require(ctx, P.LABEL_PRINT)
    problem = rules.problem_of_count(len(command.codes))
    if problem is not None:
        raise Invalid({"codes": problem})
    # What no code can be, the database would not even take as a question.
    printable = [code for code in command.codes if code.isprintable()]
    query = select(
        Structure.id, Structure.code, Structure.owner_organisation_id, Structure.is_live_rule().label("is_live")
    ).where(Structure.code.in_(printable), visible(ctx, Structure, P.LABEL_PRINT))
    rows = {row.code: row for row in ctx.session.execute(query)}
    unknown = [code for code in command.codes if code not in rows]
    gone = [code for code, row in rows.items() if not row.is_live]
    if unknown or gone:
        texts = [rules.problem_of_unknown(unknown)] if unknown else []
        raise Invalid({"codes": texts + ([rules.problem_of_gone(gone)] if gone else [])})
    sheet_id = int(ctx.change_id or 0)
    ctx.session.add_all(
        StructureLabel(
            code=rules.new_code(),
            structure_id=rows[code].id,
            sheet_id=sheet_id,
            issued_at=ctx.now,
            issued_by_id=ctx.actor.id,
        )
        for code in command.codes
    )
    owners = {row.owner_organisation_id for row in rows.values()}
    record(
        ctx,
        "label.issue",
        "label_sheet",
        sheet_id,
        on_behalf_of_id=owners.pop() if len(owners) == 1 else None,
        count=len(rows),
        structures=sorted(row.id for row in rows.values()),
    )
    ctx.session.flush()
    return sheet_id


def revoke_label(ctx: Ctx, label_id: int) -> StructureLabel:
    """From now on the code opens nothing; withdrawing it twice changes nothing."""
    label, structure = get_label(ctx, label_id, lock=True)
    if label.revoked_at is None:
        label.revoked_at = ctx.now
        label.revoked_by_id = ctx.actor.id
        ctx.session.flush()
        record(
            ctx,
            "label.revoke",
            "structure_label",
            label.id,
            on_behalf_of_id=structure.owner_organisation_id,
            structure=structure.code,
        )
    return label
