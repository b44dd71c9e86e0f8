"""The application on a database of its own that really commits, and browsers that fill in its forms."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from config.settings import Settings
from registry.accounts.commands import AssignRole
from registry.accounts.models import OrganisationKind, OwnerCategory
from registry.accounts.queries import find_organisation
from registry.accounts.rules import CATEGORIES_OF, KINDS_OF_ROLE
from registry.accounts.service import assign_role, create_organisation, create_user, store_password
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.http.errors import html_errors
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.wiring import create_app
from tests.factories.organisations import save_organisation, save_user

PASSWORD = "một câu dài dễ nhớ"
_NUMBERS = itertools.count(1)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"')


_VERSION = re.compile(r'name="version"[^>]* value="([0-9]+)"')


@dataclass
class Site:
    """The application, its database, and what the tests know of it."""

    app: Flask
    database: Database
    organisation_id: int = 0
    unit_id: int = 0
    users: dict[str, int] = field(default_factory=dict)

    def browser(self, address: str = "") -> Browser:
        """A browser with no cookies, at an address of its own."""
        client = self.app.test_client()
        number = next(_NUMBERS)
        client.environ_base["REMOTE_ADDR"] = address or f"198.18.{number // 250}.{number % 250}"
        return Browser(client)

    @contextmanager
    def writing(self, *, now: datetime | None = None) -> Iterator[Ctx]:
        machine: Actor = SYSTEM_ACTOR
        with self.database.transaction(machine, now=now) as ctx:
            yield ctx

    def new_user(self, name: str, *roles: Role, password: str | None = PASSWORD) -> int:
        """An account in force since long ago, whatever the test's clock says."""
        with self.writing() as ctx:
            employer_id = self._employer(ctx, roles)
            user = create_user(ctx, save_user(username=name, full_name=f"Người {name}", organisation_id=employer_id))
            for role in roles:
                assign_role(ctx, AssignRole(user_id=user.id, role=role, valid_from=date(2020, 1, 1)))
            if password is not None:
                store_password(ctx, user, password)
            self.users[name] = user.id
            return user.id

    def _employer(self, ctx: Ctx, roles: tuple[Role, ...]) -> int:
        """An organisation that may hold all the roles: the operator of the site, or one of the kind by its code."""
        kinds = [kind for kind in OrganisationKind if all(kind in KINDS_OF_ROLE[role] for role in roles)]
        if OrganisationKind.OPERATOR in kinds:
            return self.organisation_id
        code = f"thu-{kinds[0].value}".replace("_", "-")
        employer = find_organisation(ctx.session, code)
        if employer is None:
            category = CATEGORIES_OF[kinds[0]][0]
            names = {"code": code, "name": f"Tổ chức {code}", "short_name": f"TC {code}"}
            employer = create_organisation(
                ctx, save_organisation(**names, kind=kinds[0], owner_category=category, valid_from=date(2020, 1, 1))
            )
        return employer.id

    def count(self, query: str, **values: object) -> int:
        with self.database.session() as session:
            return int(session.scalar(text(query), values) or 0)


def wrong() -> str:
    """A wrong password, each time another one: the same one cannot be tried often."""
    return f"sai hoàn toàn rồi {next(_NUMBERS)}"


@dataclass
class Browser:
    """A client that fills in forms as a browser does."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, page: str = "/login", **fields: object) -> TestResponse:
        """Load `page` for its CSRF token and the version that it shows, then send the fields to `path`."""
        text = self.client.get(page).get_data(as_text=True)
        match, version = _TOKEN.search(text), _VERSION.search(text)
        assert match, f"{page} holds no csrf_token"
        shown = {"version": version[1]} if version else {}
        return self.client.post(path, data={"csrf_token": match[1] or match[2], **shown, **fields})

    def token(self, page: str = "/login") -> str:
        match = _TOKEN.search(self.client.get(page).get_data(as_text=True))
        assert match, f"{page} holds no csrf_token"
        return match[1] or match[2]

    def sign_in(
        self, username: str, password: str = PASSWORD, target: str = "", proof: str = "", **environ: str
    ) -> TestResponse:
        fields = {"username": username, "password": password, "next": target, "proof": proof}
        data = {"csrf_token": self.token(), **fields}
        return self.client.post("/login", data=data, headers=environ)

    def who(self) -> str:
        """The account name that the site knows this browser by; '' for the public."""
        return self.client.get("/who").get_data(as_text=True)

    def cookie(self) -> str:
        cookie = self.client.get_cookie("session")
        assert cookie is not None
        return cookie.value

    def put_cookie(self, value: str) -> None:
        self.client.set_cookie("session", value)


@contextmanager
def open_site(url: str, folder: Path) -> Iterator[Site]:
    """The application on the database at `url`, with its files in `folder`."""
    database = Database(url, role=WEB_ROLE)
    try:
        app = create_app(Settings(secret_key="x" * 40, data_dir=folder, testing=True), database)
        app.register_blueprint(_who())
        site = Site(app, database)
        _fill(site)
        yield site
    finally:
        database.dispose()


def _fill(site: Site) -> None:
    with site.writing() as ctx:
        site.organisation_id = create_organisation(
            ctx,
            save_organisation(
                code="thu-nghiem",
                name="Doanh nghiệp thử nghiệm",
                short_name="Thử nghiệm",
                kind=OrganisationKind.OPERATOR,
                owner_category=OwnerCategory.OPERATOR,
                valid_from=date(2020, 1, 1),
            ),
        ).id
        site.unit_id = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[0].id


def _who() -> GuardedBlueprint:
    who = GuardedBlueprint("who", __name__, errors=html_errors)

    @who.get("/who", permission=P.PUBLIC)
    def name(ctx: Ctx) -> str:
        return getattr(ctx.actor, "username", "")

    @who.get("/who/roles", permission=P.PUBLIC)
    def roles(ctx: Ctx) -> str:
        return ",".join(sorted(ctx.actor.roles))

    return who
