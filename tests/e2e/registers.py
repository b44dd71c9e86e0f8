"""Two registers that are prepared once for the present sources, for the files of tests to copy.

One holds some dozens of structures, the other ten thousand more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import select

from config.settings import CHECKOUT
from registry.accounts.service import create_user
from registry.audit.chain import write_pending
from registry.authz.actors import Ctx
from registry.cables.service import write_members
from registry.kernel.clock import local_date, utc_now
from registry.kernel.db.session import WEB_ROLE, Database
from registry.structures.models import Structure
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from tests.e2e.site import writing
from tests.factories.labels import labelled
from tests.factories.organisations import save_user
from tests.factories.structures import make, own_codes, place_inside, place_outside
from tests.factories.tariffs import publish, replace
from tests.support import many
from tests.support.database import as_owner, file_lock, making
from tests.support.fixtures import account
from tests.support.memory import FOLDER

#: More than one page of the list holds.
POLES = 48
#: Metres of a degree of latitude, roughly: enough to set structures a street apart.
STEP = 0.0004
SITE_PREFIX = "site_template_"
#: What the prepared databases are made of, besides the folders of the program.
MADE_BY = ("registry", "migrations", "config", "tests/factories", "tests/support", "tests/e2e/registers.py")


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
                codes.write_text(json.dumps(on(url, fill, "S")), encoding="utf-8")
                many.tidy(url)
        if name not in names and is_large:
            with making(connection, name, small) as draft:
                url = cluster.url(database=draft)
                on(url, fill_large, "L")
                many.tidy(url)
    return name, json.loads(codes.read_text(encoding="utf-8"))


def on(url: str, fill: Any, prefix: str) -> Any:
    """What a function of the application's pool on a database gives; own codes that it makes begin with `prefix`."""
    database = Database(url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    try:
        with own_codes(prefix):
            return fill(database)
    finally:
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
            structure = make(ctx, at=(lon + number * STEP, lat), name=name, **texts)
            codes[key] = structure.code
        structure = make(ctx, at=(far_lon, far_lat), name="Trạm phát sóng nơi khác")
        codes["elsewhere"] = structure.code
        for number in range(POLES):
            kind, owner = (("cable_pole", "vnpt"), ("power_pole_shared", "pc_thanhhoa"))[number % 2]
            at = (lon + (number % 8) * STEP, lat + (1 + number // 8) * STEP)
            structure = make(ctx, owner=owner, kind=kind, at=at, name=f"Cột số {number + 1:02d} đường Lê Lợi")
            codes[f"pole{number}"] = structure.code
        codes["duct"] = make(ctx, owner="vnpt", kind="cable_duct", at=(lon, lat - STEP), name="Tuyến cống bể").code
        # Apart from the rest, so that a click on any other structure never meets the cable.
        codes |= laid(ctx, lon + 20 * STEP, lat + 20 * STEP)
        codes |= ids(ctx, codes["published"])
    with writing(database, "quantri") as ctx:
        # Nobody of the cast signs in by it, so its password can be set.
        organisation = account(ctx.session, "nguoidan").organisation_id
        spare = create_user(ctx, save_user(username="dutru", full_name="Người dự trữ", organisation_id=organisation))
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
    price = replace(ctx, former.id, 250_000, ctx.today)
    communes = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
    for number, kind in enumerate(("month", "quarter")):
        publish(ctx, (240_000, 780_000)[number], period=kind, commune=communes[number].id)
    publish(ctx, 900_000, code=code)
    publish(ctx, 12_000_000, period="once")
    return price.id


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
