"""Sample cases taken out again, with what hangs on them; history and audit stay."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from registry.capacity.models import CapacityEntry
from registry.colocation.agreements.models import AsBuilt, ColocationAgreement
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.models import ColocationItem, ColocationOffer, ColocationRequest
from registry.colocation.screening.models import ColocationScreening
from registry.colocation.workflow import COLOCATION
from registry.files.models import AttachmentLink
from registry.notices.models import Notice, NoticeMail, NoticeRead
from registry.occupations.models import Occupation, OccupationClaim
from registry.occupations.workflow import OCCUPATION
from registry.routelists.models import RouteItem, RouteList
from registry.routelists.workflow import ITEM, LIST
from registry.structures.models import StructureDisclosure
from registry.violations.models import Violation
from registry.violations.workflow import VIOLATION
from registry.workflow.definition import Workflow
from registry.workflow.models import CaseClock, CaseEvent, CaseMessage
from registry.workflow.referrals import ReferralRow

_BY_CASE: Final = tuple((table, "workflow", "case_id") for table in (CaseEvent, CaseClock, CaseMessage))
_BY_SUBJECT: Final = (
    (StructureDisclosure, "subject_kind", "subject_id"),
    (AttachmentLink, "subject_kind", "subject_id"),
    (Notice, "subject_kind", "subject_id"),
)


def remove_cases(session: Session, user_ids: Collection[int], sample: Any) -> int:
    """Remove the cases that accounts of the demonstration opened, and all requests for sample structures; how many."""
    requests = _ids(
        session,
        select(ColocationRequest.id).where(
            ColocationRequest.created_by_id.in_(user_ids)
            | ColocationRequest.id.in_(select(ColocationItem.request_id).where(ColocationItem.structure_id.in_(sample)))
            | ColocationRequest.id.in_(
                select(ColocationScreening.request_id).where(ColocationScreening.structure_id.in_(sample))
            )
        ),
    )
    of_requests = ColocationItem.request_id.in_(requests)
    entries = _ids(session, select(ColocationItem.entry_id).where(of_requests, ColocationItem.entry_id.is_not(None)))
    agreements = _ids(session, select(ColocationAgreement.id).where(ColocationAgreement.request_id.in_(requests)))
    session.execute(delete(AsBuilt).where(AsBuilt.agreement_id.in_(agreements)))
    items = select(ColocationItem.id).where(of_requests)
    session.execute(delete(ColocationOffer).where(ColocationOffer.item_id.in_(items)))
    count = _remove(session, AGREEMENT, agreements)
    session.execute(delete(ColocationItem).where(of_requests))
    session.execute(delete(ColocationScreening).where(ColocationScreening.request_id.in_(requests)))
    session.execute(delete(CapacityEntry).where(CapacityEntry.id.in_(entries)))
    count += _remove(session, COLOCATION, requests)
    found = select(ReferralRow.case_id).where(
        ReferralRow.case_workflow == VIOLATION.code, ReferralRow.structure_id.in_(sample)
    )
    violations = select(Violation.id).where(Violation.created_by_id.in_(user_ids) | Violation.id.in_(found))
    count += _remove(session, VIOLATION, _ids(session, violations))
    session.execute(delete(ReferralRow).where(ReferralRow.structure_id.in_(sample)))
    # Of other accounts' cases on sample structures only the mention goes.
    session.execute(update(Violation).where(Violation.structure_id.in_(sample)).values(structure_id=None))
    occupations = _ids(
        session,
        select(Occupation.id).where(Occupation.created_by_id.in_(user_ids) | Occupation.structure_id.in_(sample)),
    )
    session.execute(delete(OccupationClaim).where(OccupationClaim.occupation_id.in_(occupations)))
    count += _remove(session, OCCUPATION, occupations)
    count += _remove(session, ITEM, _ids(session, select(RouteItem.id).where(RouteItem.created_by_id.in_(user_ids))))
    empty = select(RouteList.id).where(
        RouteList.created_by_id.in_(user_ids), RouteList.id.not_in(select(RouteItem.route_list_id))
    )
    count += _remove(session, LIST, _ids(session, empty))
    session.execute(delete(StructureDisclosure).where(StructureDisclosure.structure_id.in_(sample)))
    return count


def _ids(session: Session, query: Any) -> list[int]:
    return list(session.scalars(query))


def _remove(session: Session, workflow: Workflow, ids: list[int]) -> int:
    told = select(Notice.id).where(Notice.subject_kind == workflow.code, Notice.subject_id.in_(ids))
    for model in (NoticeMail, NoticeRead):
        session.execute(delete(model).where(model.notice_id.in_(told)))
    for table, kind, number in (*_BY_CASE, *_BY_SUBJECT):
        session.execute(delete(table).where(getattr(table, kind) == workflow.code, getattr(table, number).in_(ids)))
    session.execute(delete(workflow.model).where(workflow.model.id.in_(ids)))
    return len(ids)
