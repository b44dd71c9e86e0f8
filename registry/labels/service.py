"""Issue and revoke labels. Each is one audit event, which never contains the random codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, or_, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.errors import Invalid
from registry.kernel.text import code_key, fold, register_code
from registry.labels import rules
from registry.labels.models import StructureLabel
from registry.labels.queries import get_label
from registry.structures.models import Structure


@dataclass(frozen=True)
class IssueLabels:
    """One label for each of these structures, by their codes."""

    codes: tuple[str, ...]


#: No code is longer.
_MAX_CODE: Final = 100


def issue_labels(ctx: Ctx, command: IssueLabels) -> int:
    """Issue a label for each structure; returns the id of the sheet. Invalid names every code that gets none."""
    require(ctx, P.LABEL_PRINT)
    rows_by_code = _find(ctx, command.codes)
    unknown = [code for code, rows in rows_by_code.items() if not rows]
    several = {code: rows for code, rows in rows_by_code.items() if len(rows) > 1}
    rows_by_id = {rows[0].id: rows[0] for rows in rows_by_code.values() if len(rows) == 1}
    problem = rules.problem_of_count(len(rows_by_code))
    if problem is not None:
        raise Invalid({"codes": problem})
    gone = [row.code for row in rows_by_id.values() if not row.is_there]
    texts = [rules.problem_of_unknown(unknown)] if unknown else []
    texts += [rules.problem_of_several(code, [row.code for row in rows]) for code, rows in several.items()]
    texts += [rules.problem_of_gone(gone)] if gone else []
    if texts:
        raise Invalid({"codes": texts})
    sheet_id = int(ctx.change_id or 0)
    ctx.session.add_all(
        StructureLabel(
            code=rules.new_code(),
            structure_id=row.id,
            sheet_id=sheet_id,
            issued_at=ctx.now,
            issued_by_id=ctx.actor.id,
        )
        for row in rows_by_id.values()
    )
    owners = {row.owner_organisation_id for row in rows_by_id.values()}
    record(
        ctx,
        "label.issue",
        "label_sheet",
        sheet_id,
        on_behalf_of_id=owners.pop() if len(owners) == 1 else None,
        count=len(rows_by_id),
        structures=sorted(rows_by_id),
    )
    ctx.session.flush()
    return sheet_id


def _find(ctx: Ctx, codes: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """Structures by code that the actor may label; a part with blanks that names none is split into its words."""
    rows_by_word = _named(ctx, codes)
    parts = {code: code.split() for code in codes if not rows_by_word[code] and " " in code}
    more = _named(ctx, [word for words in parts.values() for word in words])
    return {word: (rows_by_word | more)[word] for code in codes for word in parts.get(code, [code])}


def _named(ctx: Ctx, codes: Sequence[str]) -> dict[str, list[Row[Any]]]:
    """By code: the structure with that registry code, else those with that own code in any spelling."""
    # The database refuses unprintable characters even in a parameter.
    printable = [code for code in codes if code.isprintable() and len(code) <= _MAX_CODE]
    query = select(
        Structure.id,
        Structure.code,
        Structure.own_code,
        Structure.owner_organisation_id,
        Structure.is_there_rule().label("is_there"),
    ).where(
        or_(
            Structure.code.in_([register_code(code) for code in printable]),
            func.code_key(Structure.own_code).in_([code_key(code) for code in printable]),
            func.fold(Structure.own_code).in_([fold(code) for code in printable]),
        ),
        visible(ctx, Structure, P.LABEL_PRINT),
    )
    rows: list[Row[Any]] = list(ctx.session.execute(query.order_by(Structure.code))) if printable else []
    by_code = {row.code: [row] for row in rows}
    by_own: dict[str, list[Row[Any]]] = {}
    for row in rows:
        for key in {row.own_code, code_key(row.own_code or ""), fold(row.own_code or "")}:
            by_own.setdefault(key, []).append(row)
    return {code: by_code.get(register_code(code)) or _with_own_code(by_own, code) for code in codes}


def _with_own_code(by_own: Mapping[str, list[Row[Any]]], code: str) -> list[Row[Any]]:
    """The structures of a spelling, else of another one, else with other diacritics."""
    if not code.isprintable():
        return []
    same = by_own.get(code, [])
    exact = [row for row in same if row.own_code == code]
    return exact or by_own.get(code_key(code)) or by_own.get(fold(code), [])


def revoke_label(ctx: Ctx, label_id: int) -> StructureLabel:
    """Revoke a label; revoking it again changes nothing."""
    label, structure = get_label(ctx, label_id, lock=True)
    if label.revoked_at is None:
        label.revoked_at = ctx.now
        label.revoked_by_id = ctx.actor.id
        ctx.session.flush()
        record(
            ctx,
            "label.revoke",
            "structure_label",
            label.id,
            on_behalf_of_id=structure.owner_organisation_id,
            structure=structure.code,
        )
    return label
