"""Writes of projects; each with an audit event."""

from __future__ import annotations

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.money.commands import SaveProject
from registry.money.models import PppProject
from registry.money.queries import PROJECT, get_project
from registry.money.rules import value_problems


def save_project(ctx: Ctx, command: SaveProject) -> PppProject:
    """Add or change a project; Invalid names every wrong field, Conflict if another user changed it meanwhile."""
    require(ctx, P.MONEY_PROJECTS)
    problems = value_problems(command.values, ctx.today)
    if problems:
        raise Invalid(problems)
    project = PppProject(version=1) if command.project_id is None else _locked(ctx, command.project_id)
    if command.project_id is not None and project.version != command.version:
        raise Conflict(_("“%(name)s” đã được người khác sửa sau khi mở trang; hãy đọc lại.", name=project.name))
    for name, value in command.values.items():
        setattr(project, name, value)
    if command.project_id is None:
        ctx.session.add(project)
    else:
        project.version += 1
    ctx.session.flush()
    record(ctx, f"{PROJECT}.{'add' if command.project_id is None else 'edit'}", PROJECT, project.id, name=project.name)
    return project


def _locked(ctx: Ctx, project_id: int) -> PppProject:
    project = get_project(ctx, project_id)
    ctx.session.execute(select(PppProject.id).where(PppProject.id == project.id).with_for_update())
    ctx.session.refresh(project)
    return project
