"""Organisations, accounts and roles in the database: succession, spellings, areas, hashes, history."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy import select, text

from registry.accounts.actor import with_predecessors
from registry.accounts.commands import AddSuccession, AssignRole, SaveOrganisation
from registry.accounts.models import (
    Organisation,
    OrganisationKind,
    OwnerCategory,
    RoleAssignment,
    UserAccount,
    UserPassword,
)
from registry.accounts.queries import find_organisation, find_user, get_user, list_area_units, may_own
from registry.accounts.service import (
    add_alias,
    add_succession,
    assign_role,
    create_organisation,
    create_user,
    edit_organisation,
    store_password,
    withdraw_alias,
)
from registry.authz.actors import DISTRICTS_END_ON, Ctx, Role, role_label
from registry.campaigns.queries import list_reporters
from registry.kernel.db.history import history_of
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.occupations.queries import occupant_options
from registry.structures.queries import list_possible_owners
from registry.territory.models import UnitLevel
from registry.territory.queries import area_unit_ids, list_units
from registry.violations.queries import list_possible_offenders
from tests.factories.organisations import save_organisation, save_user
from tests.factories.structures import organisation_id

CtxOf = Callable[..., AbstractContextManager[Ctx]]
ADMIN = "quantri"


def company(code: str, **changes: object) -> SaveOrganisation:
    values: dict[str, object] = {
        "name": f"Công ty {code}",
        "short_name": code.upper(),
        "kind": OrganisationKind.OPERATOR,
        "owner_category": OwnerCategory.OPERATOR,
        "valid_from": date(2020, 1, 1),
    }
    return save_organisation(code=code, **(values | changes))  # type: ignore[arg-type]


def person(ctx: Ctx, name: str, organisation_code: str = "viettel") -> UserAccount:
    organisation = find_organisation(ctx.session, organisation_code)
    assert organisation is not None
    return create_user(ctx, save_user(username=name, full_name="Người thử", organisation_id=organisation.id))


def test_the_cast_has_one_account_for_every_role_and_two_operators_and_inspectors(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        roles = list(ctx.session.scalars(select(RoleAssignment.role)))
    assert set(roles) == set(Role) - {Role.PUBLIC}
    assert roles.count(Role.OPERATOR) == roles.count(Role.AREA_INSPECTOR) == 2


@pytest.mark.parametrize(
    "spelling", ["viettel", "VIETTEL THANH HÓA", "Viettel Thanh Hóa", "viettel  thanh hoá", "VTT Thanh Hoa"]
)
def test_a_file_may_spell_an_organisation_as_it_likes(ctx_of: CtxOf, spelling: str) -> None:
    with ctx_of(ADMIN) as ctx:
        organisation = find_organisation(ctx.session, spelling)
        assert organisation is not None
        assert organisation.code == "viettel"


@pytest.mark.parametrize("spelling", ["", "  ", "Viettel Nghệ An", "viet", "%", "\x00"])
def test_a_name_that_fits_no_organisation_finds_none(ctx_of: CtxOf, spelling: str) -> None:
    with ctx_of(ADMIN) as ctx:
        assert find_organisation(ctx.session, spelling) is None


def test_a_name_that_two_former_organisations_bore_finds_none(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        for code, year in (("hai-a", 2020), ("hai-b", 2021)):
            days = {"valid_from": date(year, 1, 1), "valid_to": date(year, 12, 31)}
            create_organisation(ctx, company(code, short_name="Cùng Tên", **days))
        assert find_organisation(ctx.session, "cung ten") is None


def test_a_withdrawn_spelling_names_nobody_and_may_go_to_another(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        first, second = (create_organisation(ctx, company(code)) for code in ("rut-a", "rut-b"))
        alias = add_alias(ctx, first.id, "Tên Cũ")
        withdraw_alias(ctx, first.id, alias.id)
        assert find_organisation(ctx.session, "tên cũ") is None
        add_alias(ctx, second.id, "TÊN CŨ")
        organisation = find_organisation(ctx.session, "ten cu")
        assert organisation is not None
        assert organisation.id == second.id


def test_a_successor_holds_the_rights_of_all_before_it_from_the_day_on(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        ids = [create_organisation(ctx, company(f"doi-{number}")).id for number in range(3)]
        for number, day in enumerate((date(2024, 1, 1), date(2025, 3, 1))):
            add_succession(
                ctx,
                AddSuccession(
                    predecessor_id=ids[number], successor_id=ids[number + 1], effective_on=day, legal_basis="QĐ thử"
                ),
            )
        assert with_predecessors(ctx.session, ids[2], date(2025, 2, 28)) == {ids[2]}
        assert with_predecessors(ctx.session, ids[2], date(2025, 3, 1)) == set(ids)
        assert with_predecessors(ctx.session, ids[0], date(2025, 3, 1)) == {ids[0]}
        with pytest.raises(Invalid, match="chiều ngược lại"):
            add_succession(
                ctx,
                AddSuccession(
                    predecessor_id=ids[2], successor_id=ids[0], effective_on=date(2026, 1, 1), legal_basis="QĐ thử"
                ),
            )


def test_the_lead_department_acts_for_the_one_that_it_succeeded(ctx_of: CtxOf) -> None:
    with ctx_of("so.khcn") as ctx:
        codes = set(
            ctx.session.scalars(select(Organisation.code).where(Organisation.id.in_(ctx.actor.organisation_ids)))
        )
    assert codes == {"so_khcn", "so_tttt"}


def test_a_role_counts_from_its_first_to_its_last_day(ctx_of: CtxOf) -> None:
    first, last = date(2026, 1, 10), date(2026, 1, 20)
    with ctx_of(ADMIN) as ctx:
        user = person(ctx, "co.han")
        role = assign_role(ctx, AssignRole(user_id=user.id, role=Role.OPERATOR, valid_from=first, valid_to=last))
        days = [date(2026, 1, day) for day in (9, 10, 20, 21)]
        assert [role.holds_on(day) for day in days] == [False, True, True, False]


def test_the_area_of_a_former_district_holds_its_communes_of_then_and_now(ctx_of: CtxOf) -> None:
    with ctx_of("kiemtra1") as ctx:
        district = list_units(ctx.session, DISTRICTS_END_ON, UnitLevel.DISTRICT)[0]
        assert ctx.actor.unit_ids == area_unit_ids(ctx.session, [district.id])
        communes = {unit.id for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)}
        assert ctx.actor.unit_ids & communes
        mine = ctx.actor.unit_ids
    with ctx_of("kiemtra2") as ctx:
        assert not ctx.actor.unit_ids & mine & communes


def test_an_area_is_made_of_present_communes_and_former_districts(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        communes, districts = list_area_units(ctx.session, ctx.today).values()
    assert len(communes) == 166
    assert all("30/06/2025" in name or "31/12/2024" in name for _id, name in districts)


def test_an_inspector_is_named_by_the_level_of_the_day() -> None:
    assert "cấp huyện" in role_label(Role.AREA_INSPECTOR, date(2025, 6, 30))
    assert "cấp xã" in role_label(Role.AREA_INSPECTOR, date(2025, 7, 1))


def test_a_unit_that_does_not_exist_is_refused(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        user = person(ctx, "khong.xa", "ubnd_xa_mau")
        with pytest.raises(Invalid, match="Không có đơn vị hành chính số 999999999"):
            assign_role(
                ctx,
                AssignRole(user_id=user.id, role=Role.COMMUNE_PC, valid_from=date(2026, 1, 1), unit_ids=(999_999_999,)),
            )


def test_only_administrators_write_accounts_and_organisations(ctx_of: CtxOf) -> None:
    with ctx_of("so.khcn") as ctx:
        organisation_id = ctx.session.scalar(select(Organisation.id).where(Organisation.code == "viettel"))
        assert organisation_id is not None
        user_id = ctx.session.scalar(select(UserAccount.id).where(UserAccount.username == "viettel"))
        with pytest.raises(Forbidden):
            create_organisation(ctx, company("cam"))
        with pytest.raises(Forbidden):
            create_user(ctx, save_user(username="cam", full_name="Cấm", organisation_id=organisation_id))
        with pytest.raises(NotFound):
            get_user(ctx, user_id or 0)
        with pytest.raises(NotFound):
            edit_organisation(ctx, organisation_id, company("viettel"))


def test_a_password_is_stored_as_argon2id_and_in_no_history(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        user = person(ctx, "bam.hash")
        store_password(ctx, user, "một câu dài dễ nhớ")
        stored = ctx.session.scalar(select(UserPassword.password_hash).where(UserPassword.user_id == user.id))
        assert stored is not None
        assert stored.startswith("$argon2id$")
        kept = history_of(UserAccount)
        rows = ctx.session.execute(select(kept).where(kept.c.id == user.id)).all()
        assert len(rows) == 2
        assert "argon2" not in str(rows)


def test_the_tables_refuse_what_the_services_would_never_write(ctx_of: CtxOf) -> None:
    wrong = {
        "ck_user_account_disabled_at": "UPDATE user_account SET is_active = false",
        "ck_user_account_username_form": "UPDATE user_account SET username = 'Có Dấu' WHERE username = 'viettel'",
        "ck_role_assignment_not_public": "UPDATE role_assignment SET role = 'public'",
        "ck_organisation_valid_period": "UPDATE organisation SET valid_to = '1900-01-01'",
    }
    with ctx_of(ADMIN) as ctx:
        for constraint, statement in wrong.items():
            with pytest.raises(Exception, match=constraint), ctx.session.begin_nested():
                ctx.session.execute(text(statement))


def test_the_application_cannot_delete_accounts_or_their_history(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        for table in ("user_account", "user_account_history", "organisation", "role_assignment"):
            with pytest.raises(Exception, match="permission denied"), ctx.session.begin_nested():
                ctx.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the names stand two lines above


def test_an_account_is_found_by_its_name(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        assert find_user(ctx.session, "viettel") is not None
        assert find_user(ctx.session, "khong.co") is None


def test_the_organisation_of_citizens_is_offered_as_owner_reporter_offender_and_responsible_nowhere(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        citizens = organisation_id(ctx.session, "nguoi_dan")
        offered = {
            "owner": [possible_owner.id for possible_owner in list_possible_owners(ctx)],
            "reporter": [possible_owner.id for possible_owner in list_reporters(ctx)],
            "offender": [possible_owner.id for possible_owner in list_possible_offenders(ctx)],
            "occupant": [number for number, _name in occupant_options(ctx, 0)],
            "responsible": list(ctx.session.scalars(select(Organisation.id).where(may_own(ctx.today)))),
        }
    assert [name for name, ids in offered.items() if citizens in ids] == []
    assert all(offered.values())


@pytest.mark.parametrize("name", ["Веta", "ВЕТА", "VіettеI", "Νet Thanh Hóa", "Công ty Сao"])
def test_a_name_with_letters_that_pass_for_latin_ones_is_refused(ctx_of: CtxOf, name: str) -> None:
    with ctx_of(ADMIN) as ctx:
        with pytest.raises(Invalid, match="trông như chữ Latinh"):
            create_organisation(ctx, company("giong-chu", name=name))
        organisation = create_organisation(ctx, company("that"))
        with pytest.raises(Invalid, match="trông như chữ Latinh"):
            add_alias(ctx, organisation.id, name)


def test_names_of_vietnam_and_abroad_in_latin_letters_are_taken(ctx_of: CtxOf) -> None:
    with ctx_of(ADMIN) as ctx:
        for number, name in enumerate(("Điện lực Ngã Ba Đường – Chi nhánh №1", "Café Müller & Søn", "FPT’s (mẫu) 2")):
            assert create_organisation(ctx, company(f"la-tinh-{number}", name=name)).name == name


def test_an_organisation_lasts_over_the_days_of_its_successions(ctx_of: CtxOf) -> None:
    day = date(2025, 3, 1)
    with ctx_of(ADMIN) as ctx:
        former, heir = (create_organisation(ctx, company(code)) for code in ("truoc", "sau"))
        command = AddSuccession(predecessor_id=former.id, successor_id=heir.id, effective_on=day, legal_basis="QĐ thử")
        add_succession(ctx, command)
        with pytest.raises(Invalid, match="cần ngày kết thúc từ 01/03/2025") as ended:
            edit_organisation(ctx, heir.id, company("sau", valid_to=date(2024, 12, 31)))
        assert set(ended.value.fields) == {"valid_to"}
        for code, organisation in (("truoc", former), ("sau", heir)):
            with pytest.raises(Invalid, match="cần ngày bắt đầu từ 01/03/2025 trở về trước"):
                edit_organisation(ctx, organisation.id, company(code, valid_from=date(2025, 3, 2)))
        # The former one ended the day before, as it should.
        edit_organisation(ctx, former.id, company("truoc", valid_to=date(2025, 2, 28)))
