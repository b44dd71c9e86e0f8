"""Feature: access tokens of programs."""

from __future__ import annotations

from registry.access_tokens.models import AccessToken
from registry.access_tokens.pages import bp
from registry.access_tokens.queries import USE
from registry.access_tokens.service import KIND, end_tokens
from registry.accounts.held_work import NO_WORK
from registry.accounts.sessions import ACCOUNT_ENDINGS
from registry.audit.labels import ACTION_LABELS, record_labels
from registry.authz.navigation import ACCOUNT_MENU, AccountItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l

FEATURE = Feature(
    name="access_tokens",
    blueprints=(bp,),
    provides=(
        ACCOUNT_ENDINGS.of(end_tokens),
        NO_WORK.of(AccessToken.user_id, AccessToken.revoked_by_id),
        *record_labels(KIND, _l("Mã truy cập"), issue=_l("Cấp mã truy cập"), revoke=_l("Thu hồi mã truy cập")),
        ACTION_LABELS.named({USE: _l("Dùng mã truy cập")}),
        ACCOUNT_MENU.of(
            AccountItem(_l("Mã truy cập cho chương trình"), "access_tokens.index", P.ACCOUNT_SELF), order=35
        ),
    ),
)
