"""The application in a thread, on a database that really commits, with a register of ten thousand structures."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from config.settings import CHECKOUT, Settings
from registry.accounts.actor import actor_of
from registry.accounts.commands import SaveUser
from registry.accounts.service import create_user
from registry.authz.actors import Ctx
from registry.cables.service import write_members
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WEB_ROLE, Database
from registry.structures.models import Structure
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.wiring import create_app
from tests.factories.labels import labelled
from tests.factories.structures import make, place_inside, place_outside
from tests.factories.tariffs import publish, replace
from tests.support import many
from tests.support.fixtures import account
from tests.support.patience import PATIENCE_S

SECRET_KEY = "k" * 40
#: More than one page of the list holds.
POLES = 48
#: Metres of a degree of latitude, roughly: enough to set structures a street apart.
STEP = 0.0004


@dataclass
class Site:
    """Where the application answers, and the structures that it holds by the names of this file."""

    url: str
    database: Database
    data_dir: Path
    owner_url: str
    codes: dict[str, str] = field(default_factory=dict)

    def work(self) -> None:
        """Let a job worker do whatever waits in the queue."""
        given = {"DATABASE_URL": self.owner_url, "SECRET_KEY": SECRET_KEY, "DATA_DIR": str(self.data_dir)}
        command = [sys.executable, "-m", "flask", "--app", "app", "worker", "--until-empty"]
        env = os.environ | given
        done = subprocess.run(
            command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
        assert done.returncode == 0, done.stderr

    @contextlib.contextmanager
    def writing_as(self, username: str) -> Iterator[Ctx]:
        """A transaction of one of the cast."""
        with self.database.transaction(
            lambda session: actor_of(session, account(session, username), utc_now()), origin="test"
        ) as ctx:
            yield ctx


class QuietHandler(WSGIRequestHandler):
    """Requests are not printed."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: tests say themselves what went wrong."""


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
def serving(owner_url: str, data_dir: Path) -> Iterator[Site]:
    """The application at an address of its own for as long as the block runs."""
    database = Database(owner_url, role=WEB_ROLE)
    app = create_app(Settings(secret_key=SECRET_KEY, data_dir=data_dir, testing=True), database)
    server = make_server("127.0.0.1", 0, read_whole(app), threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, name="e2e-server")
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}", database, data_dir, owner_url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        database.dispose()


def fill(site: Site) -> None:
    """Ten thousand structures, and those that tests name inside and outside the area of `kiemtra1`.

    They are published, unpublished, restricted, of three owners.
    """
    with site.writing_as("kiemtra2") as ctx:
        other_area = ctx.actor.unit_ids
    with site.writing_as("kiemtra1") as ctx:
        area = ctx.actor.unit_ids
    with site.writing_as("so.khcn") as ctx:
        lon, lat = place_inside(ctx.session, area)
        site.codes["place"] = f"{lat:.6f}%3B{lon:.6f}"
        far_lon, far_lat = place_outside(ctx.session, area | other_area)
        towers = {
            "published": ("Trạm phát sóng Hạc Thành", {"sharing_status": "available"}),
            "unpublished": ("Trạm phát sóng Đông Sơn", {}),
            "restricted": ("Trạm kín Hàm Rồng", {"sharing_status": "restricted"}),
        }
        for number, (key, (name, texts)) in enumerate(towers.items()):
            made = make(ctx, at=(lon + number * STEP, lat), name=name, **texts)
            site.codes[key] = made.code
        made = make(ctx, at=(far_lon, far_lat), name="Trạm phát sóng nơi khác")
        site.codes["elsewhere"] = made.code
        for number in range(POLES):
            kind, owner = (("cable_pole", "vnpt"), ("power_pole_shared", "pc_thanhhoa"))[number % 2]
            at = (lon + (number % 8) * STEP, lat + (1 + number // 8) * STEP)
            made = make(ctx, owner=owner, kind=kind, at=at, name=f"Cột số {number + 1:02d} đường Lê Lợi")
            site.codes[f"pole{number}"] = made.code
        site.codes["duct"] = make(ctx, owner="vnpt", kind="cable_duct", at=(lon, lat - STEP), name="Tuyến cống bể").code
        # Apart from the rest, so that a click on any other structure never meets the cable.
        site.codes |= laid(ctx, lon + 20 * STEP, lat + 20 * STEP)
        site.codes |= ids(ctx, site.codes["published"])
    with site.writing_as("so.khcn") as ctx:
        many.fill(ctx)
    with site.writing_as("quantri") as ctx:
        # Nobody of the cast signs in by it, so its password can be set.
        organisation = account(ctx.session, "nguoidan").organisation_id
        spare = create_user(ctx, SaveUser(username="dutru", full_name="Người dự trữ", organisation_id=organisation))
        site.codes["spare_user"] = str(spare.id)
    with site.writing_as("vnpt") as ctx:
        publish(ctx, 3_300_000, period="year", tax_included=True)
        publish(ctx, 1_150, kind="cable_duct", unit="metre")
    with site.writing_as("viettel") as ctx:
        site.codes["tariff"] = str(priced(ctx, site.codes["published"]))
        labels = labelled(ctx, *(site.codes[name] for name in ("unpublished", "restricted")))
        site.codes |= {"label": labels[0].code, "quiet_label": labels[1].code, "sheet": str(labels[0].sheet_id)}


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
