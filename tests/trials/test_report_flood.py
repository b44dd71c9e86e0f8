"""Ten thousand public posts within a minute from 200 networks: the store of photos keeps its cap, all reports of danger
are taken, others are refused with when to come again, and a person who is signed in works on.

Each network is an address of this machine. Proofs of work are solved beforehand, for photos, too. A report of danger
that is answered 503 comes again when the answer says so, as a person would. `POSTS`, `SECONDS` (over which they are
spread) and `NETWORKS` of the environment shorten it. With `-s` it says the figures.
"""

import http.client
import io
import json
import os
import re
import statistics
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import cycle
from urllib.parse import urlencode

import pytest
from PIL import Image
from sqlalchemy import text

from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR
from registry.incidents.limits import PURPOSE
from registry.incidents.rules import new_draft
from registry.kernel.clock import utc_now
from registry.kernel.http.proof_of_work import ONE_SECOND, ProofOfWork
from tests.support.proofs import solved_by_key

pytestmark = pytest.mark.trial
POSTS = int(os.environ.get("POSTS", "10000"))
SECONDS = float(os.environ.get("SECONDS", "60"))
NETWORKS = int(os.environ.get("NETWORKS", "200"))
#: Posts under way at once: one of each network.
SENDERS = NETWORKS
#: Seconds of an officer's work before the flood.
QUIET_S = 20
CAP_MB = 10
#: Of ten posts. A padded photo is refused for what stands behind its picture.
MIX = ("proved", "proved", "danger", "danger", "danger", "invalid", "invalid", "unproved", "padded", "photo")
PROVED = ("proved", "padded", "photo")
#: Work that lets a proved report through in a crowd of half its size, and is soon solved by a program.
WORK = 2 * ONE_SECOND
BORDER = "b0undary"
FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
QUOTA = text("UPDATE dated_setting SET value = value || CAST(:change AS jsonb) WHERE key = 'incident.quota'")
COUNTS = text("SELECT count(*) FILTER (WHERE is_dangerous), count(*) FROM incident_report")
#: What an officer opens over and over meanwhile.
PAGES = ("/incidents", "/structures", "/")
EXPECTED = {
    "proved": {303, 422, 429, 503},
    "danger": {303},
    "invalid": {422, 503},
    "unproved": {303, 422, 429, 503},
    "padded": {422, 429, 503},
    "photo": {303, 422, 429, 503},
}


