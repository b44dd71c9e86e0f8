"""Whom requests and agreements concern: the same two sides and the department that settles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from registry.authz.actors import Ctx, Role
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.workflow.definition import Party


def _owner(ctx: Ctx, case: Any) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.owner_organisation_id}))


def _requester(ctx: Ctx, case: Any) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.requester_organisation_id}))


def _lead(ctx: Ctx, case: Any) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


PARTIES: Final[Mapping[str, Party]] = {
    "owner": Party(_l("Chủ sở hữu"), _owner),
    "requester": Party(_l("Bên đề nghị"), _requester),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
}
