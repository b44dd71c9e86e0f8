"""Feature: sign-in, administration of accounts and organisations, search, address book of notices."""

from __future__ import annotations

from registry.accounts.addresses import AccountBook
from registry.accounts.admin_pages import roles_to_confirm
from registry.accounts.audit_subjects import SUBJECTS_OF_ACCOUNTS
from registry.accounts.factors.models import DayPass, FactorReset, RecoveryCode, RememberedBrowser, SecondFactor
from registry.accounts.factors.notices import EVENTS as FACTOR_EVENTS
from registry.accounts.factors.notices import read_factor_notice
from registry.accounts.factors.pages import resets_to_confirm
from registry.accounts.factors.rules import DECLARATION as SECOND_FACTOR
from registry.accounts.findings import check_addresses, check_coverage, check_roles, check_work
from registry.accounts.forms import CONSTRAINT_SENTENCES
from registry.accounts.held_work import NO_WORK
from registry.accounts.jobs import organisation, user
from registry.accounts.leaving_notices import LEAVING_EVENTS, read_leaving_notice
from registry.accounts.list_view import ORGANISATIONS, USERS
from registry.accounts.models import (
    AccountMail,
    OneTimeLink,
    RoleAssignment,
    UserPassword,
    UserSession,
)
from registry.accounts.notices import EVENTS, read_notice
from registry.accounts.pages import bp
from registry.accounts.queries import AccountDirectory
from registry.accounts.reviews.alarms import EVENTS as ALARM_EVENTS
from registry.accounts.reviews.alarms import read_alarm
from registry.accounts.reviews.declarations import SETTINGS_OF_REVIEWS
from registry.accounts.reviews.models import AccessReview, ReadingAlarm
from registry.accounts.reviews.pages import ACCESS_REVIEW, roles_to_review
from registry.accounts.search import search_organisations
from registry.accounts.service.organisations import UNDO as UNDO_ORGANISATION
from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.audit.undo import undoable
from registry.authz.directory import DIRECTORIES
from registry.authz.navigation import ACCOUNT_MENU, NAVIGATION, AccountItem, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.kernel.cli.doctor import REGISTER_CHECKS
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.notices.mail import ADDRESS_BOOK
from registry.notices.models import MailBounce, Notice, NoticeChoice, NoticeKindChoice, NoticeMail, NoticeRead
from registry.notices.texts import notices
from registry.workflow.models import CaseEvent
from registry.workflow.worklist import WORKLIST_TASKS

