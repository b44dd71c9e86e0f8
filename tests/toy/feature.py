"""The toy feature: a page, a command, and what it adds to the pages of others."""

from collections.abc import Iterator
from typing import Any

import click
from flask import render_template
from sqlalchemy import literal, select

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.audit.subjects import SUBJECTS, Named, Subject
from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_PARTS, StartPart
from registry.kernel.cli.doctor import INSTALLATION_CHECKS, Finding
from registry.kernel.documents import DOCUMENTS
from registry.kernel.feature import Feature
from registry.kernel.http.errors import html_errors
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import Search
from registry.kernel.lists.page import list_page
from registry.kernel.lists.view import Empty, ListView, lists
from registry.kernel.search import SEARCH_SOURCES, Hit, Link, SearchGroup
from registry.notices.texts import NOTICE_TEXTS, NoticeText
from registry.structures.filtering.checks import CHECKS, Check
from registry.structures.filtering.extra import EXTRA_FILTERS, ExtraFilter
from registry.structures.models import Structure
from registry.structures.nearby.nearest import COMPARISON_COLUMNS, ComparisonCell, ComparisonColumn
from registry.structures.pages.panels import CELL_PANELS, HEAD_PARTS, PANELS, Panel
from registry.workflow.worklist import WORKLIST_TASKS, WorklistTask

bp = GuardedBlueprint("toy", __name__, errors=html_errors, url_prefix="/toy")


@bp.get("", permission=P.ACCOUNT_SELF)
def index(ctx: Ctx) -> str:
    return f"toy of {ctx.actor.username}"


@click.command("toy")
def command() -> None:
    click.echo("toy")


def panel(_ctx: Ctx, structure: Structure) -> Panel:
    return Panel("toy", "toy/panel.html", {"toy_code": structure.code})


def head_part(_ctx: Ctx, row: Any) -> Panel:
    return Panel("toy-head", "toy/head.html", {"toy_head": row.code if row.exact else "ô"})


def cell_panel(_ctx: Ctx, row: Any) -> Panel:
    return Panel("toy-cell", "toy/panel.html", {"toy_code": row.kind})


def start_part(ctx: Ctx) -> StartPart:
    return StartPart("toy/start.html", {"toy_reader": "khách" if Role.PUBLIC in ctx.actor.roles else "thành viên"})


def tasks(_ctx: Ctx) -> Iterator[WorklistTask]:
    yield WorklistTask("Việc thử", "/toy", "chờ thử")


def found(_ctx: Ctx, query: Any) -> SearchGroup:
    return SearchGroup("toy", "Thử", [Hit("Kết quả thử", Link("toy.index"))] if query.text == "thử" else [])


TOYS = ListView(
    code="toy",
    label="Danh sách thử",
    endpoint="toy.things",
    permission=P.ACCOUNT_SELF,
    select=lambda _ctx, _chosen: select(Structure.code, Structure.id),
    columns=(Column("code", "Mã thử", main=True), Column("number", "Số thử", "id", int)),
    filters=(Search("q", "Từ khóa", where=lambda _ctx, text: Structure.code == text),),
    order=(Structure.id,),
    stem="thu",
    count="%(count)s đồ thử",
    empty=Empty("Chưa có đồ thử", "Đồ thử hiển thị tại đây."),
)


@bp.get("/things", permission=P.ACCOUNT_SELF)
def things(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, TOYS))


def cells(_ctx: Ctx, _wish: Any, structures: Any) -> dict[int, ComparisonCell]:
    return {row.id: ComparisonCell("ô thử") for row in structures}


FEATURE = Feature(
    name="toy",
    blueprints=(bp,),
    commands=(command,),
    provides=(
        NAVIGATION.of(NavItem("Thử", "toy.index", P.ACCOUNT_SELF, NavGroup.STRUCTURES), order=999),
        PANELS.of(panel, order=999),
        HEAD_PARTS.of(head_part, order=999),
        CELL_PANELS.of(cell_panel, order=999),
        START_PARTS.of(start_part, order=999),
        WORKLIST_TASKS.of(tasks, order=999),
        SEARCH_SOURCES.named({"toy": found}, order=999),
        NOTICE_TEXTS.named({"toy": lambda _notice: NoticeText("Thông báo thử", "toy.index")}),
        OBJECT_LABELS.named({"toy": "Đồ thử"}),
        SUBJECTS.named({"toy": Subject(lambda _ctx, ids: {number: Named(f"Đồ {number}", "/toy") for number in ids})}),
        ACTION_LABELS.named({"toy.make": "Làm đồ thử"}),
        DOCUMENTS.named({"docs/toy.md": lambda: "toy\n"}),
        INSTALLATION_CHECKS.of(lambda _chosen: Finding("toy", ok=True, detail="")),
        EXTRA_FILTERS.of(
            ExtraFilter("toy", "Thử", lambda _ctx, readable_rows, _value: readable_rows.c.id < 0, {"none": "Không có"})
        ),
        CHECKS.of(Check("toy", "Thử", "Gợi ý thử", lambda _ctx: literal(value=False))),
        COMPARISON_COLUMNS.of(ComparisonColumn("toy", "Cột thử", cells)),
        *lists(TOYS),
    ),
)
