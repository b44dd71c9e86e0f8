"""Writes of tariffs: publish, replace, end; each with an audit event and a notice to tenants."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import or_, select, true

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.audit.undo import Undoable, rows_of_change
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.fields import fields_named, value_problems
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import Audience, Party, Recipients, declare_events
from registry.notices.service import notify
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
from registry.tariffs.commands import EndTariff, PublishTariff, ReplaceTariff
from registry.tariffs.models import TERMS, Tariff, TariffPeriod
from registry.tariffs.queries import get_tariff, price_of, same_subject, tenants_of
from registry.tariffs.rules import DAY, format_price, price_problems, unit_problem
from registry.territory.models import UnitLevel
from registry.territory.queries import get_unit

#: Subject kind in notices and in the audit log.
KIND: Final = "tariff"
_TENANTS: Final = Recipients(affected=("tenants",))
EVENTS: Final = declare_events(
    KIND,
    _l("Giá thuê"),
    {
        "tenants": Party(
            _l("Đơn vị đang thuê của chủ sở hữu"),
            lambda ctx, tariff: Audience(organisation_ids=tenants_of(ctx, tariff)),
        )
    },
    {
        "published": (_l("Giá được công bố"), _TENANTS),
        "replaced": (_l("Giá được thay"), _TENANTS),
        "withdrawn": (_l("Giá chưa áp dụng được rút"), _TENANTS),
        "ended": (_l("Giá ngừng áp dụng"), _TENANTS),
        "kept": (_l("Giá tiếp tục áp dụng"), _TENANTS),
    },
)


def publish_tariff(ctx: Ctx, command: PublishTariff) -> Tariff:
    """Publish a price; Invalid if it is wrong or another price exists for its subject and days."""
    require(ctx, P.TARIFF_PUBLISH)
    if ctx.actor.organisation_id is None:
        raise Invalid({"": _("Tài khoản không thuộc tổ chức nào nên không công bố được giá.")})
    problems = _problems(ctx, command)
    if command.terms["valid_from"] < ctx.today:
        problems["valid_from"] = _(
            "Giá áp dụng từ %(day)s, là ngày đã qua; cần từ hôm nay %(today)s trở đi.",
            day=format_date(command.terms["valid_from"]),
            today=format_date(ctx.today),
        )
    if command.kind not in HOSTS:
        problems["kind"] = _(
            "Không cho thuê chỗ trên loại công trình “%(kind)s”; cần một trong: %(kinds)s.",
            kind=command.kind[:60],
            kinds=", ".join(str(kind.label) for kind in HOSTS.values()),
        )
    misfit = unit_problem(command.kind, command.price.unit)
    if misfit is not None:
        problems["unit"] = misfit
    owner_id, structure_id = ctx.actor.organisation_id, None
    if command.structure_code:
        own_structure = _own_structure(ctx, command, problems)
        owner_id, structure_id = own_structure or (owner_id, None)
    if command.admin_unit_id is not None:
        _check_unit(ctx, command, problems)
    if problems:
        raise Invalid(problems)
    tariff = _insert(ctx, command, owner_id, command.admin_unit_id, structure_id, command.kind)
    record(ctx, "tariff.publish", KIND, tariff.id, on_behalf_of_id=owner_id, kind=tariff.kind, **_facts(tariff))
    _notify_tenants(ctx, "published", tariff, new=tariff)
    return tariff


def replace_tariff(ctx: Ctx, command: ReplaceTariff) -> Tariff:
    """End a price the day before another one begins; Conflict if it changed meanwhile or is over."""
    former = _locked(ctx, command.tariff_id, command.version)
    problems = _problems(ctx, command)
    first = max(ctx.today, former.valid_from)
    if command.terms["valid_from"] < first:
        problems["valid_from"] = _(
            "Giá mới áp dụng từ %(day)s; cần từ %(first)s trở đi, vì giá đã công bố cho những ngày đã qua "
            "được giữ nguyên.",
            day=format_date(command.terms["valid_from"]),
            first=format_date(first),
        )
    if command.price.unit is not former.unit:
        problems["unit"] = _(
            "Đơn vị tính là “%(unit)s”; giá đang thay tính theo “%(former)s”, hãy công bố giá riêng cho đơn vị khác.",
            unit=command.price.unit.label,
            former=former.unit.label,
        )
    misfit = unit_problem(former.kind, former.unit)
    if misfit is not None:
        problems["unit"] = misfit
    if (command.price.period is TariffPeriod.ONCE) != (former.period is TariffPeriod.ONCE):
        problems["period"] = _(
            "Kỳ tính giá là “%(period)s”, giá đang thay là “%(former)s”; giá một lần và giá theo kỳ công bố riêng.",
            period=command.price.period.label,
            former=former.period.label,
        )
    if problems:
        raise Invalid(problems)
    if former.valid_to is None or former.valid_to >= command.terms["valid_from"]:
        former.valid_to = command.terms["valid_from"] - DAY
        # The former price must end before the new one is checked.
        ctx.session.flush()
    tariff = _insert(ctx, command, former.organisation_id, former.admin_unit_id, former.structure_id, former.kind)
    owner_id = tariff.organisation_id
    record(ctx, "tariff.replace", KIND, tariff.id, on_behalf_of_id=owner_id, former=former.id, **_facts(tariff))
    _notify_tenants(ctx, "replaced", tariff, old=former, new=tariff)
    return tariff


def end_tariff(ctx: Ctx, command: EndTariff) -> Tariff:
    """End a price on a day, or withdraw it before its first day; Conflict if it changed meanwhile or is over."""
    tariff = _locked(ctx, command.tariff_id, command.version)
    withdrawn = command.last_on == tariff.valid_from - DAY and tariff.valid_from > ctx.today
    first = max(ctx.today, tariff.valid_from)
    last = tariff.valid_to
    if not withdrawn and (command.last_on < first or (last is not None and command.last_on > last)):
        raise Invalid({"last_on": _outside(command.last_on, first, last)})
    if command.last_on == last:
        return tariff
    tariff.valid_to = command.last_on
    ctx.session.flush()
    record(ctx, "tariff.end", KIND, tariff.id, on_behalf_of_id=tariff.organisation_id, **_facts(tariff))
    _notify_tenants(ctx, "withdrawn" if withdrawn else "ended", tariff, old=tariff)
    return tariff


def _problems(ctx: Ctx, command: PublishTariff | ReplaceTariff) -> dict[str, str]:
    problems = value_problems(fields_named(Tariff, *TERMS), command.terms, ctx.today)
    return problems or price_problems(command.price, command.terms["valid_from"], command.terms["valid_to"])


def _outside(day: date, first: date, last: date | None) -> str:
    if last is None:
        return _(
            "Ngày cuối là %(day)s; cần từ %(first)s trở đi, vì giá đã công bố cho những ngày đã qua được giữ nguyên.",
            day=format_date(day),
            first=format_date(first),
        )
    return _(
        "Ngày cuối là %(day)s; cần từ %(first)s đến %(last)s: những ngày đã qua được giữ nguyên, kéo dài thì thay giá.",
        day=format_date(day),
        first=format_date(first),
        last=format_date(last),
    )


def _locked(ctx: Ctx, tariff_id: int, version: int) -> Tariff:
    """The tariff of the actor's organisation, locked; checks version and end."""
    require(ctx, P.TARIFF_PUBLISH, get_tariff(ctx, tariff_id))
    query = select(Tariff).where(Tariff.id == tariff_id, visible(ctx, Tariff, P.TARIFF_PUBLISH))
    tariff = ctx.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if tariff.version != version:
        raise Conflict(_("Giá thuê này đã được sửa sau khi mở trang; hãy mở lại trang để xem giá đang công bố."))
    if tariff.valid_to is not None and tariff.valid_to < ctx.today:
        raise Conflict(
            _(
                "Giá thuê này đã kết thúc ngày %(day)s; hãy công bố giá mới.",
                day=format_date(tariff.valid_to),
            )
        )
    return tariff


