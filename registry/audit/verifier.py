"""The verifier: finds what was edited, deleted or swapped in audit records and histories, with read rights only.

It trusts no function of the database but PostgreSQL's own. Without a checkpoint from outside it cannot see that the end
of a chain is missing or that a chain was computed again from some row on (`registry.audit.checkpoints`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, NullPool, Row, Select, create_engine, select, text

from registry.audit.chain import (
    DELETED,
    GENESIS,
    HISTORY_DIGEST,
    TABLES,
    digest_of_event,
    digest_of_payload,
    digest_of_tables,
    join_ranges,
)
from registry.audit.checkpoints import Checkpoint
from registry.audit.models import AuditEvent, AuditPayload, AuditSeal
from registry.audit.seals import LATE, digest_of_notes, digest_of_seal
from registry.kernel.db.history import HISTORY_SUFFIX
from registry.kernel.i18n import _, _n, format_number

#: Findings that are kept; more say nothing new.
MOST_FINDINGS: Final = 1_000
#: Age from which a note without a seal is a finding: the worker seals every half minute.
UNSEALED: Final = timedelta(minutes=10)
#: Events, seals and their notes that are read together.
_EVENTS, _SEALS, _NOTES = 10_000, 500, 10_000
#: Tables of which row-level security may hide rows from the reader: no policy gives it all, or one restricts others.
_FILTERED: Final = text("""
    SELECT c.relname FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND row_security_active(c.oid) AND NOT coalesce((
        SELECT bool_and(p.polpermissive)
               AND bool_or(p.polcmd IN ('r', '*') AND pg_get_expr(p.polqual, p.polrelid) = 'true'
                           AND (SELECT bool_or(pg_has_role(id, 'USAGE')) FROM unnest(p.polroles) AS id))
          FROM pg_policy p WHERE p.polrelid = c.oid), false)
     ORDER BY 1
""")
#: Rows of one table that are named.
_NAMED: Final = 20
_HISTORY_COLUMNS: Final = ("history_id", "recorded_from", "recorded_to", "effective_from", "change_id", "row_digest")
#: Events before revision r0004: the digests of rows without their times.
_FORMER_DIGEST: Final = "sha256(convert_to(string_agg(encode(row_digest, 'hex'), '' ORDER BY history_id), 'UTF8'))"


@dataclass
class Report:
    """What was read and what is wrong; `findings` are sentences."""

    events: int = 0
    seals: int = 0
    notes: int = 0
    unsealed: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(sentence)


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """A connection in one read-only snapshot; a superuser takes the role that may read and nothing else."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        connection.execute(
            text("SELECT set_config('timezone', 'UTC', true), set_config('statement_timeout', '0', true)")
        )
        if connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            connection.execute(text("SET LOCAL ROLE pg_read_all_data"))
        yield connection
        connection.rollback()
    engine.dispose()


def verify(connection: Connection, now: datetime, checkpoints: Sequence[Checkpoint] = ()) -> Report:
    """Check everything in the snapshot of the connection, whose time zone is UTC.

    Where the reader does not get all rows, the only finding says so: rows that are hidden look like forgeries.
    """
    report = Report()
    if filtered := connection.scalars(_FILTERED).all():
        report.add(
            _(
                "Tài khoản %(role)s không đọc được mọi dòng của các bảng %(tables)s, nên chưa kiểm tra được nhật ký:"
                " cần tài khoản có quyền pg_read_all_data và lược đồ mới nhất (`flask --app app db upgrade`).",
                role=connection.scalar(text("SELECT current_user")),
                tables=", ".join(filtered),
            )
        )
        return report
    histories = _histories(connection)
    deleted = _check_events(connection, report, sorted(histories))
    for table, columns in histories.items():
        _check_rows(connection, report, table, columns)
        _check_versions(connection, report, table, deleted.get(table, "{}"))
    _check_seals(connection, report)
    _check_unsealed(connection, report, now)
    for checkpoint in checkpoints:
        _check_checkpoint(connection, report, checkpoint)
    return report


_SIZE: Final = text("SELECT coalesce(sum(upper(ids) - lower(ids)), 0) FROM unnest(CAST(:ranges AS int8multirange)) ids")
_LEFT_PAYLOADS: Final = text(
    "SELECT p.number FROM audit_payload p WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.number = p.number)"
    " ORDER BY p.number LIMIT 20"
)


