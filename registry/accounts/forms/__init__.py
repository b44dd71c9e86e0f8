"""Forms of sign-in, passwords, organisations, accounts and roles."""

from registry.accounts.forms.organisations import (
    AliasForm,
    OrganisationForm,
    SuccessionForm,
    WithdrawSuccessionForm,
)
from registry.accounts.forms.sign_in import ActionForm, ChangePasswordForm, SetPasswordForm, SignInForm
from registry.accounts.forms.users import RoleForm, UserForm

__all__ = [
    "ActionForm",
    "AliasForm",
    "ChangePasswordForm",
    "OrganisationForm",
    "RoleForm",
    "SetPasswordForm",
    "SignInForm",
    "SuccessionForm",
    "UserForm",
    "WithdrawSuccessionForm",
]