def _own_structure(ctx: Ctx, command: PublishTariff, problems: dict[str, str]) -> tuple[int, int] | None:
    """(owner, id) of the structure of a command; adds to `problems`."""
    code = (command.structure_code or "").strip().upper()
    query = select(Structure.id, Structure.owner_organisation_id, Structure.kind).where(
        Structure.code == code, visible(ctx, Structure, P.STRUCTURE_EDIT)
    )
    row = ctx.session.execute(query).one_or_none() if code.isprintable() else None
    if command.admin_unit_id is not None:
        problems["structure"] = _(
            "Đã chọn cả địa bàn và công trình %(code)s; giá áp dụng cho một trong hai, hãy bỏ bớt.", code=code[:60]
        )
    elif row is None:
        problems["structure"] = _(
            "Đơn vị không có công trình “%(code)s”; cần mã của một công trình thuộc đơn vị, ví dụ THA-CAT-000123.",
            code=code[:60] if code.isprintable() else "?",
        )
    elif row.kind != command.kind and command.kind in HOSTS:
        label = HOSTS[row.kind].label if row.kind in HOSTS else row.kind
        problems["structure"] = _(
            "%(code)s là “%(kind)s”, không phải “%(wanted)s”; hãy chọn đúng loại công trình.",
            code=code,
            kind=label,
            wanted=HOSTS[command.kind].label,
        )
    return None if row is None else (row.owner_organisation_id, row.id)


def _check_unit(ctx: Ctx, command: PublishTariff, problems: dict[str, str]) -> None:
    unit = get_unit(ctx.session, command.admin_unit_id or 0)
    if unit is None or unit.level is not UnitLevel.COMMUNE or not unit.is_in_force(ctx.today):
        problems["admin_unit"] = _(
            "Địa bàn “%(unit)s” không phải xã, phường đang có; cần toàn tỉnh hoặc một xã, phường.",
            unit=unit.name if unit else command.admin_unit_id,
        )


