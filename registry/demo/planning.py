"""The sample of planning: a draft of the next plan, a conclusion on a structure, areas that the plan puts first,
yearly plans of operators, and guidance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from registry.authz.actors import Role
from registry.demo.data import column_values, data_file
from registry.demo.plan_figures import Acting
from registry.documents.official import OfficialPaper, write_docx
from registry.files.storage import FileStore
from registry.guidance.commands import PublishDocument
from registry.guidance.models import GuidanceKind
from registry.guidance.service import publish
from registry.infra_plans.commands import Conclude, WritePlan
from registry.infra_plans.models import InfraPlan, PlanConclusion
from registry.infra_plans.service import conclude, write_plan
from registry.operator_plans.commands import FilePlan
from registry.operator_plans.service import file_rows
from registry.priority_areas.commands import ImportAreas
from registry.priority_areas.models import PriorityArea
from registry.priority_areas.service import import_areas
from registry.structures.models import Structure


def create_planning(stage: Acting, table: Mapping[str, Any]) -> None:
    """Write the plans and conclusions of the tables of cases."""
    for entry in table["infra_plans"]:
        with stage.acting(entry["by"], entry["days"]) as ctx, data_file(entry["file"]).open("rb") as stream:
            values = {"valid_to": None, "note": None} | column_values(InfraPlan, stage.resolve(entry))
            write_plan(ctx, WritePlan(values), stream)
    for entry in table["plan_conclusions"]:
        with stage.acting(entry["by"], entry["days"]) as ctx:
            named = select(Structure.code).where(Structure.is_sample, Structure.own_code == entry["structure"])
            code = ctx.session.scalars(named).one_or_none()
            if code is not None:
                values = {"verdict": None, "architecture": None} | column_values(PlanConclusion, stage.resolve(entry))
                conclude(ctx, Conclude(code, values))


def create_areas(stage: Acting, table: Mapping[str, Any]) -> None:
    """Write the areas of the files that the tables of cases name."""
    for entry in table["priority_areas"]:
        with stage.acting(entry["by"], entry["days"]) as ctx, data_file(entry["file"]).open("rb") as stream:
            values = {"valid_to": None} | column_values(PriorityArea, stage.resolve(entry))
            import_areas(ctx, ImportAreas(values), stream)


def create_operator_plans(stage: Acting, table: Mapping[str, Any]) -> None:
    """File the yearly plans of the next year."""
    for entry in table["operator_plans"]:
        with stage.acting(entry["by"], entry["days"]) as ctx:
            file_rows(
                ctx, list(enumerate(entry["rows"], 2)), FilePlan(ctx.today.year + 1, "wgs84", "ke-hoach-nam.xlsx")
            )


def create_guidance(stage: Acting, table: Mapping[str, Any], store: FileStore) -> None:
    """Publish the guidance of the tables of cases, each with a paper of one page."""
    for entry in table["guidance"]:
        resolved = stage.resolve(entry)
        with stage.acting(entry["by"], entry["days"]) as ctx:
            paper = OfficialPaper(
                "", ["DỮ LIỆU MẪU"], entry["number"], "", entry["title"], "", [("", entry["title"])], [], ("", "")
            )
            publish(
                ctx,
                store,
                PublishDocument(
                    kind=GuidanceKind(entry["kind"]),
                    title=entry["title"],
                    number=entry["number"],
                    issued_on=ctx.today,
                    summary=entry.get("summary"),
                    file_name="tai-lieu-mau.docx",
                    content=write_docx(paper),
                    is_public=entry["is_public"],
                    addressees=tuple(Role(role) for role in entry["addressees"]),
                    due_on=resolved["due_on"],
                ),
            )
