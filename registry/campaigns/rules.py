"""Rules of campaigns on values: the days, what closes an entry, what an item needs, the digest of a submission."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from registry.campaigns.codes import CampaignState, Closed, ItemKind, ReportState
from registry.kernel.i18n import _, _n, format_date, format_number
from registry.kernel.i18n.stored import stored_text

#: The longest period of a report, and how far ahead its days may lie.
LONGEST: Final = timedelta(days=366)
_AHEAD: Final = timedelta(days=366)
FIRST_DAY: Final = date(2000, 1, 1)
#: States in which the operator works on its report.
EDITABLE: Final = frozenset({ReportState.ENTRY, ReportState.RETURNED})
_HUNDRED: Final = Decimal(100)
NUMBERS: Final = frozenset({ItemKind.WHOLE, ItemKind.NUMBER})
#: Letters of a reason, and different ones among them: less says nothing.
_LETTERS: Final = 10
_DIFFERENT: Final = 4
#: Digits after the decimal mark that are shown of a figure.
_DIGITS: Final = 2
#: Between the cells of a row of a table.
CELL_SEPARATOR: Final = ";"


@dataclass(frozen=True)
class Days:
    """The days of a campaign."""

    period_from: date
    period_to: date
    cutoff_on: date
    opens_on: date
    due_on: date
    closes_on: date


@dataclass(frozen=True)
class Item:
    """One item of a form. `measure` is a code of measures.MEASURES, "" for a typed figure; `change_pct` asks for a
    reason from that change against the last report on, None never; `indicator` is a code of the catalogue, or "".

    `options` are the choices of a choice, or the columns of a table; `at_most` is the code of the item of which this
    one is a part, so that its figure is not larger.
    """

    code: str
    label: str
    unit: str
    measure: str
    change_pct: int | None
    indicator: str
    kind: ItemKind = ItemKind.NUMBER
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    options: tuple[str, ...] = ()
    at_most: str = ""
    required: bool = True

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Item:
        """The item of a row of the settings or of a campaign."""
        change = row.get("change_pct")
        return cls(
            row["code"],
            row["label"],
            row.get("unit") or "",
            row.get("measure") or "",
            None if change in (None, "") else int(change),
            row.get("indicator") or "",
            ItemKind(row.get("kind") or ItemKind.NUMBER),
            _bound(row, "minimum"),
            _bound(row, "maximum"),
            tuple(row.get("options") or ()),
            row.get("at_most") or "",
            row.get("required", True),
        )

    def as_row(self) -> dict[str, Any]:
        """The row of a campaign's form that `of` reads."""
        return {
            "code": self.code,
            "label": self.label,
            "unit": self.unit,
            "measure": self.measure or None,
            "change_pct": self.change_pct,
            "indicator": self.indicator or None,
            "kind": self.kind.value,
            "minimum": as_text(self.minimum),
            "maximum": as_text(self.maximum),
            "options": list(self.options),
            "at_most": self.at_most or None,
            "required": self.required,
        }

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS

    @property
    def is_explained(self) -> bool:
        """Whether a figure of it may need a reason."""
        return self.is_number and (bool(self.measure) or self.change_pct is not None)


def _bound(row: Mapping[str, Any], name: str) -> Decimal | None:
    return None if row.get(name) in (None, "") else Decimal(str(row[name]))


@dataclass(frozen=True)
class ItemFigures:
    """The figures of one item: what is typed, what the register gives, what the last report said; of a text, a choice
    or a table `content`, the rows of a table on lines.
    """

    value: Decimal | None
    register: Decimal | None
    former: Decimal | None
    reason: str | None
    content: str | None = None


def day_problems(days: Days) -> dict[str, str]:
    """What is wrong with the days of a campaign, by field."""
    problems: dict[str, str] = {}
    if not FIRST_DAY <= days.period_from <= days.period_to <= days.period_from + LONGEST:
        problems["period_to"] = _n(
            "Kỳ báo cáo từ %(first)s đến %(last)s không dùng được; cần từ %(earliest)s, dài tối đa %(days)d ngày.",
            LONGEST.days,
            first=format_date(days.period_from),
            last=format_date(days.period_to),
            earliest=format_date(FIRST_DAY),
            days=LONGEST.days,
        )
    if not days.period_from <= days.cutoff_on <= days.opens_on:
        problems["cutoff_on"] = _(
            "Ngày chốt số liệu %(day)s không dùng được; cần từ đầu kỳ báo cáo %(first)s đến ngày mở nhập %(last)s.",
            day=format_date(days.cutoff_on),
            first=format_date(days.period_from),
            last=format_date(days.opens_on),
        )
    if not days.opens_on <= days.due_on <= days.opens_on + _AHEAD:
        problems["due_on"] = _(
            "Hạn nộp %(day)s không dùng được; cần từ ngày mở nhập %(first)s đến %(last)s.",
            day=format_date(days.due_on),
            first=format_date(days.opens_on),
            last=format_date(days.opens_on + _AHEAD),
        )
    if not days.due_on <= days.closes_on <= days.due_on + _AHEAD:
        problems["closes_on"] = _(
            "Ngày cuối được nhập %(day)s không dùng được; cần từ hạn nộp %(first)s đến %(last)s.",
            day=format_date(days.closes_on),
            first=format_date(days.due_on),
            last=format_date(days.due_on + _AHEAD),
        )
    return problems


