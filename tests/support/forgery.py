# ruff: noqa: S608
"""What a superuser could do to the audit records and the histories, by chance.

Single rows are edited, deleted, swapped and inserted; whole forgeries also mend what would betray them inside the
database, up to a chain that is computed again.
"""

from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.audit.chain import digest_of_event, digest_of_history, digest_of_payload
from registry.audit.models import AuditEvent, AuditPayload, AuditSeal
from registry.audit.seals import digest_of_notes, digest_of_seal

#: The part of the forgeries that are whole ones.
WHOLE_SHARE = 0.3
#: Table -> key.
RECORDS = {"audit_event": "number", "audit_payload": "number", "audit_note": "id", "audit_seal": "number"}
EDITS = {
    "text": "coalesce({c}, '') || 'x'",
    "int8": "coalesce({c}, 0) + 1",
    "int4": "coalesce({c}, 0) + 1",
    "numeric": "coalesce({c}, 0) + 1",
    "bool": "NOT coalesce({c}, false)",
    "timestamptz": "coalesce({c}, now()) + interval '1 second'",
    "date": "coalesce({c}, current_date) + 1",
    "bytea": "sha256(coalesce({c}, ''))",
    "jsonb": """'{{"forged": true}}'""",
    "_int8": "array_append(coalesce({c}, '{{}}'), 987654)",
    "int8multirange": "{c} + '{{[987654321,987654322)}}'",
    "geometry": "ST_Translate({c}, 0.001, 0)",
}
_HISTORIES = text("SELECT relname FROM pg_class WHERE relname LIKE '%\\_history' AND relkind = 'r' ORDER BY 1")
_COLUMNS = text("""
    SELECT a.attname AS name, t.typname AS type FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = CAST(:table AS regclass) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     ORDER BY a.attnum
""")


@contextmanager
def forging(connection):
    """The connection as a superuser without triggers; everything is undone at the end."""
    savepoint = connection.begin_nested()
    connection.execute(text("RESET ROLE"))
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    try:
        yield connection
    finally:
        savepoint.rollback()


def forge(connection, chance):
    """One forgery that changes something; what was done, in words."""
    histories = list(connection.scalars(_HISTORIES))
    tables = [*RECORDS, *histories, "structure", "user_account"]
    while True:
        if chance.random() < WHOLE_SHARE:
            done = whole_forgery(connection, chance, chance.choice(WHOLE))
            if done:
                return done
            continue
        # Half of the forgeries meet the audit itself.
        table = chance.choice(list(RECORDS)) if chance.random() < 0.5 else chance.choice(tables)
        key = RECORDS.get(table) or ("history_id" if table in histories else "id")
        keys = list(connection.scalars(text(f"SELECT {key} FROM {table} ORDER BY 1")))
        if not keys:
            continue
        how = chance.choice((_edit, _edit, _delete, _swap, _insert))
        savepoint = connection.begin_nested()
        before = _contents(connection, table)
        try:
            done = how(connection, chance, table, key, keys)
        except DBAPIError:
            savepoint.rollback()
            continue
        if done and _contents(connection, table) != before:
            savepoint.commit()
            return done
        savepoint.rollback()


