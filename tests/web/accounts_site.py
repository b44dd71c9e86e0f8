"""A small application with the pages of accounts only, on a database of its own that really commits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

import registry.authz.matrix  # noqa: F401  # puts the matrix in force
from registry.accounts.browser import init_sign_in, load_actor
from registry.accounts.commands import AssignRole, SaveOrganisation, SaveUser
from registry.accounts.jobs import organisation as organisation_commands
from registry.accounts.jobs import user as user_commands
from registry.accounts.models import OrganisationKind, OwnerCategory
from registry.accounts.pages import bp
from registry.accounts.service import assign_role, create_organisation, create_user, store_password
from registry.audit.chain import record, write_pending
from registry.audit.notes import NoteWriter
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx, Role
from registry.authz.blueprint import ACTOR_LOADER, AFTER_REQUEST, DATABASE, NOTES, GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.http.headers import init_headers
from registry.kernel.http.pages import html_errors, init_errors
from registry.kernel.i18n import init_i18n
from registry.territory.models import AdminUnit, ExtentQuality, UnitKind, UnitLevel

CHECKOUT = Path(__file__).resolve().parents[2]
PASSWORD = "một câu dài dễ nhớ"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


@dataclass
class Site:
    """The application, its database, and what the tests know of it."""

    app: Flask
    database: Database
    url: str
    organisation_id: int = 0
    unit_id: int = 0
    users: dict[str, int] = field(default_factory=dict)

    def browser(self) -> Browser:
        """A browser with no cookies."""
        return Browser(self.app.test_client())

    @contextmanager
    def writing(self, *, now: datetime | None = None) -> Iterator[Ctx]:
        machine: Actor = SYSTEM_ACTOR
        with self.database.transaction(machine, now=now) as ctx:
            yield ctx

    def new_user(self, name: str, *roles: Role, password: str | None = PASSWORD) -> int:
        """An account in force since long ago, whatever the test's clock says."""
        with self.writing() as ctx:
            user = create_user(
                ctx, SaveUser(username=name, full_name=f"Người {name}", organisation_id=self.organisation_id)
            )
            for role in roles:
                assign_role(ctx, AssignRole(user_id=user.id, role=role, valid_from=date(2020, 1, 1)))
            if password is not None:
                store_password(ctx, user, password)
            self.users[name] = user.id
            return user.id

    def count(self, query: str, **values: object) -> int:
        with self.database.session() as session:
            return int(session.scalar(text(query), values) or 0)


@dataclass
class Browser:
    """A client that fills in forms as a browser does."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, page: str = "/login", **fields: object) -> TestResponse:
        """Load `page` for its CSRF token, then send the fields to `path`."""
        return self.client.post(path, data={"csrf_token": self.token(page), **fields})

    def token(self, page: str = "/login") -> str:
        found = _TOKEN.search(self.client.get(page).get_data(as_text=True))
        assert found, f"{page} holds no csrf_token"
        return found[1] or found[2]

    def sign_in(self, username: str, password: str = PASSWORD, target: str = "", **environ: str) -> TestResponse:
        data = {"csrf_token": self.token(), "username": username, "password": password, "next": target}
        return self.client.post("/login", data=data, headers=environ)

    def who(self) -> str:
        """The account name that the site knows this browser by; '' for the public."""
        return self.client.get("/who").get_data(as_text=True)

    def cookie(self) -> str:
        found = self.client.get_cookie("session")
        assert found is not None
        return found.value

    def put_cookie(self, value: str) -> None:
        self.client.set_cookie("session", value)


@contextmanager
def open_site(database_url: str, name: str) -> Iterator[Site]:
    """A site on a copy of the migrated database; the copy is dropped at the end."""
    owner = make_url(database_url)
    own_name = f"{owner.database}_{name}"
    admin = create_engine(owner.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{own_name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{own_name}" TEMPLATE "{owner.database}"'))
    url = owner.set(database=own_name).render_as_string(hide_password=False)
    database = Database(url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    site = Site(_app(database), database, url)
    try:
        _fill(site)
        yield site
    finally:
        database.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{own_name}" WITH (FORCE)'))
        admin.dispose()


def _fill(site: Site) -> None:
    database = Database(site.url)
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine) as ctx:
        unit = AdminUnit(
            level=UnitLevel.COMMUNE,
            kind=UnitKind.XA,
            code="99901",
            name="Xã Thử Nghiệm",
            valid_from=date(2025, 7, 1),
            extent_quality=ExtentQuality.NONE,
            older_names=[],
        )
        ctx.session.add(unit)
        ctx.session.flush()
        record(ctx, "test.fill", "admin_unit", unit.id)
        write_pending(ctx)
        site.unit_id = unit.id
    database.dispose()
    with site.writing() as ctx:
        site.organisation_id = create_organisation(
            ctx,
            SaveOrganisation(
                code="viettel",
                name="Viettel Thanh Hóa",
                short_name="Viettel",
                kind=OrganisationKind.OPERATOR,
                owner_category=OwnerCategory.OPERATOR,
                valid_from=date(2020, 1, 1),
            ),
        ).id


def _app(database: Database) -> Flask:
    app = Flask("accounts_site", template_folder=str(CHECKOUT / "templates"))
    app.config.update(SECRET_KEY="s" * 40, PROPAGATE_EXCEPTIONS=False)
    app.extensions.update(
        {
            DATABASE: database,
            ACTOR_LOADER: load_actor,
            AFTER_REQUEST: lambda _ctx: None,
            NOTES: NoteWriter(database),
            "registry.settings": type("Settings", (), {"url": "http://127.0.0.1:8000"}),
        }
    )
    init_i18n(app)
    init_headers(app, https=False)
    init_errors(app)
    CSRFProtect(app)
    init_sign_in(app, idle=timedelta(minutes=30), absolute=timedelta(hours=12), https=False)
    app.register_blueprint(bp)
    app.register_blueprint(_who())
    app.cli.add_command(user_commands)
    app.cli.add_command(organisation_commands)
    _other_pages(app)
    return app


def _who() -> GuardedBlueprint:
    who = GuardedBlueprint("who", __name__, errors=html_errors)

    @who.get("/who", permission=P.PUBLIC)
    def name(ctx: Ctx) -> str:
        return getattr(ctx.actor, "username", "")

    @who.get("/who/roles", permission=P.PUBLIC)
    def roles(ctx: Ctx) -> str:
        return ",".join(sorted(ctx.actor.roles))

    return who


def _other_pages(app: Flask) -> None:
    """The addresses that the layout links to."""
    for name, endpoints in {"structures": ("list",), "home": ("index",), "preferences": ("language",)}.items():
        other = Blueprint(name, __name__, url_prefix=f"/{name}")
        for endpoint in endpoints:
            other.add_url_rule(f"/{endpoint}", endpoint, lambda **_values: "")
        app.register_blueprint(other)
