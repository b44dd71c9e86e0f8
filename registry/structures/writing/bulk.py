"""Writes of many structures at once, by sets: from scratch tables of the connection into the register.

The caller has checked every row as the form checks one, and writes the one audit record of the whole. It has filled
these tables, each with the `number` of the row, and indexed them by it:

- `check_row`: the declared fields of the kind, typed; `check_place`: spot (WGS 84) and said (the position as given);
- `check_commune`: commune_id (none outside the province);
- `check_outcome` (outcome): the rows that are "new" are numbered into `check_made` (id, code);
- `check_match`: structure_id of the rows that change one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    select,
    table,
    text,
    update,
)

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.structures.codes import Provenance
from registry.structures.kinds.kind import Kind
from registry.structures.models import Structure
from registry.structures.writing.create_edit import code_prefix, require_owner

#: Rows of one statement: enough for triggers to run rarely, few enough to report progress.
AT_ONCE: Final = 5_000
PLACES: Final = table("check_place", column("number"), column("spot"), column("said"))
COMMUNES: Final = table("check_commune", column("number"), column("commune_id"))
MADE: Final = table("check_made", column("number"), column("id"), column("code"))
MATCHES: Final = table("check_match", column("number"), column("structure_id"))
_STREETS: Final = table("check_street", column("road_name"), column("commune_id"), column("street_id"))
#: Codes as `create_edit.format_code` writes them.
_NUMBER: Final = text(
    "INSERT INTO check_made (number, id, code)"
    " SELECT number, drawn, :beginning || lpad(drawn::text, greatest(length(drawn::text), 6), '0')"
    " FROM (SELECT number, draw_structure_number() AS drawn FROM check_outcome WHERE outcome = 'new' OFFSET 0) numbered"
)
#: The registered street of a road name in a commune, where exactly one matches (as `street_of`).
_FIND_STREETS: Final = text(
    "CREATE TEMPORARY TABLE check_street ON COMMIT DROP AS"
    " WITH keys AS MATERIALIZED (SELECT id, unit_id, fold(name) AS key FROM street"
    "  UNION SELECT id, unit_id, fold(code) FROM street WHERE code IS NOT NULL)"
    " SELECT wanted.road_name, wanted.commune_id, min(keys.id) AS street_id FROM"
    "  (SELECT DISTINCT row.road_name, found.commune_id FROM check_row row"
    "   LEFT JOIN check_commune found ON found.number = row.number WHERE row.road_name IS NOT NULL) wanted"
    " JOIN keys ON keys.key = fold(wanted.road_name)"
    "  AND (wanted.commune_id IS NULL OR keys.unit_id = wanted.commune_id OR keys.unit_id IS NULL)"
    " GROUP BY wanted.road_name, wanted.commune_id HAVING count(DISTINCT keys.id) = 1"
)


@dataclass(frozen=True)
class Staged:
    """The properties that all rows share: kind, owner, staging table, and the system of their positions."""

    kind: Kind
    owner_id: int
    stage: Table
    given_srid: int
    operation: str
    provenance: Provenance = Provenance.IMPORTED
    outside_area: bool = False
    is_sample: bool = False


def prepare(ctx: Ctx, staged: Staged) -> Organisation:
    """Check the permissions, find the streets, index the scratch tables; returns the owner."""
    require(ctx, P.STRUCTURE_CREATE)
    if staged.outside_area:
        require(ctx, P.STRUCTURE_OUTSIDE_AREA)
    owner = require_owner(ctx, staged.owner_id)
    ctx.session.execute(text("DROP TABLE IF EXISTS pg_temp.check_street"))
    ctx.session.execute(_FIND_STREETS)
    for name in ("check_row", "check_place", "check_commune"):
        ctx.session.execute(text(f"CREATE INDEX ON {name} (number)"))
        ctx.session.execute(text(f"ANALYZE {name} (number)"))
    ctx.session.execute(text("ANALYZE check_street"))
    return owner


def number_new(ctx: Ctx, kind: Kind) -> None:
    """Give an id and a provincial code to each new row of `check_outcome`."""
    ctx.session.execute(_NUMBER, {"beginning": code_prefix(ctx.session, kind.prefix, ctx.today)})
    ctx.session.execute(text("CREATE INDEX ON check_made (number)"))
    ctx.session.execute(text("ANALYZE check_made"))


def runs(ctx: Ctx, numbered: FromClause) -> list[tuple[int, int, int]]:
    """The numbers of a scratch table in runs of bounded size: first, last, count."""
    row_index = func.row_number().over(order_by=numbered.c.number) - 1
    placed = select(numbered.c.number, (row_index // AT_ONCE).label("run")).subquery()
    ends = (func.min(placed.c.number), func.max(placed.c.number), func.count())
    rows = ctx.session.execute(select(*ends).group_by(placed.c.run).order_by(placed.c.run)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def insert_new(ctx: Ctx, staged: Staged, owner: Organisation) -> Iterator[int]:
    """Register the rows of `check_made`, run by run; yields the size of each run."""
    base, own = Structure.__table__, staged.kind.model.__table__
    into_base = _insert(base, _base_columns(ctx, staged, owner, base), _new_rows(staged.stage))
    into_own = _insert(own, _own_columns(staged, own), _new_rows(staged.stage))
    for first, last, count in runs(ctx, MADE):
        for statement in (into_base, into_own):
            ctx.session.execute(statement, {"first": first, "last": last})
        yield count


def _insert(target: Any, columns: dict[str, ColumnElement[Any]], rows: Select[Any]) -> Any:
    return insert(target).from_select(list(columns), rows.with_only_columns(*columns.values()), include_defaults=False)


def _new_rows(stage: Table) -> Select[Any]:
    query: Select[Any] = (
        select(MADE.c.number)
        .join(stage, stage.c.number == MADE.c.number)
        .join(PLACES, PLACES.c.number == MADE.c.number)
        .outerjoin(COMMUNES, COMMUNES.c.number == MADE.c.number)
        .outerjoin(_STREETS, _same_street(stage))
    )
    return query.where(_in_run(MADE.c.number)).order_by(MADE.c.number)


def _same_street(stage: Table) -> ColumnElement[bool]:
    same = _STREETS.c.commune_id.is_not_distinct_from(COMMUNES.c.commune_id)
    is_same: ColumnElement[bool] = (_STREETS.c.road_name == stage.c.road_name) & same
    return is_same


def _in_run(number: ColumnElement[Any]) -> ColumnElement[bool]:
    return number.between(bindparam("first"), bindparam("last"))


def _base_columns(ctx: Ctx, staged: Staged, owner: Organisation, base: Any) -> dict[str, ColumnElement[Any]]:
    fields = {name: _stored(staged.stage.c[name], base.c[name]) for name in staged.kind.fields() if name in base.c}
    return fields | {
        "id": MADE.c.id,
        "code": MADE.c.code,
        "kind": literal(staged.kind.code),
        "owner_organisation_id": literal(owner.id),
        "owner_category": literal(owner.owner_category.value),
        "geom": PLACES.c.spot,
        "given_position": PLACES.c.said,
        "given_srid": literal(staged.given_srid),
        "position_operation": literal(staged.operation),
        "commune_id": COMMUNES.c.commune_id,
        "outside_area": COMMUNES.c.commune_id.is_(None),
        "street_id": _STREETS.c.street_id,
        "provenance": literal(staged.provenance.value),
        "is_sample": literal(staged.is_sample),
        "created_at": literal(ctx.now),
        "created_by_id": literal(ctx.actor.id) if ctx.actor.id is not None else null(),
        "updated_at": literal(ctx.now),
        "version": literal(1),
    }


def _own_columns(staged: Staged, own: Any) -> dict[str, ColumnElement[Any]]:
    fields = {name: _stored(staged.stage.c[name], own.c[name]) for name in staged.kind.fields() if name in own.c}
    return {"id": MADE.c.id} | fields


def _stored(staged: ColumnElement[Any], target: ColumnElement[Any]) -> ColumnElement[Any]:
    """A staged value as a column of the register: decimals are rounded to its scale."""
    return staged if isinstance(staged.type, Text) else cast(staged, target.type)


def written_ids() -> Select[Any]:
    """Ids of the structures of the rows that are new or matched."""
    return select(MADE.c.id).union_all(select(MATCHES.c.structure_id)).subquery().select()


# --- changes ------------------------------------------------------------------------------------------------------
def update_matched(
    ctx: Ctx, staged: Staged, fields: Iterable[str], changed: FromClause, moved: FromClause
) -> Iterator[int]:
    """Write `fields` of the rows of `changed` to their structures, and the positions of those in `moved` too.

    The caller has locked and compared the structures. Each gets a new version; `changed` and `moved` have a `number`.
    Yields the size of each run.
    """
    written = list(fields)
    base, own = Structure.__table__, staged.kind.model.__table__
    stamps = {"version": base.c.version + 1, "updated_at": literal(ctx.now)}
    of_base = {name: _stored(staged.stage.c[name], base.c[name]) for name in written if name in base.c}
    of_own = {name: _stored(staged.stage.c[name], own.c[name]) for name in written if name in own.c}
    if "road_name" in of_base:
        of_base["street_id"] = _street_of_row(staged.stage)
    statements = [_update(base, of_base | stamps, staged.stage, changed)]
    if of_own:
        statements.append(_update(own, of_own, staged.stage, changed))
    statements.append(_update(base, _position(staged), staged.stage, moved, places=True))
    for first, last, count in runs(ctx, changed):
        for statement in statements:
            ctx.session.execute(statement, {"first": first, "last": last})
        yield count


def _position(staged: Staged) -> dict[str, ColumnElement[Any]]:
    return {
        "geom": PLACES.c.spot,
        "given_position": PLACES.c.said,
        "given_srid": literal(staged.given_srid),
        "position_operation": literal(staged.operation),
        "commune_id": _commune_of_place(),
        "outside_area": _commune_of_place().is_(None),
    }


def _commune_of_place() -> ColumnElement[Any]:
    return select(COMMUNES.c.commune_id).where(COMMUNES.c.number == PLACES.c.number).scalar_subquery()


def _street_of_row(stage: Table) -> ColumnElement[Any]:
    commune = select(COMMUNES.c.commune_id).where(COMMUNES.c.number == stage.c.number).scalar_subquery()
    query = select(_STREETS.c.street_id).where(
        _STREETS.c.road_name == stage.c.road_name, _STREETS.c.commune_id.is_not_distinct_from(commune)
    )
    return query.correlate(stage).scalar_subquery()


def _update(
    target: Any, values: dict[str, ColumnElement[Any]], stage: Table, rows: FromClause, *, places: bool = False
) -> Any:
    where: Sequence[ColumnElement[bool]] = (
        target.c.id == MATCHES.c.structure_id,
        MATCHES.c.number == stage.c.number,
        rows.c.number == stage.c.number,
        _in_run(rows.c.number),
        *([PLACES.c.number == stage.c.number] if places else []),
    )
    return update(target).values(values).where(*where).execution_options(synchronize_session=False)
