"""Structures near a place to which things happen by chance, for what must hold whatever happened."""

from sqlalchemy import select, text

from registry.audit.chain import record
from registry.structures.models import Structure
from registry.structures.positions.disclosures import disclose, end_disclosures
from tests.factories.structures import make, organisation_id

KINDS = ("antenna_tower", "cable_pole", "power_pole_shared", "cable_duct")
SHARING = ("available", "exclusive_full", "restricted", "upgradable")


def somewhere(chance, around):
    return tuple(round(middle + chance.uniform(-0.02, 0.02), 6) for middle in around)


def register(ctx_of, chance, around):
    """A dozen structures of three owners near a place."""
    with ctx_of("so.khcn") as ctx:
        for _turn in range(12):
            kind, sharing = chance.choice(KINDS), chance.choice(SHARING)
            owner = chance.choice(("viettel", "vnpt", "pc_thanhhoa"))
            make(ctx, kind=kind, owner=owner, at=somewhere(chance, around), sharing_status=sharing)


def change(ctx_of, chance, around):
    """One thing that happens: structures move, change hands or state, are disclosed, or the counts are added up."""
    with ctx_of("so.khcn") as ctx:
        record(ctx, "test.change", "structure", None)
        ids = list(ctx.session.scalars(select(Structure.id).order_by(Structure.id)))
        some = chance.sample(ids, 4)
        what = chance.choice(("move", "state", "owner", "disclose", "conceal", "add up"))
        if what == "move":
            lon, lat = somewhere(chance, around)
            moved = "UPDATE structure SET geom = ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE id = ANY(:ids)"
            ctx.session.execute(text(moved + " AND kind <> 'cable_duct'"), {"lon": lon, "lat": lat, "ids": some})
        elif what == "state":
            values = {"state": chance.choice(("active", "suspended", "planned", "removed")), "ids": some}
            ctx.session.execute(text("UPDATE structure SET status = :state WHERE id = ANY(:ids)"), values)
        elif what == "owner":
            values = {"owner": organisation_id(ctx.session, chance.choice(("viettel", "vnpt"))), "id": some[0]}
            free = "UPDATE structure SET owner_organisation_id = :owner WHERE id = :id"
            ctx.session.execute(
                text(free + " AND NOT EXISTS (SELECT FROM capacity_place p WHERE p.structure_id = :id)"), values
            )
        elif what == "disclose":
            disclose(ctx, some, organisation_id(ctx.session, chance.choice(("vnpt", "pc_thanhhoa"))), "test", 1)
        elif what == "conceal":
            end_disclosures(ctx, "test", 1)
        else:
            ctx.session.execute(text("RESET ROLE"))
            ctx.session.execute(text("SELECT add_up_structures()"))
