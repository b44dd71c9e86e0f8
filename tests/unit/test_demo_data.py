"""The data files of the demonstration fit together: every code that a row names is there."""

from registry.accounts.demo import USERS
from registry.demo.data import read_rows, read_structures, read_table
from registry.structures.kinds import KINDS

STRUCTURES = {structure.own_code: structure for structure in read_structures()}


def test_own_codes_are_unique_and_every_kind_has_structures():
    structures = list(read_structures())
    assert len(structures) == len(STRUCTURES)
    assert {structure.kind for structure in structures} == set(KINDS)


def test_places_entries_changes_and_members_name_structures_that_are_there():
    places = {(row["own_code"], row["label"]) for row in read_rows("capacity_places")}
    assert {code for code, _label in places} <= STRUCTURES.keys()
    assert {(row["own_code"], row["label"]) for row in read_rows("capacity_entries")} <= places
    assert {row["own_code"] for row in read_rows("changes")} <= STRUCTURES.keys()
    cables = [structure for structure in STRUCTURES.values() if structure.kind == "cable_route"]
    late = [
        (cable.own_code, code)
        for cable in cables
        for code in cable.members
        if STRUCTURES[code].registered_at > cable.registered_at
    ]
    assert late == []


def test_cases_name_accounts_and_structures_that_are_there():
    table = read_table("cases")
    usernames = {user.username for user in USERS}
    cases = [
        case for name in ("requests", "route_items", "violations", "occupations", "inspections") for case in table[name]
    ]
    moves = [move for case in cases for move in case.get("moves", ())]
    assert {step["by"] for step in [*cases, *moves, table["route_list"], table["rounds"]] if "by" in step} <= usernames
    named = {code for case in cases for code in (*case.get("structures", ()), case.get("structure"))} - {None}
    assert named <= STRUCTURES.keys()
