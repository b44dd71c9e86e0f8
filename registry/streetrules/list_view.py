"""The list of rules."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import Chosen, Day, Entity, MultiChoice
from registry.streetrules.workflow import RULE
from registry.streets.models import Street
from registry.streets.rule_models import RuleKind, StreetRule
from registry.streets.rule_queries import in_force
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_choices, get_unit
from registry.workflow.lists import case_list


def _joined(_ctx: Ctx, _filter_values: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(
            Street.name.label("street"), AdminUnit.name.label("commune"), Organisation.short_name.label("office")
        )
        .join(Street, Street.id == StreetRule.street_id)
        .join(Organisation, Organisation.id == StreetRule.organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == StreetRule.commune_id)
    )


def _remark(_ctx: Ctx, row: Any) -> str:
    rule = row.StreetRule
    until = _("đến hết %(day)s", day=format_date(rule.valid_to)) if rule.valid_to else _("chưa định ngày hết")
    return " · ".join(
        (row.commune or _("toàn tuyến"), _("từ %(day)s", day=format_date(rule.valid_from)), until, rule.document_number)
    )


def _on_day(_ctx: Ctx, day: date) -> ColumnElement[bool]:
    return in_force(day)


def _unit_name(ctx: Ctx, unit_id: int) -> str | None:
    unit = get_unit(ctx.session, unit_id)
    return None if unit is None else unit.name


RULES: Final = case_list(
    RULE,
    code="street-rules",
    stem="quy-dinh-tuyen-pho",
    joined=_joined,
    remark=_remark,
    filters=(
        MultiChoice("kind", _l("Quy định"), lambda _ctx, codes: StreetRule.kind.in_(codes), options=RuleKind),
        Day("on", _l("Có hiệu lực vào ngày"), _on_day),
        Entity(
            "commune",
            _l("Xã, phường"),
            lambda _ctx, unit_id: StreetRule.commune_id == unit_id,
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            everything=_l("Tất cả"),
        ),
    ),
    columns=(
        Column("street", _l("Đường"), sort="street", optional=True),
        Column("commune", _l("Xã, phường"), sort="commune", optional=True),
        *declared_columns(
            StreetRule,
            *("kind", "from_place", "to_place", "valid_from", "valid_to"),
            *("document_number", "document_on", "issuer", "note"),
            row="StreetRule",
            on=On.FILES,
        ),
        Column("announced_on", _l("Ngày công bố"), "StreetRule.announced_on", date, on=On.FILES),
        Column("completed_on", _l("Ngày hoàn thành thực tế"), "StreetRule.completed_on", date, on=On.FILES),
        Column("cancelled_on", _l("Ngày hủy bỏ"), "StreetRule.cancelled_on", date, on=On.FILES),
        Column("office", _l("Cơ quan lập"), sort="office", optional=True),
    ),
)
