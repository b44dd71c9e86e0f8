"""Registers by chance with former and present communes: a declared figure is one number in all its places.

Places: indicator page and catalogue, dashboard tile and chart, their files, the consolidated paper, reports of owners,
public page and file, the list that a tile opens. A digest has no figures.
"""

import contextlib
import csv
import io
import random
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.campaigns.consolidation import indicators_at, register_figures
from registry.campaigns.measures import MEASURES, read_measures
from registry.indicators.declared import FIGURES, FigureQuery, FigureScope, covers_province, read_figure
from registry.indicators.models import Indicator, IndicatorUnit
from registry.kernel.errors import DomainError
from registry.kernel.i18n import format_date, format_number
from registry.structures.codes import SharingStatus
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import count_structures
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.writing import decommission, edit_structure, resume, suspend
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import list_units
from registry.villages.commands import AddVillage
from registry.villages.service import add_village
from tests.factories.villages import village_values
from tests.support.clock import NOW
from tests.support.figures import generate
from tests.support.rounds import seeds

#: Before the communes changed, the end of the plan, and between two rounds of registration.
DAYS = (date(2025, 6, 1), date(2025, 12, 31), date(2026, 11, 1))
LATER = NOW + timedelta(days=3)
READERS = ("so.khcn", "ubnd.tinh", "viettel", "so.xaydung", "ubnd.xa", "bo.khcn")
TILES = {
    "shared_positions": "a) vị trí dùng chung / tất cả vị trí",
    "shared_stations": "b) trạm đặt chung / tất cả trạm",
    "underground_cable": "chiều dài cáp đi ngầm / tất cả cáp đang dùng",
}
_OPERATORS = ("viettel", "vnpt", "pc_thanhhoa")


def play(ctx_of, chance, seed):
    """A register with its villages; what it is made of has parts that no figure may count."""
    generate(ctx_of, seed=seed, count=chance.choice((18, 24, 30)))
    with ctx_of("so.khcn", now=NOW) as ctx:
        communes = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[:3]
        for number in range(chance.randint(0, 5)):
            mobile, fibre = (chance.choice((None, date(2024, 3, 1), date(2026, 2, 1))) for _column in range(2))
            values = village_values(str(number), mobile_on=mobile, ftth_on=fibre)
            add_village(ctx, AddVillage(chance.choice(communes).id, values))


def change_all(ctx_of, chance):
    """Later edits: statuses, backdated values, what becomes restricted, a merged commune, another coverage."""
    with ctx_of("so.khcn", now=LATER, read_only=True) as ctx:
        query = select(Structure.code, Structure.version, Structure.status, Organisation.code.label("owner")).join(
            Organisation, Organisation.id == Structure.owner_organisation_id
        )
        rows = ctx.session.execute(query.where(Organisation.code.in_(("viettel", "vnpt")))).all()
    moves = {"active": (suspend, decommission), "suspended": (resume,)}
    for row in chance.sample(rows, min(len(rows), 6)):
        # A cable has no sharing status, a tower with users is not decommissioned.
        with contextlib.suppress(DomainError), ctx_of(row.owner, now=LATER) as ctx:
            if chance.random() < 0.5 and row.status.value in moves:
                move = chance.choice(moves[row.status.value])
                move(ctx, ChangeStatus(row.code, row.version, reason="Lý do", on=None))
            else:
                status = chance.choice((SharingStatus.NOT_ASSESSED, SharingStatus.RESTRICTED))
                values = {"sharing_status": status, "restriction_basis": "CV 1"}
                edit_structure(ctx, EditStructure(row.code, row.version, values, effective_on=date(2025, 11, 3)))
    with ctx_of("quantri", now=LATER) as ctx:
        commune = ctx.session.scalar(
            select(AdminUnit.id)
            .join(Structure, Structure.commune_id == AdminUnit.id)
            .where(AdminUnit.valid_to.is_(None))
            .limit(1)
        )
        ended = "UPDATE admin_unit SET valid_to = '2026-10-31', name = 'Xã đã nhập' WHERE id = :id"
        ctx.session.execute(text(ended), {"id": commune})
        record(ctx, "admin_unit.edit", "admin_unit", commune)


def province(ctx, code, day, known_at=None):
    parts = read_figure(ctx, code, FigureQuery(day, known_at))
    return parts.value if parts is not None else None


def written(value):
    return f"{format_number(value)}%"


def tile(page, label):
    shown = re.search(
        rf'<p class="figure-value">((?:(?!</p>).)*)</p>\s*<p class="figure-label">{re.escape(label)}', page, re.DOTALL
    )
    words = re.sub(r"<[^>]+>|\s+", " ", shown[1]) if shown else None
    return words.replace(label, "").strip() if words is not None else None


def rows_of(client, address):
    with client.get(address) as answer:
        assert answer.status_code == 200, address
        rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
        return [row for row in rows if len(row) > 1]


