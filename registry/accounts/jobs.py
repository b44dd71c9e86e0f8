"""Commands for organisations and accounts, and the nightly cleanup of sign-in data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import click
from flask import current_app, url_for
from flask.cli import AppGroup
from procrastinate import JobContext

from registry.accounts import attempts, sessions
from registry.accounts.commands import AssignRole, SaveOrganisation, SaveUser
from registry.accounts.factors.service import remove_all
from registry.accounts.models import LinkPurpose, OrganisationKind, OwnerCategory, UserAccount
from registry.accounts.queries import find_organisation, find_user, has_administrator
from registry.accounts.rules import CATEGORIES_OF, fold_username
from registry.accounts.service import (
    assign_role,
    create_organisation,
    create_user,
    disable_user,
    open_link,
)
from registry.accounts.service import passwords as password_service
from registry.authz.actors import SYSTEM_ACTOR, Ctx, Role
from registry.authz.blueprint import DATABASE
from registry.kernel.errors import DomainError
from registry.kernel.http.proof_of_work import forget_spent_proofs
from registry.kernel.i18n import _, _n
from registry.kernel.installation import INSTALLATION
from registry.kernel.jobs import queue, resources_of

_LEAD_CODE = "so_khcn"
_LEAD_NAME = "Sở Khoa học và Công nghệ"


user = AppGroup("user", help="Accounts: first administrator, one-time links, disabling.")
organisation = AppGroup("organisation", help="Organisations that own structures or administer them.")


@user.command("create-admin")
@click.option("--username", required=True, help="Name to sign in with.")
@click.option("--full-name", required=True, help="Name of the person.")
@click.option("--organisation", "code", help="Code of the person's organisation; the lead department by default.")
@click.option("--base-url", help="Address under which browsers reach the registry.")
def create_admin(username: str, full_name: str, code: str | None, base_url: str | None) -> None:
    """Create the first administrator and print a link, good once and for 15 minutes.

    Example: flask user create-admin --username an.nguyen --full-name "Nguyễn Văn An"
    """
    with _writing() as ctx:
        if has_administrator(ctx):
            raise click.ClickException(
                _("Đã có quản trị viên; hãy tạo tài khoản trên trang quản trị hoặc dùng `flask user link`.")
            )
        person = create_user(
            ctx, SaveUser(username=username, values={"full_name": full_name}, organisation_id=_employer(ctx, code))
        )
        assign_role(ctx, AssignRole(user_id=person.id, role=Role.ADMIN, valid_from=ctx.today))
        token = open_link(ctx, person.id, LinkPurpose.FIRST_ADMINISTRATOR)
    click.echo(_address(token, base_url))


@user.command("link")
@click.argument("username")
@click.option("--base-url", help="Address under which browsers reach the registry.")
def link(username: str, base_url: str | None) -> None:
    """Print a link with which USERNAME sets a password, good once and for 15 minutes.

    Example: flask user link an.nguyen
    """
    with _writing() as ctx:
        token = open_link(ctx, _account(ctx, username).id)
    click.echo(_address(token, base_url))


@user.command("reset-factor")
@click.argument("username")
def reset_factor(username: str) -> None:
    """Remove the second factor of USERNAME, for an installation that no two administrators are left to do it in.

    Example: flask user reset-factor an.nguyen
    """
    with _writing() as ctx:
        person = _account(ctx, username)
        remove_all(ctx, person.id)
    click.echo(
        _("Đã bỏ xác thực hai lớp của tài khoản %(name)s; khi đăng nhập lại phải đăng ký mới.", name=person.username)
    )


@user.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Close the account of USERNAME at once; all its sessions end.

    Example: flask user disable an.nguyen
    """
    with _writing() as ctx:
        person = disable_user(ctx, _account(ctx, username).id, leaves_open=True)
    click.echo(_("Đã khóa tài khoản %(name)s.", name=person.username))


@user.command("tidy")
def tidy() -> None:
    """Remove sessions that ended over 30 days ago, used or expired links, and tries that no longer count.

    Example: flask user tidy
    """
    with _writing() as ctx:
        removed = forget_ended(ctx)
    click.echo(_n("Đã xóa %(num)d dòng dữ liệu đăng nhập cũ.", removed))


