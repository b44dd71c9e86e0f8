"""The database that measurements start from: migrated, with territory, accounts, places and structures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from bench.figures import filled
from registry.accounts.demo import create_demo_accounts
from registry.audit.chain import write_pending
from registry.authz.actors import SYSTEM_ACTOR
from registry.basemap.ground import draw_ground
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, Database
from registry.territory.seed import seed
from registry.workflow.seed import seed_calendar

HERE = Path(__file__).parent
BASE = "base"


class Base:
    """A private cluster with a base database; nothing in it is random."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster = cluster
        self.folder = folder

    def url(self, name: str) -> str:
        """Address of a database."""
        return self.cluster.url(database=name)

    def plain_url(self, name: str) -> str:
        """The same, as programs of PostgreSQL take it."""
        return self.url(name).replace("+psycopg", "")

    def owner(self, name: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the owner of everything."""
        return psycopg.connect(self.plain_url(name), autocommit=True, row_factory=namedtuple_row)

    def fresh(self, name: str, template: str | None = None) -> str:
        """A database made anew."""
        with self.owner() as connection:
            for statement in ("DROP DATABASE IF EXISTS {} WITH (FORCE)", "CREATE DATABASE {}"):
                tail = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
                made = sql.SQL(statement).format(sql.Identifier(name))
                connection.execute(made + tail if "CREATE" in statement else made)
        return self.url(name)

    def prepare(
        self,
        existing: int,
        rows: int = 0,
        scripts: Iterable[str] = ("province", "existing"),
        values: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """The base: migrated, with territory, accounts, room for more `rows`, and the structures that stand already.

        The scripts are filled with `wanted` (both), `existing` and `values`.
        """
        url = self.fresh(BASE)
        migrations.upgrade(url)
        database = self.database(url)
        for step in (
            lambda ctx: seed(ctx, "38"),
            lambda ctx: draw_ground(ctx, "38"),
            lambda ctx: seed_calendar(ctx, range(2023, 2028)),
            lambda ctx: create_demo_accounts(ctx, self.folder / "cast.json"),
        ):
            with database.transaction(SYSTEM_ACTOR) as ctx:
                step(ctx)
        database.dispose()
        filling = {"wanted": existing + rows, "existing": existing} | dict(values)
        with self.owner(BASE) as connection:
            for name in scripts:
                connection.execute(filled((HERE / f"{name}.sql").read_text(encoding="utf-8"), filling))
            found = connection.execute("SELECT count(*) AS places FROM bench_place").fetchone()
            if found is None or found.places < existing + rows:
                raise RuntimeError("the grid is too wide for so many places")
            connection.execute("VACUUM ANALYZE")
            # Otherwise all this is still being written out while others are measured.
            connection.execute("CHECKPOINT")

    def database(self, url: str) -> Database:
        """A pool as the pages have it."""
        database = Database(url, role=WEB_ROLE)
        database.before_commit.append(write_pending)
        return database
