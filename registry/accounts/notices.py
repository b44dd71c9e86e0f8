"""Notices of organisations: a succession was entered or withdrawn."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import case, or_, select

from registry.accounts.models import OrganisationSuccession
from registry.authz.actors import Ctx, Role
from registry.kernel.db.row_access import EVERY_TABLE, sees_all_rows
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import ROLE_PARTIES, Audience, Party, Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.texts import NoticeText
from registry.workflow.definition import WORKFLOWS

SUCCESSION: Final = "succession"
SUCCEEDED, NOT_SUCCEEDED = "entered", "withdrawn"


@sees_all_rows(EVERY_TABLE)
def _other_parties(ctx: Ctx, succession: OrganisationSuccession) -> Audience:
    """The other sides of the open numbered cases of the predecessor that know of them."""
    both = {succession.predecessor_id, succession.successor_id}
    others: set[int] = set()
    for workflow in WORKFLOWS.values():
        model = workflow.model
        rules = getattr(model, "SIDE_RULES", {})
        sides = [
            case((getattr(model, rules[name])(), getattr(model, column))) if name in rules else getattr(model, column)
            for name, column in model.SIDES.items()
        ]
        if len(sides) > 1:
            ours = or_(*(getattr(model, column) == succession.predecessor_id for column in model.SIDES.values()))
            query = select(*sides).where(ours, model.state.in_(workflow.open_states), model.number.is_not(None))
            others |= {each for row in ctx.session.execute(query) for each in row if each is not None}
    return Audience(organisation_ids=frozenset(others - both))


_ALL: Final = Recipients(
    affected=("predecessor", "successor", "others"), watch=(Role.LEAD_DEPARTMENT.value, Role.ADMIN.value)
)
EVENTS: Final = declare_events(
    SUCCESSION,
    _l("Kế thừa tổ chức"),
    {
        **ROLE_PARTIES,
        "predecessor": organisation_party(_l("Tổ chức được kế thừa"), lambda each: each.predecessor_id),
        "successor": organisation_party(_l("Tổ chức kế thừa"), lambda each: each.successor_id),
        "others": Party(_l("Bên còn lại trong các hồ sơ đang mở"), _other_parties),
    },
    {SUCCEEDED: (_l("Ghi việc kế thừa"), _ALL), NOT_SUCCEEDED: (_l("Rút việc kế thừa"), _ALL)},
)


def read_notice(notice: Notice) -> NoticeText:
    """The text of a notice: names, day and decision."""
    facts = {**notice.params, "day": format_date(date.fromisoformat(notice.params["day"]))}
    if notice.event == SUCCEEDED:
        sentence = _(
            "Từ ngày %(day)s, %(successor)s kế thừa %(predecessor)s theo %(basis)s; hồ sơ, hợp đồng đang mở do bên kế"
            " thừa tiếp tục.",
            **facts,
        )
    else:
        sentence = _("Đã rút việc %(successor)s kế thừa %(predecessor)s từ ngày %(day)s.", **facts)
    return NoticeText(sentence, "home.index")
