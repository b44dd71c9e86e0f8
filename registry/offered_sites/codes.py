"""Closed lists of offered sites and of requests for them."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Codes of the workflows.
SITE_CODE: Final = "offered_site"
REQUEST_CODE: Final = "site_request"


class OfferedSiteKind(Choice):
    """What is offered."""

    ROOF = "roof", _l("Mái công trình")
    LAND = "land", _l("Đất công")
    BUILDING = "building", _l("Trụ sở, công trình công cộng")
    LAMP_POST = "lamp_post", _l("Cột chiếu sáng")
    OTHER = "other", _l("Khác")


class OfferedSiteState(Choice):
    """State of an offered site."""

    OFFERED = "offered", _l("Đang cung cấp")
    TAKEN = "taken", _l("Đã bố trí hết")
    WITHDRAWN = "withdrawn", _l("Đã rút")


class SiteRequestState(Choice):
    """State of a request for an offered site."""

    SENT = "sent", _l("Chờ trả lời")
    OVERDUE = "overdue", _l("Quá hạn trả lời")
    GRANTED = "granted", _l("Được bố trí")
    REFUSED = "refused", _l("Không được bố trí")
    WITHDRAWN = "withdrawn", _l("Đã rút")
    SITE_GONE = "site_gone", _l("Địa điểm đã rút")


SITE_TONES: Final[dict[Choice, str]] = {
    OfferedSiteState.OFFERED: "good",
    OfferedSiteState.TAKEN: "warn",
    OfferedSiteState.WITHDRAWN: "dark",
}
REQUEST_TONES: Final[dict[Choice, str]] = {
    SiteRequestState.SENT: "info",
    SiteRequestState.OVERDUE: "bad",
    SiteRequestState.GRANTED: "good",
    SiteRequestState.REFUSED: "bad",
    SiteRequestState.WITHDRAWN: "dark",
    SiteRequestState.SITE_GONE: "dark",
}
#: Requests that wait for an answer.
OPEN_REQUESTS: Final = (SiteRequestState.SENT, SiteRequestState.OVERDUE)
