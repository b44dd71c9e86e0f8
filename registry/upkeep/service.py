"""Writes of rounds: open, confirm, close; set-based, with one audit event each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, update

from registry.accounts.actor import predecessor_pairs
from registry.accounts.models import OWNING_KINDS, Organisation, RoleAssignment, UserAccount
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.matrix import OWNERS
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Conflict, DomainError, Invalid
from registry.kernel.i18n import _, _l, _n, format_date, format_number
from registry.notices.events import ROLE_PARTIES, Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.bulk_edit.queries import TABLE, among, digest_of
from registry.structures.filtering.checks import MONTHS, fresh_since, months_before
from registry.structures.models import Structure
from registry.upkeep.commands import CloseRound, ConfirmStructures, OpenRounds, RoundPart
from registry.upkeep.models import AttestationRound, RoundState, Statement
from registry.upkeep.queries import get_round, standing_of, unconfirmed_ids

KIND: Final = "attestation_round"
_CONFIRM: Final = _l("Xác nhận hoặc sửa số liệu từng công trình")
EVENTS: Final = declare_events(
    KIND,
    _l("Đợt xác nhận số liệu"),
    {
        **ROLE_PARTIES,
        "owner": organisation_party(_l("Chủ sở hữu công trình"), lambda each: each.organisation_id),
    },
    {
        "opened": (_l("Đợt đã mở"), Recipients(act=("owner",)), _CONFIRM),
        "reminder": (_l("Nhắc hạn cuối"), Recipients(act=("owner",)), _CONFIRM),
        "overdue": (_l("Quá hạn"), Recipients(act=("owner",), watch=(Role.LEAD_DEPARTMENT.value,)), _CONFIRM),
        "confirmed": (_l("Đã xác nhận nhiều công trình"), Recipients(affected=("owner",))),
        "refused": (_l("Chưa xác nhận được"), Recipients(act=("owner",)), _l("Mở lại đợt và xác nhận lại")),
    },
)
#: Larger confirmations are left to a job.
AT_ONCE: Final = 5_000
_NAMED: Final = 200
#: The longest term of a round opened by hand.
_LONGEST: Final = timedelta(days=366)
_DAY: Final = "upkeep.attestation_day"
_TERM: Final = "upkeep.attestation_term_days"
_REMINDERS: Final = "upkeep.reminder_days"
DeferConfirm = Callable[[Ctx, int, RoundPart, str], None]


def opening_day(ctx: Ctx) -> date:
    """The latest yearly opening day up to today."""
    months = int(setting(ctx.session, MONTHS, ctx.today))
    setting_day = setting(ctx.session, _DAY, ctx.today)
    day = date(ctx.today.year + 1, setting_day["month"], setting_day["day"])
    while day > ctx.today:
        day = months_before(day, months)
    return day


def open_rounds(ctx: Ctx) -> list[AttestationRound]:
    """Ask every owner not asked since the opening day, while the term of that day lasts."""
    opened, term = opening_day(ctx), _term(ctx)
    if ctx.today > opened + term:
        return []
    asked = select(AttestationRound.organisation_id).where(AttestationRound.opened_on >= opened)
    rounds = []
    for owner in ctx.session.scalars(owners_to_ask(ctx).where(Organisation.id.not_in(asked))):
        opened_round = _open(ctx, owner, ctx.today + term)
        _record(ctx, "upkeep.open", opened_round, total=opened_round.total)
        rounds.append(opened_round)
    return rounds


def open_rounds_by_hand(ctx: Ctx, command: OpenRounds) -> list[AttestationRound]:
    """Ask one owner or all at any time; Invalid if an owner's round is still running. One audit event for all.

    The yearly round opens all the same: a confirmation counts in every open round.
    """
    require(ctx, P.UPKEEP_OPEN)
    last = command.due_on or ctx.today + _term(ctx)
    if not ctx.today < last <= ctx.today + _LONGEST:
        sentence = _(
            "Hạn cuối %(day)s không dùng được: cần một ngày sau hôm nay và không quá %(days)d ngày nữa.",
            day=format_date(last),
            days=_LONGEST.days,
        )
        raise Invalid({"due_on": sentence})
    running = running_rounds(ctx)
    owners = list(ctx.session.scalars(owners_to_ask(ctx)))
    selected_owners = [owner for owner in owners if command.owner_id in (None, owner.id)]
    if not selected_owners:
        raise Invalid({"owner": _("Chủ sở hữu đã chọn không có công trình nào và không có tài khoản để trả lời.")})
    free = [owner for owner in selected_owners if owner.id not in running]
    if not free:
        raise Invalid({"owner": _running_sentence(running[selected_owners[0].id], selected_owners)})
    rounds = [_open(ctx, owner, last) for owner in free]
    if len(rounds) == 1:
        _record(ctx, "upkeep.open", rounds[0], total=rounds[0].total)
    else:
        record(ctx, "upkeep.open", KIND, None, rounds=[each.id for each in rounds])
    return rounds


def running_rounds(ctx: Ctx) -> dict[int, AttestationRound]:
    """Owner -> its round that is open and not late, or was opened today; such an owner is not asked again."""
    asked = and_(AttestationRound.state == RoundState.OPEN, AttestationRound.due_on >= ctx.today)
    query = select(AttestationRound).where(or_(asked, AttestationRound.opened_on == ctx.today))
    return {each.organisation_id: each for each in ctx.session.scalars(query.order_by(AttestationRound.opened_on))}


def _term(ctx: Ctx) -> timedelta:
    return timedelta(days=int(setting(ctx.session, _TERM, ctx.today)))


def _running_sentence(running: AttestationRound, organisations: Sequence[Organisation]) -> str:
    if len(organisations) > 1:
        return _("Mọi chủ sở hữu đều đang có đợt xác nhận; đợt mới mở được khi đợt đang chạy kết thúc hoặc quá hạn.")
    return _(
        "%(owner)s đã có đợt xác nhận mở ngày %(opened)s, hạn cuối %(due)s; đợt mới mở được khi đợt đó kết thúc, sớm"
        " nhất là ngày mai, hoặc quá hạn.",
        owner=organisations[0].short_name,
        opened=format_date(running.opened_on),
        due=format_date(running.due_on),
    )


def _open(ctx: Ctx, owner: Organisation, last: date) -> AttestationRound:
    attestation_round = AttestationRound(
        organisation_id=owner.id,
        opened_on=ctx.today,
        due_on=last,
        state=RoundState.OPEN,
        total=0,
        confirmed=0,
    )
    _count(ctx, attestation_round)
    ctx.session.add(attestation_round)
    ctx.session.flush()
    _notify_owner(
        ctx, attestation_round, "opened", due_on=attestation_round.due_on.isoformat(), total=attestation_round.total
    )
    return attestation_round


def list_owners_to_ask(ctx: Ctx) -> list[Organisation]:
    return sorted(ctx.session.scalars(owners_to_ask(ctx)), key=lambda owner: owner.short_name)


def owners_to_ask(ctx: Ctx) -> Select[Organisation]:
    """Organisations of an owning kind that own a structure, or succeed an owner, or have a user in an owner role.

    By id; none that has ended or was succeeded: its successor is asked about what it owned.
    """
    pairs = predecessor_pairs(ctx.today)
    theirs = select(pairs.c.predecessor_id).where(pairs.c.successor_id == Organisation.id)
    owner = Structure.owner_organisation_id
    owns = select(Structure.id).where(or_(owner == Organisation.id, owner.in_(theirs)), Structure.is_live_rule())
    answers = (
        select(UserAccount.id)
        .join(UserAccount.roles)
        .where(
            UserAccount.organisation_id == Organisation.id,
            UserAccount.is_active,
            RoleAssignment.role.in_(OWNERS),
            RoleAssignment.ended_at.is_(None),
        )
    )
    query = select(Organisation).where(
        Organisation.kind.in_(OWNING_KINDS),
        or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today),
        Organisation.id.not_in(select(pairs.c.predecessor_id)),
        or_(owns.exists(), answers.exists()),
    )
    return query.order_by(Organisation.id)


def confirm_structures(ctx: Ctx, command: ConfirmStructures, later: DeferConfirm) -> int | None:
    """Confirm structures of a round; returns their number, or None if a job does it.

    Conflict if one of them has changed since it was shown; then none is confirmed.
    """
    attestation_round = _open_round(ctx, command.round_id)
    if command.part is None:
        return _confirm_ticked(ctx, attestation_round, command.rows)
    ids = unconfirmed_ids(ctx, attestation_round, command.part)
    _require_same(ctx, ids, command.digest)
    if len(ids) > AT_ONCE:
        _record(ctx, "upkeep.request", attestation_round, count=len(ids))
        _touch(ctx, attestation_round)
        later(ctx, attestation_round.id, command.part, command.digest)
        return None
    return _confirm(ctx, attestation_round, ids)


def confirm_waiting(ctx: Ctx, round_id: int, part: RoundPart, digest: str) -> int:
    """The job of a large confirmation; a second run finds nothing left."""
    attestation_round = _open_round(ctx, round_id)
    ids = unconfirmed_ids(ctx, attestation_round, part)
    if not ids:
        return 0
    _require_same(ctx, ids, digest)
    count = _confirm(ctx, attestation_round, ids)
    _notify_owner(ctx, attestation_round, "confirmed", count=count)
    return count


def close_round(ctx: Ctx, command: CloseRound) -> AttestationRound:
    """Close a round whose owner has no structures, or whose unconfirmed structures did not change."""
    attestation_round = _open_round(ctx, command.round_id)
    ids = unconfirmed_ids(ctx, attestation_round, RoundPart())
    if command.statement is Statement.NONE:
        _count(ctx, attestation_round)
        if attestation_round.total:
            raise Conflict(
                _n(
                    "Cơ sở dữ liệu đang có %(num)d công trình của đơn vị; hãy xác nhận hoặc báo ngừng khai thác.",
                    attestation_round.total,
                )
            )
        _close(ctx, attestation_round, Statement.NONE)
        return attestation_round
    if command.statement is not Statement.NO_CHANGE:
        raise Invalid({"statement": _("Cần một trong hai: “Không có công trình nào” hoặc “Không thay đổi”.")})
    _require_same(ctx, ids, command.digest)
    if len(ids) > AT_ONCE:
        raise Conflict(
            _("Còn hơn %(most)s công trình; hãy xác nhận theo loại hoặc theo xã trước.", most=format_number(AT_ONCE))
        )
    _confirm(ctx, attestation_round, ids, statement=Statement.NO_CHANGE)
    return attestation_round


def _open_round(ctx: Ctx, round_id: int) -> AttestationRound:
    attestation_round = get_round(ctx, round_id, P.STRUCTURE_CONFIRM)
    ctx.session.refresh(attestation_round, with_for_update=True)
    if attestation_round.state is not RoundState.OPEN:
        raise Conflict(_("Đợt xác nhận này đã kết thúc."))
    return attestation_round


def _confirm_ticked(ctx: Ctx, attestation_round: AttestationRound, rows: Sequence[tuple[int, int]]) -> int:
    if not rows:
        raise Invalid({"row": _("Chưa chọn công trình nào.")})
    versions = dict(rows)
    where = (among(list(versions)), *standing_of(ctx, attestation_round), visible(ctx, Structure, P.STRUCTURE_CONFIRM))
    current_query = select(Structure.id, Structure.version, Structure.code).where(*where)
    current = {row.id: row for row in ctx.session.execute(current_query)}
    if set(current) != set(versions):
        raise Conflict(_("Có công trình không còn trong đợt này; hãy tải lại trang."))
    stale = sorted(row.code for row in current.values() if row.version != versions[row.id])
    if stale:
        raise Conflict(
            _("%(codes)s đã thay đổi sau khi mở trang; hãy xem lại rồi xác nhận.", codes=", ".join(stale[:5]))
        )
    return _confirm(ctx, attestation_round, sorted(versions))


def _confirm(
    ctx: Ctx, attestation_round: AttestationRound, ids: Sequence[int], *, statement: Statement = Statement.CONFIRMED
) -> int:
    digest = digest_of(ctx, ids)
    values = {
        "confirmed_on": ctx.today,
        "confirmed_by_id": ctx.actor.id,
        "updated_at": ctx.now,
        "version": TABLE.c.version + 1,
    }
    # Locked in the order of the ids, as in all other writes.
    ctx.session.execute(select(Structure.id).where(among(ids)).order_by(Structure.id).with_for_update())
    ctx.session.execute(update(TABLE).where(among(ids)).values(values))
    _count(ctx, attestation_round)
    named = {"ids": list(ids)} if len(ids) <= _NAMED else {}
    _record(ctx, "upkeep.confirm", attestation_round, count=len(ids), digest=digest, **named)
    if attestation_round.confirmed == attestation_round.total:
        _close(ctx, attestation_round, statement)
    ctx.session.flush()
    return len(ids)


def _require_same(ctx: Ctx, ids: Sequence[int], digest: str) -> None:
    if digest_of(ctx, ids) != digest:
        raise Conflict(_("Có công trình đã thay đổi sau khi mở trang; hãy tải lại trang rồi xác nhận."))


def _count(ctx: Ctx, attestation_round: AttestationRound) -> None:
    counts = select(func.count(), func.count().filter(fresh_since(attestation_round.opened_on))).where(
        *standing_of(ctx, attestation_round)
    )
    attestation_round.total, attestation_round.confirmed = ctx.session.execute(counts).one()


def _touch(ctx: Ctx, attestation_round: AttestationRound) -> None:
    _count(ctx, attestation_round)
    ctx.session.flush()


def _close(ctx: Ctx, attestation_round: AttestationRound, statement: Statement) -> None:
    attestation_round.state = RoundState.DONE
    attestation_round.statement = statement
    attestation_round.closed_at = ctx.now
    attestation_round.closed_by_id = ctx.actor.id
    ctx.session.flush()
    _record(ctx, "upkeep.close", attestation_round, statement=statement.value, total=attestation_round.total)


def process_rounds(ctx: Ctx) -> None:
    """Daily: close completed rounds, remind the others, report late ones."""
    query = select(AttestationRound).where(AttestationRound.state == RoundState.OPEN).order_by(AttestationRound.id)
    days = [int(day) for day in setting(ctx.session, _REMINDERS, ctx.today)]
    for attestation_round in ctx.session.scalars(query.with_for_update()):
        if attestation_round.total and not unconfirmed_ids(ctx, attestation_round, RoundPart()):
            _count(ctx, attestation_round)
            _close(ctx, attestation_round, Statement.CONFIRMED)
        elif ctx.today > attestation_round.due_on:
            _report_late(ctx, attestation_round)
        else:
            _remind(ctx, attestation_round, days)


def _remind(ctx: Ctx, attestation_round: AttestationRound, days: Sequence[int]) -> None:
    marks = [attestation_round.due_on - timedelta(days=day) for day in days]
    reached = [mark for mark in marks if attestation_round.opened_on < mark <= ctx.today]
    if reached and (attestation_round.reminded_on is None or attestation_round.reminded_on < max(reached)):
        attestation_round.reminded_on = ctx.today
        _touch(ctx, attestation_round)
        _record(ctx, "upkeep.remind", attestation_round)
        _notify_owner(
            ctx,
            attestation_round,
            "reminder",
            due_on=attestation_round.due_on.isoformat(),
            total=attestation_round.total - attestation_round.confirmed,
        )


def _report_late(ctx: Ctx, attestation_round: AttestationRound) -> None:
    if attestation_round.overdue_noticed_on is not None:
        return
    attestation_round.overdue_noticed_on = ctx.today
    _touch(ctx, attestation_round)
    _record(ctx, "upkeep.overdue", attestation_round)
    owner = ctx.session.get_one(Organisation, attestation_round.organisation_id).short_name
    notify(
        ctx,
        EVENTS["overdue"],
        attestation_round.id,
        attestation_round,
        due_on=attestation_round.due_on.isoformat(),
        owner=owner,
    )


def note_refusal(ctx: Ctx, round_id: int, refused: DomainError) -> None:
    """Record and notify that a job could not confirm; nothing was changed."""
    attestation_round = ctx.session.get_one(AttestationRound, round_id)
    _record(ctx, "upkeep.refuse", attestation_round, reason=refused.message)
    _notify_owner(ctx, attestation_round, "refused")


def _notify_owner(ctx: Ctx, attestation_round: AttestationRound, event: str, **params: Any) -> None:
    if attestation_round.state is RoundState.OPEN:
        params["by"] = attestation_round.due_on.isoformat()
    notify(ctx, EVENTS[event], attestation_round.id, attestation_round, **params)


def _record(ctx: Ctx, action: str, attestation_round: AttestationRound, **details: Any) -> None:
    record(ctx, action, KIND, attestation_round.id, on_behalf_of_id=attestation_round.organisation_id, **details)


def read_notice(notice: Notice) -> NoticeText:
    return NoticeText(_sentence(notice), "upkeep.round", {"round_id": notice.subject_id})


def _sentence(notice: Notice) -> str:
    facts = notice.params
    if notice.event == "confirmed":
        return _n("Đã xác nhận %(num)d công trình trong đợt xác nhận số liệu.", facts["count"])
    if notice.event == "refused":
        return _("Chưa xác nhận được: có công trình đã thay đổi sau khi mở trang; hãy mở lại đợt.")
    day = format_date(date.fromisoformat(facts["due_on"]))
    if notice.event == "opened":
        return _n("Đợt xác nhận số liệu đã mở: %(num)d công trình, hạn cuối %(day)s.", facts["total"], day=day)
    if notice.event == "reminder":
        return _n(
            "Đợt xác nhận số liệu còn %(num)d công trình chưa xác nhận, hạn cuối %(day)s.", facts["total"], day=day
        )
    return _("Đợt xác nhận số liệu của %(owner)s đã quá hạn %(day)s.", owner=facts["owner"], day=day)
