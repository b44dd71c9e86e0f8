"""Feature: the library of guidance and forms."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import url_for
from sqlalchemy import select

import registry.guidance.jobs
from registry.audit.labels import record_labels
from registry.audit.subjects import Named, Tracked, named_subject
from registry.audit.subjects import Subject as AuditSubject
from registry.authz.actors import Ctx
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.authz.start_page import START_PARTS
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.files.types import DOCX
from registry.guidance.list_view import DOCUMENTS, PUBLIC_DOCUMENTS
from registry.guidance.models import GuidanceDocument
from registry.guidance.notices import EVENTS, read_notice
from registry.guidance.pages import bp, start_part
from registry.guidance.queries import GUIDANCE, owner_of_files
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.notices.texts import notices

_FIELDS: Final = {"title": _l("Tên tài liệu"), "withdrawn_reason": _l("Lý do gỡ")}


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.GUIDANCE_EDIT):
        return {}
    documents = ctx.session.scalars(select(GuidanceDocument).where(GuidanceDocument.id.in_(ids)))
    return {
        document.id: Named(document.title, url_for("guidance.detail", document_id=document.id))
        for document in documents
    }


FEATURE = Feature(
    name="guidance",
    blueprints=(bp,),
    modules=(registry.guidance.jobs,),
    provides=(
        FILE_SUBJECTS.of(
            FileSubject(
                GUIDANCE,
                owner_of_files,
                "guidance.detail",
                "document_id",
                is_locked=lambda _ctx, _id: True,
                more_types=DOCX,
            )
        ),
        *named_subject(GUIDANCE, AuditSubject(_names), Tracked(GuidanceDocument, lambda: _FIELDS, GUIDANCE)),
        *record_labels(
            GUIDANCE,
            _l("Hướng dẫn và biểu mẫu"),
            publish=_l("Công bố tài liệu"),
            withdraw=_l("Gỡ tài liệu"),
            acknowledge=_l("Xác nhận đã nhận tài liệu"),
            remind=_l("Nhắc xác nhận tài liệu"),
        ),
        *notices(EVENTS, read_notice),
        *lists(DOCUMENTS, order=160),
        *lists(PUBLIC_DOCUMENTS, order=161),
        START_PARTS.of(start_part, order=10),
        NAVIGATION.of(
            NavItem(_l("Hướng dẫn, biểu mẫu"), "guidance.index", P.GUIDANCE_READ, NavGroup.CASES, own_icon="info"),
            order=190,
        ),
    ),
)
