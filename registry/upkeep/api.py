"""Freshness of records as JSON: the figures of the pages, each with the address of its list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting_rows
from registry.kernel.http.errors import json_errors
from registry.structures.filtering.checks import MONTHS, good_until_now
from registry.structures.filtering.extra import own_filter_args
from registry.upkeep.queries import Freshness, freshness, freshness_by_owner, freshness_by_unit, reads_all

bp = GuardedBlueprint("upkeep_api", __name__, errors=json_errors, url_prefix="/api")


@bp.get("/freshness", permission=P.UPKEEP_READ, endpoint="freshness")
def freshness_figures(ctx: Ctx) -> Response:
    """Counts of fresh standing structures: all that the reader sees exactly, by owner and by commune.

    Records confirmed on or after `since` are fresh; `percent` is rounded down; `stale_list` opens the rest. `units` are
    the communes in force on the day `units_of`.
    """
    law = setting_rows(ctx.session, [MONTHS], ctx.today)[MONTHS]
    own = {} if reads_all(ctx) else own_filter_args(ctx)
    return jsonify(
        at=ctx.now.isoformat(),
        since=good_until_now(ctx).isoformat(),
        months={"value": int(law.value), "source": law.citation, "needs_verification": law.needs_verification},
        all=_figures(freshness(ctx)),
        owners=_listed(freshness_by_owner(ctx), "owner", {}),
        units_of=ctx.today.isoformat(),
        units=_listed(freshness_by_unit(ctx), "unit", own),
    )


def _listed(items: Iterable[Freshness], argument: str, extra: dict[str, str]) -> list[dict[str, Any]]:
    arguments: dict[str, Any] = {"confirmed": "older"} | extra
    return [
        {
            "id": item.id,
            "name": item.name,
            **_figures(item),
            "stale_list": url_for("structures.list", **arguments | {argument: str(item.id)}),
        }
        for item in items
    ]


def _figures(item: Freshness) -> dict[str, int]:
    return {"total": item.total, "fresh": item.fresh, "percent": item.percent}
