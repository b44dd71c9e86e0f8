"""The actor of an account: organisation with predecessors, today's roles and area, read in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Date, Row, Select, bindparam, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from registry.accounts.models import Organisation, OrganisationSuccession, RoleArea, RoleAssignment, UserAccount
from registry.authz.actors import FactorProof, RightsLimit, Role, SuccessionFacts, role_label
from registry.kernel.clock import local_date
from registry.kernel.db.compiled import compile_statement
from registry.kernel.errors import Forbidden
from registry.kernel.i18n import _
from registry.territory.queries import area_unit_ids


@dataclass(frozen=True)
class SignedInActor:
    """A signed-in user as of this request."""

    id: int
    username: str
    display_name: str
    language: str
    organisation_id: int
    organisation_name: str
    organisation_ids: frozenset[int]
    roles: frozenset[Role]
    unit_ids: frozenset[int]
    #: The day of the request.
    today: date
    session_id: int | None = None
    ended_on: date | None = None
    succession: SuccessionFacts | None = None
    member_since: datetime | None = None
    limit: RightsLimit | None = None
    #: The access token of the request; None in a browser.
    token_id: int | None = None
    second_factor: FactorProof | None = None

    @property
    def role_label(self) -> str:
        return ", ".join(role_label(role, self.today) for role in sorted(self.roles))


def actor_of(session: Session, user_id: int, now: datetime) -> SignedInActor:
    """The actor of an account, always read from the database."""
    today = local_date(now)
    (row,) = _PERSON.execute(session.connection(), {"today": today, "user_id": user_id})
    return actor_from_row(session, row, today)


def actor_from_row(
    session: Session,
    row: Row[Any],
    today: date,
    session_id: int | None = None,
    second_factor: FactorProof | None = None,
) -> SignedInActor:
    """The actor of a row with `actor_columns`."""
    roles = frozenset(Role(role) for role in row.roles)
    units = set(row.assigned_unit_ids)
    succession = _facts(row.succession)
    return SignedInActor(
        id=row.user_id,
        username=row.username,
        display_name=row.full_name,
        language=row.language,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        # After its succession an organisation has no rights of its own.
        organisation_ids=frozenset() if succession else frozenset(row.predecessor_ids) | {row.organisation_id},
        roles=roles,
        unit_ids=area_unit_ids(session, units) if units else frozenset(),
        today=today,
        session_id=session_id,
        ended_on=last_day(row.valid_to, succession.effective_on if succession else None, today),
        succession=succession,
        member_since=row.member_since,
        second_factor=second_factor,
    )


def last_day(valid_to: date | None, succeeded_on: date | None, today: date) -> date | None:
    """The last day of an organisation that has ended by today: its own end, or the day before its succession."""
    ends = [valid_to] if valid_to is not None and valid_to < today else []
    if succeeded_on is not None and succeeded_on <= today:
        ends.append(succeeded_on - timedelta(days=1))
    return min(ends, default=None)


def ended_on(session: Session, organisation: Organisation, today: date) -> date | None:
    """The last day of an organisation that has ended by today; None while it exists."""
    succession = succession_of(session, organisation.id, today)
    return last_day(organisation.valid_to, succession.effective_on if succession else None, today)


def succession_of(session: Session, organisation_id: int, today: date) -> SuccessionFacts | None:
    """Who has taken over an organisation by today."""
    return _facts(session.scalar(_succession(organisation_id, today)))


def _facts(value: list[str] | None) -> SuccessionFacts | None:
    if value is None:
        return None
    successor, day, basis = value
    return SuccessionFacts(successor, date.fromisoformat(day), basis)


def actor_by_id(session: Session, user_id: int, now: datetime) -> SignedInActor:
    """The user who requested a job, with the roles of this moment; Forbidden if the account is disabled by now."""
    query = select(UserAccount).where(UserAccount.id == user_id).options(joinedload(UserAccount.organisation))
    user = session.scalars(query).one()
    if not user.is_active:
        raise Forbidden(_("Tài khoản đã yêu cầu việc này đã bị khóa."))
    return actor_of(session, user.id, now)


def in_force(today: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: the role assignment is valid on a day."""
    return (
        RoleAssignment.ended_at.is_(None),
        RoleAssignment.awaiting_since.is_(None),
        RoleAssignment.valid_from <= today,
        or_(RoleAssignment.valid_to.is_(None), RoleAssignment.valid_to >= today),
    )


