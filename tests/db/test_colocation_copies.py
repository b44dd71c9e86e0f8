"""Copies of a request, which races begin with, have all the rows that filing makes."""

from sqlalchemy import text

from tests.factories.colocation import accept, case, filed, tower
from tests.factories.colocation_copies import copies

#: Rows that this transaction has inserted so far, by table.
INSERTED = text("SELECT relname, n_tup_ins FROM pg_stat_xact_user_tables WHERE n_tup_ins > 0")
#: The numbers are one row of the counter; the rest is who did it and who is told of it, once for all.
NOT_COPIED = {
    "issued_paper",
    "audit_event",
    "audit_payload",
    "case_counter",
    "notice",
    "procrastinate_events",
    "procrastinate_jobs",
}


def test_a_copy_has_every_row_of_a_filed_request_and_can_be_accepted(ctx_of, database):
    def inserted():
        return dict(database._bind.execute(INSERTED).all())

    def added(since):
        return {name: rows - since.get(name, 0) for name, rows in inserted().items() if rows > since.get(name, 0)}

    with ctx_of("viettel") as ctx:
        code = tower(ctx, total=3).code
    start = inserted()
    with ctx_of("vnpt") as ctx:
        first = filed(ctx, code)
        ctx.session.flush()
        by_service, since = added(start), inserted()
        ids = copies(ctx, first, 2)
        by_copying = added(since)
        numbers = [case(ctx, number).number for number in (first.id, *ids)]
    rows = {name for name in by_service if not name.endswith("_history")} - NOT_COPIED
    assert {name: by_copying.get(name) for name in rows} == {name: 2 * by_service[name] for name in rows}
    assert [int(number[-6:]) - int(numbers[0][-6:]) for number in numbers] == [0, 1, 2]
    with ctx_of("vnpt") as ctx:
        following = filed(ctx, code)
        assert int(following.number[-6:]) == int(numbers[-1][-6:]) + 1
    with ctx_of("viettel") as ctx:
        for number in (first.id, *ids):
            assert accept(ctx, case(ctx, number)).state == "accepted"
