"""Writes of organisations: create, edit, other spellings, succession."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select

from registry.accounts import rules
from registry.accounts.commands import AddSuccession, SaveOrganisation
from registry.accounts.models import (
    ORGANISATION,
    OWNING_KINDS,
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    OrganisationSuccession,
    UserAccount,
    search_text_of,
)
from registry.accounts.notices import EVENTS, NOT_SUCCEEDED, SUCCEEDED
from registry.accounts.queries import get_organisation, lasting_roles, list_successions, succeeds, version_of
from registry.audit.chain import record
from registry.audit.undo import restorable
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.fields import fields_named, value_problems
from registry.kernel.i18n import _, format_date, format_datetime
from registry.kernel.text import fold, shown
from registry.notices.service import notify

_NAMES_LOCK: Final = 7_204_014
#: Accounts named in a refusal.
_NAMED: Final = 5


def create_organisation(ctx: Ctx, command: SaveOrganisation) -> Organisation:
    """A new organisation; Invalid if its code, tax code or a name is taken."""
    require(ctx, P.ACCOUNT_MANAGE)
    _lock_names(ctx)
    code = rules.read_code(command.code)
    if ctx.session.scalar(select(Organisation.id).where(Organisation.code == code)) is not None:
        raise Invalid({"code": _("Mã “%(value)s” đã có tổ chức khác dùng, cần mã khác.", value=code)})
    values = _stored(ctx, command.values)
    _refuse_taken(ctx, None, {"code": code}, values)
    organisation = Organisation(code=code, **values)
    ctx.session.add(organisation)
    ctx.session.flush()
    record(ctx, "organisation.create", "organisation", organisation.id, code=code, name=organisation.name)
    return organisation


def edit_organisation(ctx: Ctx, organisation_id: int, command: SaveOrganisation) -> Organisation:
    """Change everything but the code; Conflict if the row has changed since it was read."""
    _lock_names(ctx)
    organisation = get_organisation(ctx, organisation_id, lock=True)
    _refuse_stale(ctx, organisation, command.version)
    values = _stored(ctx, command.values)
    if organisation.id == ctx.actor.organisation_id and not _lasts(values, ctx.today):
        raise Invalid({"valid_to": _own_end_refusal()})
    spellings = [alias.spelling for alias in organisation.aliases if alias.is_active]
    _refuse_taken(ctx, organisation.id, {"code": organisation.code}, values, spellings)
    if values["owns_only"] and not organisation.owns_only:
        _refuse_accounts(ctx, organisation)
    _refuse_unfit_kind(ctx, organisation, values["kind"])
    _refuse_unfit_period(ctx, organisation, values)
    for name, value in values.items():
        setattr(organisation, name, value)
    organisation.search_text = search_text_of(organisation.code, organisation.short_name, organisation.name)
    ctx.session.flush()
    record(ctx, "organisation.edit", "organisation", organisation.id)
    return organisation


def _check_owns_only(kind: OrganisationKind) -> None:
    """Invalid (`owns_only`) for a kind of organisation that owns no structures."""
    if kind not in OWNING_KINDS:
        sentence = _(
            "Loại tổ chức “%(kind)s” không sở hữu công trình nên không thể chỉ là chủ sở hữu.", kind=kind.label
        )
        raise Invalid({"owns_only": sentence})


def _refuse_accounts(ctx: Ctx, organisation: Organisation) -> None:
    """Invalid (`owns_only`) where accounts of the organisation are in use."""
    query = select(UserAccount.username).where(UserAccount.organisation_id == organisation.id, UserAccount.is_active)
    names = list(ctx.session.scalars(query.order_by(UserAccount.username)))
    if names:
        sentence = _(
            "“%(value)s” còn tài khoản đang dùng (%(names)s); cần khóa các tài khoản đó trước.",
            value=organisation.short_name,
            names=", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else ""),
        )
        raise Invalid({"owns_only": sentence})


def _refuse_unfit_kind(ctx: Ctx, organisation: Organisation, kind: OrganisationKind) -> None:
    """Invalid (`kind`) where an account has a role that an organisation of the new kind may not hold."""
    if kind is organisation.kind:
        return
    for role in lasting_roles(ctx, UserAccount.organisation_id == organisation.id):
        if kind not in rules.KINDS_OF_ROLE[role]:
            raise Invalid(
                {
                    "kind": _(
                        "Loại tổ chức “%(kind)s” không hợp với vai trò “%(role)s” đang giao cho tài khoản của "
                        "tổ chức này; cần kết thúc vai trò đó trước.",
                        kind=kind.label,
                        role=role.label,
                    )
                }
            )


def _refuse_unfit_period(ctx: Ctx, organisation: Organisation, values: Mapping[str, Any]) -> None:
    """Invalid for a period that does not hold the days on which the organisation succeeds or is succeeded."""
    for item in list_successions(ctx, organisation.id):
        day = item.row.effective_on
        if item.row.withdrawn_at is not None:
            continue
        if values["valid_from"] > day:
            refused, sentence = "valid_from", _("cần ngày bắt đầu từ %(day)s trở về trước.", day=format_date(day))
        elif values["valid_to"] is not None and not item.forward and values["valid_to"] < day:
            refused, sentence = "valid_to", _("cần ngày kết thúc từ %(day)s trở đi.", day=format_date(day))
        else:
            continue
        raise Invalid(
            {
                refused: _(
                    "Thời gian hoạt động không bao gồm ngày %(day)s, ngày kế thừa giữa “%(name)s” và “%(other)s”; "
                    "%(need)s",
                    day=format_date(day),
                    name=organisation.short_name,
                    other=item.other.short_name,
                    need=sentence,
                )
            }
        )


def add_alias(ctx: Ctx, organisation_id: int, spelling: str) -> OrganisationAlias:
    """Add a spelling that files may use; Invalid if another organisation has the same folded name at the same time."""
    _lock_names(ctx)
    organisation = get_organisation(ctx, organisation_id)
    text = rules.read_name(spelling, "spelling")
    folded = fold(text)
    period = {"valid_from": organisation.valid_from, "valid_to": organisation.valid_to}
    _refuse_taken(ctx, organisation.id, {"spelling": text}, period)
    alias = ctx.session.scalars(select(OrganisationAlias).where(OrganisationAlias.folded == folded)).one_or_none()
    if alias is None:
        alias = OrganisationAlias(organisation_id=organisation.id, spelling=text, folded=folded)
        ctx.session.add(alias)
    elif alias.is_active:
        raise Invalid(
            {"spelling": _("Cách viết “%(value)s” đã thuộc một tổ chức, cần cách viết khác.", value=shown(text))}
        )
    else:
        alias.organisation_id, alias.spelling, alias.is_active = organisation.id, text, True
    ctx.session.flush()
    record(ctx, "organisation.add_alias", "organisation", organisation.id, spelling=text)
    return alias


def withdraw_alias(ctx: Ctx, organisation_id: int, alias_id: int) -> None:
    """Withdraw a spelling; NotFound if it is not one of this organisation's, Conflict if it was withdrawn before."""
    _lock_names(ctx)
    organisation = get_organisation(ctx, organisation_id)
    alias = ctx.session.scalars(
        select(OrganisationAlias).where(
            OrganisationAlias.id == alias_id, OrganisationAlias.organisation_id == organisation.id
        )
    ).one_or_none()
    if alias is None:
        raise NotFound(_("Tổ chức này không có cách viết đó; hãy tải lại trang."))
    if not alias.is_active:
        raise Conflict(_("Cách viết “%(value)s” đã được bỏ trước đó.", value=alias.spelling))
    alias.is_active = False
    record(ctx, "organisation.withdraw_alias", "organisation", organisation.id, spelling=alias.spelling)