def why_closed(
    campaign_state: CampaignState,
    report_state: ReportState,
    days: tuple[date, date, date | None],
    today: date,
) -> Closed | None:
    """Why nothing can be entered today, or None; `days`: first and last day of entry, and that of an exception."""
    opens_on, closes_on, until = days
    if campaign_state is not CampaignState.OPEN:
        return Closed.LOCKED
    if report_state not in EDITABLE:
        return Closed.SENT
    if today < opens_on:
        return Closed.NOT_BEGUN
    if today > max(closes_on, until or closes_on):
        return Closed.ENDED
    return None


def reason_cause(item: Item, figures: ItemFigures) -> str | None:
    """What about the value of an item must be explained, for the field of the reason; None without need."""
    if figures.value is None:
        return None
    if figures.register is not None and figures.value != figures.register:
        return _("Khác số liệu của cơ sở dữ liệu, cần nêu lý do.")
    if item.change_pct is None or figures.former is None or figures.former == figures.value:
        return None
    if abs(figures.value - figures.former) * _HUNDRED >= item.change_pct * figures.former:
        return _("Thay đổi từ %(pct)d%% trở lên so với kỳ trước, cần nêu lý do.", pct=item.change_pct)
    return None


def needs_reason(item: Item, figures: ItemFigures) -> str | None:
    """Why an item needs a reason, as a sentence that names item and values; None without need."""
    if reason_cause(item, figures) is None:
        return None
    if figures.register is not None and figures.value != figures.register:
        return _(
            "“%(item)s” ghi %(value)s, cơ sở dữ liệu tính ra %(register)s; cần nêu lý do chênh lệch.",
            item=stored_text(item.label),
            value=format_number(figures.value),
            register=format_number(figures.register),
        )
    return _(
        "“%(item)s” ghi %(value)s, kỳ trước %(former)s; thay đổi từ %(pct)d%% trở lên cần nêu lý do.",
        item=stored_text(item.label),
        value=format_number(figures.value),
        former=format_number(figures.former),
        pct=item.change_pct,
    )


def entry_problems(items: Sequence[Item], figures: Mapping[str, ItemFigures]) -> dict[str, str]:
    """What is still missing before a report can be sent, by code of the item; sentences name item and value.

    Files come with the report itself.
    """
    labels = {item.code: stored_text(item.label) for item in items}
    problems: dict[str, str] = {}
    for item in items:
        its = figures[item.code]
        sentence: str | None = None
        if item.kind is ItemKind.FILE:
            continue
        if not item.is_number:
            if item.required and not its.content:
                sentence = _("Chưa nhập “%(item)s”; cần nội dung trả lời.", item=labels[item.code])
        elif its.value is None:
            if item.required:
                sentence = _("Chưa nhập “%(item)s”; cần một số, kể cả số 0.", item=labels[item.code])
        else:
            whole = figures.get(item.at_most)
            sentence = _whole_number_problem(item, its.value) or _reason_problem(item, its)
            if whole is not None and whole.value is not None and its.value > whole.value:
                sentence = _(
                    "“%(item)s” ghi %(value)s, lớn hơn “%(whole)s” %(most)s; cần nhỏ hơn hoặc bằng.",
                    item=labels[item.code],
                    value=format_number(its.value),
                    whole=labels[item.at_most],
                    most=format_number(whole.value),
                )
        if sentence is not None:
            problems[item.code] = sentence
    return problems


def _whole_number_problem(item: Item, value: Decimal) -> str | None:
    if item.kind is not ItemKind.WHOLE or value == value.to_integral_value():
        return None
    label = stored_text(item.label)
    return _("“%(item)s” ghi %(value)s; cần một số nguyên.", item=label, value=format_number(value))


def _reason_problem(item: Item, figures: ItemFigures) -> str | None:
    sentence = needs_reason(item, figures)
    if sentence is None or not figures.reason:
        return sentence
    if has_sense(figures.reason):
        return None
    return _(
        "“%(item)s”: lý do “%(reason)s” chưa rõ; cần ít nhất %(least)d chữ cái nêu nguyên nhân.",
        item=stored_text(item.label),
        reason=figures.reason,
        least=_LETTERS,
    )


