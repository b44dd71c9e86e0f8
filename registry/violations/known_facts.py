"""What is known of a violation when a move is made: the start of its form, and the law as hints of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.documents.official import within_text
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale, format_date, format_money
from registry.kernel.i18n.stored import stored_text
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import RuleInPlace, rules_at
from registry.territory.models import AdminUnit
from registry.violations.acts import fine_field, further_acts
from registry.violations.codes import HEAD_SIGNS, Authority, NoFineGround, Offender, PaperKind
from registry.violations.evidence import list_originals
from registry.violations.law import limitation_end, limitation_start, limitation_term
from registry.violations.location import unit_of_day
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import next_number
from registry.violations.queries import list_competence
from registry.violations.rules import (
    expected_fine,
    fine_range,
    format_fine_range,
    format_found,
    unpaid_fine,
    written_basis,
)
from registry.violations.workflow.terms import decision_due
from registry.workflow.definition import MOST_TEXT

_DECIMALS: Final = 7


def known_for_minutes(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Day, offender, and a text of what is known: time, place, act with its basis, evidence with SHA-256."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    unit = unit_of_day(ctx, case, ctx.today)
    presets: dict[str, Any] = {
        "minutes_on": ctx.today,
        "drawn_place": ", ".join(filter(None, (case.address, within_text(unit.name)))),
        "copies": 2,
    }
    if case.organisation_id is not None:
        organisation = ctx.session.get_one(Organisation, case.organisation_id)
        presets |= {
            "offender": Offender.ORGANISATION,
            "offender_name": organisation.name,
            "offender_code": organisation.tax_code,
        }
    # The minutes are in Vietnamese, whatever language the officer reads.
    with force_locale(DEFAULT_LANGUAGE):
        text = "\n".join(_known_lines(ctx, case, kind, unit))
    return presets | {"text": text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rsplit("\n", 1)[0]}


def _known_lines(ctx: Ctx, case: Violation, kind: ViolationKind, unit: AdminUnit) -> list[str]:
    return [
        _(
            "Phát hiện lúc %(when)s tại %(place)s (tọa độ %(given)s).",
            when=format_found(case),
            place=", ".join(filter(None, (case.address, within_text(unit.name)))),
            given=case.given_place,
        ),
        _(
            "Hành vi: %(act)s (%(basis)s), xảy ra ngày %(day)s.",
            act=stored_text(kind.act),
            basis=written_basis(kind),
            day=format_date(case.occurred_on),
        ),
        case.description,
        *(_("Quy định của tuyến phố: %(rule)s", rule=rule.sentence) for rule in rules_broken(ctx, case)),
        *(
            _(
                "Hành vi: %(act)s (%(basis)s), xảy ra ngày %(day)s. %(text)s",
                act=stored_text(act.kind.act),
                basis=written_basis(act.kind),
                day=format_date(act.occurred_on),
                text=act.description,
            )
            for act in further_acts(ctx, case)
        ),
        *(
            _("Bằng chứng: tệp %(name)s, SHA-256 %(sha256)s.", name=name, sha256=sha256)
            for name, sha256 in list_originals(ctx, case)
        ),
    ]


def rules_broken(ctx: Ctx, case: Violation) -> list[RuleInPlace]:
    """The rules of the street at the place of a violation on the day of the act; for readers of the exact place."""
    point = func.ST_AsGeoJSON(Violation.place.expression, _DECIMALS)
    geojson = ctx.session.scalars(select(point).where(Violation.id == case.id)).one()
    return rules_at(ctx.session, geojson, tuple(StreetAct), case.occurred_on, with_coming=False)


def hints_for_minutes(ctx: Ctx, case: Violation) -> Mapping[str, str]:
    """The range of the act for organisations and individuals, where the offender is chosen."""
    return {
        "offender": _ranges(ctx.session.get_one(ViolationKind, case.kind_id)),
        "minutes_number": _number_hint(ctx, PaperKind.MINUTES),
    }


def hints_for_decision(ctx: Ctx, case: Violation) -> Mapping[str, str]:
    """The range for the offender at the fine, the competence of each authority, the limitation at the day."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    half = case.offender is Offender.INDIVIDUAL
    offices = [
        _(
            "%(office)s đến %(most)s",
            office=row.authority.label,
            most=format_money(row.fine_max_vnd / (2 if half else 1)),
        )
        for row in list_competence(ctx.session, ctx.today)
        if row.sector is kind.sector
    ]
    last = limitation_end(ctx, limitation_term(kind.sector), limitation_start(case))
    return {
        "authority": _(
            "Thẩm quyền đối với %(offender)s: %(offices)s.",
            offender=str((case.offender or Offender.ORGANISATION).label).lower(),
            offices="; ".join(offices) or _("chưa có trong danh mục"),
        ),
        "decision_number": _number_hint(ctx, PaperKind.DECISION),
        "decision_on": _(
            "Ngày/tháng/năm; thời hạn ra quyết định xử phạt đến %(due)s, hết thời hiệu xử phạt ngày %(day)s.",
            due=format_date(decision_due(ctx, case)),
            day=format_date(last),
        ),
        "fine_vnd": _(
            "Khung phạt đối với %(offender)s: %(fines)s; không có tình tiết thì phạt mức giữa khung.",
            offender=str((case.offender or Offender.ORGANISATION).label).lower(),
            fines=format_fine_range(kind, half=half),
        ),
    }


