"""The prices of the demonstration: one out of line, some changed, for finance to look at, and gone with the samples."""

from registry.tariffs.queries import TariffFilter, figures_from_row, tariffs_query
from registry.tariffs.rules import is_unusual, limits_of
from tests.db.test_demo import rows_of
from tests.support.demo import cleared_later, demo_url, owner
from tests.support.live import context

__all__ = ["cleared_later", "demo_url", "owner"]

LIMITS = limits_of({"above": "2", "below": "0.5", "least": 5})


def listed(database, username):
    with context(database, username, read_only=True) as ctx:
        return ctx.session.execute(tariffs_query(ctx, TariffFilter(ctx.today), ctx.today)).all()


def test_owners_have_prices_of_every_period_and_one_is_out_of_line(owner):
    rows = listed(owner, "so.khcn")
    assert {row.Tariff.period.value for row in rows} == {"month", "quarter", "year", "once"}
    unusual = [row for row in rows if is_unusual(row.Tariff.monthly, figures_from_row(row), LIMITS)]
    assert [(row.owner, row.place) for row in unusual] == [("Viettel Thanh Hóa", "Phường Hạc Thành")]


def test_some_were_raised_and_what_they_were_stays(owner):
    query = """
        SELECT former.price, later.price FROM tariff former
          JOIN tariff later ON later.organisation_id = former.organisation_id AND later.kind = former.kind
           AND later.valid_from = former.valid_to + 1 ORDER BY former.price
    """
    assert [tuple(map(int, row)) for row in rows_of(owner, query)] == [(66_000, 79_200), (6_500_000, 7_200_000)]


def test_the_finance_department_finds_those_of_public_assets(owner):
    assert {row.owner for row in listed(owner, "so.taichinh")} == {"TT CNTT&TT", "TT Hạ tầng Nghi Sơn"}
