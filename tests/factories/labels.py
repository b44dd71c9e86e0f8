"""Labels issued by the service as owners do it."""

from sqlalchemy import select

from registry.labels.models import StructureLabel
from registry.labels.service import IssueLabels, issue_labels


def labelled(ctx, *codes):
    """The labels of a new sheet for these structures, in that order."""
    sheet_id = issue_labels(ctx, IssueLabels(codes))
    query = select(StructureLabel).where(StructureLabel.sheet_id == sheet_id).order_by(StructureLabel.id)
    return list(ctx.session.scalars(query))
