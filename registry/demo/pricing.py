"""Sample prices of the demonstration's owners, one of them changed since; figures made up, but of a likely size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.demo import words
from registry.notices.models import Notice, NoticeMail, NoticeRead
from registry.tariffs.models import Tariff, TariffPeriod, TariffUnit
from registry.tariffs.rules import DAY
from registry.tariffs.service import KIND
from registry.territory.models import UnitLevel
from registry.territory.queries import find_units

_PUBLISHED_AT: Final = datetime(2026, 1, 19, 3, 10, tzinfo=UTC)
_FIRST: Final = date(2026, 1, 1)
_CHANGED_AT: Final = datetime(2026, 4, 21, 8, 40, tzinfo=UTC)
_CHANGED_FROM: Final = date(2026, 5, 1)
#: The ward that has prices of its own.
_WARD: Final = "Phường Hạc Thành"
_BASIS: Final = "Mẫu hợp đồng dùng chung, phụ lục giá 2026 (dữ liệu mẫu)"
_POSITION, _CABLE, _METRE, _LEVEL = TariffUnit.POSITION, TariffUnit.CABLE, TariffUnit.METRE, TariffUnit.LEVEL
_MONTH, _YEAR, _ONCE = TariffPeriod.MONTH, TariffPeriod.YEAR, TariffPeriod.ONCE


@dataclass(frozen=True)
class _Sample:
    owner: str
    kind: str
    unit: TariffUnit
    period: TariffPeriod
    price: int
    tax_included: bool = False
    in_ward: bool = False


_SAMPLES: Final = (
    _Sample(words.VIETTEL, "antenna_tower", _POSITION, _MONTH, 6_500_000),
    _Sample(words.VIETTEL, "antenna_tower", _POSITION, _MONTH, 16_800_000, in_ward=True),
    _Sample(words.VIETTEL, "antenna_tower", _POSITION, _ONCE, 12_000_000),
    _Sample(words.VNPT, "antenna_tower", _POSITION, _YEAR, 88_000_000, tax_included=True),
    _Sample(words.MOBIFONE, "antenna_tower", _POSITION, _MONTH, 7_000_000),
    _Sample(words.TOWER_COMPANY, "antenna_tower", _POSITION, TariffPeriod.QUARTER, 17_400_000),
    _Sample(words.IT_CENTRE, "antenna_tower", _POSITION, _YEAR, 60_000_000),
    _Sample(words.POWER_COMPANY, "power_pole_shared", _CABLE, _YEAR, 66_000, tax_included=True),
    _Sample(words.VNPT, "cable_pole", _CABLE, _MONTH, 4_500),
    _Sample(words.VIETTEL, "cable_pole", _CABLE, _YEAR, 57_000),
    _Sample(words.VNPT, "cable_duct", _METRE, _MONTH, 1_150),
    _Sample(words.VIETTEL, "cable_duct", _METRE, _MONTH, 1_320, tax_included=True),
    _Sample(words.IT_CENTRE, "technical_trench", _METRE, _YEAR, 9_600),
    _Sample(words.ZONE_BOARD, "technical_tunnel", _LEVEL, _YEAR, 4_200_000),
)
#: What costs more since `_CHANGED_FROM`.
_RAISED: Final = {
    _Sample(words.VIETTEL, "antenna_tower", _POSITION, _MONTH, 6_500_000): 7_200_000,
    _Sample(words.POWER_COMPANY, "power_pole_shared", _CABLE, _YEAR, 66_000, tax_included=True): 79_200,
}


def write(at: Callable[[datetime], AbstractContextManager[Ctx]], owners: Mapping[str, Organisation]) -> None:
    """Publish the sample prices, and replace some later; `at` gives a transaction of a moment."""
    with at(_PUBLISHED_AT) as ctx:
        wards = find_units(ctx.session, _WARD, UnitLevel.COMMUNE, ctx.today)
        ward_id = wards[0].id if wards else None
        made = {
            each: _tariff(ctx, each, owners, each.price, _FIRST, ward_id)
            for each in _SAMPLES
            if each.owner in owners and (ward_id is not None or not each.in_ward)
        }
        ctx.session.add_all(made.values())
        record(ctx, "tariff.publish", KIND, None, count=len(made))
        ctx.session.flush()
        former = {each: tariff.id for each, tariff in made.items()}
    with at(_CHANGED_AT) as ctx:
        for each, raised in _raised(former):
            ctx.session.get_one(Tariff, former[each]).valid_to = _CHANGED_FROM - DAY
            ctx.session.flush()
            ctx.session.add(_tariff(ctx, each, owners, raised, _CHANGED_FROM, None))
        record(ctx, "tariff.replace", KIND, None, count=len(_RAISED))


def _raised(former: Mapping[_Sample, int]) -> list[tuple[_Sample, int]]:
    return [(each, price) for each, price in _RAISED.items() if each in former]


def _tariff(
    ctx: Ctx, sample: _Sample, owners: Mapping[str, Organisation], price: int, first: date, ward_id: int | None
) -> Tariff:
    return Tariff(
        organisation_id=owners[sample.owner].id,
        kind=sample.kind,
        unit=sample.unit,
        period=sample.period,
        price=Decimal(price),
        tax_included=sample.tax_included,
        tax_rate=Decimal(10),
        admin_unit_id=ward_id if sample.in_ward else None,
        valid_from=first,
        legal_basis=_BASIS,
        published_at=ctx.now,
    )


def remove(session: Session, user_ids: Collection[int], sample: Any) -> int:
    """Remove the sample prices, those that accounts of the demonstration published and those of sample structures."""
    query = select(Tariff.id).where(
        or_(Tariff.published_by_id.is_(None), Tariff.published_by_id.in_(user_ids), Tariff.structure_id.in_(sample))
    )
    ids = list(session.scalars(query))
    told = select(Notice.id).where(Notice.subject_kind == KIND, Notice.subject_id.in_(ids))
    for model in (NoticeMail, NoticeRead):
        session.execute(delete(model).where(model.notice_id.in_(told)))
    session.execute(delete(Notice).where(Notice.subject_kind == KIND, Notice.subject_id.in_(ids)))
    session.execute(delete(Tariff).where(Tariff.id.in_(ids)))
    return len(ids)