def hints_for_remedies(ctx: Ctx, case: Violation) -> Mapping[str, str]:
    """The end of the term of a fine, and the number."""
    return {
        "decision_number": _number_hint(ctx, PaperKind.REMEDIES_DECISION),
        "ground": _("Thời hạn ra quyết định xử phạt: đến %(due)s.", due=format_date(decision_due(ctx, case))),
    }


def hints_for_warning(ctx: Ctx, case: Violation) -> Mapping[str, str]:
    """Who may sanction the act, the number, and the last day."""
    hints = hints_for_decision(ctx, case)
    return {name: hints[name] for name in ("authority", "decision_number", "decision_on")}


def known_for_decision(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Today, the authority that holds the case, and the fine without circumstances: the middle of the range."""
    presets: dict[str, Any] = {"decision_on": ctx.today, "authority": Authority.COMMUNE_CHAIR, "deputy": HEAD_SIGNS}
    if case.transferred_to is not None and case.transferred_to.value in set(Authority):
        presets["authority"] = Authority(case.transferred_to.value)
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    allowed = fine_range(kind.fine_min_vnd, kind.fine_max_vnd, case.offender or Offender.ORGANISATION)
    if allowed is not None:
        presets["fine_vnd"] = expected_fine(allowed, 0, 0).least.to_integral_value()
    for act in further_acts(ctx, case):
        part = fine_range(act.kind.fine_min_vnd, act.kind.fine_max_vnd, case.offender or Offender.ORGANISATION)
        if part is not None:
            presets[fine_field(act)] = str(expected_fine(part, 0, 0).least.to_integral_value())
    return presets


def known_for_remedies(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Today, the authority that holds the case, and the term as ground once it is over."""
    presets = {name: value for name, value in known_for_decision(ctx, case).items() if not name.startswith("fine_")}
    return presets | ({"ground": NoFineGround.LATE} if ctx.today > decision_due(ctx, case) else {})


def known_for_payment(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Today and what is left of the fine."""
    return {"paid_on": ctx.today, "paid_vnd": unpaid_fine(case)}


def _ranges(kind: ViolationKind) -> str:
    return _(
        "Khung phạt: tổ chức %(whole)s; cá nhân %(half)s.",
        whole=format_fine_range(kind),
        half=format_fine_range(kind, half=True),
    )


def _number_hint(ctx: Ctx, kind: PaperKind) -> str:
    return _(
        "Để trống để hệ thống cấp số kế tiếp của cơ quan (%(number)s), hoặc ghi số đã lấy ở sổ văn thư.",
        number=next_number(ctx, kind, ctx.today),
    )
