"""Saved filters of the list of structures, watched or not."""

from __future__ import annotations

from registry.accounts.held_work import HELD_WORK, HeldWork
from registry.audit.labels import ACCESS_LABELS, record_labels
from registry.audit.undo import undoable
from registry.authz.navigation import ACCOUNT_MENU, AccountItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _, _l, format_number
from registry.notices.models import Notice
from registry.notices.texts import NoticeText, notices
from registry.saved_searches.forms import CONSTRAINT_SENTENCES
from registry.saved_searches.jobs import EVENTS
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.pages import bp
from registry.saved_searches.queries import NEW_MATCHES, SavedFilterMenu
from registry.saved_searches.rules import FOUND
from registry.saved_searches.service import KIND, MAX_WATCHED_MATCHES, UNDO
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.structures.listing.saved_filters import SAVED, SAVED_FILTERS


def read_notice(notice: Notice) -> NoticeText:
    """The text of a notice; the name of the search appears on the page only, not in mails."""
    facts = notice.params
    if notice.event == "found":
        arguments = {SAVED: facts["slug"], FOUND: facts["find_id"]}
        return NoticeText(
            _found(int(facts["count"]), list(facts["codes"])), "structures.list", arguments, facts["name"]
        )
    if facts["reason"] == "too_much":
        sentence = _(
            "Bộ lọc đã lưu không được theo dõi nữa: đang khớp hơn %(most)s công trình; hãy lọc hẹp hơn.",
            most=format_number(MAX_WATCHED_MATCHES),
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


FEATURE = Feature(
    name="saved_searches",
    blueprints=(bp,),
    provides=(
        *undoable(UNDO, "change"),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        SAVED_FILTERS.of(SavedFilterMenu()),
        EXTRA_FILTERS.of(NEW_MATCHES, order=30),
        *notices(EVENTS, read_notice),
        HELD_WORK.of(
            HeldWork(
                SavedSearch.user_id, _l("Bộ lọc dùng chung"), "saved_search", lambda: SavedSearch.is_shared.is_(True)
            )
        ),
        *record_labels(
            KIND,
            _l("Bộ lọc đã lưu"),
            save=_l("Lưu bộ lọc"),
            change=_l("Sửa bộ lọc đã lưu"),
            replace=_l("Thay điều kiện của bộ lọc đã lưu"),
            delete=_l("Xóa bộ lọc đã lưu"),
            stop=_l("Ngừng theo dõi bộ lọc đã lưu"),
        ),
        ACCESS_LABELS.named(
            {
                "saved_search": _l("Theo dõi bộ lọc"),
            }
        ),
        ACCOUNT_MENU.of(AccountItem(_l("Bộ lọc đã lưu"), "saved_searches.index", P.ACCOUNT_SELF), order=20),
    ),
)
