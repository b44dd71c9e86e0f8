"""Networks of the Open Fibre Data Standard are made by the worker: one file an account at a time, with a link."""

import re

import pytest
from sqlalchemy import select

from registry.exports.models import ExportJob, ExportState
from tests.support.exports import fetch, token_in

ADDRESSES = [f"/exports/{name}.{form}" for name in ("ofds", "ofds-public") for form in ("ofds", "ofds_geojson")]


def ask(client, address, **fields):
    """The answer to the button of the page."""
    page = fetch(client, address)
    assert page.status_code == 200, page.text
    action = re.search(r'<form class="form" action="([^"]+)"', page.text).group(1).replace("&amp;", "&")
    return client.post(action, data={"csrf_token": token_in(page), **fields})


def jobs(database):
    return database._bind.execute(select(ExportJob.__table__).order_by(ExportJob.id)).all()


@pytest.mark.parametrize("address", ADDRESSES)
def test_however_short_the_list_is_nothing_is_written_while_a_person_waits(client_of, database, address):
    client = client_of("viettel")
    page = fetch(client, f"{address}?kind=cable_duct")
    assert page.mimetype == "text/html"
    assert "xử lý nền" in page.text
    assert 'name="standard" value="0.4" checked' in page.text
    assert jobs(database) == []
    answer = ask(client, f"{address}?kind=cable_duct", standard="0.3")
    assert (answer.status_code, answer.location) == (303, "/exports")
    (job,) = jobs(database)
    assert sorted(map(tuple, job.arguments)) == [("kind", "cable_duct"), ("standard", "0.3")]


def test_one_file_an_account_at_a_time_and_then_429_with_when_to_come_again(client_of, database):
    client = client_of("viettel")
    assert ask(client, ADDRESSES[0]).status_code == 303
    # The same wish is the same file.
    assert ask(client, ADDRESSES[0]).status_code == 303
    for address, fields in [(each, {}) for each in ADDRESSES[1:]] + [(ADDRESSES[0], {"standard": "0.3"})]:
        refused = ask(client, address, **fields)
        assert refused.status_code == 429, address
        assert int(refused.headers["Retry-After"]) > 0
        assert "một tệp" in refused.text
    assert len(jobs(database)) == 1
    # Another account and another list have their own turn.
    assert ask(client_of("vnpt"), ADDRESSES[0]).status_code == 303
    assert (
        client.post("/exports/structures.csv", data={"csrf_token": token_in(fetch(client, ADDRESSES[0]))}).status_code
        == 303
    )
    job = jobs(database)[0]
    database._bind.execute(
        ExportJob.__table__.update()
        .where(ExportJob.id == job.id)
        .values(state=ExportState.FAILED, failure="x", finished_at=job.created_at)
    )
    assert ask(client, ADDRESSES[1]).status_code == 303


def test_a_fourth_file_of_any_list_is_429_too(client_of):
    client = client_of("viettel")
    token = token_in(fetch(client, ADDRESSES[0]))
    codes = [
        client.post(f"/exports/structures.{form}", data={"csrf_token": token}) for form in ("csv", "xlsx", "kml", "shp")
    ]
    assert [answer.status_code for answer in codes] == [303, 303, 303, 429]
    assert "Retry-After" in codes[-1].headers


def test_a_version_that_is_not_written_is_refused_by_its_name(client_of):
    answer = fetch(client_of("viettel"), "/exports/ofds.ofds?standard=0.2")
    assert answer.status_code == 422
    assert "“0.2”" in answer.text
    assert "0.4, 0.3" in answer.text
