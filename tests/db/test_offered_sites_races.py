"""At the same moment: a request is answered while its site is withdrawn, and neither waits for the other in vain."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from registry.authz.blueprint import DATABASE
from registry.offered_sites import workflow
from registry.offered_sites.codes import OfferedSiteState, SiteRequestState
from tests.factories.offered_sites import GRANTED, REQUEST, SITE, SiteRequest, move, offered, requested
from tests.support.live import context

#: Seconds after which the answer waits for the withdrawal.
WAIT_S = 5


@pytest.fixture
def live_ctx_of(live_app):
    return partial(context, DATABASE.of(live_app))


def test_a_request_is_answered_while_its_site_is_being_withdrawn_and_keeps_its_answer(live_ctx_of, monkeypatch):
    site_id = offered(live_ctx_of, by="so.taichinh")
    request_id, other = (requested(live_ctx_of, site_id, by=by) for by in ("viettel", "vnpt"))
    look, answers = workflow._open_requests, []

    with ThreadPoolExecutor(1) as pool:

        def answered_meanwhile(ctx, site):
            """The withdrawal holds the site and has not come to its requests."""
            request_ids = look(ctx, site)
            answer = pool.submit(move, live_ctx_of, "so.taichinh", REQUEST, request_id, "grant", **GRANTED)
            answers.append(answer.result(WAIT_S))
            return request_ids

        monkeypatch.setattr(workflow, "_open_requests", answered_meanwhile)
        state = move(live_ctx_of, "so.taichinh", SITE, site_id, "withdraw", text="Sửa chữa nhà")
    assert (answers, state) == ([SiteRequestState.GRANTED], OfferedSiteState.WITHDRAWN)
    with live_ctx_of("so.khcn", read_only=True) as ctx:
        states = [ctx.session.get_one(SiteRequest, number).state for number in (request_id, other)]
    assert states == [SiteRequestState.GRANTED, SiteRequestState.SITE_GONE]
