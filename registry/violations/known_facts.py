"""What is known of a violation when a move is made: the start of its form, and the law as hints of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale, format_date, format_datetime, format_money
from registry.kernel.i18n.stored import stored_text
from registry.territory.models import AdminUnit
from registry.violations.codes import Authority, Offender, PaperKind
from registry.violations.evidence import list_originals
from registry.violations.law import limitation_end, limitation_start, limitation_term
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import next_number
from registry.violations.queries import list_competence
from registry.violations.rules import format_fine_range, written_basis
from registry.workflow.definition import MOST_TEXT


def known_for_minutes(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Day, offender, and a text of what is known: time, place, act with its basis, evidence with SHA-256."""
    kind = ctx.session.get_one(ViolationKind, case.kind_id)
    unit = ctx.session.get_one(AdminUnit, case.unit_id)
    presets: dict[str, Any] = {"minutes_on": ctx.today}
    if case.organisation_id is not None:
        organisation = ctx.session.get_one(Organisation, case.organisation_id)
        presets |= {"offender": Offender.ORGANISATION, "offender_name": organisation.name}
    # The minutes are in Vietnamese, whatever language the officer reads.
    with force_locale(DEFAULT_LANGUAGE):
        text = "\n".join(_known_lines(ctx, case, kind, unit))
    return presets | {"text": text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rsplit("\n", 1)[0]}


def _known_lines(ctx: Ctx, case: Violation, kind: ViolationKind, unit: AdminUnit) -> list[str]:
    return [
        _(
            "Phát hiện lúc %(when)s tại %(place)s (tọa độ %(given)s).",
            when=format_datetime(case.found_at),
            place=", ".join(filter(None, (case.address, unit.name))),
            given=case.given_place,
        ),
        _(
            "Hành vi: %(act)s (%(basis)s), xảy ra ngày %(day)s.",
            act=stored_text(kind.act),
            basis=written_basis(kind),
            day=format_date(case.occurred_on),
        ),
        case.description,
        *(
            _("Bằng chứng: tệp %(name)s, SHA-256 %(sha256)s.", name=name, sha256=sha256)
            for name, sha256 in list_originals(ctx, case)
        ),
    ]


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
        "decision_on": _("Ngày/tháng/năm; hết thời hiệu xử phạt ngày %(day)s.", day=format_date(last)),
        "fine_vnd": _(
            "Khung phạt đối với %(offender)s: %(fines)s.",
            offender=str((case.offender or Offender.ORGANISATION).label).lower(),
            fines=format_fine_range(kind, half=half),
        ),
    }


def known_for_decision(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Today, and the receiver of a transferred case or the commune as authority."""
    presets: dict[str, Any] = {"decision_on": ctx.today}
    if ALL not in scopes_of(ctx.actor, P.VIOLATION_DECIDE):
        presets["authority"] = Authority.COMMUNE_CHAIR
    elif case.transferred_to is not None and case.transferred_to.value in set(Authority):
        presets["authority"] = Authority(case.transferred_to.value)
    return presets


def known_for_payment(ctx: Ctx, case: Violation) -> Mapping[str, Any]:
    """Today and the whole fine."""
    return {"paid_on": ctx.today, "paid_vnd": case.fine_vnd}


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
