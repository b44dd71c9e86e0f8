"""Notices of storms: their course, and what the clock does to their many cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.incidents.models import Incident, Storm, StormFile
from registry.incidents.parties import PARTIES, STORM
from registry.incidents.workflow import INCIDENT
from registry.kernel.i18n import _, _l
from registry.notices.events import ROLE_PARTIES, Audience, NoticeEvent, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.texts import NoticeText
from registry.workflow.calendar_service import with_reason
from registry.workflow.notice_events import RECALCULATED, REMINDER, events_of

#: The move that a file makes for its restored rows.
RESTORED: Final = "restore"
STORM_OPENED, STORM_ENDED, FILE_TAKEN, FILE_STOPPED = "open", "end", "file", "file_stopped"
_DEPARTMENTS: Final = (Role.LEAD_DEPARTMENT.value, Role.CONSTRUCTION_DEPARTMENT.value)
_COMMUNES: Final = (Role.COMMUNE_PC.value, Role.AREA_INSPECTOR.value)
_OWNERS: Final = (Role.OPERATOR.value, Role.INFRA_OWNER.value)
_REPORT: Final = _l("Gửi danh sách sự cố của đơn vị, và gửi lại khi khôi phục")


def _listed_organisations(_ctx: Ctx, file: StormFile) -> Audience:
    return Audience(organisation_ids=frozenset(row["organisation_id"] for row in file.rows))


def _listed_units(_ctx: Ctx, file: StormFile) -> Audience:
    units = frozenset(row["unit_id"] for row in file.rows)
    return Audience(roles=frozenset({Role.COMMUNE_PC, Role.AREA_INSPECTOR}), unit_ids=units)


def _sending_organisation(_ctx: Ctx, file: StormFile) -> Audience:
    """The organisation that reports itself, or the person of an authority."""
    if file.organisation_id is not None:
        return Audience(organisation_ids=frozenset({file.organisation_id}))
    return Audience(user_ids=frozenset({file.sent_by_id}) if file.sent_by_id is not None else frozenset())


def _of_cases(ctx: Ctx, storm: Storm) -> Audience:
    """The responsible organisations of the storm's cases."""
    query = select(Incident.organisation_id).where(Incident.storm_id == storm.id).distinct()
    return Audience(organisation_ids=frozenset(each for each in ctx.session.scalars(query) if each is not None))


def _clock_events() -> Iterator[tuple[str, NoticeEvent]]:
    """What the clock does to cases, under the storm: one notice stands for those of an hour."""
    by_term = {deadline.overdue for deadline in INCIDENT.deadlines.values()}
    for name, event in events_of(INCIDENT).items():
        if name in by_term or name in (REMINDER, RECALCULATED, RESTORED):
            yield (
                name,
                NoticeEvent(
                    STORM,
                    name,
                    event.label,
                    PARTIES,
                    event.recipients,
                    to_do=_l("Mở đợt thiên tai và xử lý các hồ sơ đang chờ"),
                    subject_label=_l("Đợt thiên tai"),
                    by_when=event.by_when,
                    bundled=True,
                ),
            )


STORM_EVENTS: Final = {
    **declare_events(
        STORM,
        _l("Đợt thiên tai"),
        {
            **ROLE_PARTIES,
            "listed": Party(_l("Đơn vị có sự cố trong danh sách"), _listed_organisations),
            "listed_units": Party(_l("UBND, cán bộ kiểm tra các xã, phường có sự cố"), _listed_units, watches=True),
            "affected": Party(_l("Đơn vị có sự cố trong đợt"), _of_cases),
            "sender": Party(_l("Đơn vị gửi danh sách"), _sending_organisation),
        },
        {
            STORM_OPENED: (_l("Đã mở đợt thiên tai"), Recipients(_OWNERS, (), (*_DEPARTMENTS, *_COMMUNES)), _REPORT),
            STORM_ENDED: (
                _l("Đã kết thúc đợt thiên tai"),
                Recipients(affected=(*_OWNERS, "affected"), watch=(*_DEPARTMENTS, *_COMMUNES)),
            ),
            FILE_TAKEN: (
                _l("Có danh sách sự cố mới"),
                Recipients(affected=("listed",), watch=(*_DEPARTMENTS, "listed_units")),
            ),
            FILE_STOPPED: (
                _l("Danh sách sự cố không được nhận hết"),
                Recipients(act=("sender",), watch=_DEPARTMENTS),
                _l("Gửi lại danh sách bằng tài khoản còn quyền"),
            ),
        },
    ),
    **dict(_clock_events()),
}


def read_storm_notice(notice: Notice) -> NoticeText:
    """The text of a notice of a storm; counts are on its page, for each reader as far as it may see them."""
    name, event = notice.params["name"], STORM_EVENTS[notice.event]
    if notice.event == FILE_TAKEN:
        sentence = _("%(name)s: có danh sách sự cố mới.", name=name)
    elif notice.event == FILE_STOPPED:
        sentence = _("%(name)s: danh sách sự cố của đơn vị không được nhận hết; mở danh sách để xem lý do.", name=name)
    elif notice.event == STORM_OPENED:
        sentence = _("%(name)s: đợt thiên tai đã mở, các đơn vị báo sự cố theo danh sách.", name=name)
    elif notice.event == STORM_ENDED:
        sentence = _("%(name)s: đợt thiên tai đã kết thúc; các hồ sơ của đợt vẫn được xử lý tiếp.", name=name)
    elif notice.event == REMINDER:
        sentence = _("%(name)s: có hồ sơ sự cố sắp hết hạn.", name=name)
    else:
        sentence = _("%(name)s: có hồ sơ sự cố vừa thay đổi: %(what)s.", name=name, what=event.label)
        sentence = with_reason(sentence, notice.params)
    return NoticeText(sentence, "storms.detail", {"storm_id": notice.subject_id})
