"""Limits of a draft hold however many requests of it arrive at one instant."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

from PIL import Image
from sqlalchemy import func, select

from registry.incidents.models import IncidentPhoto
from registry.incidents.photos import SentPhoto, add_photos
from registry.incidents.public_pages import STORE
from registry.incidents.rules import new_draft
from registry.kernel.errors import Invalid
from tests.support.live import context


def photo(number):
    target = io.BytesIO()
    Image.new("RGB", (40 + number, 30), "navy").save(target, "JPEG")
    return SentPhoto("a.jpg", target.getvalue())


def test_four_times_four_photos_at_one_instant_are_at_most_four(live_app):
    database, draft, barrier = live_app.extensions["registry.database"], new_draft(), threading.Barrier(4)

    def add(turn):
        with live_app.test_request_context(), context(database) as ctx:
            barrier.wait()
            try:
                add_photos(ctx, live_app.extensions[STORE], draft, [photo(4 * turn + each) for each in range(4)])
            except Invalid as refused:
                return str(refused.fields["photos"])
        return ""

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(add, range(4)))
    with context(database, read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(IncidentPhoto)) == 4
    assert answers[0] == ""
    assert ["tối đa 4 ảnh" in answer for answer in answers] == [False, True, True, True]
