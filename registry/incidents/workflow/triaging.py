"""Moves of who takes a report in: triage, reject, merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select, update

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.incidents.case_facts import title_of
from registry.incidents.codes import CODE, UNTRIAGED, IncidentKind, IncidentState, Severity
from registry.incidents.models import NUMBER, Incident, IncidentReport
from registry.incidents.public_place import check_street
from registry.incidents.workflow.common import WITH_OWNER
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_of, required_fields
from registry.kernel.i18n import _, _l
from registry.kernel.text import register_code
from registry.workflow.definition import Data, Move, text_need
from registry.workflow.engine import note_event

S = IncidentState
_FIELDS: Final = fields_of(Incident)
#: The event of an incident into which another was merged.
MERGED: Final = "merged"


def as_reported(ctx: Ctx, case: Incident) -> Mapping[str, Any]:
    """Kind and severity as far as they are known; what was published stays so."""
    del ctx
    return {
        "kind": case.kind,
        "severity": case.severity,
        "summary": case.summary,
        "publish": case.is_published,
        "public_street": case.public_street,
    }


def may_triage(ctx: Ctx, case: Incident, data: Data) -> None:
    """A street is public only where the structure is."""
    check_street(ctx, case, data.get("public_street"))


def triage(ctx: Ctx, case: Incident, data: Data) -> None:
    """Kind, severity and summary become those that the authority found; the clock of the kind starts."""
    case.kind, case.severity = IncidentKind(data["kind"]), Severity(data["severity"])
    case.summary, case.is_published = data["summary"], bool(data["publish"])
    case.public_street = data.get("public_street")
    case.title = title_of(case.kind)
    case.triaged_at = ctx.now


def reject(ctx: Ctx, case: Incident, data: Data) -> None:
    """It is not published; its photos are deleted after a while."""
    del ctx, data
    case.is_published = False


def may_merge(ctx: Ctx, case: Incident, data: Data) -> None:
    """The other incident is one that the actor may triage, is open and is not this one."""
    main = _main_of(ctx, data)
    if main is None or main.id == case.id:
        raise Invalid(
            {
                "main_number": _(
                    "Không có hồ sơ “%(number)s” khác trong địa bàn; hãy nhập số hồ sơ, ví dụ SC-2026-000012.",
                    number=str(data["main_number"])[:40],
                )
            }
        )
    if main.state is IncidentState.DUPLICATE:
        raise Invalid(
            {
                "main_number": _(
                    "%(number)s cũng đã được gộp vào hồ sơ khác; hãy nhập số hồ sơ chính.", number=main.number
                )
            }
        )


def merge(ctx: Ctx, case: Incident, data: Data) -> None:
    """Reports, with their followers and photos, go to the other incident; both name each other."""
    main = _main_of(ctx, data)
    if main is None:
        message = f"incident {case.id}: no main incident"
        raise RuntimeError(message)
    # It writes what was changed so far, so it comes before the facts that go with the new state.
    note_event(ctx, CODE, main, MERGED, reason=_("%(number)s được gộp vào hồ sơ này", number=case.number))
    ctx.session.execute(update(IncidentReport).where(IncidentReport.incident_id == case.id).values(incident_id=main.id))
    # Those merged earlier follow, too: a chain of duplicates has one end.
    for earlier in ctx.session.scalars(select(Incident).where(Incident.duplicate_of_id == case.id)):
        earlier.duplicate_of_id = main.id
    main.is_repeated = main.is_repeated or case.is_repeated
    case.duplicate_of_id = main.id
    case.is_published = False


def _main_of(ctx: Ctx, data: Data) -> Incident | None:
    number = register_code(str(data["main_number"]))
    query = select(Incident).where(Incident.number == number, visible(ctx, Incident, P.INCIDENT_TRIAGE))
    return ctx.session.scalars(query).one_or_none()


MOVES: Final = (
    Move(
        "triage",
        _l("Phân loại và tiếp nhận"),
        _l("Đã phân loại, tiếp nhận"),
        UNTRIAGED,
        S.VERIFIED,
        P.INCIDENT_TRIAGE,
        needs=(
            *required_fields(Incident, "kind", "severity", "summary"),
            replace(_FIELDS["is_published"], name="publish"),
            _FIELDS["public_street"],
        ),
        presets=as_reported,
        guard=may_triage,
        effect=triage,
        notifies=("agency", "commune", "tenants"),
        tone="primary",
    ),
    Move(
        "reject",
        _l("Không tiếp nhận"),
        _l("Không thuộc phạm vi xử lý"),
        UNTRIAGED,
        S.REJECTED,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Lý do"), hint=_l("Người phản ánh xem được nội dung này trên trang tra cứu.")),),
        effect=reject,
    ),
    Move(
        "merge",
        _l("Gộp vào phản ánh trùng"),
        _l("Gộp vào phản ánh khác"),
        (*UNTRIAGED, S.VERIFIED, *WITH_OWNER),
        S.DUPLICATE,
        P.INCIDENT_TRIAGE,
        needs=(
            Field(
                "main_number",
                _l("Số hồ sơ chính"),
                max_length=NUMBER,
                required=True,
                hint=_l("Ví dụ: SC-2026-000012."),
            ),
        ),
        guard=may_merge,
        effect=merge,
    ),
)