# --- events -------------------------------------------------------------------------------------------------------
def _check_events(connection: Connection, report: Report, tables: Sequence[str]) -> dict[str, str]:
    """The chain, each payload, and for each change its history rows and the deletions that it names.

    Table -> history ids (a multirange) of all versions that ended because their row was deleted.
    """
    deleted: dict[str, str] = {}
    events = AuditEvent.__table__
    query: Select[Any] = (
        select(*events.columns, AuditPayload.salt, AuditPayload.payload)
        .outerjoin_from(events, AuditPayload.__table__, AuditPayload.number == AuditEvent.number)
        .order_by(AuditEvent.number)
    )
    expected, previous = 1, GENESIS
    result = connection.execute(query, execution_options={"yield_per": _EVENTS})
    for batch in result.partitions():
        for event in batch:
            wrong = _wrong_event(event, expected, previous)
            if wrong:
                report.add(_("Nhật ký số %(number)s: %(wrong)s.", number=event.number, wrong="; ".join(wrong)))
            expected, previous = event.number + 1, event.digest
        report.events += len(batch)
        _check_histories(connection, report, batch, tables)
        for table, ranges in _checked_deletions(connection, report, batch, tables):
            deleted[table] = join_ranges(deleted.get(table, ""), ranges)
    for number in connection.scalars(_LEFT_PAYLOADS):
        report.add(_("Nhật ký số %(number)s: chỉ còn phần chi tiết.", number=number))
    return deleted


