"""Tables of organisations, accounts, roles, sessions, one-time links and counters of tries."""

from registry.accounts.models.organisations import (
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    OrganisationSuccession,
    OwnerCategory,
    search_text_of,
)
from registry.accounts.models.sign_in import (
    LinkPurpose,
    OneTimeLink,
    RevokeReason,
    SignInCounter,
    UserPassword,
    UserSession,
)
from registry.accounts.models.users import RoleArea, RoleAssignment, UserAccount

__all__ = [
    "LinkPurpose",
    "OneTimeLink",
    "Organisation",
    "OrganisationAlias",
    "OrganisationKind",
    "OrganisationSuccession",
    "OwnerCategory",
    "RevokeReason",
    "RoleArea",
    "RoleAssignment",
    "SignInCounter",
    "UserAccount",
    "UserPassword",
    "UserSession",
    "search_text_of",
]
