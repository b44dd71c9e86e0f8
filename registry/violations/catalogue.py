"""Reads of the two dated catalogues: acts with their fines, and who may fine how much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from registry.violations.codes import Authority
from registry.violations.models import ViolationCompetence, ViolationKind


def list_kinds(session: Session, on: date, occurred_on: date | None = None) -> Sequence[ViolationKind]:
    """The acts that the decrees in force on a day know, by group; with the day of the act only those then forbidden."""
    query = select(ViolationKind).where(*_in_force(ViolationKind, on))
    if occurred_on is not None:
        query = query.where(or_(ViolationKind.acts_until.is_(None), ViolationKind.acts_until >= occurred_on))
    rows = session.scalars(query.order_by(ViolationKind.id)).all()
    groups = list(type(rows[0].kind_group)) if rows else []
    return sorted(rows, key=lambda row: groups.index(row.kind_group))


def kind_on(session: Session, code: str, on: date, occurred_on: date) -> ViolationKind | None:
    """The row of an act for a day of law and a day of the act; None where there is none."""
    return next((row for row in list_kinds(session, on, occurred_on) if row.code == code), None)


def act_of(session: Session, code: str) -> str | None:
    """What an act is called by its newest row, whether it is in force or not; None for a code that nobody knows."""
    # Compared here: what was typed may hold what no text of the database can.
    rows = session.execute(select(ViolationKind.code, ViolationKind.act).order_by(ViolationKind.valid_from))
    return {row.code: row.act for row in rows}.get(code)


def list_competence(session: Session, on: date) -> Sequence[ViolationCompetence]:
    """Who may decide on a day, the highest power last."""
    query = select(ViolationCompetence).where(*_in_force(ViolationCompetence, on))
    return session.scalars(query.order_by(ViolationCompetence.fine_max_vnd)).all()


def competence_on(session: Session, authority: Authority, on: date) -> ViolationCompetence | None:
    """The power of one authority on a day; None where no text gives one."""
    return next((row for row in list_competence(session, on) if row.authority is authority), None)


def _in_force(
    model: type[ViolationKind] | type[ViolationCompetence], on: date
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return model.valid_from <= on, or_(model.valid_to.is_(None), model.valid_to >= on)
