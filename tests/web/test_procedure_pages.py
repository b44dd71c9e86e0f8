"""The public page of the days that procedures take, and its file."""

import csv
import io
import re

import pytest

from tests.support import shared

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.mark.parametrize("year", ["2190", "0", "-1", "x", "2026'"])
def test_a_year_without_figures_is_refused_by_naming_those_with_figures(app, year):
    with app.test_client().get("/procedures", query_string={"year": year}) as answer:
        assert answer.status_code == 422
        assert year.split("'")[0] in answer.text


def test_every_reader_reads_the_same(client_of, app):
    clients = [app.test_client(), *map(client_of, ("viettel", "so.khcn", "ubnd.xa"))]
    pages = [client.get("/procedures").text.partition('id="others"')[2] for client in clients]
    rows = [re.findall(r"<li>(.*?)</li>", page) for page in pages]
    assert len(rows[0]) > 3
    assert rows == [rows[0]] * len(rows)


def test_the_file_has_its_head_and_the_year(app):
    with app.test_client().get("/exports/procedures.csv") as answer:
        rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";"))
    assert any("Thủ tục" in row for row in rows)
    assert any("Năm" in cell for row in rows for cell in row)
