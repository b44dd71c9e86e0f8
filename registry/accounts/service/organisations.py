"""Writes of organisations: create, edit, other spellings, succession."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from registry.accounts import rules
from registry.accounts.commands import AddSuccession, SaveOrganisation
from registry.accounts.models import Organisation, OrganisationAlias, OrganisationSuccession, search_text_of
from registry.accounts.queries import get_organisation, succeeds, version_of
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _
from registry.kernel.text import fold, shown


def create_organisation(ctx: Ctx, command: SaveOrganisation) -> Organisation:
    """A new organisation; Invalid where its code or one of its names is taken."""
    require(ctx, P.ACCOUNT_MANAGE)
    code = rules.read_code(command.code)
    if ctx.session.scalar(select(Organisation.id).where(Organisation.code == code)) is not None:
        raise Invalid({"code": _("Mã '%(value)s' đã có tổ chức khác dùng, cần mã khác.", value=code)})
    organisation = Organisation(code=code, **_values(command))
    ctx.session.add(organisation)
    ctx.session.flush()
    record(ctx, "organisation.create", "organisation", organisation.id, code=code, name=organisation.name)
    return organisation


def edit_organisation(ctx: Ctx, organisation_id: int, command: SaveOrganisation) -> Organisation:
    """Change everything but the code; Conflict when somebody else saved meanwhile."""
    organisation = get_organisation(ctx, organisation_id, lock=True)
    _refuse_stale(ctx, organisation, command.version)
    for name, value in _values(command).items():
        setattr(organisation, name, value)
    organisation.search_text = search_text_of(organisation.code, organisation.short_name, organisation.name)
    ctx.session.flush()
    record(ctx, "organisation.edit", "organisation", organisation.id)
    return organisation


def add_alias(ctx: Ctx, organisation_id: int, spelling: str) -> OrganisationAlias:
    """One more spelling by which files may name the organisation; folded, it may belong to one organisation only."""
    organisation = get_organisation(ctx, organisation_id)
    text = rules.read_name(spelling, "spelling")
    folded = fold(text)
    alias = ctx.session.scalars(select(OrganisationAlias).where(OrganisationAlias.folded == folded)).one_or_none()
    if alias is None:
        alias = OrganisationAlias(organisation_id=organisation.id, spelling=text, folded=folded)
        ctx.session.add(alias)
    elif alias.is_active:
        raise Invalid(
            {"spelling": _("Cách viết '%(value)s' đã thuộc một tổ chức, cần cách viết khác.", value=shown(text))}
        )
    else:
        alias.organisation_id, alias.spelling, alias.is_active = organisation.id, text, True
    ctx.session.flush()
    record(ctx, "organisation.add_alias", "organisation", organisation.id, spelling=text)
    return alias


def withdraw_alias(ctx: Ctx, organisation_id: int, alias_id: int) -> None:
    """A spelling no longer names the organisation; withdrawing it twice changes nothing."""
    organisation = get_organisation(ctx, organisation_id)
    alias = ctx.session.scalars(
        select(OrganisationAlias).where(
            OrganisationAlias.id == alias_id, OrganisationAlias.organisation_id == organisation.id
        )
    ).one_or_none()
    if alias is None or not alias.is_active:
        return
    alias.is_active = False
    record(ctx, "organisation.withdraw_alias", "organisation", organisation.id, spelling=alias.spelling)


def add_succession(ctx: Ctx, command: AddSuccession) -> OrganisationSuccession:
    """The successor holds the predecessor's rights from a day on; circles are refused."""
    predecessor = get_organisation(ctx, command.predecessor_id)
    successor = get_organisation(ctx, command.successor_id)
    if predecessor.id == successor.id or succeeds(ctx.session, predecessor.id, successor.id):
        raise Invalid(
            {
                "successor_id": _(
                    "'%(value)s' không thể kế thừa '%(other)s': hai bên trùng nhau hoặc đã kế thừa theo chiều"
                    " ngược lại; cần chọn tổ chức khác.",
                    value=successor.short_name,
                    other=predecessor.short_name,
                )
            }
        )
    if succeeds(ctx.session, successor.id, predecessor.id, direct=True):
        raise Invalid({"successor_id": _("'%(value)s' đã được ghi là bên kế thừa.", value=successor.short_name)})
    succession = OrganisationSuccession(
        predecessor_id=predecessor.id,
        successor_id=successor.id,
        effective_on=command.effective_on,
        legal_basis=rules.read_name(command.legal_basis, "legal_basis"),
    )
    ctx.session.add(succession)
    ctx.session.flush()
    record(ctx, "organisation.succeed", "organisation", predecessor.id, successor_id=successor.id)
    return succession


def _values(command: SaveOrganisation) -> dict[str, Any]:
    rules.check_period(command.valid_from, command.valid_to)
    return {
        "name": rules.read_name(command.name, "name"),
        "short_name": rules.read_name(command.short_name, "short_name"),
        "kind": command.kind,
        "owner_category": command.owner_category,
        "tax_code": rules.read_tax_code(command.tax_code),
        "hotline": rules.read_hotline(command.hotline),
        "email": rules.read_email(command.email),
        "valid_from": command.valid_from,
        "valid_to": command.valid_to,
    }


def _refuse_stale(ctx: Ctx, organisation: Organisation, version: int | None) -> None:
    if version is None or version == version_of(ctx.session, organisation):
        return
    raise Conflict(
        _("Tổ chức này đã được người khác sửa sau khi bạn mở trang; hãy xem bản hiện tại rồi sửa lại."),
        {
            _("Tên đầy đủ"): organisation.name,
            _("Tên ngắn"): organisation.short_name,
            _("Loại tổ chức"): organisation.kind.label,
            _("Nhóm chủ sở hữu"): organisation.owner_category.label,
            _("Mã số thuế"): organisation.tax_code or "",
            _("Đường dây nóng"): organisation.hotline or "",
            _("Thư điện tử"): organisation.email or "",
        },
    )
