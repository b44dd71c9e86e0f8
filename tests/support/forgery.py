# ruff: noqa: S608
"""What a superuser could do to the audit records and the histories: edits, deletions and swaps by chance."""

from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

#: Table -> key. Of histories only rows that belong to a recorded change are forged.
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
        # Half of the forgeries meet the audit itself.
        table = chance.choice(list(RECORDS)) if chance.random() < 0.5 else chance.choice(tables)
        key = RECORDS.get(table) or ("history_id" if table in histories else "id")
        own = " WHERE change_id IN (SELECT change_id FROM audit_event)" if table in histories else ""
        keys = list(connection.scalars(text(f"SELECT {key} FROM {table}{own} ORDER BY 1")))
        if not keys:
            continue
        how = chance.choice((_edit, _edit, _delete, _swap))
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
    one, other = chance.sample(keys, 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        connection.execute(text(f"UPDATE {table} SET {key} = {new} WHERE {key} = {old}"))
    return f"swap of {table} {one} and {other}"
