"""Evidence compared with the case; places on a border, lines across areas."""

import dataclasses
import io
import json
from datetime import date

import pytest
from PIL import Image
from sqlalchemy import text

from registry.files.pages import STORE
from registry.files.queries import list_files
from registry.files.service import AddFile, add_file
from registry.kernel.errors import Invalid
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.writing import create_structure
from registry.violations.evidence import photo_remarks
from registry.violations.location import list_crossed_units, unit_for
from registry.violations.models import Violation
from registry.violations.queries import get_violation
from tests.factories.structures import organisation_id, values_for
from tests.factories.violations import NOW, inside, log

#: Two communes of today that share a corner, and the corner.
_CORNER = text(
    "SELECT a.id AS one, b.id AS other, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat FROM admin_unit a"
    " CROSS JOIN LATERAL ST_DumpPoints(a.geom) p JOIN admin_unit b ON b.id > a.id AND b.geom && p.geom"
    " AND b.extent_quality = a.extent_quality AND b.level = 'commune' AND b.valid_to IS NULL"
    " AND ST_Covers(b.geom, p.geom)"
    " WHERE a.level = 'commune' AND a.valid_to IS NULL AND unit_at(p.geom, 'commune', :day) IN (a.id, b.id)"
    " ORDER BY a.id, b.id LIMIT 1"
)


def taken(at=None, when=None, colour="orange"):
    """A photo whose camera says where (longitude, latitude) and when it was taken."""
    target, exif = io.BytesIO(), Image.Exif()
    if at is not None:
        exif.get_ifd(0x8825).update({1: "N", 2: (at[1], 0.0, 0.0), 3: "E", 4: (at[0], 0.0, 0.0)})
    if when is not None:
        exif.get_ifd(0x8769)[0x9003] = when
    Image.new("RGB", (8, 6), colour).save(target, "JPEG", exif=exif)
    return target.getvalue()


def test_what_the_camera_says_is_compared_with_the_case_and_refuses_nothing(app, ctx_of):
    violation_id = log(ctx_of, occurred_on=date(2026, 11, 23))
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        lon, lat = inside(ctx)
    photos = {
        "fits": taken((lon, lat), "2026:11:24 09:00:00", "red"),
        "cách vị trí hồ sơ": taken((lon + 0.02, lat), "2026:11:24 09:00:00", "green"),
        "trước ngày xảy ra": taken((lon, lat), "2026:11:10 09:00:00", "blue"),
        "sau thời điểm tải lên": taken((lon, lat), "2026:12:24 09:00:00", "navy"),
        "không ghi thời điểm": taken(None, None, "white"),
    }
    with ctx_of("kiemtra1", now=NOW) as ctx:
        sent = {
            remark: add_file(
                ctx,
                STORE.of(app),
                AddFile(subject_kind="violation", subject_id=violation_id, file_name="anh.jpg", content=content),
            ).id
            for remark, content in photos.items()
        }
        remarks = photo_remarks(ctx, get_violation(ctx, violation_id), list_files(ctx, "violation", violation_id))
    assert sent["fits"] not in remarks
    wrong = {
        remark: remarks.get(number)
        for remark, number in sent.items()
        if remark != "fits" and remark not in str(remarks.get(number))
    }
    assert not wrong


def test_on_a_border_the_inspector_of_either_side_logs_in_the_own_area(ctx_of):
    day = date(2026, 11, 24)
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        corner = ctx.session.execute(_CORNER, {"day": day}).one()
        for own in (corner.one, corner.other):
            actor = dataclasses.replace(ctx.actor, unit_ids=frozenset({own}))
            assert unit_for(dataclasses.replace(ctx, actor=actor), corner.lon, corner.lat, day).id == own
        nobody = dataclasses.replace(ctx, actor=dataclasses.replace(ctx.actor, unit_ids=frozenset()))
        with pytest.raises(Invalid):
            unit_for(nobody, corner.lon, corner.lat, day)


def test_a_line_across_areas_belongs_to_the_commune_of_the_place_and_names_the_others(ctx_of):
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        lon, lat = inside(ctx)
    violation_id = log(ctx_of)
    with ctx_of("viettel") as ctx:
        ends = [[lon, lat], [lon, lat + 0.3]]
        position_text = "\n".join(f"{y:.6f}, {x:.6f}" for x, y in ends)
        position = GivenPosition(json.dumps({"type": "LineString", "coordinates": ends}), position_text, 4326, "")
        owner = organisation_id(ctx.session, "viettel")
        values = values_for("cable_route")
        number = create_structure(
            ctx, CreateStructure(kind="cable_route", owner_id=owner, values=values, position=position)
        ).id
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        case = ctx.session.get_one(Violation, violation_id)
        ctx.session.expunge(case)
        case.structure_id = number
        names = list_crossed_units(ctx, case)
        assert len(names) > 1
        assert case.unit_id in ctx.session.scalars(text("SELECT id FROM admin_unit WHERE name = ANY(:n)"), {"n": names})