def _insert(
    ctx: Ctx,
    command: PublishTariff | ReplaceTariff,
    owner_id: int,
    admin_unit_id: int | None,
    structure_id: int | None,
    kind: str,
) -> Tariff:
    tariff = Tariff(
        organisation_id=owner_id,
        kind=kind,
        **vars(command.price),
        admin_unit_id=admin_unit_id,
        structure_id=structure_id,
        **{name: command.terms[name] for name in TERMS},
        published_at=ctx.now,
        published_by_id=ctx.actor.id,
    )
    _require_alone(ctx, tariff)
    ctx.session.add(tariff)
    ctx.session.flush()
    return tariff


def _require_alone(ctx: Ctx, tariff: Tariff) -> None:
    """The database refuses two prices a day for one subject; this names the other one."""
    ends_later = or_(Tariff.valid_to.is_(None), Tariff.valid_to >= tariff.valid_from)
    begins_before = true() if tariff.valid_to is None else Tariff.valid_from <= tariff.valid_to
    some_day = or_(Tariff.valid_to.is_(None), Tariff.valid_to >= Tariff.valid_from)
    query = select(Tariff).where(*same_subject(tariff), ends_later, begins_before, some_day)
    other = ctx.session.scalars(query.order_by(Tariff.valid_from).limit(1)).one_or_none()
    if other is None:
        return
    price = format_price(price_of(other))
    if other.valid_to is None:
        sentence = _(
            "Từ %(first)s đã có giá %(price)s cho đúng loại, đơn vị tính và nơi này; hãy thay giá đó.",
            first=format_date(other.valid_from),
            price=price,
        )
    else:
        sentence = _(
            "Từ %(first)s đến %(last)s đã có giá %(price)s cho đúng loại, đơn vị tính và nơi này; hãy chọn ngày khác.",
            first=format_date(other.valid_from),
            last=format_date(other.valid_to),
            price=price,
        )
    raise Invalid({"valid_from": sentence})


def _facts(tariff: Tariff) -> dict[str, Any]:
    """A price in notices and audit events, as JSON."""
    return {
        "price": str(tariff.price),
        "unit": tariff.unit.value,
        "period": tariff.period.value,
        "tax_included": tariff.tax_included,
        "tax_rate": str(tariff.tax_rate),
        "from": tariff.valid_from.isoformat(),
        "to": tariff.valid_to.isoformat() if tariff.valid_to else None,
    }


def _notify_tenants(
    ctx: Ctx, event: str, tariff: Tariff, *, old: Tariff | None = None, new: Tariff | None = None
) -> None:
    """Notify the tenants of a change, with the old and the new price."""
    owner = ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == tariff.organisation_id))
    notify(
        ctx,
        EVENTS[event],
        tariff.id,
        tariff,
        owner=owner,
        kind=tariff.kind,
        old=_facts(old) if old is not None else None,
        new=_facts(new) if new is not None else None,
    )


def _editable(ctx: Ctx, tariff_id: int) -> Tariff:
    tariff = get_tariff(ctx, tariff_id)
    require(ctx, P.TARIFF_PUBLISH, tariff)
    return _locked(ctx, tariff_id, tariff.version)


def _may_take_back(ctx: Ctx, _tariff_id: int, change_id: int) -> bool:
    """A price that is in force already is not withdrawn: contracts may rest on it."""
    rows = rows_of_change(ctx, Tariff, change_id)
    return all(row.saved["valid_from"] > ctx.today for row in rows if row.former is None)


def _take_back(ctx: Ctx, tariff: Tariff, change_id: int) -> dict[str, Any]:
    """Withdraw the prices that a change added, give those that it ended their last day back; tenants are notified."""
    rows = rows_of_change(ctx, Tariff, change_id)
    if not all(row.is_current for row in rows):
        raise Conflict(_("Giá thuê này đã được sửa sau lần lưu đó nên không hoàn tác được; hãy mở lại trang."))
    if not _may_take_back(ctx, tariff.id, change_id):
        raise Conflict(_("Giá này đã áp dụng nên không rút được; hãy thay giá hoặc kết thúc giá."))
    added = [ctx.session.get_one(Tariff, row.id) for row in rows if row.former is None]
    for price in added:
        price.valid_to = price.valid_from - DAY
    ctx.session.flush()
    for row in rows:
        if row.former is not None:
            ended = ctx.session.get_one(Tariff, row.id)
            ended.valid_to = row.former["valid_to"]
            ctx.session.flush()
            _notify_tenants(ctx, "kept", ended, new=ended)
    for price in added:
        _notify_tenants(ctx, "withdrawn", price, old=price)
    return {"on_behalf_of_id": tariff.organisation_id, **_facts(tariff)}


UNDO: Final = Undoable(
    KIND, _editable, _take_back, _may_take_back, lambda _ctx, tariff: ("tariffs.detail", {"tariff_id": tariff.id})
)
