"""Each part of each policy of rows, broken once: a row that names readers in one place each shows it.

`test_row_policies.py` compares the policies with the rights of the cast.
"""

from dataclasses import dataclass

import pytest
from sqlalchemy import text

from registry.kernel.db.row_access import FULL_ACCESS, PROTECTED, RowAccess, access_statement
from registry.kernel.db.session import WEB_ROLE
from tests.db.test_row_policies import CODES, NEVER_CHANGED, OF_IMPORTS, OF_PLANS, connection, demo_url

__all__ = ["connection", "demo_url"]

#: Ids that no row has: each stands in one column of the rows that readers are tried on.
HANDLER, NAMED, OWNER, REQUESTER, SERVED, STRANGER, OTHER_SIDE = range(-1, -8, -1)
UNIT, ACCOUNT = -11, -12
COLUMNS = {
    "handler_organisation_id": HANDLER,
    "organisation_id": NAMED,
    "owner_organisation_id": OWNER,
    "requester_organisation_id": REQUESTER,
    "announcer_id": OTHER_SIDE,
    "office_id": OTHER_SIDE,
    "unit_id": UNIT,
    "created_by_id": ACCOUNT,
    "uploaded_by_id": ACCOUNT,
}
LISTS = {
    "user_ids": f"{{{ACCOUNT}}}",
    "organisation_ids": f"{{{NAMED}}}",
    "roles": "{reader}",
    "area_roles": "{officer}",
    "unit_ids": f"{{{UNIT}}}",
}


def of(*organisations):
    return RowAccess(organisation_ids=frozenset(organisations))


def in_area(table):
    return RowAccess(area_tables=frozenset({table}), unit_ids=frozenset({UNIT}))


@dataclass
class Tried:
    """A row of a table, and for each reader whether the policy gives it."""

    row_id: int
    readers: list[tuple[RowAccess, bool]]


def with_all(table, readers):
    """The readers, besides those whom every policy knows."""
    everywhere = [(RowAccess(), False), (of(STRANGER), False), (FULL_ACCESS, True)]
    return [*everywhere, (RowAccess(whole_tables=frozenset({table})), True), *readers]


def parts_of_area(table):
    """An officer needs the table and the unit."""
    units = RowAccess(unit_ids=frozenset({UNIT}))
    return [(in_area(table), True), (units, False), (RowAccess(area_tables=frozenset({table})), False)]


def first_id(connection, table, condition="true"):
    return connection.scalar(text(f"SELECT min(id) FROM {table} WHERE {condition}"))  # noqa: S608


def rename(connection, table, row_id):
    """Let a row and its versions name the ids of this test alone."""
    for each in (table, f"{table}_history"):
        own = [name for name in connection.scalars(COLUMN_NAMES, {"table": each}) if name in COLUMNS | LISTS]
        if own:
            values = ", ".join(f"{name} = '{(COLUMNS | LISTS)[name]}'" for name in own)
            connection.execute(text(f"UPDATE {each} SET {values} WHERE id = :id"), {"id": row_id})  # noqa: S608


COLUMN_NAMES = text("SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0")
LINKED = text(
    "INSERT INTO attachment_link (attachment_id, subject_kind, subject_id, is_active) VALUES (:file, :kind, :row, true)"
)


