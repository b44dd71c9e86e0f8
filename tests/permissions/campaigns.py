"""Campaigns and reports in every state: what the rows of the table name, and what their forms send."""

import io
from dataclasses import replace
from datetime import date, timedelta

from docx import Document

from registry.accounts.queries import list_agencies
from registry.campaigns.codes import CampaignKind, RemarkKind
from registry.campaigns.commands import AddRemark, GrantException
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.service import add_remark, grant_exception
from tests.factories.campaigns import DAYS, campaign, ids_of, move, move_campaign, report_of, save
from tests.support.clock import NOW


def _template():
    document, target = Document(), io.BytesIO()
    document.add_paragraph("{{ title }}")
    document.save(target)
    return target.getvalue()


#: Over, so that nothing can be entered any more.
PAST = replace(DAYS, due_on=date(2026, 11, 22), closes_on=date(2026, 11, 23))
FACTS = {
    "title": "Báo cáo năm",
    "kind": "yearly",
    "period_from": "01/01/2026",
    "period_to": "15/11/2026",
    "cutoff_on": "20/11/2026",
    "opens_on": "21/11/2026",
    "due_on": "30/11/2026",
    "closes_on": "10/12/2026",
    "audience": "{reporter_id}",
    "version": "{case_version}",
}
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "campaign begin": ("campaign draft", {}),
    "campaign lock": ("campaign finished", {}),
    "campaign reopen": ("campaign locked", {"reason": "Bổ sung"}),
    "campaign cancel": ("campaign open", {"reason": "Nhầm kỳ"}),
    "operator_report submit": ("report filled", {}),
    "operator_report take_back": ("report sent", {"reason": "Sót"}),
    "operator_report approve": ("report sent", {}),
    "operator_report return": ("report sent", {"reason": "Thiếu"}),
    "operator_report take_back_approval": ("report approved", {"reason": "Nhầm"}),
    "operator_report accept": ("report approved", {}),
    "operator_report take_back_acceptance": ("report accepted", {"reason": "Nhầm"}),
    "operator_report declare_missing": ("report late", {"reason": "Không gửi"}),
    "operator_report resume": ("report missing", {"reason": "Gửi muộn"}),
}
CAMPAIGN_FIELDS = {
    "campaigns.create": FACTS,
    "campaigns.edit_post": FACTS,
    "campaigns.questions_post": {
        "version": "{case_version}",
        "label_1": "Cột bị đổ",
        "kind_1": "whole",
        "required_1": "y",
    },
    "campaigns.own": {"template": ("mau.docx", _template())},
    "operator_reports.save": {"version": "{case_version}", "value_rented": "5"},
    "operator_reports.grant": {"until": "20/12/2026", "reason": "Bão"},
    "operator_reports.revoke": {"reason": "Thôi"},
    "operator_reports.remark": {"kind": "obstacle", "text": "Thiếu mặt bằng"},
    "operator_reports.handle": {"version": "1", "agency": "{agency_id}", "due_on": "20/12/2026", "outcome": "Đã giao"},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def campaign_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies; every report is Viettel's."""
    late_day = NOW - timedelta(days=3)
    campaigns = {
        "campaign draft": campaign(ctx_of, begun=False),
        "campaign on request": campaign(ctx_of, kind=CampaignKind.AD_HOC, begun=False),
        "campaign open": campaign(ctx_of),
        "campaign finished": campaign(ctx_of, codes=("viettel",), days=PAST, now=late_day),
        "campaign locked": campaign(ctx_of, codes=("viettel",), days=PAST, now=late_day),
    }
    for name in ("campaign finished", "campaign locked"):
        missing = report_of(ctx_of, campaigns[name], "viettel")
        move(ctx_of, "so.khcn", missing, "declare_missing", reason="Không gửi")
    move_campaign(ctx_of, campaigns["campaign locked"], "lock")
    reports = {name: report_of(ctx_of, campaign(ctx_of), "viettel") for name in _STEPS}
    for name, steps in _STEPS.items():
        save(ctx_of, "viettel", reports[name])
        for username, step in steps:
            move(ctx_of, username, reports[name], step)
    reports["report late"] = report_of(ctx_of, campaign(ctx_of, days=PAST, now=late_day), "viettel")
    commune_campaign = campaign(ctx_of, codes=(_COMMUNE,))
    reports["report of commune"] = report_of(ctx_of, commune_campaign, _COMMUNE)
    reports["report missing"] = report_of(ctx_of, campaigns["campaign finished"], "viettel")
    reports["report excepted"] = report_of(ctx_of, campaigns["campaign open"], "viettel")
    with ctx_of("so.khcn", now=NOW) as ctx:
        grant_exception(ctx, GrantException(reports["report excepted"], DAYS.closes_on + timedelta(days=1), "Bão"))
    with ctx_of("viettel", now=NOW) as ctx:
        remark_id = add_remark(ctx, AddRemark(reports["report excepted"], RemarkKind.OBSTACLE, "Thiếu mặt bằng")).id
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        (reporter,) = ids_of(ctx, ["viettel"])
        common = {
            "reporter_id": reporter,
            "agency_id": list_agencies(ctx)[0].id,
            "place": 1,
            "number": 1,
            "remark_id": remark_id,
        }
        objects = {
            name: common
            | {
                "workflow": "campaign" if model is ReportCampaign else "operator_report",
                "case_id": case_id,
                "case_version": ctx.session.get_one(model, case_id).version,
            }
            for model, cases in ((ReportCampaign, campaigns), (OperatorReport, reports))
            for name, case_id in cases.items()
        }
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _said) in MOVES.items()}


#: The organisation of ubnd.xa.
_COMMUNE = "ubnd_xa_mau"
#: Report -> the moves that lead to its state.
_SEND = ("viettel", "submit")
_STEPS = {
    "report filled": (),
    "report sent": (_SEND,),
    "report approved": (_SEND, ("gd.khcn", "approve")),
    "report accepted": (_SEND, ("gd.khcn", "approve"), ("so.khcn", "accept")),
}
