"""Labels in the database: who issues them for what, what a code tells whom, and what stands in the way of an undo."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from registry.accounts.models import Organisation
from registry.audit.chain import record, write_pending
from registry.audit.models import AuditEvent, AuditPayload
from registry.authz.actors import SYSTEM_ACTOR
from registry.demo.service import clear
from registry.kernel.db.history import history_of
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Forbidden, Invalid, NotFound, SignInRequired
from registry.labels.models import StructureLabel
from registry.labels.queries import get_card, labels_of, lead_department, list_labels, sheets_query
from registry.labels.rules import MAX_LABELS, new_code, read_code
from registry.labels.service import IssueLabels, issue_labels, revoke_label
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus
from registry.structures.writing import can_revert, decommission
from tests.factories.labels import labelled
from tests.factories.structures import make, place_inside
from tests.support.live import context

WORDS = "Mã trên nhãn không có trong hệ thống hoặc nhãn đã được thu hồi"


@pytest.fixture
def code(ctx_of):
    """An unpublished tower of Viettel in the area of kiemtra1."""
    with ctx_of("kiemtra1", read_only=True) as ctx:
        at = place_inside(ctx.session, ctx.actor.unit_ids)
    with ctx_of("viettel") as ctx:
        return make(ctx, at=at).code


def label_for(ctx_of, code, by="viettel"):
    with ctx_of(by) as ctx:
        (label,) = labelled(ctx, code)
        return label.id, label.code


def write_code(ctx_of, label_id, code):
    with ctx_of("viettel") as ctx:
        ctx.session.get_one(StructureLabel, label_id).code = code
        ctx.session.flush()


def events(ctx):
    query = select(AuditEvent.action, AuditEvent.on_behalf_of_id, AuditPayload.payload).join(
        AuditPayload, AuditPayload.number == AuditEvent.number
    )
    return list(ctx.session.execute(query.where(AuditEvent.action.like("label.%")).order_by(AuditEvent.number)))


def test_each_structure_gets_a_code_of_its_own_in_the_order_asked_for(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx).code for _number in range(3)][::-1]
    with ctx_of("viettel") as ctx:
        sheet_id = issue_labels(ctx, IssueLabels(tuple(codes)))
        rows = list_labels(ctx, sheet_id)
        assert [row.structure_code for row in rows] == codes
        assert len({row.code for row in rows}) == 3
        assert all(read_code(row.code) == row.code for row in rows)
        (sheet,) = ctx.session.execute(sheets_query(ctx))
        assert (sheet.sheet_id, sheet.total, sheet.revoked) == (sheet_id, 3, 0)


def test_an_issue_leaves_one_event_that_names_the_structures_and_no_code(ctx_of, code):
    _id, printed = label_for(ctx_of, code)
    with ctx_of("viettel", read_only=True) as ctx:
        ((action, owner, payload),) = events(ctx)
        assert action == "label.issue"
        assert owner == ctx.actor.organisation_id
        assert payload["entries"][0]["count"] == 1
        assert printed not in str(payload)


def test_a_second_label_stands_beside_the_first_and_one_is_withdrawn_alone(ctx_of, code, clock):
    first, printed = label_for(ctx_of, code)
    _second, other = label_for(ctx_of, code)
    with ctx_of("viettel") as ctx:
        label = revoke_label(ctx, first)
        assert (label.revoked_at, label.revoked_by_id) == (ctx.now, ctx.actor.id)
    with ctx_of(None, read_only=True) as ctx:
        assert get_card(ctx, other).structure.code == code
        with pytest.raises(NotFound, match=WORDS):
            get_card(ctx, printed)
    clock.advance(timedelta(minutes=1))
    with ctx_of("viettel") as ctx:
        assert revoke_label(ctx, first).revoked_at < ctx.now
        assert [row.code for row in labels_of(ctx, label.structure_id)] == [other]
        assert [row.action for row in events(ctx)] == ["label.issue", "label.issue", "label.revoke"]
        past = history_of(StructureLabel)
        assert ctx.session.scalar(select(text("count(*)")).select_from(past).where(past.c.id == first)) == 2


def test_unknown_withdrawn_and_malformed_codes_are_answered_in_the_same_words(ctx_of, code):
    first, printed = label_for(ctx_of, code)
    with ctx_of("viettel") as ctx:
        revoke_label(ctx, first)
    messages = set()
    for asked in (printed, new_code(), None):
        with ctx_of(None, read_only=True) as ctx, pytest.raises(NotFound) as caught:
            get_card(ctx, asked)
        messages.add(caught.value.message)
    assert len(messages) == 1


def test_a_card_tells_kind_owner_hotline_and_code_and_nothing_else(ctx_of, code):
    _id, printed = label_for(ctx_of, code)
    with ctx_of(None, read_only=True) as ctx:
        card = get_card(ctx, printed)
        assert not card.exact
        assert set(card.structure._fields) == {"code", "kind", "owner", "hotline", "restricted", "exact"}
        assert card.structure.owner.startswith("Viettel Thanh Hóa")


@pytest.mark.parametrize(
    ("username", "exact"),
    [("viettel", True), ("so.khcn", True), ("kiemtra1", True), ("kiemtra2", False), ("vnpt", False), (None, False)],
)
def test_who_sees_the_structure_exactly_is_sent_on(ctx_of, code, username, exact):
    _id, printed = label_for(ctx_of, code)
    with ctx_of(username, read_only=True) as ctx:
        assert get_card(ctx, printed).exact is exact


def test_a_restricted_structure_has_a_card_that_tells_nothing(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, sharing_status="restricted").code
    _id, printed = label_for(ctx_of, code)
    for username in (None, "vnpt", "kiemtra1", "ubnd.tinh"):
        with ctx_of(username, read_only=True) as ctx:
            card = get_card(ctx, printed)
            assert (card.structure, card.exact) == (None, False), username
    with ctx_of("viettel", read_only=True) as ctx:
        assert get_card(ctx, printed).exact


def test_labels_are_issued_by_the_owner_and_the_lead_department_only(ctx_of, code):
    label_for(ctx_of, code, by="so.khcn")
    with ctx_of("vnpt") as ctx, pytest.raises(Invalid, match="không có quyền in nhãn"):
        issue_labels(ctx, IssueLabels((code,)))
    for username, refusal in (("kiemtra1", Forbidden), ("ubnd.tinh", Forbidden), (None, SignInRequired)):
        with ctx_of(username) as ctx, pytest.raises(refusal):
            issue_labels(ctx, IssueLabels((code,)))


def test_sheets_show_what_the_reader_may_label(ctx_of, code):
    with ctx_of("vnpt") as ctx:
        other = make(ctx, owner="vnpt").code
    with ctx_of("so.khcn") as ctx:
        sheet_id = issue_labels(ctx, IssueLabels((code, other)))
    for username, visible_codes in (("so.khcn", [code, other]), ("viettel", [code]), ("vnpt", [other])):
        with ctx_of(username, read_only=True) as ctx:
            assert [row.structure_code for row in list_labels(ctx, sheet_id)] == visible_codes
            assert [row.total for row in ctx.session.execute(sheets_query(ctx))] == [len(visible_codes)]
    with ctx_of("dienluc", read_only=True) as ctx:
        assert ctx.session.execute(sheets_query(ctx)).all() == []
        with pytest.raises(NotFound):
            list_labels(ctx, sheet_id)


def test_another_organisation_withdraws_nothing(ctx_of, code):
    first, _printed = label_for(ctx_of, code)
    with ctx_of("vnpt") as ctx, pytest.raises(NotFound):
        revoke_label(ctx, first)


def test_every_code_that_gets_none_is_named_and_nothing_is_issued(ctx_of, code):
    with ctx_of("viettel") as ctx:
        gone = make(ctx)
        decommission(ctx, ChangeStatus(gone.code, gone.version, "hỏng"))
        gone.status = Status.REMOVED
    with ctx_of("vnpt") as ctx:
        others = make(ctx, owner="vnpt").code
    asked = (code, "THA-CAT-999999", others, gone.code, "không\0gì")
    with ctx_of("viettel") as ctx:
        with pytest.raises(Invalid) as caught:
            issue_labels(ctx, IssueLabels(asked))
        unknown, standing = caught.value.fields["codes"]
        assert unknown.startswith(f"THA-CAT-999999, {others}, không")
        assert standing.startswith(f"{gone.code} đã tháo dỡ")
        assert ctx.session.scalar(select(StructureLabel.id)) is None


def test_what_still_stands_out_of_service_gets_its_label(ctx_of):
    with ctx_of("viettel") as ctx:
        ended = make(ctx)
        decommission(ctx, ChangeStatus(ended.code, ended.version, "hết dùng"))
        issue_labels(ctx, IssueLabels((ended.code,)))
        assert len(labels_of(ctx, ended.id)) == 1


@pytest.mark.parametrize("count", [0, MAX_LABELS + 1])
def test_a_set_that_is_empty_or_too_large_is_refused(ctx_of, count):
    codes = tuple(f"THA-CAT-{number:06d}" for number in range(count))
    with ctx_of("viettel") as ctx, pytest.raises(Invalid):
        issue_labels(ctx, IssueLabels(codes))


def test_the_database_takes_no_code_with_signs_that_look_alike(ctx_of, code):
    first, _printed = label_for(ctx_of, code)
    for wrong in ("O" * 16, "0" * 15, "0" * 15 + "l"):
        with pytest.raises(IntegrityError, match="code_form"):
            write_code(ctx_of, first, wrong)


def test_a_printed_label_stands_in_the_way_of_taking_its_structure_back(ctx_of):
    with ctx_of("viettel") as ctx:
        change, code = ctx.change_id, make(ctx).code
    label_for(ctx_of, code)
    with ctx_of("viettel", read_only=True) as ctx:
        assert can_revert(ctx, change) == [f"Không hoàn tác được: {code} đang được dùng trong nhãn đã in."]


def test_the_lead_department_is_named_with_its_own_contact(ctx_of):
    with ctx_of("quantri") as ctx:
        organisation = ctx.session.scalars(select(Organisation).where(Organisation.code == "so_khcn")).one()
        organisation.hotline = "+842373852555"
        record(ctx, "test.hotline", "organisation", organisation.id)
    with ctx_of(None, read_only=True) as ctx:
        assert lead_department(ctx) == (organisation.name, "+842373852555", organisation.email)


def test_samples_are_cleared_whatever_was_printed_for_them(app, live_url, tmp_path):
    del app
    web, owner = Database(live_url, role=WEB_ROLE), Database(live_url)
    web.before_commit.append(write_pending)
    with context(web, "viettel") as ctx:
        code = make(ctx).code
    with context(web, "viettel") as ctx:
        labelled(ctx, code)
    with owner.transaction(SYSTEM_ACTOR) as ctx:
        ctx.session.execute(text("UPDATE structure SET is_sample = true"))
        record(ctx, "test.sample", "structure", None)
    assert clear(owner, tmp_path / "demo-accounts.json").structures == 1
    with owner.session() as session:
        assert session.scalar(select(StructureLabel.id)) is None
    web.dispose()
    owner.dispose()