def rows_to_try(connection, table):
    """Rows that name each reader in one place, and what each of the readers should be given."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    if table in ("colocation_request", "colocation_agreement"):
        tried = [Tried(first_id(connection, table), [(of(OWNER), True), (of(REQUESTER), True)])]
    elif table == "import_batch":
        own = [(of(NAMED), True), (RowAccess(account_id=ACCOUNT), True), (of(HANDLER), False)]
        tried = [Tried(first_id(connection, table), own)]
    elif table in ("joint_interest", "site_request"):
        tried = [Tried(first_id(connection, table), [(of(NAMED), True), (of(OTHER_SIDE), True)])]
    elif table == "operator_plan":
        tried = [Tried(first_id(connection, table), [(of(NAMED), True)])]
    elif table == "violation":
        with_minutes = first_id(connection, table, "minutes_number IS NOT NULL")
        without = first_id(connection, table, "minutes_number IS NULL")
        paper = {"case": with_minutes, "to": SERVED}
        connection.execute(text("UPDATE violation_paper SET violation_id = 0 WHERE violation_id = :case"), paper)
        served = text("UPDATE violation_paper SET violation_id = :case, addressee_id = :to WHERE id = :id")
        connection.execute(served, paper | {"id": first_id(connection, "violation_paper")})
        both = [(of(HANDLER), True), *parts_of_area(table)]
        tried = [
            Tried(with_minutes, [*both, (of(NAMED), True), (of(SERVED), True)]),
            Tried(without, [*both, (of(NAMED), False), (of(SERVED), False)]),
        ]
    elif table == "incident":
        number = first_id(connection, table, "structure_id IS NOT NULL")
        sides = {"id": number, "owner": OWNER, "holder": SERVED}
        sides["structure"] = connection.scalar(text("SELECT structure_id FROM incident WHERE id = :id"), sides)
        changes = (
            "UPDATE structure SET owner_organisation_id = :owner WHERE id = :structure",
            "UPDATE incident_history SET structure_id = :structure WHERE id = :id",
            "UPDATE capacity_place SET structure_id = :structure WHERE id = (SELECT min(id) FROM capacity_place)",
            "UPDATE capacity_entry SET place_id = (SELECT min(id) FROM capacity_place), holder_id = :holder"
            " WHERE id = (SELECT min(id) FROM capacity_entry)",
        )
        for change in changes:
            connection.execute(text(change), sides)
        sides = [(of(OWNER), True), (of(SERVED), True), (of(HANDLER), True), (of(NAMED), True)]
        tried = [Tried(number, [*sides, *parts_of_area(table)])]
    elif table == "attachment":
        tried = files_to_try(connection)
    else:
        officer = RowAccess(roles=frozenset({"officer"}), unit_ids=frozenset({UNIT}))
        own = [(of(NAMED), True), (RowAccess(account_id=ACCOUNT), True), (officer, True)]
        halves = [RowAccess(roles=officer.roles), RowAccess(unit_ids=officer.unit_ids)]
        own += [(RowAccess(roles=frozenset({"reader"})), True), *((half, False) for half in halves)]
        tried = [Tried(first_id(connection, table), own)]
    for row in tried:
        rename(connection, table, row.row_id)
    connection.execute(text("SET LOCAL session_replication_role = origin"))
    return tried


def files_to_try(connection):
    """A file without a case, one of a structure, and one of each kind of case."""
    query = text("SELECT id FROM attachment ORDER BY id LIMIT :count")
    numbers = list(connection.scalars(query, {"count": 2 + len(CODES)}))
    connection.execute(text("DELETE FROM attachment_link WHERE attachment_id = ANY (:ids)"), {"ids": numbers})
    alone, of_structure, *of_cases = numbers
    connection.execute(LINKED, {"file": of_structure, "kind": "structure", "row": 1})
    own = [(of(NAMED), True), (RowAccess(account_id=ACCOUNT), True), (in_area("attachment"), False)]
    tried = [
        Tried(alone, own),
        Tried(of_structure, [*own[:-1], (in_area("attachment"), True)]),
    ]
    for (kind, model), file in zip(CODES.items(), of_cases, strict=True):
        case = first_id(connection, model.__tablename__)
        rename(connection, model.__tablename__, case)
        connection.execute(LINKED, {"file": file, "kind": kind, "row": case})
        sides = {COLUMNS[column] for column in model.SIDES.values()} - {NAMED}
        side = OWNER if OWNER in sides else min(sides)
        tried.append(Tried(file, [(of(side), True)]))
    return tried


def differing(connection, table, tried):
    """Readers who are given a row against what is expected, or not given it."""
    connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
    former = table.removesuffix("_history")
    query = text(f"SELECT EXISTS (SELECT FROM {table} WHERE id = :id)")  # noqa: S608
    differences = []
    for row in tried:
        for access, is_given in with_all(former, row.readers):
            connection.execute(text(access_statement(access)))
            if connection.scalar(query, {"id": row.row_id}) != is_given:
                differences.append((row.row_id, access, not is_given))
    connection.execute(text("RESET ROLE"))
    return differences


def conditions_of(condition, word):
    """The parts of a condition that a word joins, outside of parentheses and CASE."""
    inner, depth, parts, start = condition.strip().removeprefix("(").removesuffix(")"), 0, [], 0
    for at, sign in enumerate(inner):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and inner.startswith(f" {word} ", at):
            parts.append(inner[start:at])
            start = at + len(word) + 2
    return [*parts, inner[start:]]


def broken_policies(connection, table):
    """Statements that break the policy of a table: without it, open to all, without each part or half of a part."""
    query = text(
        "SELECT pg_get_expr(polqual, polrelid) FROM pg_policy"
        " WHERE polrelid = to_regclass(:table) AND polname = 'own_rows'"
    )
    parts = conditions_of(connection.scalar(query, {"table": table}), "OR")
    altered = f"ALTER POLICY own_rows ON {table} USING "
    yield f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
    yield f"DROP POLICY own_rows ON {table}"
    yield f"{altered}(true)"
    for part in parts:
        others = [other for other in parts if other != part]
        assert len(others) == len(parts) - 1
        yield f"{altered}({' OR '.join(others)})"
        halves = conditions_of(part, "AND")
        yield from (f"{altered}({' OR '.join([*others, half])})" for half in halves if len(halves) > 1)


@pytest.mark.parametrize(
    "table", [*PROTECTED, *(f"{table}_history" for table in PROTECTED if table not in NEVER_CHANGED)]
)
def test_each_part_of_a_policy_that_is_broken_is_found(connection, table):
    connection.execute(text("RESET ROLE"))
    with connection.begin_nested() as outer:
        tried = rows_to_try(connection, table.removesuffix("_history"))
        assert differing(connection, table, tried) == []
        unnoticed = []
        for statement in list(broken_policies(connection, table)):
            with connection.begin_nested() as savepoint:
                connection.execute(text(statement.replace(":", r"\:")))
                if not differing(connection, table, tried):
                    unnoticed.append(statement)
                savepoint.rollback()
        assert unnoticed == []
        outer.rollback()


def rows_of(connection, table, column, number):
    """How many rows of an import or a plan its owner and another one have."""
    connection.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
    query, counts = text(f"SELECT count(*) FROM {table} WHERE {column} = :number"), []  # noqa: S608
    for access in (of(NAMED), of(STRANGER)):
        connection.execute(text(access_statement(access)))
        counts.append(connection.scalar(query, {"number": number}))
    connection.execute(text("RESET ROLE"))
    return counts


@pytest.mark.parametrize("table", [*OF_IMPORTS, OF_PLANS])
def test_rows_of_imports_and_plans_are_given_with_them_alone_and_a_policy_that_is_broken_is_found(connection, table):
    parent, column = ("operator_plan", "plan_id") if table == OF_PLANS else ("import_batch", "batch_id")
    connection.execute(text("RESET ROLE"))
    with connection.begin_nested() as outer:
        (tried,) = rows_to_try(connection, parent)
        if table in OF_IMPORTS:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            columns, values = OF_IMPORTS[table]
            added = text(f"INSERT INTO {table} ({columns}) VALUES ({values})")  # noqa: S608
            connection.execute(added, {"batch": tried.row_id})
            connection.execute(text("SET LOCAL session_replication_role = origin"))
        own, of_others = rows_of(connection, table, column, tried.row_id)
        assert (own > 0, of_others) == (True, 0)
        for broken in (
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"DROP POLICY own_rows ON {table}",
            f"ALTER POLICY own_rows ON {table} USING (true)",
        ):
            with connection.begin_nested() as savepoint:
                connection.execute(text(broken))
                assert rows_of(connection, table, column, tried.row_id) != [own, of_others], broken
                savepoint.rollback()
        outer.rollback()
