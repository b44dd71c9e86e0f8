"""A site is offered, asked for, answered in its term by its office, and withdrawn without losing requests."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.notices.models import Notice
from registry.offered_sites.codes import OfferedSiteState as S
from registry.offered_sites.codes import SiteRequestState as R
from registry.offered_sites.queries import figures_by_office, sites_near
from registry.workflow.jobs import run_clocks
from tests.factories.building_notices import spot
from tests.factories.offered_sites import GRANTED, REQUEST, SITE, SiteRequest, move, offered, requested
from tests.support.clock import NOW


def state_of(ctx_of, request_id):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.get_one(SiteRequest, request_id).state


def test_a_request_is_read_by_both_sides_and_the_lead_and_by_no_rival(ctx_of):
    request_id = requested(ctx_of, offered(ctx_of))
    seeing = set()
    for username in ("viettel", "vnpt", "ubnd.xa", "so.taichinh", "so.khcn", "so.xaydung"):
        with ctx_of(username, read_only=True) as ctx:
            condition = visible(ctx, SiteRequest, P.SITE_REQUEST_READ)
            if ctx.session.scalar(select(SiteRequest.id).where(SiteRequest.id == request_id, condition)) is not None:
                seeing.add(username)
    assert seeing == {"viettel", "ubnd.xa", "so.khcn"}


def test_a_commune_offers_sites_of_its_area_alone_and_the_department_anywhere(ctx_of):
    lon, lat = spot(ctx_of)
    far = (lon - 1.0, lat + 0.4)
    with pytest.raises(Invalid, match="ngoài địa bàn của cơ quan"):
        offered(ctx_of, at=far)
    offered(ctx_of, by="so.taichinh", at=far)
    with pytest.raises(Forbidden):
        offered(ctx_of, by="viettel")


def test_a_granted_request_has_its_last_day_and_counts_in_the_days_of_its_office(ctx_of):
    request_id = requested(ctx_of, offered(ctx_of))
    with pytest.raises(Forbidden):
        move(ctx_of, "viettel", REQUEST, request_id, "grant", **GRANTED)
    later = NOW + timedelta(days=2)
    assert move(ctx_of, "ubnd.xa", REQUEST, request_id, "grant", now=later, **GRANTED) is R.GRANTED
    with ctx_of("viettel", now=later, read_only=True) as ctx:
        (row,) = figures_by_office(ctx)
    assert (row.total, row.granted, row.open, row.days) == (1, 1, 0, 2)


def test_a_site_withdrawn_while_it_is_asked_for_ends_the_requests_and_tells_those_who_asked(ctx_of):
    site_id = offered(ctx_of)
    requests = [requested(ctx_of, site_id, by=by) for by in ("viettel", "vnpt")]
    assert move(ctx_of, "ubnd.xa", SITE, site_id, "withdraw", text="Sửa chữa nhà") is S.WITHDRAWN
    assert {state_of(ctx_of, number) for number in requests} == {R.SITE_GONE}
    with ctx_of(None, read_only=True) as ctx:
        query = select(Notice.subject_id).where(Notice.subject_kind == REQUEST.code, Notice.event == "lose_site")
        assert set(ctx.session.scalars(query)) == set(requests)
        assert ctx.session.get_one(SiteRequest, requests[0]).purpose == "Một cột A1 cao 3 m"
    with pytest.raises(Invalid, match="chỉ đề nghị được địa điểm đang cung cấp"):
        requested(ctx_of, site_id)


def test_a_site_with_open_requests_is_not_marked_as_taken(ctx_of):
    site_id = offered(ctx_of)
    request_id = requested(ctx_of, site_id)
    with pytest.raises(MoveRefused, match="Còn 1 đề nghị chưa trả lời"):
        move(ctx_of, "ubnd.xa", SITE, site_id, "fill")
    with pytest.raises(Invalid, match="đã có đề nghị"):
        requested(ctx_of, site_id)
    move(ctx_of, "ubnd.xa", REQUEST, request_id, "refuse", answer="Mái không chịu tải")
    assert move(ctx_of, "ubnd.xa", SITE, site_id, "fill") is S.TAKEN


def test_a_late_request_can_still_be_answered(ctx_of, database):
    request_id = requested(ctx_of, offered(ctx_of))
    late = NOW + timedelta(days=20)
    run_clocks(database, late)
    assert state_of(ctx_of, request_id) is R.OVERDUE
    assert move(ctx_of, "ubnd.xa", REQUEST, request_id, "grant", now=late, **GRANTED) is R.GRANTED


def test_the_search_around_a_point_has_offered_sites_by_distance(ctx_of):
    lon, lat = spot(ctx_of)
    site_id = offered(ctx_of, at=(lon, lat))
    for username, expected in {"viettel": [site_id], None: []}.items():
        with ctx_of(username, now=NOW, read_only=True) as ctx:
            assert [site.id for site, _metres in sites_near(ctx, lon, lat, 500)] == expected
