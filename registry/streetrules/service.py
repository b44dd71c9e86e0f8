"""Writes of drafts of rules; the moves of a rule are its workflow's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.streetrules.commands import WriteRule
from registry.streetrules.workflow import RULE, check_overlap
from registry.streets.models import Street
from registry.streets.queries import label_of
from registry.streets.rule_models import RuleState, StreetRule
from registry.streets.rules import title_of, value_problems
from registry.streets.stretches import (
    as_wgs84,
    find_street,
    lines_of_commune,
    shape_of_street,
    snap_to_street,
    stretch_of_street,
)
from registry.territory.models import AdminUnit, UnitLevel
from registry.workflow.engine import check_version, lock_case, open_case, touch
from registry.workflow.undo import undo_of_case

_SHOWN: Final = 60


def allowed_communes(ctx: Ctx) -> Collection[int]:
    """The communes in force for whose streets the actor makes rules."""
    communes = select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(ctx.today))
    if ALL not in scopes_of(ctx.actor, P.STREET_RULE_WRITE):
        communes = communes.where(AdminUnit.id.in_(sorted(ctx.actor.unit_ids)))
    return set(ctx.session.scalars(communes))


def makes_all_rules(ctx: Ctx) -> bool:
    """Whether the actor makes rules of any street, also across communes."""
    return ALL in scopes_of(ctx.actor, P.STREET_RULE_WRITE)


def write_rule(ctx: Ctx, command: WriteRule) -> StreetRule:
    """Save a draft, new or changed; Invalid names every field that is wrong."""
    require(ctx, P.STREET_RULE_WRITE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    rule = _draft(ctx, command)
    problems = value_problems(command.values)
    if command.commune_id is None:
        if not makes_all_rules(ctx):
            problems["commune"] = _("Chưa chọn; hãy chọn xã, phường của địa bàn.")
    elif command.commune_id not in allowed_communes(ctx):
        problems["commune"] = _("Xã, phường này không còn hiệu lực hoặc không thuộc địa bàn của đơn vị.")
    if problems:
        raise Invalid(problems)
    street, shape, is_whole = _placed(ctx, command)
    for name, value in command.values.items():
        setattr(rule, name, value)
    rule.street_id, rule.commune_id, rule.is_whole = street.id, command.commune_id, is_whole
    rule.shape = as_wgs84(shape)
    rule.title = title_of(rule.kind, label_of(street), rule.from_place, rule.to_place)
    if command.rule_id is None:
        open_case(ctx, RULE, rule)
    else:
        touch(ctx, RULE, rule, "edit")
    check_overlap(ctx, rule)
    return rule


def _draft(ctx: Ctx, command: WriteRule) -> StreetRule:
    if command.rule_id is None:
        return StreetRule(organisation_id=ctx.actor.organisation_id, version=1, number=None)
    rule: StreetRule = lock_case(ctx, RULE, command.rule_id)
    require(ctx, P.STREET_RULE_WRITE, rule)
    check_version(rule, command.version)
    require_draft(rule)
    return rule


def require_draft(rule: StreetRule) -> None:
    """MoveRefused for a rule that was announced."""
    if rule.state is not RuleState.PROPOSED:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không sửa được; hãy hủy bỏ rồi lập quy định mới.",
                title=rule.number or rule.title,
                state=rule.state.label,
            )
        )


def _placed(ctx: Ctx, command: WriteRule) -> tuple[Street, Any, bool]:
    """The street, the lines in metres that the rule is about, and whether they are all of it."""
    name = shown(command.street)[:_SHOWN]
    candidates = find_street(ctx.session, command.street, command.commune_id)
    if not candidates:
        sentence = _("Hệ thống không có đường “%(name)s” ở nơi này; cần tên hoặc số hiệu của đường.", name=name)
        raise Invalid({"street": sentence})
    if len(candidates) > 1:
        sentence = _("Có %(count)d đường “%(name)s”; hãy chọn xã, phường.", count=len(candidates), name=name)
        raise Invalid({"street": sentence})
    street = ctx.session.get_one(Street, candidates[0])
    whole = shape_of_street(ctx.session, street.id, command.commune_id)
    if whole is None:
        raise Invalid({"street": _("Đường “%(name)s” chưa có tim đường trong hệ thống.", name=name)})
    if command.line is not None:
        return street, _drawn(ctx, whole, command.line, name), False
    start, end = command.values.get("from_place"), command.values.get("to_place")
    if not start or not end:
        return street, whole, True
    lines = [] if command.commune_id is None else lines_of_commune(ctx.session, command.commune_id)
    stretch = stretch_of_street(lines, whole, street.name, start, end)
    if stretch is None:
        sentence = _(
            "Không tìm được đoạn đường “%(name)s” từ “%(start)s” đến “%(end)s”; cần tên nút giao hoặc “đầu đường”,"
            " “cuối đường”, hoặc hãy vẽ đoạn.",
            name=name,
            start=start[:_SHOWN],
            end=end[:_SHOWN],
        )
        raise Invalid({"from_place": sentence})
    return street, stretch, False


def _drawn(ctx: Ctx, whole: Any, geojson: str, name: str) -> Any:
    drawn = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), 4326)
    if not ctx.session.scalar(select(func.ST_IsSimple(drawn))):
        raise Invalid({"position": _("Đoạn tự cắt hoặc quay lại chính nó; hãy nhập các điểm theo thứ tự dọc đường.")})
    stretch = snap_to_street(ctx.session, whole, geojson)
    if stretch is None:
        sentence = _("Đoạn đã vẽ không đi sát đường “%(name)s” trong địa bàn; hãy vẽ dọc theo đường.", name=name)
        raise Invalid({"position": sentence})
    return stretch


UNDO: Final = undo_of_case(RULE, P.STREET_RULE_WRITE, lambda _ctx, rule: require_draft(rule), after=check_overlap)
