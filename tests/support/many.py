"""Ten thousand structures all over the province, made by the service that imports use."""

import json
import random

from registry.audit.chain import record
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.service.bulk import create_structures, locate_many
from tests.factories.structures import organisation_id, values_for

KINDS = (("cable_pole", 0.6), ("antenna_tower", 0.2), ("manhole", 0.2))
OWNERS = ("viettel", "vnpt", "mobifone")
#: West, south, east, north of the settled part of the province.
BOX = (105.5, 19.6, 105.95, 20.0)


def fill(ctx, count=10_000):
    """Register `count` structures of three owners and kinds, a third of them published, under one audit record."""
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    for owner in OWNERS:
        owner_id = organisation_id(ctx.session, owner)
        for kind, share in KINDS:
            commands = [command(chance, kind, owner_id, number) for number in range(int(count * share / len(OWNERS)))]
            hits = locate_many(ctx, [made.position for made in commands])
            inside = [(made, hit) for made, hit in zip(commands, hits, strict=True) if hit.commune is not None]
            create_structures(ctx, [made for made, _hit in inside], [hit for _made, hit in inside])
    record(ctx, "test.fill", "structure", None)


def command(chance, kind, owner_id, number):
    """One structure at a random place."""
    lon, lat = chance.uniform(BOX[0], BOX[2]), chance.uniform(BOX[1], BOX[3])
    geojson = json.dumps({"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]})
    values = values_for(
        kind,
        name=f"Công trình {kind} {number}",
        sharing_status=chance.choice(["available", "not_assessed", "exclusive_full"]),
        road_name=f"Đường số {number % 300}",
    )
    return CreateStructure(kind, owner_id, values, GivenPosition(geojson, f"{lat}, {lon}", 4326, ""))