def _checked_deletions(
    connection: Connection, report: Report, events: Sequence[Row[Any]], tables: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """The table and history ids of each deletion that an event names; its versions ended with that event."""
    for event in events:
        payload = event.payload if isinstance(event.payload, dict) else {}
        for table, ranges in (payload.get(DELETED) or {}).items() if event.salt is not None else ():
            if table not in tables:
                continue
            query = text(
                f"SELECT count(*) FROM {table}_history h"  # noqa: S608  # names from the catalogue
                " JOIN unnest(CAST(:ranges AS int8multirange)) ids ON h.history_id >= lower(ids)"
                "  AND h.history_id < upper(ids)"
                " WHERE h.recorded_to = greatest(:moment, h.recorded_from)"
            )
            ended = connection.scalar(query, {"ranges": ranges, "moment": event.occurred_at})
            if ended != connection.scalar(_SIZE, {"ranges": ranges}):
                report.add(
                    _(
                        "Nhật ký số %(number)s: dòng đã xóa khỏi bảng %(table)s không còn như lúc xóa.",
                        number=event.number,
                        table=table,
                    )
                )
            yield table, ranges


def _wrong_event(event: Row[Any], expected: int, previous: bytes) -> list[str]:
    wrong = []
    if event.number != expected:
        wrong.append(_("thiếu các dòng từ số %(first)s đến số %(last)s", first=expected, last=event.number - 1))
    if event.previous_digest != previous:
        wrong.append(_("không nối với dòng trước"))
    if digest_of_event(event) != event.digest:
        wrong.append(_("nội dung khác với mã băm"))
    if event.salt is None:
        wrong.append(_("thiếu phần chi tiết"))
    elif digest_of_payload(event.salt, event.payload) != event.payload_digest:
        wrong.append(_("phần chi tiết khác với mã băm"))
    return wrong


def _check_histories(connection: Connection, report: Report, events: Sequence[Row[Any]], tables: Sequence[str]) -> None:
    digests_by_event = _digests(connection, HISTORY_DIGEST, tables, [event.change_id for event in events])
    former = [event for event in events if event.salt is not None and TABLES not in event.payload]
    found_former = _digests(connection, _FORMER_DIGEST, tables, [event.change_id for event in former])
    for event in events:
        if event.salt is None:  # reported already
            continue
        if TABLES in event.payload:
            digests, named = digests_by_event[event.change_id], event.payload[TABLES]
            is_sound = set(digests) <= set(named) and digest_of_tables(named, digests) == event.history_digest
        else:
            is_sound = _is_sound_former(connection, event, found_former[event.change_id], tables)
        if not is_sound:
            report.add(
                _("Nhật ký số %(number)s: các dòng lịch sử của thay đổi này khác với mã băm.", number=event.number)
            )


def _digests(
    connection: Connection, digest: str, tables: Sequence[str], change_ids: Sequence[int]
) -> dict[int, dict[str, bytes]]:
    """Change -> table -> digest of its history rows."""
    digests: dict[int, dict[str, bytes]] = defaultdict(dict)
    for table in tables if change_ids else ():
        query = text(
            f"SELECT change_id, {digest} FROM {table}_history"  # noqa: S608  # names from the catalogue
            " WHERE change_id = ANY(:changes) GROUP BY change_id"
        )
        for change_id, value in connection.execute(query, {"changes": list(change_ids)}):
            digests[change_id][table] = value
    return digests


def _is_sound_former(
    connection: Connection, event: Row[Any], digests: Mapping[str, bytes], tables: Sequence[str]
) -> bool:
    """Whether the history of an event that does not name its tables fits; rows that were only deleted name theirs."""
    if digest_of_tables(sorted(digests), digests) == event.history_digest:
        return True
    closed = {
        table
        for table in tables
        if connection.scalar(
            text(f"SELECT EXISTS (SELECT FROM {table}_history WHERE recorded_to = :moment)"),  # noqa: S608
            {"moment": event.occurred_at},
        )
    }
    return bool(digest_of_tables(sorted(closed | set(digests)), digests) == event.history_digest)


# --- histories ----------------------------------------------------------------------------------------------------
_COLUMNS: Final = text("""
    SELECT c.relname AS history, a.attname AS name, a.atttypid = to_regtype('geometry') AS is_geometry,
           EXISTS (SELECT FROM pg_attribute l
                    WHERE l.attrelid = to_regclass(regexp_replace(c.relname, '_history$', '')) AND l.attname = a.attname
                      AND NOT l.attisdropped) AS is_present
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname LIKE '%\\_history'
       AND EXISTS (SELECT FROM pg_attribute d WHERE d.attrelid = c.oid AND d.attname = 'row_digest')
     ORDER BY c.relname, a.attnum
""")


#: Events before revision r0005 name no deleted rows.
_FORMER: Final = """
    SELECT e.{column} FROM audit_event e JOIN audit_payload p USING (number)
     WHERE NOT jsonb_exists(p.payload, 'deleted')
"""
#: History rows with a wrong end: a version ends where the next one begins, or when an event deleted its row.
_ENDS: Final = """
    SELECT h.history_id
      FROM (SELECT history_id, change_id, recorded_from, recorded_to,
                   lead(history_id) OVER versions AS next_id, lead(recorded_from) OVER versions AS next_from
              FROM {table}_history WINDOW versions AS (PARTITION BY id ORDER BY history_id)) h
     WHERE h.recorded_to IS NULL AND h.next_id IS NOT NULL
        OR h.recorded_to IS NOT NULL AND h.recorded_to IS DISTINCT FROM h.next_from
           AND NOT h.history_id <@ CAST(:deleted AS int8multirange)
           AND h.recorded_to NOT IN ({former_times})
           AND NOT (h.next_id IS NULL AND h.recorded_to = h.recorded_from AND h.change_id IN ({former_changes}))
     ORDER BY 1 LIMIT {named}
"""
_UNBOUND: Final = """
    SELECT h.history_id FROM {table}_history h
     WHERE NOT EXISTS (SELECT FROM audit_event e WHERE e.change_id = h.change_id)
     ORDER BY 1 LIMIT {named}
"""


def _histories(connection: Connection) -> dict[str, list[tuple[str, bool, bool]]]:
    """Versioned table -> the columns of its history, each with whether it is a geometry and the table still has it."""
    histories: dict[str, list[tuple[str, bool, bool]]] = {}
    for row in connection.execute(_COLUMNS):
        columns = histories.setdefault(row.history.removesuffix(HISTORY_SUFFIX), [])
        if row.name not in _HISTORY_COLUMNS:
            columns.append((row.name, row.is_geometry, row.is_present))
    return histories


def _digest_of_row(columns: Iterable[tuple[str, bool, bool]]) -> str:
    """SQL: the digest of these columns of a row `n`; NULL counts like no column."""
    listed = ", ".join(f'n."{name}"::text AS "{name}"' if shape else f'n."{name}"' for name, shape, _present in columns)
    held = f"(SELECT held FROM (SELECT {listed}) held)"  # noqa: S608
    return f"sha256(convert_to(jsonb_strip_nulls(to_jsonb({held}))::text, 'UTF8'))"


def _check_rows(connection: Connection, report: Report, table: str, columns: Sequence[tuple[str, bool, bool]]) -> None:
    """History rows fit their digests and follow each other, and the present rows fit the last ones."""
    digest = _digest_of_row(columns)
    of_present = _digest_of_row(column for column in columns if column[2])
    history = text(
        f"SELECT n.history_id FROM {table}_history n WHERE n.row_digest IS DISTINCT FROM {digest}"  # noqa: S608
        f" ORDER BY n.history_id LIMIT {_NAMED}"
    )
    for number in connection.scalars(history):
        report.add(
            _("Lịch sử của bảng %(table)s, dòng số %(number)s: nội dung khác với mã băm.", table=table, number=number)
        )
    present = text(
        f"SELECT coalesce(n.id, h.id) FROM {table} n FULL JOIN"  # noqa: S608
        f" (SELECT id, row_digest FROM {table}_history WHERE recorded_to IS NULL) h ON h.id = n.id"
        f" WHERE n.id IS NULL OR h.row_digest IS DISTINCT FROM {of_present} ORDER BY 1 LIMIT {_NAMED}"
    )
    for number in connection.scalars(present):
        report.add(_("Bảng %(table)s, mã số %(number)s: khác với dòng lịch sử hiện hành.", table=table, number=number))


def _check_versions(connection: Connection, report: Report, table: str, deleted: str) -> None:
    """Each version belongs to an event, and ends with the next one or because an event deleted its row."""
    ends = _ENDS.format(
        table=table,
        named=_NAMED,
        former_times=_FORMER.format(column="occurred_at"),
        former_changes=_FORMER.format(column="change_id"),
    )
    for number in connection.scalars(text(ends), {"deleted": deleted}):
        report.add(
            _(
                "Lịch sử của bảng %(table)s, dòng số %(number)s: thời điểm kết thúc không khớp.",
                table=table,
                number=number,
            )
        )
    for number in connection.scalars(text(_UNBOUND.format(table=table, named=_NAMED))):
        report.add(
            _(
                "Lịch sử của bảng %(table)s, dòng số %(number)s: không có thay đổi nào trong nhật ký ghi dòng này.",
                table=table,
                number=number,
            )
        )


# --- notes --------------------------------------------------------------------------------------------------------
_SEALED: Final = text("""
    SELECT s.number AS seal_number, n.*
      FROM audit_seal s
     CROSS JOIN LATERAL unnest(s.notes) AS ids
      JOIN audit_note n ON n.id >= lower(ids) AND n.id < upper(ids)
     WHERE s.number BETWEEN :first AND :last
     ORDER BY s.number, n.id
""")
_OUTSIDE: Final = """
    WITH sealed AS (SELECT coalesce(range_agg(notes), '{{}}') AS ids FROM audit_seal),
         settled AS (SELECT coalesce(max(up_to), 0) AS up_to FROM audit_seal WHERE sealed_at < :settled)
    SELECT {chosen}
      FROM audit_note n, sealed, settled
     WHERE NOT n.id <@ sealed.ids
"""
_INSERTED: Final = text(_OUTSIDE.format(chosen="n.id") + f" AND n.id <= settled.up_to ORDER BY n.id LIMIT {_NAMED}")
_WAITING: Final = text(
    _OUTSIDE.format(chosen="count(*) AS notes, min(n.occurred_at) AS since") + " AND n.id > settled.up_to"
)


def _check_seals(connection: Connection, report: Report) -> None:
    """The chain of the seals, and the notes of each."""
    expected, previous = 1, GENESIS
    query: Select[Any] = select(*AuditSeal.__table__.columns).order_by(AuditSeal.number)
    result = connection.execute(query, execution_options={"yield_per": _SEALS})
    for seals in _runs(result):
        notes = _notes_of(connection, seals)
        for seal in seals:
            wrong = _wrong_seal(seal, expected, previous) + _wrong_notes(seal, notes[seal.number])
            if wrong:
                report.add(_("Niêm phong số %(number)s: %(wrong)s.", number=seal.number, wrong="; ".join(wrong)))
            report.notes += len(notes[seal.number])
            expected, previous = seal.number + 1, seal.digest
        report.seals += len(seals)


def _runs(seals: Iterable[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """Seals whose notes are read together."""
    run: list[Row[Any]] = []
    held = 0
    for seal in seals:
        if run and (held + seal.note_count > _NOTES or len(run) == _SEALS):
            yield run
            run, held = [], 0
        run.append(seal)
        held += seal.note_count
    if run:
        yield run


def _wrong_seal(seal: Row[Any], expected: int, previous: bytes) -> list[str]:
    wrong = []
    if seal.number != expected:
        wrong.append(_("thiếu các dòng từ số %(first)s đến số %(last)s", first=expected, last=seal.number - 1))
    if seal.previous_digest != previous:
        wrong.append(_("không nối với dòng trước"))
    if digest_of_seal(seal) != seal.digest:
        wrong.append(_("nội dung khác với mã băm"))
    return wrong


def _notes_of(connection: Connection, seals: Sequence[Row[Any]]) -> dict[int, list[Row[Any]]]:
    notes: dict[int, list[Row[Any]]] = defaultdict(list)
    for note in connection.execute(_SEALED, {"first": seals[0].number, "last": seals[-1].number}):
        notes[note.seal_number].append(note)
    return notes


def _wrong_notes(seal: Row[Any], notes: Sequence[Row[Any]]) -> list[str]:
    first, last = seal.notes[0].lower, seal.notes[-1].upper - 1
    if len(notes) != seal.note_count:
        return [
            _n(
                "có %(num)d lượt ghi trong các số %(first)s đến %(last)s, đã niêm phong %(count)s",
                len(notes),
                first=first,
                last=last,
                count=seal.note_count,
            )
        ]
    if digest_of_notes(notes) != seal.notes_digest:
        return [_("lượt ghi trong các số %(first)s đến %(last)s khác với mã băm", first=first, last=last)]
    return []


def _check_unsealed(connection: Connection, report: Report, now: datetime) -> None:
    """Notes in no seal: put among sealed ones, or waiting for longer than the worker ever takes."""
    values = {"settled": now - LATE}
    for number in connection.scalars(_INSERTED, values):
        report.add(_("Lượt ghi số %(number)s nằm giữa các lượt đã niêm phong mà không có niêm phong.", number=number))
    waiting = connection.execute(_WAITING, values).one()
    report.unsealed = waiting.notes
    if waiting.notes and waiting.since < now - UNSEALED:
        report.add(
            _n(
                "%(count)s lượt ghi từ %(since)s chưa được niêm phong, cần trong vòng một phút: tiến trình xử lý công"
                " việc không chạy, hoặc niêm phong đã bị xóa.",
                waiting.notes,
                count=format_number(waiting.notes),
                since=waiting.since.isoformat(timespec="seconds"),
            )
        )


# --- checkpoints --------------------------------------------------------------------------------------------------
def _check_checkpoint(connection: Connection, report: Report, checkpoint: Checkpoint) -> None:
    """Both chains still lead through what the checkpoint saw."""
    time = checkpoint.time.isoformat(timespec="seconds")
    for name, model, count, head in (
        (_("nhật ký"), AuditEvent, checkpoint.events, checkpoint.events_head),
        (_("niêm phong"), AuditSeal, checkpoint.seals, checkpoint.seals_head),
    ):
        if count == 0:
            continue
        digest = connection.scalar(select(model.digest).where(model.number == count))
        if digest is None:
            report.add(
                _(
                    "Điểm kiểm lúc %(time)s có %(name)s đến số %(count)s, nay không còn: phần cuối đã bị cắt.",
                    time=time,
                    name=name,
                    count=count,
                )
            )
        elif digest != head:
            report.add(
                _(
                    "Dòng số %(count)s của %(name)s khác với điểm kiểm lúc %(time)s: chuỗi đã bị tính lại.",
                    time=time,
                    name=name,
                    count=count,
                )
            )


def describe(report: Report) -> Iterable[str]:
    """Lines for the console."""
    yield _(
        "Đã kiểm %(events)s dòng nhật ký và %(notes)s lượt ghi trong %(seals)s niêm phong; %(unsealed)s lượt ghi đang"
        " chờ niêm phong.",
        events=format_number(report.events),
        notes=format_number(report.notes),
        seals=format_number(report.seals),
        unsealed=format_number(report.unsealed),
    )


def check_chains(url: str, moment: datetime) -> list[str]:
    """What the verifier finds in the database at `url`, which shows the register as of `moment`."""
    with reading(url) as connection:
        return verify(connection, moment).findings
