"""The findings on record, one row each, with the page where it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.i18n import _, _l, _n_noop
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import ChoiceFilter, Chosen, Entity
from registry.kernel.lists.markup import anchor, link
from registry.kernel.lists.view import Empty, ListView
from registry.structures.filtering.checks import CHECKS
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.queries import owner_name
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids, commune_choices, get_unit
from registry.territory.rules import unit_label
from registry.upkeep.findings import recorded_checks
from registry.upkeep.models import AttestationRound, QualityFinding
from registry.upkeep.queries import is_mine, is_seen, standing_of

_COMMUNE: Final = aliased(AdminUnit)


def findings_query(ctx: Ctx, filter_values: Chosen) -> Select[Any]:
    """The findings of standing structures whose checks the reader may see."""
    columns: tuple[Any, ...] = (
        QualityFinding.id,
        QualityFinding.code.label("check"),
        QualityFinding.since,
        Structure.code,
        Structure.name,
        Structure.kind,
        Organisation.short_name.label("owner"),
        _COMMUNE.name.label("commune"),
        visible(ctx, Structure, P.STRUCTURE_EDIT).label("may_edit"),
    )
    query: Select[Any] = (
        select(*columns)
        .join(Structure, Structure.id == QualityFinding.structure_id)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .outerjoin(_COMMUNE, _COMMUNE.id == Structure.commune_id)
        .where(*is_seen(ctx), *is_mine(ctx))
    )
    if (unit_id := filter_values.get("unit")) is not None:
        query = query.where(Structure.commune_id.in_(area_unit_ids(ctx.session, [unit_id])))
    return query


def _mend(_ctx: Ctx, row: Any) -> Any:
    check = CHECKS.get(row.check)
    if check is None or not row.may_edit:
        return None
    endpoint, part = check.mend
    return anchor(url_for(endpoint, code=row.code, _anchor=part or None), _("Sửa"))


def _check_label(_ctx: Ctx, row: Any) -> str:
    check = CHECKS.get(row.check)
    return str(check.label) if check is not None else row.check


def _check_options(_ctx: Any) -> Mapping[str, Any]:
    return {code: check.label for code, check in recorded_checks().items()}


def _kind_options(_ctx: Any) -> Mapping[str, Any]:
    return {code: kind.label for code, kind in KINDS.items()}


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return unit_label(unit, ctx.today) if unit else None


FINDINGS: Final = ListView(
    code="quality-findings",
    label=_l("Vấn đề của dữ liệu"),
    subtitle=_l("Hồ sơ trái với quy tắc hoặc với hồ sơ khác, theo lần kiểm gần nhất"),
    endpoint="upkeep.findings",
    permission=P.UPKEEP_READ,
    select=findings_query,
    columns=(
        Column("code", _l("Mã"), main=True, sort=Structure.code, show=link("structures.detail", "code", code="code")),
        Column("check", _l("Vấn đề"), _check_label),
        Column("name", _l("Tên"), sort=Structure.name),
        Column("kind", _l("Loại"), lambda _ctx, row: str(KINDS[row.kind].label), optional=True),
        Column("owner", _l("Chủ sở hữu"), sort=Organisation.short_name),
        Column("commune", _l("Xã, phường trong hồ sơ"), sort="commune"),
        Column("since", _l("Phát hiện từ ngày"), kind=date, sort=QualityFinding.since),
        Column("mend", _l("Cách xử lý"), lambda _ctx, row: str(_hint(row)), show=_mend),
    ),
    filters=(
        ChoiceFilter(
            "check",
            _l("Vấn đề"),
            options=_check_options,
            everything=_l("Mọi vấn đề"),
            where=lambda _ctx, code: QualityFinding.code == code,
        ),
        ChoiceFilter(
            "kind",
            _l("Loại"),
            options=_kind_options,
            everything=_l("Mọi loại"),
            where=lambda _ctx, code: Structure.kind == code,
        ),
        Entity(
            "owner",
            _l("Chủ sở hữu"),
            named=lambda ctx, owner_id: owner_name(ctx.session, owner_id),
            where=lambda _ctx, owner_id: Structure.owner_organisation_id == owner_id,
        ),
        Entity(
            "unit",
            _l("Địa bàn"),
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Toàn tỉnh"),
        ),
    ),
    order=(QualityFinding.code, Structure.code, QualityFinding.id),
    stem="van-de-du-lieu",
    count=_n_noop("%(count)s vấn đề"),
    empty=Empty(_l("Không có vấn đề nào"), _l("Lần kiểm gần nhất không phát hiện hồ sơ trái quy tắc.")),
    no_match=Empty(_l("Không có vấn đề nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)


def _has_findings(ctx: Ctx, readable_rows: Any, _run: str) -> ColumnElement[bool]:
    """Whose checks the reader may see, and which it sees exactly."""
    owned = (
        select(QualityFinding.structure_id)
        .join(Structure, Structure.id == QualityFinding.structure_id)
        .where(Structure.is_live_rule(), *is_mine(ctx))
    )
    return and_(readable_rows.c.exact, readable_rows.c.id.in_(owned))


#: Value: the number of the run whose findings the link means. Another run has another address, so that no cached tile
#: of before is shown: a run changes no record.
WITH_FINDINGS: Final = ExtraFilter(
    "findings", _l("Chất lượng dữ liệu"), _has_findings, text=_l("Trái quy tắc theo lần kiểm gần nhất")
)


def _hint(row: Any) -> Any:
    check = CHECKS.get(row.check)
    return check.hint if check is not None else ""


@dataclass(frozen=True)
class AskedFindings:
    """The number of findings of a check among the structures of one owner that a round asks about."""

    owner_id: int
    owner: str
    code: str
    number: int


def findings_of_round(ctx: Ctx, attestation_round: AttestationRound) -> list[AskedFindings]:
    """What is open in the records that a round asks about, those of predecessors included, by owner and check."""
    number = func.count()
    query = (
        select(Structure.owner_organisation_id, Organisation.short_name, QualityFinding.code, number)
        .join(Structure, Structure.id == QualityFinding.structure_id)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .where(*is_seen(ctx), *is_mine(ctx), *standing_of(ctx, attestation_round))
        .group_by(Structure.owner_organisation_id, Organisation.short_name, QualityFinding.code)
        .order_by(Organisation.short_name, number.desc(), QualityFinding.code)
    )
    return [AskedFindings(*row) for row in ctx.session.execute(query) if row[2] in CHECKS]


def count_findings(ctx: Ctx, owner_id: int | None, column: Any) -> dict[Any, int]:
    """The number of findings on record by a column of `structure` or of the findings, the most first."""
    number = func.count()
    query = (
        select(column, number)
        .select_from(QualityFinding)
        .join(Structure, Structure.id == QualityFinding.structure_id)
        .where(*is_seen(ctx), *is_mine(ctx), column.is_not(None))
        .group_by(column)
        .order_by(number.desc(), column)
    )
    if owner_id is not None:
        query = query.where(Structure.owner_organisation_id == owner_id)
    return {row[0]: row[1] for row in ctx.session.execute(query)}
