"""The report of one organisation as a paper for signature: of each submission one, frozen when it is sent.

In the form of Decree 30/2020, in Vietnamese, whatever the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.letterhead import draft_number, head_of, letterhead
from registry.accounts.models import Organisation, OrganisationKind, UserAccount
from registry.authz.actors import Ctx
from registry.campaigns.codes import REPORT
from registry.campaigns.models import OperatorReport, ReportCampaign, ReportRemark, ReportSubmission
from registry.campaigns.rules import shown_number
from registry.documents.issued import IssuedPaper, freeze_paper, issued_paper, made_again, official_paper
from registry.documents.official import OfficialPaper, PaperTable, as_sentence, bare_name, undated
from registry.kernel.i18n import format_date, format_datetime
from registry.territory.queries import get_province

_PAPER: Final = "submission_{place}"
_HEADS: Final = ("TT", "Nội dung", "Đơn vị tính", "Báo cáo", "Cơ sở dữ liệu", "Kỳ trước", "Giải thích")
_WIDTHS: Final = (6, 28, 11, 14, 12, 11, 18)


def freeze_report(ctx: Ctx, campaign: ReportCampaign, report: OperatorReport, submission: ReportSubmission) -> None:
    """Store the paper of a submission; the report is locked by the caller."""
    paper = _make_paper(ctx, campaign, report, submission)
    freeze_paper(ctx, REPORT, report.id, _PAPER.format(place=submission.place), paper)


def report_paper(
    ctx: Ctx, campaign: ReportCampaign, report: OperatorReport, submission: ReportSubmission
) -> tuple[IssuedPaper | None, OfficialPaper]:
    """The paper of a submission as it was sent; one that was sent before papers were stored is made again."""
    issued = issued_paper(ctx, REPORT, report.id, _PAPER.format(place=submission.place))
    if issued is not None:
        return issued, official_paper(issued.content)
    return None, made_again(ctx, _make_paper(ctx, campaign, report, submission))


def _make_paper(
    ctx: Ctx, campaign: ReportCampaign, report: OperatorReport, submission: ReportSubmission
) -> OfficialPaper:
    reporter = ctx.session.get_one(Organisation, submission.organisation_id)
    department = ctx.session.get_one(Organisation, campaign.organisation_id)
    sender = ctx.session.get_one(UserAccount, submission.sent_by_id).full_name
    signer = submission.signed_by or sender
    parent, lines = letterhead(ctx, reporter)
    province = get_province(ctx.session)
    is_committee = reporter.kind is OrganisationKind.COMMUNE_COMMITTEE
    closing = [(str(remark.kind.label), as_sentence(remark.text)) for remark in _remarks(ctx, report)]
    sent = f"{report.number}, lần gửi {submission.place}; người ký: {signer}; người gửi: {sender}, lúc"
    closing.append(("", f"{sent} {format_datetime(submission.sent_at)}."))
    closing.append(("Mã kiểm SHA-256", submission.digest))
    first, last = format_date(campaign.period_from), format_date(campaign.period_to)
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=draft_number("BC", reporter),
        place_and_day=undated(bare_name(province.name) if province else ""),
        title="BÁO CÁO",
        subject=f"{campaign.title} (kỳ từ {first} đến {last})",
        parts=[
            ("Kính gửi", as_sentence(department.name)),
            (
                "",
                f"Thực hiện đợt báo cáo {campaign.number}, {reporter.name} báo cáo số liệu như bảng dưới đây. Số liệu"
                f" của cơ sở dữ liệu có hiệu lực đến hết ngày {format_date(submission.valid_on)}, theo dữ liệu đã ghi"
                f" nhận đến {format_datetime(submission.known_at)}.",
            ),
            *([("Lý do đính chính", as_sentence(submission.reason))] if submission.reason else []),
        ],
        recipients=(department.name, "Lưu: VT"),
        right=(head_of(reporter) if is_committee else "NGƯỜI ĐẠI DIỆN", signer.split(",")[0].strip()),
        table=PaperTable(_HEADS, [_row(number, row) for number, row in enumerate(submission.figures, 1)], _WIDTHS),
        closing=closing,
    )


def _row(number: int, row: Mapping[str, Any]) -> list[str]:
    answer = row["content"] or "" if "content" in row else _figure(row["value"])
    numbers = (_figure(row["register"]), _figure(row["former"]))
    return [str(number), row["label"], row["unit"], answer, *numbers, row["reason"] or ""]


def _figure(text: str | None) -> str:
    return "–" if text is None else shown_number(Decimal(text))


def _remarks(ctx: Ctx, report: OperatorReport) -> list[ReportRemark]:
    query = select(ReportRemark).where(ReportRemark.report_id == report.id, ReportRemark.withdrawn_at.is_(None))
    return list(ctx.session.scalars(query.order_by(ReportRemark.kind, ReportRemark.id)))
