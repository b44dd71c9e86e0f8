"""What is told of saved searches."""

from __future__ import annotations

from registry.kernel.i18n import _, format_number
from registry.notices.models import Notice
from registry.notices.texts import NoticeText
from registry.saved_searches.rules import FOUND
from registry.saved_searches.service import MOST_WATCHED
from registry.structures.listing.saved_filters import SAVED


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice; the name that its owner gave the search is told only on the page."""
    facts = notice.params
    if notice.event == "found":
        arguments = {SAVED: facts["slug"], FOUND: facts["find_id"]}
        return NoticeText(
            _found(int(facts["count"]), list(facts["codes"])), "structures.list", arguments, facts["name"]
        )
    if facts["reason"] == "too_much":
        sentence = _(
            "Bộ lọc đã lưu không được theo dõi nữa: đang khớp hơn %(most)s công trình; hãy lọc hẹp hơn.",
            most=format_number(MOST_WATCHED),
        )
    else:
        sentence = _("Bộ lọc đã lưu không được theo dõi nữa: có điều kiện không còn dùng được.")
    return NoticeText(sentence, "saved_searches.index", {}, facts["name"])


def _found(count: int, codes: list[str]) -> str:
    named = ", ".join(codes)
    if count > len(codes):
        return _(
            "Có %(count)s công trình mới khớp bộ lọc đã lưu: %(codes)s và %(more)s công trình khác.",
            count=format_number(count),
            codes=named,
            more=format_number(count - len(codes)),
        )
    return _("Có %(count)s công trình mới khớp bộ lọc đã lưu: %(codes)s.", count=format_number(count), codes=named)