def _contents(connection, table):
    return connection.scalar(text(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"))


def _edit(connection, chance, table, key, keys):
    column = chance.choice([row for row in connection.execute(_COLUMNS, {"table": table}) if row.type in EDITS])
    number, new = chance.choice(keys), EDITS[column.type].format(c=f'"{column.name}"')
    connection.execute(text(f'UPDATE {table} SET "{column.name}" = {new} WHERE {key} = {number}'.replace(":", "\\:")))
    return f"edit of {column.name} in {table} {number}"


def _delete(connection, chance, table, key, keys):
    number = chance.choice(keys)
    connection.execute(text(f"DELETE FROM {table} WHERE {key} = {number}"))
    return f"deletion of {table} {number}"


def _swap(connection, chance, table, key, keys):
    if len(keys) < 2:
        return None
    first, other = chance.sample(keys, 2)
    for old, new in ((first, -1), (other, first), (-1, other)):
        connection.execute(text(f"UPDATE {table} SET {key} = {new} WHERE {key} = {old}"))
    return f"swap of {table} {first} and {other}"


def _insert(connection, chance, table, key, keys):
    """A copy of a row; one of a history is of another change, and one of notes stands before all sealed ones."""
    if table not in ("audit_note", "audit_payload") and not table.endswith("_history"):
        return None
    number, patch = chance.choice(keys), {key: str(min(keys) - 1)}
    if table.endswith("_history"):
        patch["change_id"] = chance.choice(("987654321", "(SELECT min(change_id) FROM audit_event)"))
    _copy(connection, table, f"{key} = {number}", patch)
    return f"insertion of a copy of {table} {number}"


def _copy(connection, table, where, patch):
    values = ", ".join(f"'{name}', {value}" for name, value in patch.items())
    connection.execute(
        text(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(h, jsonb_build_object({values}))).*"
            f" FROM {table} h WHERE {where}"
        )
    )


# --- whole forgeries ----------------------------------------------------------------------------------------------
def whole_forgery(connection, chance, how):
    """One of WHOLE; what was done, in words, or None where there was nothing to do it to."""
    savepoint = connection.begin_nested()
    try:
        done = how(connection, chance)
    except DBAPIError:
        savepoint.rollback()
        raise
    if done:
        savepoint.commit()
    else:
        savepoint.rollback()
    return done


def _some(connection, chance, query):
    rows = list(connection.execute(text(query)))
    return chance.choice(rows) if rows else None


def _digest_again(connection, table, where):
    """Give history rows the digests of their contents."""
    digest = connection.scalar(text(f"SELECT digest_of('{table}'::regclass)"))
    connection.execute(text(f"UPDATE {table}_history n SET row_digest = {digest} WHERE {where}".replace(":", "\\:")))


def _invent(connection, chance):
    """A structure is changed as if by a change of its own, which no event knows."""
    row = _some(connection, chance, "SELECT id, history_id FROM structure_history WHERE recorded_to IS NULL ORDER BY 1")
    moment = "(SELECT max(occurred_at) FROM audit_event)"
    number = connection.scalar(text("SELECT max(history_id) + 1 FROM structure_history"))
    connection.execute(text(f"UPDATE structure SET name = concat(name, ' giả') WHERE id = {row.id}"))
    patch = {"history_id": number, "name": "concat(h.name, ' giả')", "recorded_from": moment, "change_id": 987654321}
    _copy(connection, "structure_history", f"history_id = {row.history_id}", patch)
    connection.execute(text(f"UPDATE structure_history SET recorded_to = {moment} WHERE history_id = {row.history_id}"))
    _digest_again(connection, "structure", f"history_id = {number}")
    return f"structure {row.id} changed under a change without an event"


def _erase(connection, chance):
    """A row is deleted and its history closed, at the moment of an event or at its beginning."""
    table = chance.choice(("structure", "user_account", "cable_member", "case_event", "dated_setting"))
    row = _some(connection, chance, f"SELECT id FROM {table} ORDER BY 1")
    if row is None:
        table, row = "structure", _some(connection, chance, "SELECT id FROM structure ORDER BY 1")
    when = chance.choice(("(SELECT max(occurred_at) FROM audit_event)", "recorded_from"))
    connection.execute(text(f"DELETE FROM {table} WHERE id = {row.id}"))
    connection.execute(
        text(f"UPDATE {table}_history SET recorded_to = {when} WHERE id = {row.id} AND recorded_to IS NULL")
    )
    return f"{table} {row.id} deleted, history closed at {when}"


def _revive(connection, chance):
    """A row that was deleted is put back, its history open again."""
    row = _some(
        connection,
        chance,
        "SELECT max(history_id) AS number FROM cable_member_history h"
        " WHERE NOT EXISTS (SELECT FROM cable_member n WHERE n.id = h.id) GROUP BY id ORDER BY 1",
    )
    if row is None:
        return None
    connection.execute(
        text(
            "INSERT INTO cable_member SELECT (jsonb_populate_record(NULL\\:\\:cable_member, to_jsonb(h))).*"
            f" FROM cable_member_history h WHERE history_id = {row.number}"
        )
    )
    connection.execute(text(f"UPDATE cable_member_history SET recorded_to = NULL WHERE history_id = {row.number}"))
    return f"cable_member with version {row.number} put back"


def _repair(connection, chance):
    """A structure and its last version say something else, with the digest of that."""
    row = _some(connection, chance, "SELECT id, history_id FROM structure_history WHERE recorded_to IS NULL ORDER BY 1")
    for table, where in (("structure", f"id = {row.id}"), ("structure_history", f"history_id = {row.history_id}")):
        connection.execute(text(f"UPDATE {table} SET name = concat(name, ' giả') WHERE {where}"))
    _digest_again(connection, "structure", f"history_id = {row.history_id}")
    return f"structure {row.id} and its last version edited, digest of the version computed again"


def _rehash(connection, chance):
    """After `_repair` or an edited payload, the chain of events is computed again to its end."""
    done = _repair(connection, chance)
    with Session(connection, join_transaction_mode="create_savepoint") as session, session.begin():
        forged_payload = chance.choice(session.query(AuditPayload).order_by(AuditPayload.number).all())
        forged_payload.payload = forged_payload.payload | {"forged": chance.random()}
        forged_payload.salt = chance.randbytes(16)
        previous = bytes(32)
        for event in session.query(AuditEvent).order_by(AuditEvent.number):
            payload = session.get_one(AuditPayload, event.number)
            event.payload_digest = digest_of_payload(payload.salt, payload.payload)
            event.history_digest = digest_of_history(session, payload.payload["tables"], event.change_id)
            event.previous_digest = previous
            previous = event.digest = digest_of_event(event)
    return f"{done}; all events computed again"


def _rehash_notes(connection, chance):
    """A note is edited or deleted, its seal made to fit, and the chain of seals computed again to its end."""
    with Session(connection, join_transaction_mode="create_savepoint") as session, session.begin():
        seals = session.query(AuditSeal).order_by(AuditSeal.number).all()
        seal_of_notes = chance.choice(seals)
        note = seal_of_notes.notes[0].lower
        session.execute(text("UPDATE audit_note SET actor_label = 'Người khác' WHERE id = :id"), {"id": note})
        previous = bytes(32)
        for seal in seals:
            if seal is seal_of_notes:
                notes = session.execute(
                    text(
                        "SELECT n.* FROM audit_seal s CROSS JOIN LATERAL unnest(s.notes) ids"
                        " JOIN audit_note n ON n.id >= lower(ids) AND n.id < upper(ids)"
                        " WHERE s.number = :number ORDER BY n.id"
                    ),
                    {"number": seal.number},
                ).all()
                seal.notes_digest = digest_of_notes(notes)
            seal.previous_digest = previous
            previous = seal.digest = digest_of_seal(seal)
    return f"note {note} edited, all seals computed again"


def _cut(connection, chance):
    """The last events, or the last seals with their notes, are gone."""
    if chance.random() < 0.5:
        for table in ("audit_payload", "audit_event"):
            connection.execute(text(f"DELETE FROM {table} WHERE number = (SELECT max(number) FROM {table})"))
        return "last event cut"
    connection.execute(
        text("DELETE FROM audit_note WHERE id <@ (SELECT notes FROM audit_seal ORDER BY number DESC LIMIT 1)")
    )
    connection.execute(text("DELETE FROM audit_seal WHERE number = (SELECT max(number) FROM audit_seal)"))
    return "last seal and its notes cut"


WHOLE = (_invent, _erase, _revive, _repair, _rehash, _rehash_notes, _cut)
