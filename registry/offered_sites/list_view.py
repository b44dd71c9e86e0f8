"""The lists of offered sites and of requests for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Select, func

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Chosen
from registry.offered_sites.codes import OfferedSiteKind
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.offered_sites.queries import ASKER, OFFICE
from registry.offered_sites.workflow import REQUEST, SITE
from registry.territory.models import AdminUnit
from registry.workflow.lists import case_list


def _sites(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(Organisation.short_name.label("office"), AdminUnit.name.label("unit"))
        .join(Organisation, Organisation.id == OfferedSite.organisation_id)
        .join(AdminUnit, AdminUnit.id == OfferedSite.unit_id)
    )


def _for_files(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return query.add_columns(func.ST_AsBinary(OfferedSite.place_point).label("wkb"))


SITES: Final = case_list(
    SITE,
    code="offered-sites",
    stem="dia-diem-cung-cap",
    joined=_sites,
    for_files=_for_files,
    geometry=lambda row: bytes(row.wkb),
    geometry_column="wkb",
    filters=(
        ChoiceFilter(
            "kind",
            _l("Loại địa điểm"),
            options=OfferedSiteKind,
            where=lambda _ctx, kind: OfferedSite.kind == kind,
        ),
    ),
    columns=(
        Column("kind", _l("Loại địa điểm"), "OfferedSite.kind"),
        Column("unit", _l("Xã, phường"), sort="unit"),
        Column("office", _l("Cơ quan cung cấp"), sort="office"),
        Column("address", _l("Địa chỉ"), "OfferedSite.address", on=On.FILES),
        Column("room", _l("Diện tích, khả năng bố trí"), "OfferedSite.room", on=On.FILES),
        Column("terms", _l("Điều kiện sử dụng"), "OfferedSite.terms", on=On.FILES),
        Column("decision_number", _l("Văn bản cho phép"), "OfferedSite.decision_number", on=On.FILES),
    ),
)


def _requests(_ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    return (
        query.add_columns(ASKER.short_name.label("asker"), OFFICE.short_name.label("office"))
        .join(ASKER, ASKER.id == SiteRequest.organisation_id)
        .join(OFFICE, OFFICE.id == SiteRequest.office_id)
    )


REQUESTS: Final = case_list(
    REQUEST,
    code="site-requests",
    stem="de-nghi-dia-diem",
    parent=(_l("Địa điểm cung cấp"), "offered_sites.index"),
    joined=_requests,
    columns=(
        Column("asker", _l("Đơn vị đề nghị"), sort="asker"),
        Column("office", _l("Cơ quan cung cấp"), sort="office"),
        Column("wanted_from", _l("Sử dụng từ ngày"), "SiteRequest.wanted_from", date, on=On.FILES),
        Column("purpose", _l("Mục đích, thiết bị lắp đặt"), "SiteRequest.purpose", on=On.FILES),
        Column("answered_at", _l("Trả lời lúc"), "SiteRequest.answered_at", datetime, on=On.FILES),
        Column("answer", _l("Nội dung trả lời"), "SiteRequest.answer", on=On.FILES),
        Column("granted_until", _l("Được sử dụng đến hết ngày"), "SiteRequest.granted_until", date, on=On.FILES),
    ),
)
