"""Limits of a draft, and of wrong codes, hold however many requests arrive at one instant."""

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

from PIL import Image
from sqlalchemy import func, select, text

from registry.audit.chain import record
from registry.authz.blueprint import DATABASE
from registry.incidents.models import IncidentPhoto
from registry.incidents.photos import SentPhoto, add_photos
from registry.incidents.public_forms import LIMITS
from registry.incidents.public_pages import STORE
from registry.incidents.rules import new_draft
from registry.kernel.errors import Invalid, TooManyRequests
from tests.support.live import context


def photo(number):
    target = io.BytesIO()
    Image.new("RGB", (40 + number, 30), "navy").save(target, "JPEG")
    return SentPhoto("a.jpg", target.getvalue())


def test_four_times_four_photos_at_one_instant_are_at_most_four(live_app):
    database, draft, barrier = DATABASE.of(live_app), new_draft(), threading.Barrier(4)

    def add(turn):
        with live_app.test_request_context(), context(database) as ctx:
            barrier.wait()
            try:
                add_photos(ctx, STORE.of(live_app), draft, [photo(4 * turn + each) for each in range(4)])
            except Invalid as refused:
                return str(refused.fields["photos"])
        return ""

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(add, range(4)))
    with context(database, read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(IncidentPhoto)) == 4
    assert answers[0] == ""
    assert ["tối đa 4 ảnh" in answer for answer in answers] == [False, True, True, True]


CHANGE = text("UPDATE dated_setting SET value = value || CAST(:change AS jsonb) WHERE key = :key")


def at_one_instant(app, ask):
    """How many of eight requests at one instant `ask` says yes to."""
    barrier = threading.Barrier(8)

    def run(_turn):
        with app.test_request_context():
            limits = LIMITS.of(app)()
            barrier.wait()
            return ask(limits, limits.sender("203.0.113.9"))

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(run, range(8)))


def change_setting(app, key, **figures):
    with context(DATABASE.of(app), "so.khcn") as ctx:
        ctx.session.execute(CHANGE, {"key": key, "change": json.dumps(figures)})
        record(ctx, "setting.add", "dated_setting", None)


def test_eight_wrong_codes_at_one_instant_are_counted_one_by_one(live_app):
    change_setting(live_app, "incident.quota", wrong_codes=3)

    def guess(limits, sender):
        try:
            limits.take_wrong_guess(sender)
        except TooManyRequests:
            return False
        return True

    assert at_one_instant(live_app, guess) == 3
