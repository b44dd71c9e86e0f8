"""A digest of what a decision on a request depends on: its structures, and what other features add.

The form of a decision carries the digest. If it differs when the form comes back, the decision is refused and the
present state is shown (PROMISES P21). Free capacity is not part of it: it changes with every other decision, and the
ledger itself refuses what does not fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.kernel.feature import ExtensionPoint
from registry.structures.models import Structure

#: Structure ids -> lines that change with the facts that a decision depends on, such as prices.
DigestSource = Callable[[Ctx, Sequence[int]], Sequence[str]]
DECISION_FACTS = ExtensionPoint[DigestSource]("colocation.decision_facts")


def decision_digest(ctx: Ctx, case: ColocationRequest) -> str:
    on = select(ColocationItem.structure_id).where(ColocationItem.request_id == case.id)
    query = select(Structure.id, Structure.version).where(Structure.id.in_(on)).order_by(Structure.id)
    rows = ctx.session.execute(query).all()
    lines = [f"{row.id}:{row.version}" for row in rows]
    for source in DECISION_FACTS:
        lines += source(ctx, [row.id for row in rows])
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
