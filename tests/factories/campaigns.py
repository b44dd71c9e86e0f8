"""Campaigns and reports made by the services as their users make them."""

import html
import re
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.campaigns.codes import CampaignKind
from registry.campaigns.commands import SaveEntries, WriteCampaign
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.queries import campaign_of, get_report
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.rules import Days
from registry.campaigns.service import save_entries, write_campaign
from registry.campaigns.submission import figures_of, items_of
from registry.campaigns.workflow import CAMPAIGNS
from registry.workflow.engine import fire
from tests.support.clock import NOW

DAYS = Days(
    period_from=date(2026, 1, 1),
    period_to=date(2026, 11, 15),
    cutoff_on=date(2026, 11, 20),
    opens_on=date(2026, 11, 21),
    due_on=date(2026, 11, 30),
    closes_on=date(2026, 12, 10),
)


def at(day, hour=9):
    """A moment of a day, of its morning in Việt Nam."""
    return datetime(day.year, day.month, day.day, hour - 7, tzinfo=UTC)


def ids_of(ctx, codes):
    return tuple(ctx.session.scalars(select(Organisation.id).where(Organisation.code.in_(codes))))


def campaign(ctx_of, *, codes=("viettel", "vnpt"), kind=CampaignKind.YEARLY, days=DAYS, begun=True, now=NOW):
    """A campaign for these organisations, opened unless `begun` is false; returns its id."""
    with ctx_of("so.khcn", now=now) as ctx:
        command = WriteCampaign(
            "Báo cáo năm 2026", {"kind": kind, "instructions": None, **vars(days)}, ids_of(ctx, codes)
        )
        campaign_id = write_campaign(ctx, command).id
    if begun:
        move_campaign(ctx_of, campaign_id, "begin", now=now)
    return campaign_id


def move_campaign(ctx_of, campaign_id, name, *, by="so.khcn", now=NOW, **data):
    """Make a move with the version as it stands; returns the state it led to."""
    with ctx_of(by, now=now) as ctx:
        version = ctx.session.get_one(ReportCampaign, campaign_id).version
        return fire(ctx, CAMPAIGNS, campaign_id, name, data, version=version).state


def report_of(ctx_of, campaign_id, code):
    """The id of an organisation's report."""
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        (owner,) = ids_of(ctx, [code])
        query = select(OperatorReport.id).where(
            OperatorReport.campaign_id == campaign_id, OperatorReport.organisation_id == owner
        )
        return ctx.session.scalars(query).one()


def move(ctx_of, username, report_id, name, *, now=NOW, **data):
    """Make a move with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.get_one(OperatorReport, report_id).version
        return fire(ctx, REPORTS, report_id, name, data, version=version).state


def save(ctx_of, username, report_id, *, now=NOW, **figures):
    """Save a report in which all items have a figure: those given, those of the register, else 7."""
    with ctx_of(username, now=now) as ctx:
        report = get_report(ctx, report_id)
        its = campaign_of(ctx, report)
        figures_known = figures_of(ctx, its, report)
        entries = {}
        for item in items_of(its):
            value = figures_known[item.code].value if figures_known[item.code].value is not None else Decimal(7)
            figure = figures.get(item.code, (value, figures_known[item.code].reason))
            entries[item.code] = figure if isinstance(figure, tuple) else (Decimal(figure), None)
        save_entries(ctx, SaveEntries(report_id, report.version, entries))


def text_of_version(client, address):
    """All pages of all tables of a consolidated report, one after the other."""
    waiting, texts = [address], {}
    while waiting:
        page = waiting.pop(0)
        if page not in texts:
            texts[page] = client.get(page).text
            links = re.findall(rf'href="({re.escape(address)}\?table=[^"#]+)', texts[page])
            waiting += [html.unescape(link) for link in links]
    return "".join(texts.values())


def accepted(ctx_of, campaign_id, code, *, username=None, now=NOW, **figures):
    """The whole way of one report up to its acceptance; returns its id."""
    report_id = report_of(ctx_of, campaign_id, code)
    save(ctx_of, username or code, report_id, now=now, **figures)
    move(ctx_of, username or code, report_id, "submit", now=now)
    move(ctx_of, "so.khcn", report_id, "approve", now=now)
    move(ctx_of, "gd.khcn", report_id, "accept", now=now)
    return report_id
