"""Sample works in streets, rules of streets, and projects that pay for such."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from registry.demo.data import column_values, points_of
from registry.kernel.fields import fields_of
from registry.money.commands import SaveProject
from registry.money.models import PppProject
from registry.money.service import save_project
from registry.street_works.commands import AnnounceWork
from registry.street_works.service import announce_work
from registry.street_works.workflow import STREET_WORK
from registry.streetrules.commands import WriteRule
from registry.streetrules.service import write_rule
from registry.streetrules.workflow import RULE
from registry.streets.rule_models import StreetRule
from registry.streets.work_models import StreetWork
from registry.territory.models import AdminUnit

if TYPE_CHECKING:
    from registry.demo.cases import Entry, Stage


def create_street_cases(stage: Stage, table: Entry) -> None:
    """Works in streets that their owners announce, and projects that pay for such."""
    for entry in table["ppp_projects"]:
        _project(stage, entry)
    for entry in table["street_works"]:
        _street_work(stage, entry)


def _street_work(stage: Stage, entry: Entry) -> None:
    defaults = dict.fromkeys(("from_place", "to_place", "width_m", "depth_m", "note"))
    line = json.dumps({"type": "LineString", "coordinates": points_of(entry["route"])})
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = defaults | column_values(StreetWork, stage.resolve(entry))
        work_id = announce_work(ctx, AnnounceWork(values, "", None, line)).id
    stage.move(STREET_WORK, work_id, entry.get("moves", ()))


def create_street_rules(stage: Stage, table: Entry) -> None:
    """Rules of streets of the sample; none where the commune is not in force."""
    for entry in table["street_rules"]:
        with stage.acting(entry["by"], entry["days"]) as ctx:
            unit = select(AdminUnit.id).where(AdminUnit.code == entry["commune"], AdminUnit.in_force(ctx.today))
            commune_id = ctx.session.scalar(unit)
            if commune_id is None:
                continue
            fields = fields_of(StreetRule)
            values = dict.fromkeys(fields) | column_values(StreetRule, stage.resolve(entry))
            command = WriteRule({name: values[name] for name in fields}, entry["street"], commune_id)
            rule_id = write_rule(ctx, command).id
        stage.move(RULE, rule_id, entry.get("moves", ()))


def _project(stage: Stage, entry: Entry) -> None:
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = dict.fromkeys(fields_of(PppProject)) | column_values(PppProject, stage.resolve(entry))
        save_project(ctx, SaveProject(values))
