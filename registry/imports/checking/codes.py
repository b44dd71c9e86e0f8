"""Registered structures of rows by code: that of the owner in any spelling, and that of the register.

Both must name one structure: a row whose codes disagree is refused, never written over either.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Text, and_, func, insert, text

from registry.imports.checking.batch import BatchCheck, RowProblem, scratch_table
from registry.imports.models import ImportRow
from registry.kernel.i18n import _, _n
from registry.structures import positions
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.writing.create_edit import lock_codes

#: Field of the code of the register in a file.
REGISTRY_CODE: Final = "registry_code"

#: Registered structures of rows.
MATCHES: Final = scratch_table("check_match", Column("number", BigInteger), Column("structure_id", BigInteger))
#: Structures that rows name by the code of the register; NULL where the owner has none of this code.
_NAMED: Final = scratch_table(
    "check_named", Column("number", BigInteger), Column("given", Text), Column("structure_id", BigInteger)
)
_BY_CODE: Final = text(
    "INSERT INTO check_match SELECT row.number, s.id FROM check_row row"
    " JOIN structure s ON s.own_code = row.own_code AND s.owner_organisation_id = :owner AND s.kind = :kind"
)
#: Rows without an exact match; of a code that is registered in several spellings none is taken.
_SPELT_OTHERWISE: Final = text(
    "CREATE TEMPORARY TABLE check_spelling ON COMMIT DROP AS"
    " SELECT row.number, row.own_code AS given, min(s.id) AS structure_id, min(s.own_code) AS own_code,"
    "  count(*) AS several, min(s.code) AS code FROM check_row row"
    " JOIN structure s ON s.owner_organisation_id = :owner AND code_key(s.own_code) = code_key(row.own_code)"
    "  AND s.kind = :kind"
    " WHERE row.own_code IS NOT NULL AND NOT EXISTS (SELECT FROM check_match m WHERE m.number = row.number)"
    " GROUP BY row.number, row.own_code"
)
_TAKE_SPELLING: Final = text(
    "INSERT INTO check_match SELECT number, structure_id FROM check_spelling WHERE several = 1"
)
#: The registered spelling stays.
_KEEP_SPELLING: Final = text(
    "UPDATE check_row SET own_code = spelling.own_code FROM check_spelling spelling"
    " WHERE spelling.number = check_row.number AND spelling.several = 1"
)
_SPELLINGS: Final = text("SELECT number, given, own_code, several FROM check_spelling ORDER BY number")
_OTHER_KIND: Final = text(
    "SELECT row.number, row.own_code, s.code, s.kind FROM check_row row"
    " JOIN structure s ON code_key(s.own_code) = code_key(row.own_code) AND s.owner_organisation_id = :owner"
    "  AND s.kind <> :kind"
)
_COUNT_OTHER_KIND: Final = text(
    "SELECT count(*) FROM check_row row WHERE EXISTS (SELECT FROM structure s"
    " WHERE code_key(s.own_code) = code_key(row.own_code) AND s.owner_organisation_id = :owner AND s.kind <> :kind)"
)
#: Prefixes that are tried.
_MOST_PREFIXES: Final = 10
#: Whether a code with a prefix is registered already, of any kind.
_PREFIX_TAKEN: Final = text(
    "SELECT EXISTS (SELECT FROM check_row row JOIN structure s ON s.owner_organisation_id = :owner"
    " AND code_key(s.own_code) = code_key(:prefix || row.own_code) WHERE row.own_code IS NOT NULL)"
)
_TWICE: Final = text(
    "SELECT number, own_code, first, first AS other, first_code FROM (SELECT number, own_code,"
    " first_value(number) OVER same AS first, first_value(own_code) OVER same AS first_code"
    " FROM check_row WHERE own_code IS NOT NULL WINDOW same AS (PARTITION BY code_key(own_code) ORDER BY number)) coded"
    " WHERE number > first ORDER BY number"
)
#: The same row of the same table of the same file, by its latest import.
_BY_FILE: Final = text(
    "INSERT INTO check_match SELECT DISTINCT ON (row.number) row.number, earlier.structure_id FROM check_row row"
    " JOIN import_result earlier ON earlier.number = row.number AND earlier.outcome IN ('new', 'changed', 'unchanged')"
    " JOIN import_batch batch ON batch.id = earlier.batch_id AND batch.sha256 = :sha256 AND batch.id <> :batch"
    "  AND batch.organisation_id = :owner AND batch.kind = :kind AND batch.state = 'applied'"
    "  AND batch.table_name IS NOT DISTINCT FROM :table"
    " JOIN structure s ON s.id = earlier.structure_id AND s.owner_organisation_id = :owner AND s.kind = :kind"
    " WHERE row.own_code IS NULL ORDER BY row.number, batch.id DESC"
)
#: Rows that name a structure by its code in the register alone, or give its first own code.
_BY_REGISTRY_CODE: Final = text(
    "INSERT INTO check_match SELECT named.number, named.structure_id FROM check_named named"
    " JOIN check_row row ON row.number = named.number JOIN structure s ON s.id = named.structure_id"
    " WHERE (row.own_code IS NULL OR s.own_code IS NULL)"
    "  AND NOT EXISTS (SELECT FROM check_match m WHERE m.number = named.number)"
)
_DISAGREEING: Final = text(
    "SELECT named.number, named.given, row.own_code, other.code AS other_code, meant.own_code AS meant_own,"
    " meant.id IS NULL AS is_unknown FROM check_named named JOIN check_row row ON row.number = named.number"
    " LEFT JOIN check_match m ON m.number = named.number LEFT JOIN structure other ON other.id = m.structure_id"
    " LEFT JOIN structure meant ON meant.id = named.structure_id"
    " WHERE m.structure_id IS DISTINCT FROM named.structure_id OR named.structure_id IS NULL ORDER BY named.number"
)


def match_codes(check: BatchCheck) -> None:
    """Fill `check_match`; report codes that occur twice, belong to another kind, or name two structures."""
    run = check.ctx.session.execute
    owner = {"owner": check.owner.id, "kind": check.plan.kind}
    check.create(MATCHES)
    check.report(_TWICE, "own_code", _duplicate_code)
    named = check.sees_owner
    check.report(_OTHER_KIND.bindparams(**owner), "own_code", _other_kind if named else _other_kind_unnamed)
    _offer_prefix(check)
    if check.locking:
        lock_codes(check.ctx.session, check.owner.id)
    run(_BY_CODE, owner)
    check.analyse(MATCHES)
    run(text("DROP TABLE IF EXISTS pg_temp.check_spelling"))
    run(_SPELT_OTHERWISE, owner)
    run(_TAKE_SPELLING)
    run(_KEEP_SPELLING)
    check.add_problems_of(_SPELLINGS, _spelling)
    batch = {"sha256": check.batch.sha256, "batch": check.batch.id, "table": check.batch.table_name}
    run(_BY_FILE, owner | batch)
    check.analyse(MATCHES)
    if REGISTRY_CODE in check.column_numbers:
        _match_registry_codes(check)


def _offer_prefix(check: BatchCheck) -> None:
    """One sentence for the file where codes belong to another kind, with a prefix that makes all of them free."""
    run, owner = check.ctx.session.execute, {"owner": check.owner.id}
    count = run(_COUNT_OTHER_KIND, owner | {"kind": check.plan.kind}).scalar_one()
    prefixes = (f"{check.kind.prefix}{number}-" for number in ("", *range(2, _MOST_PREFIXES)))
    free = (prefix for prefix in prefixes if not run(_PREFIX_TAKEN, owner | {"prefix": prefix}).scalar_one())
    prefix = next(free, None) if count else None
    check.batch.found = check.batch.found | {"prefix_offered": prefix}
    if prefix is not None:
        check.notes.append(
            _n(
                "%(num)d dòng có mã đã dùng cho công trình loại khác của cùng chủ sở hữu; thêm tiền tố "
                "“%(prefix)s” vào mọi mã của tệp thì không còn mã nào trùng.",
                count,
                prefix=prefix,
            )
        )


def _match_registry_codes(check: BatchCheck) -> None:
    check.create(_NAMED)
    code = func.btrim(check.cell(REGISTRY_CODE))
    same = and_(
        Structure.code == func.upper(code),
        Structure.owner_organisation_id == check.owner.id,
        Structure.kind == check.plan.kind,
        # To others a structure that they may not know is like none.
        *(() if check.sees_owner else (positions.sees_exactly(check.ctx),)),
    )
    rows = check.rows(ImportRow.number, code, Structure.id).outerjoin(Structure, same).where(code != "")
    check.ctx.session.execute(insert(_NAMED).from_select(["number", "given", "structure_id"], rows))
    check.analyse(_NAMED)
    check.ctx.session.execute(_BY_REGISTRY_CODE)
    check.analyse(MATCHES)
    check.report(_DISAGREEING, REGISTRY_CODE, _disagreement if check.sees_owner else _disagreement_unnamed)


def _duplicate_code(row: Any) -> str:
    if row.first_code != row.own_code:
        return _(
            "Mã “%(code)s” là một mã với “%(first)s” ở dòng %(number)d của tệp; mỗi công trình cần một mã riêng.",
            code=row.own_code,
            first=row.first_code,
            number=row.first,
        )
    return _(
        "Mã “%(code)s” đã có ở dòng %(number)d của tệp; mỗi công trình cần một mã riêng.",
        code=row.own_code,
        number=row.first,
    )


def _other_kind(row: Any) -> str:
    return _(
        "Mã “%(code)s” đã đăng ký là %(known)s, thuộc loại “%(kind)s”; hãy sửa mã hoặc chọn đúng loại.",
        code=row.own_code,
        known=row.code,
        kind=KINDS[row.kind].label,
    )


def _other_kind_unnamed(row: Any) -> str:
    return _("Mã “%(code)s” đã được đăng ký cho loại khác; hãy sửa mã hoặc chọn đúng loại.", code=row.own_code)


def _spelling(row: Any) -> list[RowProblem]:
    if row.several > 1:
        sentence = _(
            "Mã “%(code)s” khác cách viết với nhiều mã đã đăng ký (“%(own)s”, ...); hãy ghi đúng một mã.",
            code=row.given,
            own=row.own_code,
        )
        return [RowProblem(row.number, "own_code", sentence)]
    sentence = _("Mã “%(code)s” được hiểu là mã “%(own)s” đã đăng ký.", code=row.given, own=row.own_code)
    return [RowProblem(row.number, "own_code", sentence, blocks=False, quiet=True)]


def _disagreement(row: Any) -> str:
    if row.other_code is not None:
        return _(
            "Mã trong hệ thống “%(given)s” khác mã “%(known)s” của công trình mà dòng này ghi (mã của chủ sở hữu"
            " “%(own)s”); hãy sửa lại một trong hai mã.",
            given=row.given,
            known=row.other_code,
            own=row.own_code or "–",
        )
    if row.is_unknown:
        return _disagreement_unnamed(row)
    return _(
        "Mã trong hệ thống “%(given)s” là của công trình có mã của chủ sở hữu “%(known)s”, dòng lại ghi “%(own)s”; hãy"
        " sửa lại một trong hai mã, công trình mới thì để trống mã trong hệ thống.",
        given=row.given,
        known=row.meant_own,
        own=row.own_code,
    )


def _disagreement_unnamed(row: Any) -> str:
    return _(
        "Mã trong hệ thống “%(given)s” không phải của công trình nào của chủ sở hữu mà dòng này ghi; hãy sửa mã,"
        " công trình mới thì để trống ô này.",
        given=row.given,
    )
