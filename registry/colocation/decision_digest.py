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

#: Ids of structures -> words that change whenever what they say of them does, such as their prices.
Further = Callable[[Ctx, Sequence[int]], Sequence[str]]
DECISION_FACTS = ExtensionPoint[Further]("colocation.decision_facts")


def decision_digest(ctx: Ctx, case: ColocationRequest) -> str:
    on = select(ColocationItem.structure_id).where(ColocationItem.request_id == case.id)
    query = select(Structure.id, Structure.version).where(Structure.id.in_(on)).order_by(Structure.id)
    rows = ctx.session.execute(query).all()
    words = [f"{row.id}:{row.version}" for row in rows]
    for further in DECISION_FACTS:
        words += further(ctx, [row.id for row in rows])
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