FEATURE = Feature(
    name="accounts",
    blueprints=(bp,),
    commands=(user, organisation),
    provides=(
        *undoable(UNDO_ORGANISATION, "edit"),
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        ADDRESS_BOOK.of(AccountBook()),
        DIRECTORIES.of(AccountDirectory()),
        *notices(EVENTS, read_notice),
        *notices(LEAVING_EVENTS, read_leaving_notice),
        *notices(FACTOR_EVENTS, read_factor_notice),
        *notices(ALARM_EVENTS, read_alarm),
        REGISTER_CHECKS.of(check_roles, check_coverage, check_addresses, check_work, order=10),
        NO_WORK.of(
            UserPassword.user_id,
            UserSession.user_id,
            OneTimeLink.user_id,
            AccountMail.user_id,
            RoleAssignment.user_id,
            RoleAssignment.assigned_by_id,
            Notice.actor_id,
            NoticeRead.user_id,
            NoticeMail.user_id,
            NoticeChoice.user_id,
            NoticeKindChoice.user_id,
            MailBounce.user_id,
            CaseEvent.actor_id,
            SecondFactor.user_id,
            SecondFactor.removed_by_id,
            RecoveryCode.user_id,
            RememberedBrowser.user_id,
            DayPass.user_id,
            DayPass.given_by_id,
            AccessReview.reviewed_by_id,
            ReadingAlarm.user_id,
            FactorReset.user_id,
            FactorReset.asked_by_id,
            FactorReset.confirmed_by_id,
        ),
        *lists(USERS, ORGANISATIONS, ACCESS_REVIEW),
        SEARCH_SOURCES.named({"organisations": search_organisations}, order=60),
        *SUBJECTS_OF_ACCOUNTS,
        OBJECT_LABELS.named(
            {
                "user_account": _l("Tài khoản người dùng"),
                "organisation": _l("Tổ chức"),
            }
        ),
        ACTION_LABELS.named(
            {
                "account.create": _l("Tạo tài khoản"),
                "account.edit": _l("Sửa tài khoản"),
                "account.edit_contact": _l("Sửa thông tin liên hệ của mình"),
                "account.mail_link": _l("Gửi liên kết qua thư"),
                "account.hand_over": _l("Bàn giao việc"),
                "account.disable": _l("Khóa tài khoản"),
                "account.enable": _l("Mở khóa tài khoản"),
                "account.set_password": _l("Đặt mật khẩu"),
                "account.open_link": _l("Tạo liên kết đặt mật khẩu"),
                "account.assign_role": _l("Giao vai trò"),
                "account.confirm_role": _l("Xác nhận vai trò"),
                "account.end_role": _l("Kết thúc vai trò"),
                "account.keep_role": _l("Rà soát: giữ vai trò"),
                "account.reading_alarm": _l("Cảnh báo xem nhiều vị trí"),
                "account.add_factor": _l("Thêm lớp xác thực thứ hai"),
                "account.remove_factor": _l("Bỏ lớp xác thực thứ hai"),
                "account.renew_recovery_codes": _l("Tạo mã khôi phục"),
                "account.use_recovery_code": _l("Dùng mã khôi phục"),
                "account.remember_browser": _l("Ghi nhớ thiết bị"),
                "account.forget_browsers": _l("Bỏ ghi nhớ thiết bị"),
                "account.ask_factor_reset": _l("Đề nghị đặt lại xác thực hai lớp"),
                "account.cancel_factor_reset": _l("Rút đề nghị đặt lại xác thực hai lớp"),
                "account.reset_factor": _l("Đặt lại xác thực hai lớp"),
                "account.give_day_pass": _l("Cấp mã đăng nhập trong ngày"),
                "account.use_day_pass": _l("Dùng mã đăng nhập trong ngày"),
                "organisation.create": _l("Thêm tổ chức"),
                "organisation.edit": _l("Sửa thông tin tổ chức"),
                "organisation.succeed": _l("Ghi bên kế thừa"),
                "organisation.add_alias": _l("Thêm cách viết tên"),
                "organisation.withdraw_alias": _l("Bỏ cách viết tên"),
                "organisation.withdraw_succession": _l("Rút việc kế thừa của tổ chức"),
            }
        ),
        START_ACTS.of(StartAct(_l("Tạo tài khoản"), "accounts.user_new", P.ACCOUNT_MANAGE, "plus")),
        NAVIGATION.of(
            NavItem(_l("Các tổ chức"), "accounts.organisations", P.ACCOUNT_MANAGE, NavGroup.ADMINISTRATION), order=180
        ),
        NAVIGATION.of(NavItem(_l("Tài khoản"), "accounts.users", P.ACCOUNT_MANAGE, NavGroup.ADMINISTRATION), order=190),
        NAVIGATION.of(
            NavItem(_l("Mã đăng nhập trong ngày"), "accounts.day_passes", P.FACTOR_LEND, NavGroup.ADMINISTRATION),
            order=195,
        ),
        SETTINGS.of(SECOND_FACTOR, *SETTINGS_OF_REVIEWS),
        WORKLIST_TASKS.of(roles_to_confirm, order=30),
        WORKLIST_TASKS.of(resets_to_confirm, order=31),
        WORKLIST_TASKS.of(roles_to_review, order=32),
        ACCOUNT_MENU.of(AccountItem(_l("Tài khoản của tôi"), "accounts.own_account", P.ACCOUNT_SELF), order=10),
    ),
)
