"""Numbers of structures and the provincial codes made of them (ADR 0016).

A number is the id of a structure and the last part of its code. The database draws it; the order is secret, so that a
missing number or the next one tells nothing of structures that a reader must not know of.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Column, LargeBinary, SmallInteger, Table, func, select
from sqlalchemy.orm import Session

from registry.kernel.dated_settings import setting
from registry.kernel.db.base import Base

#: The one row that the order follows from; neither application role may read it.
structure_number_key = Table(
    "structure_number_key",
    Base.metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)


def draw_numbers(session: Session, count: int) -> list[int]:
    """New numbers, each of them given once and never again; those of a change that fails are lost."""
    drawn = select(func.draw_structure_number()).select_from(func.generate_series(1, count).alias("each"))
    return list(session.scalars(drawn))


def beginning_of(session: Session, kind_prefix: str, on: date) -> str:
    """What codes of a kind begin with in the province, such as `THA-CAT-`."""
    return f"{setting(session, 'province.code_prefix', on)}-{kind_prefix}-"


def code_of(beginning: str, number: int) -> str:
    """The provincial code of a number, such as THA-CAT-000123."""
    return f"{beginning}{number:06d}"
