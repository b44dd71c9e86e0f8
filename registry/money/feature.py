"""Feature: the desk of money."""

from __future__ import annotations

from collections.abc import Collection

from flask import url_for
from sqlalchemy import select

from registry.accounts.held_work import NO_WORK
from registry.audit.labels import record_labels
from registry.audit.subjects import Named, Subject, Tracked, named_subject
from registry.authz.actors import Ctx
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.authz.start_page import START_PARTS
from registry.indicators.declared import FIGURES
from registry.kernel.feature import Feature
from registry.kernel.fields import fields_of
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.money.figures import DECLARED
from registry.money.forms import CONSTRAINT_SENTENCES
from registry.money.list_view import FINES, PROJECTS
from registry.money.models import PppProject, PppProjectStreet
from registry.money.pages import bp, start_part
from registry.money.queries import PROJECT
from registry.money.streets import projects_of_street
from registry.routelists.item_view import STREET_PROJECTS


def _names(ctx: Ctx, ids: Collection[int]) -> dict[int, Named]:
    if not holds(ctx.actor, P.MONEY_READ):
        return {}
    projects = ctx.session.scalars(select(PppProject).where(PppProject.id.in_(ids)))
    return {project.id: Named(project.name, url_for("money.project", project_id=project.id)) for project in projects}


FEATURE = Feature(
    name="money",
    blueprints=(bp,),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        *named_subject(PROJECT, Subject(_names), Tracked(PppProject, lambda: fields_of(PppProject), PROJECT)),
        *record_labels(
            PROJECT,
            _l("Dự án PPP"),
            add=_l("Thêm dự án PPP"),
            edit=_l("Sửa dự án PPP"),
            link_street=_l("Liên kết tuyến đường với dự án PPP"),
            unlink_street=_l("Bỏ liên kết tuyến đường với dự án PPP"),
        ),
        NO_WORK.of(PppProjectStreet.linked_by_id),
        STREET_PROJECTS.of(projects_of_street),
        *lists(PROJECTS, FINES, order=170),
        FIGURES.of(*DECLARED),
        START_PARTS.of(start_part, order=20),
        NAVIGATION.of(NavItem(_l("Kinh phí, dự án"), "money.index", P.MONEY_READ, NavGroup.FIGURES), order=60),
    ),
)
