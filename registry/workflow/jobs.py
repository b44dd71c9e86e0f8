"""Command and nightly job of the calendar."""

from __future__ import annotations

import re

import click
from flask import current_app
from flask.cli import AppGroup
from procrastinate import JobContext

from registry.authz.actors import SYSTEM_ACTOR, Actor
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import Database
from registry.kernel.i18n import _
from registry.kernel.jobs import queue, resources_of
from registry.workflow.days import FIRST_YEAR, LAST_YEAR
from registry.workflow.seed import seed_calendar, seed_next_year

group = AppGroup("calendar", help="Days off and worked weekends.")
_SPAN = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")


class Years(click.ParamType[range]):
    """One year, or the first and the last one with a dash between."""

    name = "years"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> range:
        """The years; a refusal names what is expected."""
        if isinstance(value, range):
            return value
        found = _SPAN.fullmatch(str(value))
        if found:
            years = range(int(found[1]), int(found[2] or found[1]) + 1)
            if years and years[0] >= FIRST_YEAR and years[-1] <= LAST_YEAR:
                return years
        return self.fail(f"{value!r} is no year or span of years such as 2027 or 2023-2027.", param, ctx)


@group.command("seed")
@click.option("--years", type=Years(), required=True, help="A year or a span, for instance 2023-2027.")
def seed(years: range) -> None:
    """Enter the days off and worked weekends that are missing; what people entered or withdrew stays.

    Example: flask calendar seed --years 2023-2027
    """
    database: Database = current_app.extensions[DATABASE]
    machine: Actor = SYSTEM_ACTOR
    with database.transaction(machine, origin="cli") as ctx:
        added = seed_calendar(ctx, years)
    click.echo(_("Đã thêm %(days)d ngày vào lịch làm việc.", days=added))


@queue.periodic(cron="23 3 * * *")
@queue.task(name="workflow.calendar", queueing_lock="workflow.calendar", pass_context=True)
def seed_coming_year(job: JobContext, timestamp: int) -> None:
    """Every night, so that no night missed matters: see that the coming year stands in the calendar."""
    del timestamp
    machine: Actor = SYSTEM_ACTOR
    with resources_of(job).database.transaction(machine, origin="worker") as ctx:
        seed_next_year(ctx)
