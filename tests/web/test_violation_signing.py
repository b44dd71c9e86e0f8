"""Two officers at the papers of one case at once: nothing is lost, and the second reads why."""

import html
import io
import re

import pytest

from registry.documents.signatures import SIGNATURE_ROOTS
from registry.files.pages import STORE
from registry.violations.models import Violation
from tests.factories.violations import get, with_minutes
from tests.permissions.cases import token_in
from tests.support.signing import issue, sign

ROOT = issue("Cơ quan chứng thực thử")


@pytest.fixture
def trusted(app, monkeypatch, tmp_path):
    """The program trusts certificates of the test."""
    path = tmp_path / "roots.pem"
    path.write_bytes(ROOT.pem)
    monkeypatch.setitem(app.extensions, SIGNATURE_ROOTS.name, path)


class Session:
    """The page of papers, as one officer has it open."""

    def __init__(self, client, violation_id):
        self.client, self.address = client, f"/violations/{violation_id}/papers"
        self.open()

    def open(self):
        page = self.client.get(self.address)
        self.text = html.unescape(page.text)
        self.token, self.version = token_in(page), re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]

    def send(self, path, **data):
        answer = self.client.post(f"{self.address}/{path}", data={"csrf_token": self.token} | data)
        return answer.status_code, html.unescape(answer.text)


@pytest.mark.usefixtures("trusted")
def test_two_who_prepare_and_sign_at_once_lose_nothing(app, client_of, ctx_of):
    violation_id, store = with_minutes(ctx_of, minutes={"is_electronic": True}), STORE.of(app)
    first_session, second_session = (
        Session(client_of("kiemtra1"), violation_id),
        Session(client_of("ubnd.xa"), violation_id),
    )
    assert first_session.send("electronic", version=first_session.version)[0] == 303
    # The second page was opened before: its click would have replaced the PDF that the first is signing.
    status, answer = second_session.send("electronic", version=second_session.version)
    assert (status, "đã thay đổi kể từ khi mở" in answer) == (409, True)
    pdf = store.original_path(get(ctx_of, violation_id).minutes_pdf).read_bytes()
    with ctx_of("kiemtra1", read_only=True) as ctx:
        officer = ctx.actor.display_name
    mine, theirs = issue(officer, ROOT), issue("Trần Thị Đại Diện", ROOT)
    first = sign(pdf, mine, authority=ROOT)
    assert first_session.send("signed", file=(io.BytesIO(first), "ky.pdf"))[0] == 303
    kept = get(ctx_of, violation_id).signed_pdf
    # Signed at the same time, and the very same file once more: neither takes the place of the first.
    for content in (sign(pdf, mine, theirs, authority=ROOT), first):
        status, answer = second_session.send("signed", file=(io.BytesIO(content), "ky.pdf"))
        assert status == 422
        assert f"Hồ sơ đã có bản ký số của {officer}, {officer} gửi lúc" in answer
        assert get(ctx_of, violation_id).signed_pdf == kept
    # The second signs the file that is kept, and both signatures are in the case.
    both = first + sign(first, theirs, authority=ROOT, number=2)[len(first) :]
    assert second_session.send("signed", file=(io.BytesIO(both), "ky.pdf"))[0] == 303
    page = html.unescape(client_of("kiemtra1").get(f"/violations/{violation_id}").text)
    assert f"{officer}, Trần Thị Đại Diện" in page
    events = page[page.index('id="events"') :]
    assert events.count("Nhận biên bản đã ký số") == 2
    assert "Tạo bản PDF biên bản để ký số" in page
    status, answer = second_session.send("electronic", version=get(ctx_of, violation_id).version)
    assert (status, "đã có bản ký số của" in answer) == (409, True)
    assert get(ctx_of, violation_id).signed_pdf != kept
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.get_one(Violation, violation_id).signed_by == officer