def add_succession(ctx: Ctx, command: AddSuccession, *, announce: bool = True) -> OrganisationSuccession:
    """The successor takes over from a day on; Invalid for a cycle, a second successor or an unsuitable kind.

    `announce`: notify those concerned, which a new installation does not.
    """
    # Two at one instant could close a cycle, or name two successors.
    _lock_names(ctx)
    predecessor = get_organisation(ctx, command.predecessor_id)
    successor = get_organisation(ctx, command.successor_id)
    if predecessor.id == successor.id or succeeds(ctx.session, predecessor.id, successor.id):
        raise Invalid(
            {
                "successor_id": _(
                    "“%(value)s” không thể kế thừa “%(other)s”: hai bên trùng nhau hoặc đã kế thừa theo chiều "
                    "ngược lại; cần chọn tổ chức khác.",
                    value=successor.short_name,
                    other=predecessor.short_name,
                )
            }
        )
    if predecessor.id == ctx.actor.organisation_id:
        raise Invalid({"successor_id": _own_end_refusal()})
    _refuse_second(ctx, predecessor)
    _check_successor(predecessor, successor, command.effective_on)
    succession = OrganisationSuccession(
        predecessor_id=predecessor.id,
        successor_id=successor.id,
        effective_on=command.effective_on,
        legal_basis=rules.read_name(command.legal_basis, "legal_basis"),
    )
    ctx.session.add(succession)
    ctx.session.flush()
    record(ctx, "organisation.succeed", "organisation", predecessor.id, successor_id=successor.id)
    if announce:
        _notify(ctx, SUCCEEDED, succession)
    return succession


