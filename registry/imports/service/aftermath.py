"""What an applied import leaves behind: header words for the next file, and what a full delivery does not name."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from registry.authz.actors import Ctx
from registry.imports.models import ImportBatch
from registry.imports.reading.words import header_key

_LEARN: Final = text(
    "INSERT INTO import_word (organisation_id, kind, word, field, used_at) VALUES (:owner, :kind, :word, :field, :now)"
    " ON CONFLICT (organisation_id, kind, word) DO UPDATE SET field = excluded.field, used_at = excluded.used_at"
)
#: Active structures of the owner and kind that no row is about, also none that was refused.
_MISSING: Final = text(
    "INSERT INTO import_missing (batch_id, structure_id)"
    " SELECT :batch, s.id FROM structure s WHERE s.owner_organisation_id = :owner AND s.kind = :kind"
    "  AND s.status = 'active' AND NOT EXISTS (SELECT FROM check_match m WHERE m.structure_id = s.id)"
    "  AND NOT EXISTS (SELECT FROM check_duplicate d WHERE d.structure_id = s.id)"
    "  AND NOT EXISTS (SELECT FROM check_made made WHERE made.id = s.id)"
)
_FORGET: Final = text("DELETE FROM import_missing WHERE batch_id = :batch")


def learn_words(ctx: Ctx, batch: ImportBatch) -> None:
    """Remember which heading held which field, and which were left out, for this owner's next file of the kind.

    Of a column that holds nothing nothing was decided.
    """
    fields = {word: field for field, word in batch.mapping.items()}
    empty = batch.found.get("empty") or ()
    words = {header_key(word): fields.get(word) for word in batch.found["header"] if word not in empty}
    rows = [
        {"owner": batch.organisation_id, "kind": batch.kind, "word": word, "field": field, "now": ctx.now}
        for word, field in sorted(words.items())
        if word
    ]
    if rows:
        ctx.session.execute(_LEARN, rows)


def list_missing(ctx: Ctx, batch: ImportBatch) -> int:
    """Note which structures a full delivery does not name; how many. Nothing happens to them by itself."""
    ctx.session.execute(_FORGET, {"batch": batch.id})
    if not batch.options.get("full_delivery"):
        return 0
    values = {"batch": batch.id, "owner": batch.organisation_id, "kind": batch.kind}
    found = ctx.session.connection().execute(_MISSING, values)
    return found.rowcount


def forget_missing(ctx: Ctx, batch: ImportBatch) -> None:
    """An import that was taken back says nothing any more about what is missing."""
    ctx.session.execute(_FORGET, {"batch": batch.id})
