"""The application in a thread, on a database that really commits: one for each file of tests.

Databases are copies of two that are prepared once for the present sources: a register of some dozens of structures, and
the same with ten thousand more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from config.settings import CHECKOUT, Settings
from registry.accounts.actor import actor_of
from registry.accounts.commands import SaveUser
from registry.accounts.service import create_user
from registry.audit.chain import write_pending
from registry.authz.actors import Ctx
from registry.cables.service import write_members
from registry.kernel.cli.worker import WORKER_SERVICES
from registry.kernel.clock import local_date, utc_now
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database
from registry.kernel.jobs import run_worker
from registry.structures.models import Structure
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.wiring import create_app
from tests.factories.labels import labelled
from tests.factories.structures import make, own_codes, place_inside, place_outside
from tests.factories.tariffs import publish, replace
from tests.support import many
from tests.support.database import FOLDER, as_owner, file_lock, making
from tests.support.fixtures import account

SECRET_KEY = "k" * 40
#: More than one page of the list holds.
POLES = 48
#: Metres of a degree of latitude, roughly: enough to set structures a street apart.
STEP = 0.0004
SITE_PREFIX = "site_template_"
#: What the prepared databases are made of, besides the folders of the program.
MADE_BY = ("registry", "migrations", "config", "tests/factories", "tests/support", "tests/e2e/site.py")


@dataclass
class Site:
    """Where the application answers, and the structures that it holds by the names of this file."""

    url: str
    database: Database
    data_dir: Path
    owner_url: str
    app: Any
    log: list[str]
    codes: dict[str, str] = field(default_factory=dict)

    def work(self) -> None:
        """Do whatever waits in the queue, to its end."""
        with self.working():
            pass

    @contextlib.contextmanager
    def working(self) -> Iterator[threading.Thread]:
        """Do whatever waits in the queue while the block runs, and after it to its end."""
        # In a thread: the loop of Playwright runs in this one.
        statuses: list[int] = []
        thread = threading.Thread(target=lambda: statuses.append(self._work()), name="e2e-worker")
        thread.start()
        try:
            yield thread
        finally:
            thread.join()
        assert statuses == [0], "\n".join(self.log[-40:])

    def _work(self) -> int:
        database = Database(self.owner_url, role=WORKER_ROLE)
        database.before_commit.append(write_pending)
        try:
            services = self.app.extensions[WORKER_SERVICES]
            return run_worker(database, self.data_dir, wait=False, services=services)
        finally:
            database.dispose()

    @contextlib.contextmanager
    def writing_as(self, username: str) -> Iterator[Ctx]:
        """A transaction of one of the cast."""
        with writing(self.database, username) as ctx:
            yield ctx


@contextlib.contextmanager
def writing(database: Database, username: str) -> Iterator[Ctx]:
    """A transaction of one of the cast on a database."""
    with database.transaction(
        lambda session: actor_of(session, account(session, username), utc_now()), origin="test"
    ) as ctx:
        yield ctx


def prepared(cluster: Any, template: str, *, is_large: bool = False) -> tuple[str, dict[str, str]]:
    """The name of the prepared database, made where it is missing, and the codes of what it holds."""
    digest = hashlib.sha256(f"{template} {local_date(utc_now())}".encode())
    for part in MADE_BY:
        root = CHECKOUT / part
        for path in [root] if root.is_file() else sorted(root.rglob("*")):
            if path.suffix in (".py", ".sql"):
                digest.update(path.read_bytes())
    small = f"{SITE_PREFIX}{digest.hexdigest()[:16]}"
    name = f"{small}_large" if is_large else small
    codes = FOLDER / f"{small}.json"
    with file_lock("site.lock"), as_owner(cluster) as connection:
        names = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for old in names:
            if old.startswith(SITE_PREFIX) and not old.startswith(small):
                with contextlib.suppress(psycopg.errors.ObjectInUse):
                    connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
                (FOLDER / f"{old.removesuffix('_large')}.json").unlink(missing_ok=True)
        if small not in names or not codes.exists():
            with making(connection, small, template) as draft:
                url = cluster.url(database=draft)
                codes.write_text(json.dumps(on(url, fill)), encoding="utf-8")
                many.tidy(url)
        if name not in names and is_large:
            with making(connection, name, small) as draft:
                url = cluster.url(database=draft)
                on(url, fill_large)
                many.tidy(url)
    return name, json.loads(codes.read_text(encoding="utf-8"))


def on(url: str, fill: Any) -> Any:
    """What a function of the application's pool on a database gives."""
    database = Database(url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    try:
        with own_codes("S"):
            return fill(database)
    finally:
        database.dispose()


class Log(logging.Handler):
    """Keeps what the server logs while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One record, with its traceback."""
        self.lines.append(self.format(record))


class QuietHandler(WSGIRequestHandler):
    """Requests are logged, not printed."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line a request, kept for the test that fails."""
        del size
        logging.getLogger("e2e.server").info("%s %s", self.requestline, code)


def read_whole(application: Any) -> Any:
    """The application with each answer read and closed before it is sent.

    The test server leaves a file open when a browser goes away in the middle of it.
    """

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        parts = application(environ, start_response)
        try:
            return [b"".join(parts)]
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer


@contextlib.contextmanager
def serving(owner_url: str, data_dir: Path, codes: dict[str, str] | None = None) -> Iterator[Site]:
    """The application at an address of its own for as long as the block runs."""
    database = Database(owner_url, role=WEB_ROLE)
    app = create_app(Settings(secret_key=SECRET_KEY, data_dir=data_dir, testing=True), database)
    log = Log()
    logging.getLogger("e2e.server").setLevel(logging.INFO)
    logging.getLogger().addHandler(log)
    server = make_server("127.0.0.1", 0, read_whole(app), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="e2e-server")
    thread.start()
    try:
        yield Site(
            f"http://127.0.0.1:{server.server_port}", database, data_dir, owner_url, app, log.lines, dict(codes or {})
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        logging.getLogger().removeHandler(log)
        database.dispose()


def fill(database: Database) -> dict[str, str]:
    """Structures that tests name inside and outside the area of `kiemtra1`: their codes by these names.

    They are published, unpublished, restricted, of three owners.
    """
    codes: dict[str, str] = {}
    with writing(database, "kiemtra2") as ctx:
        other_area = ctx.actor.unit_ids
    with writing(database, "kiemtra1") as ctx:
        area = ctx.actor.unit_ids
    with writing(database, "so.khcn") as ctx:
        lon, lat = place_inside(ctx.session, area)
        codes["place"] = f"{lat:.6f}%3B{lon:.6f}"
        far_lon, far_lat = place_outside(ctx.session, area | other_area)
        towers = {
            "published": ("Trạm phát sóng Hạc Thành", {"sharing_status": "available"}),
            "unpublished": ("Trạm phát sóng Đông Sơn", {}),
            "restricted": ("Trạm kín Hàm Rồng", {"sharing_status": "restricted"}),
        }
        for number, (key, (name, texts)) in enumerate(towers.items()):
            made = make(ctx, at=(lon + number * STEP, lat), name=name, **texts)
            codes[key] = made.code
        made = make(ctx, at=(far_lon, far_lat), name="Trạm phát sóng nơi khác")
        codes["elsewhere"] = made.code
        for number in range(POLES):
            kind, owner = (("cable_pole", "vnpt"), ("power_pole_shared", "pc_thanhhoa"))[number % 2]
            at = (lon + (number % 8) * STEP, lat + (1 + number // 8) * STEP)
            made = make(ctx, owner=owner, kind=kind, at=at, name=f"Cột số {number + 1:02d} đường Lê Lợi")
            codes[f"pole{number}"] = made.code
        codes["duct"] = make(ctx, owner="vnpt", kind="cable_duct", at=(lon, lat - STEP), name="Tuyến cống bể").code
        # Apart from the rest, so that a click on any other structure never meets the cable.
        codes |= laid(ctx, lon + 20 * STEP, lat + 20 * STEP)
        codes |= ids(ctx, codes["published"])
    with writing(database, "quantri") as ctx:
        # Nobody of the cast signs in by it, so its password can be set.
        organisation = account(ctx.session, "nguoidan").organisation_id
        spare = create_user(ctx, SaveUser(username="dutru", full_name="Người dự trữ", organisation_id=organisation))
        codes["spare_user"] = str(spare.id)
    with writing(database, "vnpt") as ctx:
        publish(ctx, 3_300_000, period="year", tax_included=True)
        publish(ctx, 1_150, kind="cable_duct", unit="metre")
    with writing(database, "viettel") as ctx:
        codes["tariff"] = str(priced(ctx, codes["published"]))
        labels = labelled(ctx, *(codes[name] for name in ("unpublished", "restricted")))
        codes |= {"label": labels[0].code, "quiet_label": labels[1].code, "sheet": str(labels[0].sheet_id)}
    return codes


def fill_large(database: Database) -> None:
    """Ten thousand structures more."""
    with writing(database, "so.khcn") as ctx:
        many.fill(ctx)


def priced(ctx: Ctx, code: str) -> int:
    """A price of Viettel that was replaced, one out of line for a tower alone, and enough like ones to tell so."""
    former = publish(ctx, 200_000)
    found = replace(ctx, former.id, 250_000, ctx.today)
    communes = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
    for number, kind in enumerate(("month", "quarter")):
        publish(ctx, (240_000, 780_000)[number], period=kind, place=communes[number].id)
    publish(ctx, 900_000, code=code)
    publish(ctx, 12_000_000, period="once")
    return found.id


def laid(ctx: Ctx, lon: float, lat: float) -> dict[str, str]:
    """A cable of VNPT over two poles of its own, and a dead one of Viettel over the first, which is published."""
    poles = [
        make(ctx, owner="vnpt", kind="cable_pole", at=(lon + number * STEP, lat), sharing_status="available")
        for number in range(2)
    ]
    live = make(ctx, owner="vnpt", kind="cable_route", at=(lon, lat), name="Cáp quang 24FO đường Nguyễn Du")
    dead = make(
        ctx, kind="cable_route", at=(lon, lat), dead_flag="true", dead_on="01/03/2026", dead_evidence="Biên bản 12/BB"
    )
    write_members(ctx, {live.id: [pole.id for pole in poles], dead.id: [poles[0].id]})
    return {"cable": live.code, "dead_cable": dead.code, "cable_pole": poles[0].code}


def ids(ctx: Ctx, code: str) -> dict[str, str]:
    """What stands in addresses besides the codes of structures."""
    structure_id, unit_id = ctx.session.execute(
        select(Structure.id, Structure.commune_id).where(Structure.code == code)
    ).one()
    user = account(ctx.session, "kiemtra1")
    return {
        "published_id": str(structure_id),
        "unit": str(unit_id),
        "user": str(user.id),
        "organisation": str(user.organisation_id),
        "today": ctx.today.strftime("%d/%m/%Y"),
    }
