"""What the audit log shows of imports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, func, select

from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.imports.models import ImportBatch
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _l

_FIELDS: Final[Mapping[str, Any]] = {"state": _l("Trạng thái"), "table_name": _l("Bảng của tệp")}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    conditions = ImportBatch.id.in_(ids), visible(ctx, ImportBatch, P.IMPORT_RUN)
    rows = ctx.session.execute(select(ImportBatch.id, ImportBatch.file_name).where(*conditions))
    return {row.id: Named(row.file_name, url_for("imports.detail", batch_id=row.id)) for row in rows}


def _find(ctx: Ctx, words: Sequence[str]) -> Select[Any]:
    matching = select(ImportBatch.id).where(visible(ctx, ImportBatch, P.IMPORT_RUN))
    return matching.where(contains_all(func.fold(ImportBatch.file_name), words))


SUBJECTS_OF_IMPORTS: Final = named_subject(
    "import_batch", Subject(_names, _find), Tracked(ImportBatch, lambda: _FIELDS, "import_batch")
)