def withdraw_succession(ctx: Ctx, organisation_id: int, succession_id: int, reason: str) -> OrganisationSuccession:
    """Withdraw a mistaken succession; NotFound if it is not one of this predecessor's."""
    predecessor = get_organisation(ctx, organisation_id, lock=True)
    query = select(OrganisationSuccession).where(
        OrganisationSuccession.id == succession_id, OrganisationSuccession.predecessor_id == predecessor.id
    )
    succession = ctx.session.scalars(query.with_for_update()).one_or_none()
    if succession is None:
        raise NotFound
    if succession.withdrawn_at is not None:
        raise Conflict(
            _("Việc kế thừa này đã được rút lúc %(moment)s.", moment=format_datetime(succession.withdrawn_at))
        )
    succession.withdrawn_at = ctx.now
    succession.withdrawn_reason = rules.read_name(reason, "reason")
    ctx.session.flush()
    record(
        ctx, "organisation.withdraw_succession", "organisation", predecessor.id, successor_id=succession.successor_id
    )
    _notify(ctx, NOT_SUCCEEDED, succession)
    return succession


def _notify(ctx: Ctx, event: str, succession: OrganisationSuccession) -> None:
    notify(
        ctx,
        EVENTS[event],
        succession.id,
        succession,
        predecessor=ctx.session.get_one(Organisation, succession.predecessor_id).short_name,
        successor=ctx.session.get_one(Organisation, succession.successor_id).short_name,
        day=succession.effective_on.isoformat(),
        basis=succession.legal_basis,
    )


def _refuse_second(ctx: Ctx, predecessor: Organisation) -> None:
    query = select(OrganisationSuccession.effective_on, Organisation.short_name).join(
        Organisation, Organisation.id == OrganisationSuccession.successor_id
    )
    standing = query.where(OrganisationSuccession.predecessor_id == predecessor.id, OrganisationSuccession.is_valid())
    duplicate = ctx.session.execute(standing).one_or_none()
    if duplicate is not None:
        raise Invalid(
            {
                "successor_id": _(
                    "“%(value)s” đã được “%(other)s” kế thừa toàn bộ từ %(day)s; cần rút việc kế thừa đó trước.",
                    value=predecessor.short_name,
                    other=duplicate.short_name,
                    day=format_date(duplicate.effective_on),
                )
            }
        )


def _check_successor(predecessor: Organisation, successor: Organisation, day: date) -> None:
    fitting = rules.SUCCESSORS_OF[predecessor.kind]
    if successor.kind not in fitting:
        raise Invalid(
            {
                "successor_id": _(
                    "“%(value)s” là “%(kind)s” nên không kế thừa được “%(other)s”; cần một trong: %(fitting)s.",
                    value=successor.short_name,
                    kind=successor.kind.label,
                    other=predecessor.short_name,
                    fitting=", ".join(str(kind.label) for kind in fitting),
                )
            }
        )
    first = max(predecessor.valid_from, successor.valid_from)
    if day < first or (successor.valid_to is not None and day > successor.valid_to):
        last = format_date(successor.valid_to) if successor.valid_to else _("không giới hạn")
        raise Invalid(
            {
                "effective_on": _(
                    "Ngày kế thừa %(day)s không hợp lý; cần từ %(first)s đến %(last)s, khi cả hai bên đều có.",
                    day=format_date(day),
                    first=format_date(first),
                    last=last,
                )
            }
        )


def _lasts(values: Mapping[str, Any], today: date) -> bool:
    return values["valid_to"] is None or values["valid_to"] >= today


def _own_end_refusal() -> str:
    """The refusal to end the actor's own organisation: its administrators could not undo it."""
    return _(
        "Đây là tổ chức của chính người thực hiện, kết thúc thì người này hết quyền quản trị; "
        "cần quản trị viên của tổ chức khác ghi."
    )


def _lock_names(ctx: Ctx) -> None:
    """Serialise changes of names and successors until the transaction ends: they are unique across rows and tables."""
    ctx.session.execute(select(func.pg_advisory_xact_lock(_NAMES_LOCK)))


