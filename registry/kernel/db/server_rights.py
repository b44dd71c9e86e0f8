"""What a database server must give to the owner of a registry: extensions, roles and rights.

The owner need not be a superuser. It creates what it may; the rest is named, one sentence for each, with the
SQL for the administrator of the server (docs/production.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, WORKER_ROLE
from registry.kernel.i18n import _

EXTENSIONS: Final = ("postgis", "unaccent", "pg_trgm", "btree_gist")
#: Functions of the schema name their extension's schema.
SCHEMA: Final = "public"
APPLICATION_ROLES: Final = (WEB_ROLE, WORKER_ROLE)
_CREATE_ROLE: Final = {
    POSITION_READER_ROLE: "CREATE ROLE registry_position_reader NOLOGIN",
    WEB_ROLE: "CREATE ROLE registry_web LOGIN NOINHERIT",
    WORKER_ROLE: "CREATE ROLE registry_worker LOGIN NOINHERIT",
}
#: From this version on a membership says whether its holder may change to the role.
_SET_OPTION_SINCE: Final = 16
_MAJOR_UNIT: Final = 10_000
_LOCK_KEY: Final = 7_021_964_332


def missing_rights(connection: Connection, *, changes_roles: bool = True) -> list[str]:
    """Create what is missing and may be created; a sentence for each thing that the server's administrator must do.

    `changes_roles`: web or worker sign in as the owner and change to their roles. The caller commits.
    """
    # Of several machines that start at once, one creates.
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
    owner = str(connection.scalar(text("SELECT current_user")))
    rights = [*_extensions(connection, owner), *_schema(connection, owner), *_roles(connection, owner)]
    if not rights:
        rights += [*_position_readers(connection), *(_memberships(connection, owner) if changes_roles else ())]
    return rights


def _extensions(connection: Connection, owner: str) -> Iterator[str]:
    rows = text("SELECT extname, nspname, extrelocatable FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace")
    present = {name: (schema, relocatable) for name, schema, relocatable in connection.execute(rows)}
    for name in EXTENSIONS:
        create = f"CREATE EXTENSION {name} SCHEMA {SCHEMA}"
        schema, relocatable = present.get(name, (SCHEMA, False))
        if name not in present and not _try(connection, create):
            yield _(
                "Cơ sở dữ liệu chưa có phần mở rộng %(name)s và vai trò %(owner)s không được tạo nó,"
                " cần quản trị máy chủ chạy: %(sql)s;",
                name=name,
                owner=owner,
                sql=create,
            )
        elif schema != SCHEMA:
            yield _(
                "Phần mở rộng %(name)s nằm trong lược đồ %(found)s, cần nằm trong %(expected)s: %(sql)s;",
                name=name,
                found=schema,
                expected=SCHEMA,
                sql=f"ALTER EXTENSION {name} SET SCHEMA {SCHEMA}"
                if relocatable
                else f"DROP EXTENSION {name}; {create}",
            )


def _schema(connection: Connection, owner: str) -> Iterator[str]:
    held = text("SELECT has_schema_privilege(:schema, 'USAGE') AND has_schema_privilege(:schema, 'CREATE')")
    if not connection.scalar(held, {"schema": SCHEMA}):
        yield _(
            "Vai trò %(owner)s không được tạo bảng trong lược đồ %(schema)s, cần quản trị máy chủ chạy: %(sql)s;",
            owner=owner,
            schema=SCHEMA,
            sql=f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {_quoted(owner)}",
        )


def _roles(connection: Connection, owner: str) -> Iterator[str]:
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    for role, create in _CREATE_ROLE.items():
        if role not in present and not _try(connection, create):
            yield _(
                "Máy chủ chưa có vai trò %(role)s và vai trò %(owner)s không được tạo nó (thiếu CREATEROLE),"
                " cần quản trị máy chủ chạy: %(sql)s;",
                role=role,
                owner=owner,
                sql=create,
            )


def _position_readers(connection: Connection) -> Iterator[str]:
    """The roles of the application may change to the reader of exact positions, and never read as it without that."""
    for role in APPLICATION_ROLES:
        grant = f"GRANT {POSITION_READER_ROLE} TO {role}"
        if not _may_change(connection, role, POSITION_READER_ROLE) and not _try(connection, grant):
            yield _(
                "Vai trò %(role)s chưa được chuyển sang vai trò %(other)s, cần quản trị máy chủ chạy: %(sql)s;",
                role=role,
                other=POSITION_READER_ROLE,
                sql=grant,
            )
        elif connection.scalar(
            text("SELECT pg_has_role(:role, :other, 'USAGE')"), {"role": role, "other": POSITION_READER_ROLE}
        ):
            yield _(
                "Vai trò %(role)s tự động có quyền đọc vị trí chính xác của %(other)s, cần quản trị máy chủ"
                " chạy: %(sql)s;",
                role=role,
                other=POSITION_READER_ROLE,
                sql=f"ALTER ROLE {role} NOSUPERUSER NOINHERIT; REVOKE {POSITION_READER_ROLE} FROM {role}; {grant}",
            )


def _memberships(connection: Connection, owner: str) -> Iterator[str]:
    options = " WITH INHERIT FALSE, SET TRUE" if _major(connection) >= _SET_OPTION_SINCE else ""
    for role in APPLICATION_ROLES:
        grant = f"GRANT {role} TO {_quoted(owner)}{options}"
        if not _may_change(connection, owner, role) and not _try(connection, grant):
            yield _(
                "Vai trò %(owner)s không được chuyển sang vai trò %(role)s, cần quản trị máy chủ chạy: %(sql)s;",
                owner=owner,
                role=role,
                sql=grant,
            )


def _may_change(connection: Connection, role: str, other: str) -> bool:
    """Whether `role` may SET ROLE to `other`."""
    right = "SET" if _major(connection) >= _SET_OPTION_SINCE else "MEMBER"
    asked = text("SELECT pg_has_role(:role, :other, :right)")
    return bool(connection.scalar(asked, {"role": role, "other": other, "right": right}))


def _try(connection: Connection, statement: str) -> bool:
    """Execute a statement; False, with nothing changed, where the owner lacks the right to it."""
    try:
        with connection.begin_nested():
            connection.execute(text(statement))
    except ProgrammingError as error:
        # insufficient_privilege, and invalid_grant_operation where a grant would be circular.
        if getattr(error.orig, "sqlstate", "") not in {"42501", "0LP01"}:
            raise
        return False
    return True


def _major(connection: Connection) -> int:
    return int(str(connection.scalar(text("SHOW server_version_num")))) // _MAJOR_UNIT


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