def with_predecessors(session: Session, organisation_id: int, on: date | None = None) -> frozenset[int]:
    """An organisation and all its predecessors by succession: up to a day, or all if no day is given."""
    return frozenset({organisation_id, *session.scalars(_predecessors(organisation_id, on))})


def each_with_predecessors(session: Session, organisation_ids: Iterable[int], on: date) -> dict[int, set[int]]:
    """By id: each organisation with all its predecessors up to a day, in one query."""
    predecessor_ids = {each: {each} for each in organisation_ids}
    chain = _chain(OrganisationSuccession.successor_id.in_(sorted(predecessor_ids)), on)
    for organisation_id, predecessor_id in session.execute(select(chain.c.successor_id, chain.c.predecessor_id)):
        predecessor_ids[organisation_id].add(predecessor_id)
    return predecessor_ids


def predecessor_pairs(on: date) -> CTE:
    """`successor_id` and `predecessor_id` of all successions up to a day, near or far."""
    return _chain(true(), on)


def _predecessors(organisation_id: Any, on: Any = None) -> Select[tuple[int]]:
    return select(_chain(OrganisationSuccession.successor_id == organisation_id, on).c.predecessor_id)


def _chain(of_whom: ColumnElement[bool], on: Any) -> CTE:
    """Pairs of an organisation, chosen by a condition of `successor_id`, and a predecessor, near or far."""
    succession = OrganisationSuccession
    reached = [succession.is_valid() if on is None else succession.holds_on(on)]
    chain = (
        select(succession.successor_id, succession.predecessor_id)
        .where(of_whom, *reached)
        # Correlated with the outer account: a CTE is not correlated by default.
        .correlate(UserAccount)
        .cte("chain", recursive=True, nesting=True)
    )
    further = select(chain.c.successor_id, succession.predecessor_id)
    further = further.join(chain, succession.successor_id == chain.c.predecessor_id)
    return chain.union(further.where(*reached))


def _succession(organisation_id: Any, on: Any) -> Select[Any]:
    """The successor's short name, the day and the decision, as an array."""
    succession, successor = OrganisationSuccession, aliased(Organisation)
    facts = func.jsonb_build_array(successor.short_name, succession.effective_on, succession.legal_basis)
    query = (
        select(facts)
        .select_from(succession)
        .join(successor, successor.id == succession.successor_id)
        .where(succession.predecessor_id == organisation_id, succession.holds_on(on))
    )
    return query.correlate(UserAccount)


def actor_columns() -> list[Any]:
    """Columns of an actor, for UserAccount joined with Organisation, on the day `:today`."""
    today = bindparam("today", type_=Date)
    role = select(RoleAssignment.role).where(RoleAssignment.user_id == UserAccount.id, *in_force(today))
    area = (
        select(RoleArea.unit_id)
        .join(RoleAssignment, RoleAssignment.id == RoleArea.assignment_id)
        .where(RoleAssignment.user_id == UserAccount.id, *in_force(today))
    )
    return [
        UserAccount.id.label("user_id"),
        UserAccount.username,
        UserAccount.full_name,
        UserAccount.language,
        UserAccount.organisation_id,
        Organisation.short_name.label("organisation_name"),
        func.array(role.scalar_subquery()).label("roles"),
        func.array(area.scalar_subquery()).label("assigned_unit_ids"),
        func.array(_predecessors(UserAccount.organisation_id, today).scalar_subquery()).label("predecessor_ids"),
        Organisation.valid_to,
        _succession(UserAccount.organisation_id, today).scalar_subquery().label("succession"),
        UserAccount.member_since,
    ]


_PERSON = compile_statement(
    select(*actor_columns())
    .join(Organisation, Organisation.id == UserAccount.organisation_id)
    .where(UserAccount.id == bindparam("user_id"))
)
