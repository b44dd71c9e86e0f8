"""Thousands of structures all over the province, made by the service that imports use."""

import random

from sqlalchemy import BigInteger, Column, MetaData, Table, create_engine, text

from registry.audit.chain import record
from registry.imports.bulk_copy import copy_values
from registry.imports.checking.parse import type_of
from registry.structures.kinds import KINDS as ALL_KINDS
from registry.structures.writing.bulk import Staged, insert_new, number_new, prepare
from tests.factories.structures import organisation_id, values_for

KINDS = (("cable_pole", 0.6), ("antenna_tower", 0.2), ("manhole", 0.2))
SHARING = ("available", "not_assessed", "exclusive_full")
OWNERS = ("viettel", "vnpt", "mobifone")
#: West, south, east, north of the settled part of the province.
BOX = (105.3, 19.65, 105.75, 20.05)
SCRATCH = (
    "CREATE TEMP TABLE check_place (number bigint, spot geometry(POINT, 4326), said text)",
    "CREATE TEMP TABLE check_made (number bigint, id bigint, code text)",
    "INSERT INTO check_place SELECT number, ST_SetSRID(ST_MakePoint(lon, lat), 4326), lat || '; ' || lon FROM many",
    "CREATE TEMP TABLE check_commune AS SELECT number, unit_at(spot, 'commune', current_date) AS commune_id"
    " FROM check_place",
    "CREATE TEMP TABLE check_outcome AS SELECT number, 'new' AS outcome FROM check_commune"
    " WHERE commune_id IS NOT NULL",
)


def fill(ctx, count=10_000):
    """Register `count` structures of three owners and kinds, a third of them published, under one audit record."""
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    for owner in OWNERS:
        for kind, share in KINDS:
            _fill(ctx, chance, ALL_KINDS[kind], organisation_id(ctx.session, owner), int(count * share / len(OWNERS)))
    record(ctx, "test.fill", "structure", None)


def _fill(ctx, chance, kind, owner_id, count):
    for name in ("many", "check_row", "check_place", "check_made", "check_commune", "check_outcome"):
        ctx.session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    stage = Table("check_row", MetaData(), Column("number", BigInteger), prefixes=["TEMP"])
    for name, field in kind.fields().items():
        stage.append_column(Column(name, type_of(field)))
    stage.create(ctx.session.connection())
    rows, spots = [], []
    usual = {status: values_for(kind.code, sharing_status=status) for status in SHARING}
    for number in range(count):
        texts = {
            "name": f"Công trình {kind.code} {number}",
            "own_code": f"{kind.code[:4].upper()}-{number:05d}",
            "road_name": f"Đường số {number % 300}",
        }
        values = usual[chance.choice(SHARING)] | texts
        rows.append((number, *(values.get(name) for name in kind.fields())))
        spots.append((number, round(chance.uniform(BOX[0], BOX[2]), 7), round(chance.uniform(BOX[1], BOX[3]), 7)))
    ctx.session.execute(text("CREATE TEMP TABLE many (number bigint, lon float8, lat float8)"))
    copy_values(ctx.session, "many", ("number", "lon", "lat"), spots)
    copy_values(ctx.session, "check_row", ("number", *kind.fields()), rows)
    for statement in SCRATCH:
        ctx.session.execute(text(statement))
    staged = Staged(kind, owner_id, stage, 4326, "")
    owner = prepare(ctx, staged)
    number_new(ctx, kind)
    for _count in insert_new(ctx, staged, owner):
        pass


def tidy(url, *first):
    """Give a database fresh statistics, after some statements of its owner."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in (*first, "VACUUM ANALYZE"):
            connection.execute(text(statement))
    engine.dispose()
