"""A checked batch into the register: new structures, changed ones, their places, by sets and in one transaction."""

from __future__ import annotations

from typing import Final

from sqlalchemy import column, table, text

from registry.authz.actors import Ctx
from registry.capacity.bulk import add_places, change_places, find_holders
from registry.imports.checking import Checked
from registry.imports.checking.capacity import place_label, place_unit
from registry.imports.checking.relations import write_lists
from registry.imports.models import ImportBatch, RowOutcome
from registry.imports.progress import Progress
from registry.kernel.geo.vn2000 import OPERATION
from registry.structures.writing.bulk import Staged, insert_new, number_new, prepare, update_matched

_CHANGED: Final = text(
    "CREATE TEMPORARY TABLE check_changed ON COMMIT DROP AS"
    " SELECT number, moved_m FROM check_outcome WHERE outcome = 'changed'"
)
_ROWS_CHANGED: Final = table("check_changed", column("number"))
_ROWS_MOVED: Final = table("check_shifted", column("number"))
_SHIFTED: Final = text(
    "CREATE TEMPORARY TABLE check_shifted ON COMMIT DROP AS SELECT number FROM check_changed WHERE moved_m IS NOT NULL"
)


def write_rows(ctx: Ctx, batch: ImportBatch, checked: Checked, progress: Progress) -> dict[str, int]:
    """Register the new rows and write the changed ones; how many of both were written."""
    frame = checked.frame
    system = frame.plan.system
    staged = Staged(
        kind=frame.kind,
        owner_id=batch.organisation_id,
        stage=checked.stage,
        given_srid=system.epsg,
        operation=OPERATION if system.is_vn2000 else "",
        outside_area=frame.plan.outside_area,
    )
    total = checked.counts.get(RowOutcome.NEW, 0) + checked.counts.get(RowOutcome.CHANGED, 0)
    progress.step("applying", total)
    owner = prepare(ctx, staged)
    find_holders(ctx)
    number_new(ctx, frame.kind)
    done = 0
    for count in insert_new(ctx, staged, owner):
        done += count
        progress.advance(done)
    made = done
    label, unit = place_label(frame), place_unit(frame)
    add_places(ctx, owner.id, label, unit)
    for name, statement in (("check_changed", _CHANGED), ("check_shifted", _SHIFTED)):
        ctx.session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
        ctx.session.execute(statement)
        ctx.session.execute(text(f"ANALYZE {name}"))
    for count in update_matched(ctx, staged, frame.written, _ROWS_CHANGED, _ROWS_MOVED):
        done += count
        progress.advance(done)
    change_places(ctx, owner.id, label, unit)
    write_lists(ctx, frame)
    ctx.session.expire_all()
    return {"applied": done, "added": made, "updated": done - made}