@pytest.mark.parametrize("seed", seeds(1, 200))
def test_each_declared_figure_is_one_number_wherever_it_stands(client_of, ctx_of, seed):
    chance = random.Random(seed)  # noqa: S311 -- chances of a test
    play(ctx_of, chance, seed)
    day = DAYS[seed % len(DAYS)]
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        of_province = [code for code, figure in FIGURES.items() if FigureScope.PROVINCE in figure.scopes]
        figures = {code: province(ctx, code, day) for code in of_province}
        codes = dict(ctx.session.execute(select(Indicator.computation, Indicator.code)).all())
        codes = {computation: code for computation, code in codes.items() if computation is not None}
        frozen = agree_with_papers(ctx, figures, codes, day)
        agree_with_lists(ctx, figures, day)
        measures = agree_with_owners(ctx, figures, day)
    for reader in chance.sample(READERS, 2):
        agree_on_pages(client_of(reader), ctx_of, reader, figures, codes, day)
    agree_in_public(client_of(), ctx_of, codes)
    change_all(ctx_of, chance)
    with ctx_of("so.khcn", now=LATER + timedelta(hours=1), read_only=True) as ctx:
        when = When(day, NOW)
        assert register_figures(ctx, when) == frozen
        assert {owner: read_measures(ctx, owner, when) for owner in measures} == measures
        for code in MEASURES:
            assert province(ctx, code, day, NOW) == figures[code], code
        for code in ("shared_positions", "shared_stations"):
            stated = frozen["sharing"]["position_pct" if code == "shared_positions" else "station_pct"]
            assert province(ctx, code, day, NOW) == (None if stated is None else Decimal(stated)), code


def agree_with_papers(ctx, figures, codes, day):
    """The register and the indicators of a consolidated report that is locked now."""
    register = register_figures(ctx, When(day, ctx.now))
    units = [*register["units"], {"kinds": register["unplaced"]}]
    for kind in KINDS:
        assert sum(unit["kinds"].get(kind, 0) for unit in units) == figures[f"count.{kind}"], kind
    by_code = {row["code"]: row["value"] for row in indicators_at(ctx, day, register["sharing"])}
    for code, indicator in codes.items():
        stated = by_code[indicator]
        assert (None if stated is None else Decimal(stated)) == figures[code], code
    return register


def agree_with_lists(ctx, figures, day):
    for kind in (*KINDS, None):
        pairs = [("as_of", day.isoformat()), ("status", "active"), ("restricted", "no")]
        args = MultiDict([*pairs, *([("kind", kind)] if kind else [])])
        assert figures[f"count.{kind or 'all'}"] == count_structures(ctx, read_filter(args)), kind


def agree_with_owners(ctx, figures, day):
    """The report of each owner has its part of the figure of the province."""
    owners = ctx.session.scalars(select(Structure.owner_organisation_id).distinct()).all()
    measures = {owner: read_measures(ctx, owner, When(day, ctx.now)) for owner in owners}
    for code in MEASURES:
        assert FIGURES[code].unit is IndicatorUnit.COUNT
        for owner, of_owner in measures.items():
            scoped = read_figure(ctx, code, FigureQuery(day, None, FigureScope.OWNER, owner))
            assert scoped.value == of_owner[code], (code, owner)
        assert sum(of_owner[code] for of_owner in measures.values()) == figures[code], code
    return measures


def agree_on_pages(client, ctx_of, reader, figures, codes, day):
    """Indicator pages, tiles and charts of one reader, whose own ratios stand beside those of the province."""
    on = format_date(day)
    dashboard = client.get(f"/dashboard?tab=sharing&on={on}").text
    with ctx_of(reader, now=NOW, read_only=True) as ctx:
        covers = covers_province(ctx)
        own = {code: read_figure(ctx, code, FigureQuery(day, None, FigureScope.READER)).value for code in TILES}
    for code, label in TILES.items():
        expected = figures[code] if covers else own[code]
        shown = tile(dashboard, label)
        # A reader of the users of no tower has no ratio of its own.
        assert shown in (None, "–" if expected is None else written(expected)), (reader, code, shown, expected)
        if covers:
            assert shown is not None, (reader, code)
    charts = rows_of(client, f"/exports/dashboard.csv?chart=targets&on={on}")
    for code, indicator in codes.items():
        assert province_on_page(client, indicator, on) == figures[code], (reader, code)
    names = {row[0]: row[1] for row in charts}
    with ctx_of(reader, now=NOW, read_only=True) as ctx:
        indicators = {each.code: each.name for each in ctx.session.scalars(select(Indicator))}
    for code, indicator in codes.items():
        if indicators[indicator] in names:
            assert Decimal(names[indicators[indicator]].replace(",", ".")) == figures[code], (reader, code)


def province_on_page(client, indicator, on):
    page = client.get(f"/indicators/{indicator}?on={on}").text
    shown = re.search(r"<dt>Giá trị</dt>\s*<dd[^>]*>\s*([\d.,]+)?", page)
    assert shown, indicator
    return Decimal(shown[1].replace(".", "").replace(",", ".")) if shown[1] else None


def agree_in_public(client, ctx_of, codes):
    """The public series has the figure of each 31/12 as the system computes it."""
    ends = [date(year, 12, 31) for year in (2024, 2025)]
    series = rows_of(client, "/exports/indicator-series.csv")
    page = client.get("/figures/indicators").text
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        for code, indicator in codes.items():
            last = province(ctx, code, ends[-1])
            assert last is None or format_number(last) in page, code
            for day in ends:
                value, on = province(ctx, code, day), format_date(day)
                in_file = [Decimal(row[3].replace(",", ".")) for row in series if row[0] == indicator and row[2] == on]
                assert in_file == ([] if value is None else [value]), (code, day)
