"""Pages of sign-in, of one's own account and of administration."""

from registry.accounts.pages import account, organisations, sign_in, users
from registry.accounts.pages.blueprint import bp

__all__ = ["account", "bp", "organisations", "sign_in", "users"]
