"""Every column that names a person says whether it is work, so that no work stays with one who left."""

import registry.wiring
from registry.accounts.held_work import NO_WORK, all_held_work
from registry.kernel.db.base import Base
from registry.kernel.feature import mount
from registry.wiring.features import FEATURES
from tests.support.offenders import no_offenders

#: Columns that hold a person's own rows; those of another name state who did something.
_HOLDERS = ("user_id", "actor_id", "created_by_id", "proposed_by_id", "assigned_by_id", "added_by_id")


def test_every_column_of_a_person_is_declared_as_work_or_as_none():
    assert registry.wiring
    mount(FEATURES)
    declared = {(each.column.class_.__table__.name, each.column.key) for each in all_held_work()}
    declared |= {(column.class_.__table__.name, column.key) for column in NO_WORK}
    columns = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in _HOLDERS
        and any(key.target_fullname == "user_account.id" for key in column.foreign_keys)
        and not table.name.startswith("toy")
    }
    no_offenders(
        "a column that names a person is work that is handed over, or none",
        sorted(f"{table}.{column}" for table, column in columns - declared),
        "HELD_WORK.of(HeldWork(Model.column, label, kind, open)) or NO_WORK.of(Model.column) in its feature",
    )