class Browser:
    """A session from an address of its own, over one connection."""

    def __init__(self, port, address, page="/report"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300, source_address=(address, 0))
        self.cookies = {}
        self.token = ""
        self.open(page)

    def close(self):
        self.connection.close()

    def open(self, path):
        """The page of an address; keeps its token."""
        page = self.ask("GET", path)
        if token := TOKEN.search(page.decode()):
            self.token = token[1]
        return page

    def ask(self, method, path, body=None, kind=""):
        """The content of the answer; `status` and `retry_after` have the rest."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookies} | ({"Content-Type": kind} if kind else {})
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        self.status, self.retry_after = answer.status, answer.headers.get("Retry-After")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.read()

    def post(self, path, fields):
        self.ask("POST", path, urlencode(fields | {"csrf_token": self.token}), FORM)

    def send_photo(self, draft, proof, content):
        parts = "".join(
            f'--{BORDER}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("draft", draft), ("altcha", proof), ("csrf_token", self.token))
        )
        head = (
            f'{parts}--{BORDER}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + content + f"\r\n--{BORDER}--\r\n".encode()
        self.ask("POST", "/report/photo", body, f"multipart/form-data; boundary={BORDER}")


class Crowd:
    """The posts of all networks, and what came of them: statuses and times by kind, refusals without Retry-After."""

    def __init__(self, port, key):
        self.browsers = [Browser(port, f"127.1.{number // 250}.{number % 250 + 1}") for number in range(NETWORKS)]
        self.locks = [threading.Lock() for _browser in self.browsers]
        self.posts = [(number, MIX[number % len(MIX)], new_draft()) for number in range(POSTS)]
        work = ProofOfWork(key, PURPOSE)
        proved = [draft for _number, kind, draft in self.posts if kind in PROVED]
        self.proofs = {draft: solved_by_key(work, draft, utc_now(), WORK) for draft in proved}
        self.photos = [photo(number) for number in range(20)]
        self.statuses, self.times = defaultdict(Counter), defaultdict(list)
        #: Refusals without Retry-After, and how often reports of danger came again.
        self.without_retry, self.came_again = Counter(), Counter()

    def send(self, begun):
        """Send each post at its moment within SECONDS, or as soon as one of SENDERS is free; seconds in all."""
        with ThreadPoolExecutor(SENDERS) as pool:
            for result in [pool.submit(self._post, begun, *post) for post in self.posts]:
                result.result()
        return time.monotonic() - begun

    def close(self):
        for browser in self.browsers:
            browser.close()

    def _post(self, begun, number, kind, draft):
        time.sleep(max(0.0, begun + SECONDS * number / POSTS - time.monotonic()))
        browser = self.browsers[number % NETWORKS]
        with self.locks[number % NETWORKS]:
            started = time.monotonic()
            self._send(browser, number, kind, draft)
            while kind == "danger" and browser.status == 503 and browser.retry_after:
                self.came_again[kind] += 1
                time.sleep(int(browser.retry_after))
                self._send(browser, number, kind, draft)
            self.times[kind].append(time.monotonic() - started)
            self.statuses[kind][browser.status] += 1

    def _send(self, browser, number, kind, draft):
        if kind in ("padded", "photo"):
            behind = b"\x01" * 100_000 if kind == "padded" else b""
            content = self.photos[number % len(self.photos)] + behind
            browser.send_photo(draft, self.proofs[draft], content)
        else:
            browser.post("/report/send", self._report(number, kind, draft))
        if browser.status in (429, 503) and not int(browser.retry_after or 0):
            self.without_retry[kind] += 1

    def _report(self, number, kind, draft):
        at = f"19.{800 + number % 40:03d}; 105.{770 + number % 30:03d}"
        plain = {"draft": draft, "at": at, "kind": "cable_cut", "danger": "no", "compared": "cable_cut"}
        return (
            plain
            | {
                "proved": {"altcha": self.proofs.get(draft, "")},
                "danger": {"danger": "yes", "warned": "1"},
                "invalid": {"kind": "none"},
                "unproved": {},
            }[kind]
        )


def photo(number):
    target = io.BytesIO()
    Image.effect_noise((320 + number, 240), 90).convert("RGB").save(target, "JPEG", quality=90)
    return target.getvalue()


def read_pages(port, member, over, waits):
    """An officer who signs in and opens pages until `over`; seconds of each page."""
    with closing(Browser(port, "127.2.0.1", "/login")) as officer:
        officer.post("/login", {"username": member.username, "password": member.password})
        assert officer.status in (302, 303)
        for path in cycle(PAGES):
            if over.wait(0.1):
                return
            begun = time.monotonic()
            officer.ask("GET", path)
            waits.append(time.monotonic() - begun)
            assert officer.status == 200, (path, officer.status)


def p95(times):
    return round(statistics.quantiles(times, n=20)[-1], 3) if len(times) > 1 else None


def test_a_flood_from_many_networks_fills_no_disk_and_silences_no_danger(program, cast):
    with program.database.transaction(SYSTEM_ACTOR, origin="test") as ctx:
        ctx.session.execute(QUOTA, {"change": json.dumps({"store_mb": CAP_MB})})
        record(ctx, "setting.add", "dated_setting", None)
    port, over, waits, quiet = int(program.env["PORT"]), threading.Event(), [], []
    with closing(Crowd(port, program.env["SECRET_KEY"])) as crowd, ThreadPoolExecutor(1) as pool:
        timer = threading.Timer(QUIET_S, over.set)
        timer.start()
        read_pages(port, cast["so.khcn"], over, quiet)
        over.clear()
        reading = pool.submit(read_pages, port, cast["so.khcn"], over, waits)
        took = crowd.send(time.monotonic())
        over.set()
        reading.result()
    files = program.folder.rglob("files/reports/**/*")
    stored = sum(path.stat().st_size for path in files if path.is_file())
    with program.database.engine.begin() as connection:
        dangerous, reports = connection.execute(COUNTS).one()
    figures = {
        "seconds": round(took, 1),
        "load": os.getloadavg()[0],
        "statuses": {kind: dict(counts) for kind, counts in sorted(crowd.statuses.items())},
        "p95": {kind: p95(times) for kind, times in sorted(crowd.times.items())},
        "came_again": dict(crowd.came_again),
        "signed_in": {"pages": len(waits), "quiet": p95(quiet), "p95": p95(waits), "most": round(max(waits), 3)},
        "bytes": stored,
        "reports": reports,
        "dangerous": dangerous,
    }
    print(json.dumps(figures))  # noqa: T201 - the figures of the trial
    unexpected = {kind: set(counts) - EXPECTED[kind] for kind, counts in crowd.statuses.items()}
    assert not any(unexpected.values()), (unexpected, figures)
    assert dangerous == crowd.statuses["danger"][303], figures
    assert not crowd.without_retry, (crowd.without_retry, figures)
    assert stored <= CAP_MB * 1024 * 1024, figures
