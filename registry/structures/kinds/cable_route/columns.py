"""What follows from the values of a cable, over the columns of many rows; rules.settled says it of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func

from registry.structures.codes import SharingStatus, Status

_IN_USE: Final = (Status.ACTIVE.value, Status.SUSPENDED.value)
_NOT_YET: Final = (Status.PLANNED.value, Status.BUILDING.value)


def settled_columns(columns: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    """Status and sharing status as days and flag imply them; closed lists are compared as texts."""
    status, sharing = columns["status"], columns["sharing_status"]
    dead = func.coalesce(columns["dead_flag"], False)
    return {
        "status": case(
            (and_(columns["removed_on"].is_not(None), status.not_in(_NOT_YET)), Status.REMOVED.value),
            (and_(dead, status.in_(_IN_USE)), Status.DECOMMISSIONED.value),
            else_=status,
        ),
        "sharing_status": case(
            (sharing == SharingStatus.NOT_ASSESSED.value, SharingStatus.NOT_APPLICABLE.value), else_=sharing
        ),
    }