def has_sense(text: str) -> bool:
    """Whether a text can be a reason: enough letters, and not one letter again and again."""
    letters = [letter.casefold() for letter in text if letter.isalpha()]
    return len(letters) >= _LETTERS and len(set(letters)) >= _DIFFERENT


def rows_of_table(content: str) -> list[list[str]]:
    """The rows of a table that was typed one a line; empty lines are none."""
    lines = (line for line in content.splitlines() if line.strip(f"{CELL_SEPARATOR} \t"))
    return [[cell.strip() for cell in line.split(CELL_SEPARATOR)] for line in lines]


def content_problem(item: Item, content: str) -> str | None:
    """What is wrong with the answer to a choice or a table, as a sentence."""
    if item.kind is ItemKind.CHOICE and content not in item.options:
        return _(
            "“%(item)s” ghi “%(value)s”; cần một trong: %(options)s.",
            item=stored_text(item.label),
            value=content,
            options="; ".join(item.options),
        )
    if item.kind is not ItemKind.TABLE:
        return None
    for number, row in enumerate(rows_of_table(content), 1):
        if len(row) != len(item.options):
            return _(
                "“%(item)s”, dòng %(number)d có %(count)d ô; cần %(wanted)d ô cách nhau bằng dấu chấm phẩy: %(heads)s.",
                item=stored_text(item.label),
                number=number,
                count=len(row),
                wanted=len(item.options),
                heads="; ".join(item.options),
            )
    return None


def question_problems(items: Mapping[int, Item]) -> dict[str, str]:
    """What is wrong with composed items, by the field of their row (`label_3`)."""
    problems: dict[str, str] = {}
    rows = {item.code: row for row, item in items.items()}
    labels: dict[str, int] = {}
    for row, item in items.items():
        name = item.label.casefold()
        if name in labels:
            problems[f"label_{row}"] = _("Câu hỏi “%(label)s” có hai lần; mỗi câu hỏi ghi một lần.", label=item.label)
        labels[name] = row
        if item.kind is ItemKind.CHOICE and len(set(item.options)) < 2:  # noqa: PLR2004
            problems[f"options_{row}"] = _("Câu hỏi “%(label)s” cần ít nhất hai lựa chọn khác nhau.", label=item.label)
        if item.kind is ItemKind.TABLE and not item.options:
            problems[f"options_{row}"] = _("Câu hỏi “%(label)s” cần tên các cột của bảng.", label=item.label)
        if item.minimum is not None and item.maximum is not None and item.minimum > item.maximum:
            problems[f"maximum_{row}"] = _(
                "“%(label)s”: lớn nhất %(most)s nhỏ hơn nhỏ nhất %(least)s; cần lớn hơn hoặc bằng.",
                label=item.label,
                most=format_number(item.maximum),
                least=format_number(item.minimum),
            )
        if item.measure and not item.is_number:
            problems[f"measure_{row}"] = _(
                "“%(label)s” là %(kind)s nên không điền sẵn được số liệu của cơ sở dữ liệu.",
                label=item.label,
                kind=str(item.kind.label).lower(),
            )
        if item.at_most:
            whole = items.get(rows.get(item.at_most, -1))
            if whole is None or whole is item or not (whole.is_number and item.is_number):
                problems[f"at_most_{row}"] = _(
                    "“%(label)s”: không so được với câu hỏi đã chọn; cần số thứ tự của một câu hỏi khác, cả hai là số.",
                    label=item.label,
                )
    return problems


def digest_of(content: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8), in hexadecimal digits."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def submission_digest(organisation_id: int, valid_on: date, known_at: str, figures: Sequence[Mapping[str, Any]]) -> str:
    """The digest of a submission; `known_at` in ISO form in UTC."""
    return digest_of([organisation_id, valid_on.isoformat(), known_at, list(figures)])


def as_text(value: Decimal | None) -> str | None:
    """A figure as it is frozen: no exponent, no zeros at the end."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_number(value: Decimal) -> str:
    """A figure as papers and pages show it: at most two digits after the mark, none of them a zero at the end."""
    return format_number(Decimal(as_text(round(value, _DIGITS)) or "0"))


def is_reminder_due(law: Mapping[str, int], due_on: date, last_on: date, today: date) -> bool:
    """Whether an operator is reminded today: on the days before the due date, and when late as long as it can enter."""
    left = (due_on - today).days
    if left >= 0:
        return left in (law["first_days"], law["second_days"], law["last_days"])
    return today <= last_on and -left % law["late_every_days"] == 0
