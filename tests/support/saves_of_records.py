"""Saves of structures, prices, figures, tables of law and administration, by kind and action of their audit event."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from registry.accounts.models import ORGANISATION, Organisation
from registry.accounts.service.organisations import edit_organisation
from registry.cables.commands import SetMembers
from registry.cables.models import CableMember
from registry.cables.service import set_members
from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, PlaceUnit
from registry.capacity.service import add_entry, end_entry, set_place
from registry.indicators.commands import AddTarget, EditIndicator, EnterValue
from registry.indicators.models import Indicator, IndicatorTarget, IndicatorValue, PlanTask, TaskState
from registry.indicators.plan_tasks import StateResult, WriteTask, state_result, write_task
from registry.indicators.rules import Typed
from registry.indicators.service import TARGETS, add_target, edit_indicator, enter_value
from registry.kernel.dated_settings import DatedSetting
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.service import ChangeSearch, SearchOptions, change_search
from registry.settings.commands import AddSetting
from registry.settings.service import TABLE as SETTING_TABLE
from registry.settings.service import add_setting
from registry.structures.commands import EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from registry.tariffs.models import Tariff
from registry.villages.commands import AddVillage, EditVillage
from registry.villages.models import Village
from registry.villages.queries import list_communes
from registry.villages.service import add_village, edit_village
from registry.violations.catalogue import SaveCompetence, SaveKind, add_competence, add_kind
from registry.violations.codes import Authority, KindGroup, Sector
from registry.violations.models import ViolationCompetence, ViolationKind
from tests.factories import (
    cables,
    campaigns,
    colocation,
    tariffs,
)
from tests.factories import saved_searches as searches
from tests.factories.organisations import save_organisation
from tests.factories.structures import make
from tests.factories.villages import coverage_values, village_values
from tests.support.saves import CODE, TASK, Save, confirming, standing, version_of, whole


def structure_edit(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, name="Trạm cũ").code

    def write(ctx, number):
        edit_structure(ctx, EditStructure(code, get_structure(ctx, code).version, {"name": f"Trạm {number}"}))

    return Save("viettel", write, lambda ctx: get_structure(ctx, code).name)


def structure_place(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
        set_place(ctx, SetPlace(code, "Tầng 1", PlaceUnit.POSITION, 1))

    def write(ctx, number):
        set_place(ctx, SetPlace(code, "Tầng 1", PlaceUnit.POSITION, 5 + number))

    return Save("viettel", write, whole(CapacityPlace))


def structure_entry(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx, total=9).code

    def end(ctx, _number):
        end_entry(ctx, EndEntry(ctx.session.scalars(select(CapacityEntry.id)).one(), ctx.today))

    def write(ctx, number):
        add_entry(ctx, AddEntry(code, colocation.LABEL, number))

    return Save("viettel", write, whole(CapacityEntry), end)


def structure_ended_entry(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx, total=9).code
        entry_id = add_entry(ctx, AddEntry(code, colocation.LABEL, 6)).id

    def fill(ctx, _number):
        """There is no room any more for what has ended."""
        add_entry(ctx, AddEntry(code, colocation.LABEL, 6))

    return Save(
        "viettel", lambda ctx, _number: end_entry(ctx, EndEntry(entry_id, ctx.today)), whole(CapacityEntry), fill
    )


def cable_members(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [pole.code for pole in cables.poles(ctx, 3)]
        code = cables.cable(ctx, *codes[:2]).code

    def write(ctx, number):
        kept = codes if number == 1 else codes[1:]
        set_members(ctx, SetMembers(code, get_structure(ctx, code).version, tuple(kept), reason="Đo lại"))

    return Save("viettel", write, lambda ctx: [row.structure_id for row in ctx.session.scalars(select(CableMember))])


def village_of(ctx_of):
    with ctx_of("ubnd.xa") as ctx:
        village_id = add_village(ctx, AddVillage(list_communes(ctx)[0].id, village_values(households=10))).id

    def write(ctx, number):
        values = coverage_values(20 + number, date(2020, 1, 1))
        edit_village(ctx, EditVillage(village_id, version_of(ctx, Village, village_id), values))

    return Save("ubnd.xa", write, whole(Village))


def indicator_texts(ctx_of):
    del ctx_of

    def write(ctx, number):
        version = ctx.session.scalars(select(Indicator.version).where(Indicator.code == CODE)).one()
        edit_indicator(ctx, EditIndicator(CODE, version, {"source": f"Nguồn {number}"}, "Thử"))

    return Save("so.khcn", write, whole(Indicator, Indicator.code == CODE))


def target(ctx_of):
    del ctx_of

    def write(ctx, number):
        del number
        command = AddTarget(
            CODE, "Kế hoạch thử", date(2026, 1, 1), 2031, Decimal(9), needs_verification=True, reason="x"
        )
        return add_target(ctx, command)

    return Save("so.khcn", write, standing(IndicatorTarget), confirming(IndicatorTarget, TARGETS, "plan"))


def corrected_value(ctx_of):
    with ctx_of("so.khcn") as ctx:
        days = (date(2025, 1, 1), date(2025, 12, 31))
        enter_value(ctx, EnterValue(CODE, *days, Typed(Decimal(60), None, None), "Thử", has_evidence=True))

    def write(ctx, number):
        last = ctx.session.scalars(select(IndicatorValue.id).order_by(IndicatorValue.id.desc()).limit(1)).one()
        typed = Typed(Decimal(60 + number), None, None)
        facts = {"has_evidence": True, "corrects_id": last, "reason": "Sai số"}
        enter_value(ctx, EnterValue(CODE, *days, typed, "Thử", **facts))

    def look(ctx):
        return str(ctx.session.scalars(select(IndicatorValue.value).order_by(IndicatorValue.id.desc()).limit(1)).one())

    return Save("so.khcn", write, look)


def plan_task(ctx_of):
    with ctx_of("so.khcn") as ctx:
        agency = ctx.actor.organisation_id
        task_id = write_task(ctx, WriteTask(TASK, agency)).id

    def write(ctx, number):
        values = TASK | {"duty": f"Lập danh mục {number}"}
        write_task(ctx, WriteTask(values, agency, task_id, version_of(ctx, PlanTask, task_id)))

    return Save("so.khcn", write, whole(PlanTask, PlanTask.id == task_id))


def task_result(ctx_of):
    with ctx_of("so.khcn") as ctx:
        task_id = write_task(ctx, WriteTask(TASK, ctx.actor.organisation_id)).id

    def write(ctx, number):
        values = {"state": TaskState.RUNNING, "result": f"Đã lập danh mục bước {number}", "result_on": ctx.today}
        state_result(ctx, StateResult(task_id, version_of(ctx, PlanTask, task_id), values))

    return Save("so.khcn", write, whole(PlanTask, PlanTask.id == task_id))


def applying(ctx):
    return [
        (row.id, str(row.valid_to))
        for row in ctx.session.scalars(select(Tariff).order_by(Tariff.id))
        if row.valid_to is None or row.valid_to >= row.valid_from
    ]


def ended_price(ctx, _number):
    tariff = ctx.session.scalars(select(Tariff).order_by(Tariff.id.desc()).limit(1)).one()
    tariffs.end(ctx, tariff.id, tariff.valid_from + timedelta(days=40), version=tariff.version)


def published_price(ctx_of):
    del ctx_of
    return Save(
        "viettel", lambda ctx, _number: tariffs.publish(ctx, 200_000, first=date(2030, 1, 1)), applying, ended_price
    )


def replaced_price(ctx_of):
    with ctx_of("viettel") as ctx:
        tariff_id = tariffs.publish(ctx, 200_000).id
    return Save(
        "viettel",
        lambda ctx, _number: tariffs.replace(ctx, tariff_id, 300_000, date(2030, 1, 1)),
        applying,
        ended_price,
    )


def price_that_ends(ctx_of):
    with ctx_of("viettel") as ctx:
        tariff_id = tariffs.publish(ctx, 200_000).id

    def write(ctx, number):
        tariffs.end(ctx, tariff_id, date(2031 - number, 6, 1), version=version_of(ctx, Tariff, tariff_id))

    return Save("viettel", write, applying)


def setting_row(ctx_of):
    del ctx_of
    facts = {"needs_verification": True, "reason": "Thử"}

    def write(ctx, _number):
        add_setting(ctx, AddSetting("imports.undo_days", date(2030, 1, 1), 9, "Luật thử", **facts))

    return Save("so.khcn", write, standing(DatedSetting), confirming(DatedSetting, SETTING_TABLE, "source"))


def violation_kind(ctx_of):
    del ctx_of

    def write(ctx, number):
        command = SaveKind(
            code="bad_cabling",
            kind_group=KindGroup.CABLES,
            act="Hành vi thử",
            sector=Sector.TELECOM,
            remedies=[],
            valid_from=date(2029 + number, 1, 1),
            valid_to=None,
            acts_until=None,
            fine_min_vnd=None,
            fine_max_vnd=None,
            decree="Nghị định thử",
            article="",
            owner_first=False,
            allows_warning=None,
            needs_verification=True,
            reason="Thử",
        )
        add_kind(ctx, command, is_new=False)

    return Save("so.khcn", write, standing(ViolationKind))


def competence(ctx_of):
    del ctx_of

    def write(ctx, number):
        command = SaveCompetence(
            authority=Authority.LEAD_DIRECTOR,
            sector=Sector.TELECOM,
            remedies=[],
            valid_from=date(2029 + number, 1, 1),
            needs_verification=True,
            reason="Thử",
            valid_to=None,
            fine_max_vnd=Decimal(10**8),
            decree="Nghị định thử",
            article="",
        )
        add_competence(ctx, command)

    return Save("so.khcn", write, standing(ViolationCompetence))


def saved_search(ctx_of):
    with ctx_of("viettel") as ctx:
        searches.keep(ctx, name="Cột mặc định", default=True)
        search_id = searches.keep(ctx, query="kind=cable_duct").id

    def write(ctx, number):
        options = SearchOptions(f"Cống bể {number}", is_default=True)
        change_search(ctx, ChangeSearch(search_id, version_of(ctx, SavedSearch, search_id), options))

    return Save("viettel", write, whole(SavedSearch))


def organisation(ctx_of):
    with ctx_of("quantri", read_only=True) as ctx:
        organisation_id = campaigns.ids_of(ctx, ["vnpt"])[0]

    def write(ctx, number):
        row = ctx.session.get_one(Organisation, organisation_id)
        values = {name: getattr(row, name) for name in ORGANISATION if name != "code"}
        values["hotline"] = f"+8423738512{number}0"
        edit_organisation(ctx, organisation_id, save_organisation(code=row.code, **values))

    return Save("quantri", write, whole(Organisation, Organisation.id == organisation_id))


SAVES_OF_RECORDS = {
    "dated_setting setting.add": setting_row,
    "indicator indicator.edit": indicator_texts,
    "indicator_target indicator_target.add": target,
    "indicator_value indicator_value.correct": corrected_value,
    "organisation organisation.edit": organisation,
    "plan_task plan_task.edit": plan_task,
    "plan_task plan_task.result": task_result,
    "saved_search saved_search.change": saved_search,
    "structure cable.members": cable_members,
    "structure capacity.add_entry": structure_entry,
    "structure capacity.end_entry": structure_ended_entry,
    "structure capacity.set_place": structure_place,
    "structure structure.edit": structure_edit,
    "tariff tariff.end": price_that_ends,
    "tariff tariff.publish": published_price,
    "tariff tariff.replace": replaced_price,
    "village village.edit": village_of,
    "violation_competence catalogue.add": competence,
    "violation_kind catalogue.add": violation_kind,
}
