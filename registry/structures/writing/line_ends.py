"""The relation between a line and the structures at which it ends (`LINE_ENDS`): a duct and its manholes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all, update

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import SettingDeclaration, number_field, numbers, setting
from registry.kernel.db.base import table_of
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, format_number
from registry.kernel.units import M
from registry.structures import positions
from registry.structures.filtering.checks import Check, changed_structures
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind
from registry.structures.models import Structure
from registry.structures.positions.along_route import recorded_line
from registry.structures.positions.line_ends import facts_of_ends
from registry.structures.relations import Hardness, Limits, RecordRelation, RelationRule
from registry.structures.visibility import IS_LIVE

#: The dated setting with the figures of the rules.
LIMITS: Final = "relation.line_ends"
LIMITS_DECLARATION: Final = SettingDeclaration(
    LIMITS,
    _l("Cống cáp và bể cáp ở hai đầu"),
    _l("Hồ sơ công trình"),
    numbers(number_field("end_m", _l("Từ chối khi đầu cống cách bể cáp hơn"), M, "5", "5000")),
)
#: First day on which changes are held to the rules.
_SINCE: Final = date(2026, 11, 1)


def _unknown(facts: Any, _limits: Limits) -> str:
    return _(
        "Không có bể cáp “%(code)s” mà cống của đơn vị nối được; cần mã của đơn vị, hoặc mã tỉnh của bể được công bố.",
        code=facts.code,
    )


def _too_far(facts: Any, limits: Limits) -> str:
    return _(
        "Bể cáp “%(code)s” cách đầu cống %(metres)s m; cần không quá %(most)s m: hãy sửa mã, vị trí bể hoặc đường"
        " cống.",
        code=facts.code,
        metres=format_number(round(facts.metres)),
        most=format_number(limits["end_m"]),
    )


RULES: Final = (
    RelationRule(
        "unknown_end",
        _l("Đầu cống ghi mã không phải bể cáp"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, _limits: and_(facts.code.is_not(None), facts.junction_id.is_(None)),
        _unknown,
    ),
    RelationRule(
        "far_end",
        _l("Đầu cống ở xa bể cáp"),
        Hardness.REFUSE,
        _SINCE,
        lambda facts, limits: facts.metres > limits["end_m"],
        _too_far,
    ),
)
LINE_ENDS: Final = RecordRelation("line_ends", _l("Cống cáp và bể cáp ở hai đầu"), RULES, LIMITS)


def id_field(field: str) -> str:
    """The column with the id of the structure that a field names by its code."""
    return field.removesuffix("_code") + "_id"


def _ends(kind: Kind) -> Select[Any]:
    """The ends that the lines of a kind name, one row each."""
    own, base = kind.model.__table__, Structure.__table__.alias("base")
    named = union_all(
        *(
            select(
                own.c.id.label("key"),
                recorded_line(base).label("line_m"),
                base.c.owner_organisation_id.label("owner_id"),
                literal(field).label("field"),
                own.c[field].label("code"),
            )
            .join_from(own, base, base.c.id == own.c.id)
            .where(own.c[field].is_not(None), IS_LIVE.clause(base))
            for field in sorted(kind.references)
        )
    ).subquery("named")
    return select(named)


def watch_ends(ctx: Ctx, structure: Structure, changed: Collection[str], is_moved: bool) -> Callable[[], None] | None:
    """A `RelationWatch`: the ends that a line names by a changed code, or that a moved line has, are there.

    Afterwards the record has the ids of these structures.
    """
    kind = KINDS[structure.kind]
    fields = sorted(kind.references if is_moved else kind.references & set(changed))
    if not kind.junction or not fields:
        return None
    codes = {field: getattr(structure, field) for field in fields if field not in changed}

    def check() -> None:
        stated = _ends(kind).subquery("ends")
        facts = facts_of_ends(select(stated).where(stated.c.key == structure.id).subquery("ends"), kind.junction)
        limits = setting(ctx.session, LIMITS, ctx.today)
        flags = [func.coalesce(rule.breaks(facts.c, limits), False).label(rule.code) for rule in RULES]
        problems: dict[str, list[str]] = {}
        junction_ids: dict[str, int | None] = dict.fromkeys(fields)
        for row in positions.run(ctx, select(facts, *flags)):
            # What was recorded before and is not touched hinders no correction.
            broken = [rule for rule in RULES if row._mapping[rule.code] and row.field not in codes]
            for rule in broken:
                if rule.hardness_on(ctx.today) is Hardness.REFUSE:
                    problems.setdefault(row.field, []).append(rule.sentence(row, limits))
            if row.field in junction_ids:
                junction_ids[row.field] = row.junction_id
        if problems:
            raise Invalid(problems)
        for field, junction_id in junction_ids.items():
            if getattr(structure, id_field(field)) != junction_id:
                setattr(structure, id_field(field), junction_id)
        ctx.session.flush()

    return check


def name_ends(ctx: Ctx, kind: Kind, ids: Collection[int]) -> None:
    """Give lines that were written by sets the ids of the structures at which they end by their codes."""
    if not kind.junction or not ids:
        return
    stated = _ends(kind).subquery("ends")
    facts = facts_of_ends(select(stated).where(stated.c.key.in_(ids)).subquery("ends"), kind.junction)
    own = table_of(kind.model)
    junctions: dict[str, dict[int, int]] = {field: {} for field in kind.references}
    for row in positions.run(ctx, select(facts.c.key, facts.c.field, facts.c.junction_id)):
        if row.junction_id is not None:
            junctions[row.field][row.key] = row.junction_id
    for field, by_line in junctions.items():
        if by_line:
            column = own.c[id_field(field)]
            new_id = case(by_line, value=own.c.id)
            changed = update(own).where(own.c.id.in_(by_line), column.is_distinct_from(new_id))
            ctx.session.execute(changed.values({column.name: new_id}))


def at_changed(since: datetime) -> Select[Any]:
    """The lines that end at structures which changed since a moment."""
    changed = changed_structures(since)
    lines = union_all(
        *(
            select(kind.model.__table__.c.id).where(kind.model.__table__.c[id_field(field)].in_(changed))
            for kind in KINDS.values()
            if kind.junction
            for field in sorted(kind.references)
        )
    ).subquery("lines")
    return select(lines.c.id)


def _breaking(ctx: Ctx) -> ColumnElement[bool]:
    """SQL over `structure`: lines whose ends break a rule. To be read within `run`."""
    limits = setting(ctx.session, LIMITS, ctx.today)
    clauses: list[ColumnElement[bool]] = []
    for kind in KINDS.values():
        if kind.junction:
            facts = facts_of_ends(_ends(kind).subquery("ends"), kind.junction)
            breaks = or_(*(rule.breaks(facts.c, limits) for rule in RULES))
            clauses.append(Structure.id.in_(select(facts.c.key).where(breaks)))
    return or_(*clauses)


ENDS_CHECK: Final = Check(
    LINE_ENDS.code,
    _l("Đầu cống không khớp bể cáp"),
    _l("Mã bể không có, không phải bể cáp, hoặc bể ở xa đầu cống; sửa mã bể hoặc đường cống ở trang công trình."),
    _breaking,
    is_recorded=True,
)
