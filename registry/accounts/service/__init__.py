"""Writes of organisations, accounts, roles, passwords and links."""

from registry.accounts.service.accounts import (
    assign_role,
    colleagues,
    confirm_role,
    create_user,
    disable_user,
    edit_user,
    enable_user,
    end_role,
)
from registry.accounts.service.contact import confirm_email, mail_password_link, save_contact
from registry.accounts.service.organisations import (
    add_alias,
    add_succession,
    create_organisation,
    edit_organisation,
    withdraw_alias,
    withdraw_succession,
)
from registry.accounts.service.passwords import (
    change_password,
    open_link,
    set_password_by_link,
    sign_in,
    store_password,
)

__all__ = [
    "add_alias",
    "add_succession",
    "assign_role",
    "change_password",
    "colleagues",
    "confirm_email",
    "confirm_role",
    "create_organisation",
    "create_user",
    "disable_user",
    "edit_organisation",
    "edit_user",
    "enable_user",
    "end_role",
    "mail_password_link",
    "open_link",
    "save_contact",
    "set_password_by_link",
    "sign_in",
    "store_password",
    "withdraw_alias",
    "withdraw_succession",
]
