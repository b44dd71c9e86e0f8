"""Rules of places and entries on values alone; the database keeps the sums."""

from __future__ import annotations

from datetime import date

from registry.kernel.i18n import _, format_date

#: More places than any real structure has: a number beyond it is a slip of the hand.
MOST_PLACES = 10_000
MOST_LABEL = 100


def place_problems(label: str, total: int | None, taken: int) -> dict[str, str]:
    """What is wrong with a place; `taken` is the sum of used, reserved and blocked ones."""
    found: dict[str, str] = {}
    if not label:
        found["label"] = _("Tên vị trí còn trống; ví dụ đúng: Ống số 3, Sàn 32 m.")
    elif len(label) > MOST_LABEL:
        found["label"] = _("Tên vị trí dài %(length)d ký tự, tối đa %(most)d.", length=len(label), most=MOST_LABEL)
    if total is not None and not 0 <= total <= MOST_PLACES:
        found["total"] = _("Tổng số vị trí là %(total)d; cần từ 0 đến %(most)d.", total=total, most=MOST_PLACES)
    elif total is not None and total < taken:
        found["total"] = _(
            "Tổng số vị trí là %(total)d, ít hơn %(taken)d vị trí đang dùng, giữ chỗ hoặc không dùng được.",
            total=total,
            taken=taken,
        )
    return found


def entry_problems(quantity: int, started_on: date | None, ended_on: date | None, today: date) -> dict[str, str]:
    """What is wrong with an entry before the database looks at the sums."""
    found: dict[str, str] = {}
    if not 1 <= quantity <= MOST_PLACES:
        found["quantity"] = _(
            "Số vị trí sử dụng là %(quantity)d; cần từ 1 đến %(most)d.", quantity=quantity, most=MOST_PLACES
        )
    if started_on is not None and started_on > today:
        found["started_on"] = _(
            "Ngày bắt đầu %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(started_on)
        )
    if ended_on is not None:
        found |= end_problems(ended_on, started_on, today)
    return found


def end_problems(ended_on: date, started_on: date | None, today: date) -> dict[str, str]:
    """What is wrong with the last day of an entry."""
    if ended_on > today:
        return {
            "ended_on": _("Ngày kết thúc %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(ended_on))
        }
    if started_on is not None and ended_on < started_on:
        return {
            "ended_on": _(
                "Ngày kết thúc %(end)s sớm hơn ngày bắt đầu %(start)s.",
                end=format_date(ended_on),
                start=format_date(started_on),
            )
        }
    return {}
