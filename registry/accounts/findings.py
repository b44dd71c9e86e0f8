"""What `flask doctor` finds about accounts: unfit roles, shared addresses, work of those who left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.orm import Session

from registry.accounts.coverage import roles_without_holder
from registry.accounts.held_work import held_by_those_who_left
from registry.accounts.models import Organisation, UserAccount
from registry.accounts.queries import unfit_roles_query
from registry.accounts.rules import email_key
from registry.authz.actors import SYSTEM_ACTOR
from registry.kernel.cli.doctor import Finding
from registry.kernel.clock import local_date, utc_now
from registry.kernel.context import Context
from registry.kernel.i18n import _
from registry.workflow.definition import WORKFLOWS

_NAMED: Final = 5


def _listed(entries: Iterable[str]) -> str:
    names = sorted(entries)
    more = f" (+{len(names) - _NAMED})" if len(names) > _NAMED else ""
    return "; ".join(names[:_NAMED]) + more


def check_roles(connection: Connection) -> Finding:
    """Roles that an organisation of the kind may not hold."""
    with Session(connection) as session:
        unfit = session.scalars(unfit_roles_query(local_date(utc_now()))).all()
        names = [f"{role.user.username}: {role.role.label}" for role in unfit]
    if not names:
        return Finding("roles", ok=True, detail=_("mọi vai trò hợp với loại tổ chức"))
    return Finding("roles", ok=False, detail=_("vai trò không hợp với loại tổ chức: %(names)s", names=_listed(names)))


def check_addresses(connection: Connection) -> Finding:
    """Active accounts of one organisation with one address."""
    holders: dict[tuple[int, str], list[str]] = {}
    query = select(UserAccount.organisation_id, UserAccount.username, UserAccount.email)
    with Session(connection) as session:
        for row in session.execute(query.where(UserAccount.is_active, UserAccount.email.is_not(None))):
            holders.setdefault((row.organisation_id, email_key(row.email) or ""), []).append(row.username)
    doubles = [", ".join(sorted(names)) for names in holders.values() if len(names) > 1]
    if not doubles:
        return Finding("addresses", ok=True, detail=_("mỗi tài khoản của một tổ chức có địa chỉ thư riêng"))
    return Finding("addresses", ok=False, detail=_("dùng chung một địa chỉ thư: %(names)s", names=_listed(doubles)))


def check_coverage(connection: Connection) -> Finding:
    """Roles of offices, and communes of an area, whose last holder has left."""
    with Session(connection) as session:
        vacant = roles_without_holder(session, local_date(utc_now()))
    if not vacant:
        return Finding("coverage", ok=True, detail=_("mọi vai trò và địa bàn đã giao đều có người giữ"))
    detail = _("vai trò, địa bàn không còn ai giữ, cần giao lại: %(names)s", names=_listed(vacant))
    return Finding("coverage", ok=False, detail=detail)


def check_work(connection: Connection) -> Finding:
    """Open work of accounts that were closed or moved, and cases that wait for an organisation without accounts."""
    with Session(connection) as session:
        waiting = [
            f"{work.label}: {count}" for work, query in held_by_those_who_left() if (count := session.scalar(query))
        ]
        waiting += _cases_without_people(session)
    if not waiting:
        return Finding("work", ok=True, detail=_("không có hồ sơ nào chờ người đã nghỉ việc"))
    return Finding(
        "work", ok=False, detail=_("đang chờ người đã nghỉ việc, cần bàn giao: %(work)s", work=_listed(waiting))
    )


def _cases_without_people(session: Session) -> list[str]:
    """The numbers of open cases whose next step is that of organisations in which all accounts are closed."""
    left = set(
        session.scalars(
            select(UserAccount.organisation_id)
            .join(Organisation, Organisation.id == UserAccount.organisation_id)
            .where(or_(Organisation.valid_to.is_(None), Organisation.valid_to >= local_date(utc_now())))
            .group_by(UserAccount.organisation_id)
            .having(~func.bool_or(UserAccount.is_active))
        )
    )
    if not left:
        return []
    ctx = Context(session, SYSTEM_ACTOR, utc_now(), "doctor", "cli", read_only=True)
    names = []
    for workflow in WORKFLOWS.values():
        sides = [getattr(workflow.model, column) for column in workflow.model.SIDES.values()]
        query = select(workflow.model).where(
            workflow.model.state.in_(workflow.open_states), or_(*(side.in_(left) for side in sides))
        )
        for case in session.scalars(query):
            parties = {assignee.party for assignee in workflow.assignees_in(case.state)}
            audiences = [workflow.parties[party].audience(ctx, case) for party in parties]
            reached = frozenset().union(*(audience.organisation_ids for audience in audiences))
            if reached and reached <= left and not any(audience.roles or audience.user_ids for audience in audiences):
                names.append(case.number or str(workflow.case_label))
    return names