@organisation.command("add")
@click.option("--code", required=True, help="Short handle: lower case letters, digits, dash, underscore.")
@click.option("--name", required=True, help="Full name.")
@click.option("--short-name", help="Name in lists; the full name by default.")
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in OrganisationKind]))
@click.option(
    "--owner-category",
    type=click.Choice([item.value for item in OwnerCategory]),
    help="One that fits the kind; the usual one by default.",
)
@click.option("--tax-code", help="Mã số thuế.")
@click.option("--valid-from", type=click.DateTime(["%Y-%m-%d"]), help="First day (YYYY-MM-DD); today by default.")
def add(code: str, name: str, short_name: str | None, kind: str, owner_category: str | None, **fields: Any) -> None:
    """Add an organisation.

    Example: flask organisation add --code fpt --name "FPT Telecom Thanh Hóa" --kind operator --owner-category operator
    """
    first: date | None = fields["valid_from"].date() if fields["valid_from"] else None
    usual = CATEGORIES_OF[OrganisationKind(kind)][0]
    with _writing() as ctx:
        added = create_organisation(
            ctx,
            SaveOrganisation(
                code=code,
                values={
                    "name": name,
                    "short_name": short_name or name,
                    "kind": OrganisationKind(kind),
                    "owner_category": OwnerCategory(owner_category) if owner_category else usual,
                    "tax_code": fields["tax_code"],
                    "valid_from": first or ctx.today,
                },
            ),
        )
    click.echo(_("Đã thêm tổ chức %(code)s.", code=added.code))


def forget_ended(ctx: Ctx) -> int:
    """Delete ended sessions, links, attempts and spent proofs of work; returns the number of rows deleted."""
    return (
        sessions.forget_old(ctx.session, ctx.now)
        + password_service.forget_old(ctx.session, ctx.now)
        + attempts.forget_old(ctx.session, ctx.now)
        + forget_spent_proofs(ctx.session, ctx.now)
    )


@contextmanager
def _writing() -> Iterator[Ctx]:
    """A transaction of the system; a domain error becomes one line and exit code 1."""
    database = DATABASE.current()
    try:
        with database.transaction(SYSTEM_ACTOR, origin="cli") as ctx:
            yield ctx
    except DomainError as error:
        raise click.ClickException(error.message) from error


def _account(ctx: Ctx, username: str) -> UserAccount:
    account = find_user(ctx.session, fold_username(username))
    if account is None:
        raise click.ClickException(_("Không có tài khoản “%(value)s”; hãy kiểm tra tên đăng nhập.", value=username))
    return account


def _employer(ctx: Ctx, code: str | None) -> int:
    employer = find_organisation(ctx.session, code or _LEAD_CODE)
    if employer is not None:
        return employer.id
    if code is not None:
        raise click.ClickException(
            _("Không có tổ chức “%(value)s”; hãy thêm bằng `flask organisation add` trước.", value=code)
        )
    return create_organisation(
        ctx,
        SaveOrganisation(
            code=_LEAD_CODE,
            values={
                "name": _LEAD_NAME,
                "short_name": "Sở KH&CN",
                "kind": OrganisationKind.DEPARTMENT,
                "owner_category": OwnerCategory.STATE_BUDGET,
                "paper_sign": "SKHCN",
                "valid_from": ctx.today,
            },
        ),
    ).id


def _address(token: str, base_url: str | None) -> str:
    base = base_url or INSTALLATION.current().url
    with current_app.test_request_context(base_url=base):
        return url_for("accounts.set_password", token=token, _external=True)


@queue.periodic(cron="41 3 * * *")
@queue.task(name="accounts.forget_ended", queueing_lock="accounts.forget_ended", pass_context=True)
def forget_ended_daily(job: JobContext, timestamp: int) -> None:
    del timestamp
    with resources_of(job).database.transaction(SYSTEM_ACTOR, origin="worker") as ctx:
        forget_ended(ctx)
