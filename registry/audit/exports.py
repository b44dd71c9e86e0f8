"""The looks at exact positions as files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from registry.audit.labels import LOOK_LABELS
from registry.audit.queries import looks_query
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.exports.dataset import TABLES
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.tables import Cell, query_source
from registry.kernel.i18n import _, _l


def _where(row: Any) -> str:
    return ", ".join(str(LOOK_LABELS.get(look["what"], look["what"])) for look in row.details.get("looks", []))


def _which(row: Any) -> str:
    return ", ".join(
        look.get("code") or look.get("tile") or (_question(look) if "number" in look else _structures(look))
        for look in row.details.get("looks", [])
    )


def _question(look: Mapping[str, Any]) -> str:
    """The number of a question among those of its day, and in how many cells the answer was yes."""
    return _("Câu hỏi thứ %(number)s trong ngày: %(cells)s ô lưới", number=look["number"], cells=look["cells"])


def _structures(look: Mapping[str, Any]) -> str:
    return _("%(count)s công trình", count=look.get("rows", 0))


_CELLS: Final = (
    Cell("occurred_at", _l("Thời điểm"), lambda row: row.occurred_at, datetime),
    Cell("actor", _l("Người xem"), lambda row: row.actor_label),
    Cell("where", _l("Nơi xem"), _where),
    Cell("structures", _l("Công trình"), _which),
    Cell("origin", _l("Địa chỉ mạng"), lambda row: row.origin),
)


def open_looks(ctx: Ctx, _args: Args) -> Source:
    """The looks that the page shows to the actor, the newest first."""
    return query_source(ctx, looks_query(ctx), _CELLS)


LOOKS: Final = ExportList("looks", _l("Lượt xem vị trí"), "luot-xem-vi-tri", P.LOOK_LOG_READ, open_looks, TABLES)