def _refuse_taken(
    ctx: Ctx,
    organisation_id: int | None,
    called: Mapping[str, str],
    values: Mapping[str, Any],
    spellings: Sequence[str] = (),
) -> None:
    """Invalid for names or a tax code that another organisation has during an overlapping period.

    `called`: further names by field; `values`: names, tax code and period as they will be stored.
    """
    named = {field: values[field] for field in ("name", "short_name") if field in values} | dict(called)
    folded_names = {fold(text) for text in (*named.values(), *spellings)}
    problems: dict[str, str] = {}
    for other, goes_by in _same_names(ctx, organisation_id, folded_names, values).items():
        texts = [*named.items(), *(("valid_from", text) for text in spellings)]
        for field, text in texts:
            if fold(text) in goes_by:
                problems.setdefault(field, _taken(text, other))
        if values.get("tax_code") and other.tax_code == values["tax_code"]:
            problems["tax_code"] = _(
                "Mã số thuế “%(value)s” đã là của “%(other)s” trong cùng thời gian; cần mã số thuế khác.",
                value=other.tax_code,
                other=other.short_name,
            )
    if problems:
        raise Invalid(problems)


def _same_names(
    ctx: Ctx, organisation_id: int | None, folded_names: Collection[str], values: Mapping[str, Any]
) -> dict[Organisation, set[str]]:
    """Other organisations of an overlapping period with one of the names or the tax code, each with all its names."""
    spelt = select(OrganisationAlias.organisation_id, OrganisationAlias.folded).where(
        OrganisationAlias.folded.in_(folded_names), OrganisationAlias.is_active
    )
    aliases: dict[int, set[str]] = {}
    for row in ctx.session.execute(spelt):
        aliases.setdefault(row.organisation_id, set()).add(row.folded)
    alike = [
        Organisation.code.in_(folded_names),
        func.fold(Organisation.name).in_(folded_names),
        func.fold(Organisation.short_name).in_(folded_names),
        Organisation.id.in_(aliases),
    ]
    if values.get("tax_code"):
        alike.append(Organisation.tax_code == values["tax_code"])
    at_a_time = [or_(Organisation.valid_to.is_(None), Organisation.valid_to >= values["valid_from"])]
    if values["valid_to"] is not None:
        at_a_time.append(Organisation.valid_from <= values["valid_to"])
    query = select(Organisation).where(Organisation.id.is_distinct_from(organisation_id), or_(*alike), *at_a_time)
    return {
        other: {other.code, fold(other.name), fold(other.short_name), *aliases.get(other.id, ())}
        for other in ctx.session.scalars(query.order_by(Organisation.id))
    }


def _taken(text: str, other: Organisation) -> str:
    return _(
        "“%(value)s” đã là tên, mã hoặc cách viết của “%(other)s” trong cùng thời gian; cần tên khác.",
        value=shown(text),
        other=other.short_name,
    )


def _stored(ctx: Ctx, stated: Mapping[str, Any]) -> dict[str, Any]:
    """All values of ORGANISATION in their stored form; those that are not stated are none."""
    problems = value_problems(fields_named(Organisation, *ORGANISATION), stated, ctx.today)
    if problems:
        raise Invalid(problems)
    values: dict[str, Any] = {name: stated.get(name) for name in ORGANISATION}
    rules.check_period(values["valid_from"], values["valid_to"])
    rules.check_category(values["kind"], values["owner_category"])
    if values["owns_only"]:
        _check_owns_only(values["kind"])
    return values | {
        "name": rules.read_name(values["name"], "name"),
        "short_name": rules.read_name(values["short_name"], "short_name"),
        "paper_sign": rules.read_paper_sign(values["paper_sign"]),
        "tax_code": rules.read_tax_code(values["tax_code"]),
        "hotline": rules.read_hotline(values["hotline"]),
        "email": rules.read_email(values["email"]),
        "owns_only": values["owns_only"] or None,
    }


def _refuse_stale(ctx: Ctx, organisation: Organisation, version: int | None) -> None:
    if version is None or version == version_of(ctx.session, organisation):
        return
    raise Conflict(_("Tổ chức này đã được người khác sửa sau khi mở trang; hãy xem bản hiện tại rồi sửa lại."))


#: Kind, days and whether it has accounts have rules that look at others; these are edited again.
UNDO: Final = restorable(
    "organisation",
    Organisation,
    lambda ctx, organisation_id: get_organisation(ctx, organisation_id, lock=True),
    lambda _ctx, organisation: ("accounts.organisation", {"organisation_id": organisation.id}),
    columns=("name", "short_name", "paper_sign", "tax_code", "hotline", "email", "owner_category", "search_text"),
)
