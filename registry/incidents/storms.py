"""Storms: opened by the departments; files of organisations and authorities open and restore cases in bulk.

A file is checked in the request. The worker takes its good rows some at a time, each time in a transaction of its own,
so that other reports wait for none and a killed worker goes on where it was. A row that says nothing new changes
nothing: a file may be sent again with more restored rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from sqlalchemy import func, select

from registry.accounts.queries import lead_organisation_id
from registry.accounts.user_jobs import Requested
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.storage import digest
from registry.incidents.case_facts import log_proof, title_of
from registry.incidents.codes import ENDED, KIND_FACTS, Basis, Cause, IncidentKind, IncidentState, Severity, Stance
from registry.incidents.models import Incident, Storm, StormFile
from registry.incidents.parties import STORM
from registry.incidents.storm_file import GoodRow, ReadFile, read_file
from registry.incidents.storm_notices import FILE_STOPPED, FILE_TAKEN, STORM_ENDED, STORM_EVENTS, STORM_OPENED
from registry.incidents.workflow import INCIDENT
from registry.kernel.errors import Conflict, DomainError, Invalid, MoveRefused, NotFound
from registry.kernel.i18n import _, _n, format_datetime
from registry.kernel.text import shown
from registry.notices.service import notify
from registry.workflow.engine import fire_by_clock, open_case

#: Rows of one transaction.
ROWS_AT_ONCE: Final = 50
_RESTORED: Final = "restore"


def open_storm(ctx: Ctx, name: str) -> Storm:
    """Begin a storm; Invalid where one of this name goes on."""
    require(ctx, P.INCIDENT_STORM)
    if ctx.session.scalar(select(Storm.id).where(Storm.name == name, Storm.ended_at.is_(None)).limit(1)) is not None:
        raise Invalid({"name": [_("Đợt “%(name)s” đang mở; hãy dùng đợt đó hoặc đặt tên khác.", name=shown(name))]})
    storm = Storm(name=name, started_at=ctx.now, created_by_id=ctx.actor.id)
    ctx.session.add(storm)
    ctx.session.flush()
    record(ctx, "storm.open", STORM, storm.id)
    notify(ctx, STORM_EVENTS[STORM_OPENED], storm.id, storm, name=storm.name)
    return storm


def end_storm(ctx: Ctx, storm_id: int, expected_out: int = 0) -> Storm:
    """End a storm; its cases go on. MoveRefused where it has ended.

    `expected_out`: as many incidents as the actor confirmed to be still out; Conflict where more are out by now.
    """
    require(ctx, P.INCIDENT_STORM)
    storm = get_storm(ctx, storm_id, lock=True)
    if storm.ended_at is not None:
        raise MoveRefused(_ended(storm))
    out = count_out(ctx, storm.id)
    if out > expected_out:
        raise Conflict(
            _n("Còn %(num)d sự cố chưa khôi phục; hãy xác nhận kết thúc đợt khi còn sự cố, hoặc đợi khôi phục.", out)
        )
    storm.ended_at = ctx.now
    ctx.session.flush()
    record(ctx, "storm.end", STORM, storm.id)
    notify(ctx, STORM_EVENTS[STORM_ENDED], storm.id, storm, name=storm.name)
    return storm


def get_storm(ctx: Ctx, storm_id: int, *, lock: bool = False) -> Storm:
    """A storm; NotFound for an unknown id."""
    query = select(Storm).where(Storm.id == storm_id)
    storm = ctx.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if storm is None:
        raise NotFound(_("Không có đợt thiên tai này."))
    return storm


def receive_file(ctx: Ctx, storm_id: int, file_name: str, stream: BinaryIO) -> StormFile:
    """Check a file and store its good rows for the worker; Invalid (field `file`) where no row can be taken."""
    storm = get_storm(ctx, storm_id)
    if not takes_files(ctx, storm):
        raise MoveRefused(_ended(storm))
    own = reporting_organisation(ctx)
    content = _Counted(stream)
    read = read_file(ctx, content, own)  # type: ignore[arg-type]  # it only reads
    if storm.ended_at is not None and any(row.restored is None for row in read.rows):
        raise Invalid({"file": [_("Đợt đã kết thúc nên chỉ nhận dòng có thời điểm khôi phục; hãy bỏ các dòng khác.")]})
    if not read.rows:
        first = read.problems[0]
        raise Invalid(
            {
                "file": [
                    _n(
                        "Không có dòng nào được nhận (%(num)d dòng sai). Dòng %(row)d, cột “%(column)s”, giá trị "
                        "“%(value)s”: %(reason)s",
                        read.refused,
                        row=first.row,
                        column=first.column,
                        value=first.value,
                        reason=first.reason,
                    )
                ]
            }
        )
    return store_file(ctx, storm.id, file_name, content.read_so_far, read)


def store_file(ctx: Ctx, storm_id: int, file_name: str, content: bytes, read: ReadFile) -> StormFile:
    """Store the good rows of a file that was checked."""
    storm_file = StormFile(
        storm_id=storm_id,
        organisation_id=reporting_organisation(ctx),
        sent_by_id=ctx.actor.id,
        sent_at=ctx.now,
        file_name=shown(file_name)[:150],
        sha256=digest(content),
        rows=read.stored_rows(),
        problems=read.stored_problems(),
        refused=read.refused,
        done=0,
        opened=0,
        restored=0,
        unchanged=0,
    )
    ctx.session.add(storm_file)
    ctx.session.flush()
    require(ctx, P.INCIDENT_BULK, storm_file)
    facts: dict[str, Any] = {
        "file": storm_file.id,
        "sha256": storm_file.sha256,
        "rows": len(storm_file.rows),
        "refused": read.refused,
    }
    record(ctx, "storm.file", STORM, storm_id, **facts)
    return storm_file


def reporting_organisation(ctx: Ctx) -> int | None:
    """The organisation that reports its own incidents; None for an authority."""
    return ctx.actor.organisation_id if ctx.actor.roles & {Role.OPERATOR, Role.INFRA_OWNER} else None


def take_rows(ctx: Ctx, file_id: int) -> bool:
    """Take the next rows of a file; whether there are more. The last call notifies."""
    storm_file = ctx.session.scalars(select(StormFile).where(StormFile.id == file_id).with_for_update()).one()
    if storm_file.finished_at is not None:
        return False
    rows = [GoodRow(**row) for row in storm_file.rows[storm_file.done : storm_file.done + ROWS_AT_ONCE]]
    facts = _Facts(storm_file, lead_organisation_id(ctx))
    outcomes = [_take(ctx, facts, row) for row in rows]
    storm_file.done += len(rows)
    storm_file.opened += sum(outcome.opened for outcome in outcomes)
    storm_file.restored += sum(outcome.restored for outcome in outcomes)
    storm_file.unchanged = storm_file.done - storm_file.opened
    if storm_file.done < len(storm_file.rows):
        return True
    storm_file.finished_at = ctx.now
    ctx.session.flush()
    storm = ctx.session.get_one(Storm, storm_file.storm_id)
    notify(ctx, STORM_EVENTS[FILE_TAKEN], storm.id, storm_file, name=storm.name)
    return False


def note_failure(ctx: Ctx, requested: Requested, refused: DomainError) -> None:
    """Record why the rows that are left are not taken, and notify the organisation of the sender."""
    storm_file = ctx.session.get_one(StormFile, requested.id, with_for_update=True)
    if storm_file.finished_at is not None:
        return
    storm_file.failure, storm_file.finished_at = refused.message, ctx.now
    ctx.session.flush()
    storm = ctx.session.get_one(Storm, storm_file.storm_id)
    left = len(storm_file.rows) - storm_file.done
    record(ctx, "storm.file_stopped", STORM, storm.id, file=storm_file.id, left=left, reason=refused.message)
    notify(ctx, STORM_EVENTS[FILE_STOPPED], storm.id, storm_file, name=storm.name)


@dataclass(frozen=True)
class _Facts:
    file: StormFile
    handler_id: int


@dataclass(frozen=True)
class _Outcome:
    opened: bool = False
    restored: bool = False


def _take(ctx: Ctx, facts: _Facts, row: GoodRow) -> _Outcome:
    began, restored = (datetime.fromisoformat(text) if text else None for text in (row.began, row.restored))
    query = (
        select(Incident)
        .where(
            Incident.storm_id == facts.file.storm_id,
            Incident.structure_id == row.structure_id,
            Incident.organisation_id == row.organisation_id,
            Incident.kind == IncidentKind(row.kind),
        )
        .order_by(Incident.id.desc())
        .limit(1)
        .with_for_update()
    )
    case = ctx.session.scalars(query).one_or_none()
    is_new = case is None or _is_over_before(case, began)
    if is_new:
        case = _open(ctx, facts, row, began or restored or facts.file.sent_at)
    if case is None or restored is None or case.safe_at is not None or case.state not in _RESTORABLE:
        return _Outcome(opened=is_new)
    case.safe_at = case.fixed_at = max(restored, case.began_at or restored)
    case.cause, case.scope = Cause.WEATHER, row.remark or case.scope
    fire_by_clock(ctx, INCIDENT, case, _RESTORED)
    return _Outcome(opened=is_new, restored=True)


_RESTORABLE: Final = frozenset(next(move for move in INCIDENT.moves if move.name == _RESTORED).sources)


def _is_over_before(case: Incident, began: datetime | None) -> bool:
    """Whether a case ended or was made safe before an outage began, which is then another one."""
    over = case.safe_at or (case.state_since if case.state in ENDED else None)
    return over is not None and began is not None and began > over


def _open(ctx: Ctx, facts: _Facts, row: GoodRow, began: datetime) -> Incident:
    """A case whose organisation is known: it has it already, or has reported it itself."""
    kind = IncidentKind(row.kind)
    is_own = facts.file.organisation_id is not None
    case = Incident(
        kind=kind,
        severity=Severity.URGENT if KIND_FACTS[kind].is_hazard else Severity.NORMAL,
        handler_organisation_id=facts.handler_id,
        organisation_id=row.organisation_id,
        agency=KIND_FACTS[kind].agency,
        title=title_of(kind),
        reported_at=ctx.now,
        began_at=min(began, ctx.now),
        storm_id=facts.file.storm_id,
        unit_id=row.unit_id,
        structure_id=row.structure_id,
        summary=row.remark,
        is_published=False,
        is_repeated=False,
        reopened=0,
        triaged_at=ctx.now,
        assigned_at=ctx.now,
        acknowledged_at=ctx.now if is_own else None,
        version=1,
    )
    open_case(
        ctx, INCIDENT, case, numbered=True, state=IncidentState.ACKNOWLEDGED if is_own else IncidentState.ASSIGNED
    )
    stance = Stance.ACCEPTED if is_own else Stance.NAMED
    log_proof(ctx, case, row.organisation_id, stance, Basis.STATEMENT if is_own else Basis.OTHER, row.remark)
    return case


def takes_files(ctx: Ctx, storm: Storm) -> bool:
    """Whether files can be sent: while it goes on, and after its end until everything is restored."""
    return storm.ended_at is None or count_out(ctx, storm.id) > 0


def count_out(ctx: Ctx, storm_id: int) -> int:
    """The incidents of a storm that are not made safe."""
    query = select(func.count()).where(Incident.storm_id == storm_id, Incident.is_unsafe_rule())
    return int(ctx.session.scalar(query) or 0)


def _ended(storm: Storm) -> str:
    return _(
        "Đợt “%(name)s” đã kết thúc lúc %(when)s; hãy báo từng sự cố, hoặc đề nghị mở đợt mới.",
        name=storm.name,
        when=format_datetime(storm.ended_at),
    )


class _Counted:
    """A stream that remembers what was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.read_so_far = b""

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self.read_so_far += content
        return content
