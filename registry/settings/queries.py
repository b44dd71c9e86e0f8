"""Reads of the dated settings with their history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from registry.accounts.models import OWNING_KINDS, Organisation
from registry.authz.actors import Ctx
from registry.dated_rows.proposals import SignedProposal
from registry.kernel.dated_rows import Unconfirmed
from registry.kernel.dated_settings import SETTINGS, DatedSetting, SettingDeclaration, owner_key
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.settings.models import SettingProposal
from registry.settings.rules import described

#: Setting: days between a change of a setting that protects others and the first day that it holds for.
NOTICE_DAYS: Final = "setting.notice_days"


@dataclass(frozen=True)
class SettingRow:
    """One row: `owner` is the code of the organisation that it is for ("": all), `until` the day before the next."""

    row: DatedSetting
    owner: str
    until: date | None
    is_in_force: bool
    figures: Sequence[tuple[str, str]]

    def is_or_comes_in_force(self, today: date) -> bool:
        """Whether it is in force today or from a later day on."""
        return self.is_in_force or (self.row.withdrawn_at is None and self.row.valid_from > today)


@dataclass(frozen=True)
class SettingHistory:
    """One setting with its rows, newest first; general ones before those of single owners."""

    declaration: SettingDeclaration
    rows: Sequence[SettingRow]

    @property
    def in_force(self) -> SettingRow | None:
        """The general row of today; None before the first day of all."""
        return next((row for row in self.rows if row.is_in_force and not row.owner), None)


def list_settings(ctx: Ctx) -> list[SettingHistory]:
    """All declared settings in the order of the features."""
    by_key: dict[str, list[DatedSetting]] = {}
    newest = select(DatedSetting).order_by(DatedSetting.valid_from.desc(), DatedSetting.id.desc())
    for row in ctx.session.scalars(newest):
        by_key.setdefault(row.key, []).append(row)
    return [_history(ctx, declaration, by_key) for declaration in SETTINGS.values()]


def get_setting(ctx: Ctx, key: str) -> SettingHistory:
    """One setting; NotFound for an unknown key."""
    history = next((candidate for candidate in list_settings(ctx) if candidate.declaration.key == key), None)
    if history is None:
        raise NotFound(_("Không có tham số “%(key)s”.", key=key[:60]))
    return history


def get_setting_row(ctx: Ctx, row_id: int) -> tuple[SettingHistory, SettingRow]:
    """One row and its setting; NotFound without one."""
    for history in list_settings(ctx):
        for row in history.rows:
            if row.row.id == row_id:
                return history, row
    raise NotFound


def _history(ctx: Ctx, declaration: SettingDeclaration, by_key: dict[str, list[DatedSetting]]) -> SettingHistory:
    setting_rows: list[SettingRow] = []
    beginning = owner_key(declaration.key, "")
    keys = [declaration.key, *sorted(key for key in by_key if key.startswith(beginning))]
    for key in keys:
        owner = "" if key == declaration.key else key.removeprefix(beginning)
        later: date | None = None
        in_force = False
        for row in by_key.get(key, ()):
            valid = row.withdrawn_at is None
            begun = valid and row.valid_from <= ctx.today and not in_force
            in_force = in_force or begun
            until = later - timedelta(days=1) if valid and later else None
            setting_rows.append(SettingRow(row, owner, until, begun, described(declaration, row.value)))
            later = row.valid_from if valid else later
    return SettingHistory(declaration, setting_rows)


def declared_key(key: str) -> str:
    """The key of the declaration that the rows of a key belong to, those of single owners too."""
    return next(
        (declaration for declaration in SETTINGS if key == declaration or key.startswith(owner_key(declaration, ""))),
        key,
    )


def list_owners(ctx: Ctx) -> list[tuple[str, str]]:
    """Code and short name of the organisations that may own structures."""
    owning = Organisation.kind.in_(OWNING_KINDS)
    query = select(Organisation.code, Organisation.short_name).where(owning).order_by(Organisation.short_name)
    return [(row.code, row.short_name) for row in ctx.session.execute(query)]


@dataclass(frozen=True)
class ProposalView:
    """A proposal as pages show it: its setting, the value before it, and who proposed and decided."""

    proposal: SettingProposal
    declaration: SettingDeclaration
    figures: Sequence[tuple[str, str]]
    before: Sequence[tuple[str, str]]
    proposed_by: str
    decided_by: str


def proposal_views(ctx: Ctx, proposals: Iterable[SignedProposal[SettingProposal]]) -> list[ProposalView]:
    """Proposals as pages show them."""
    signed = list(proposals)
    histories = {history.declaration.key: history for history in list_settings(ctx)} if signed else {}
    return [
        ProposalView(
            item.proposal,
            histories[item.proposal.key].declaration,
            described(histories[item.proposal.key].declaration, item.proposal.value),
            _before(histories[item.proposal.key], item.proposal),
            item.proposed_by,
            item.decided_by,
        )
        for item in signed
    ]


def _before(history: SettingHistory, proposal: SettingProposal) -> Sequence[tuple[str, str]]:
    earlier = [
        row
        for row in history.rows
        if row.owner == proposal.owner and row.row.withdrawn_at is None and row.row.valid_from < proposal.valid_from
    ]
    return max(earlier, key=lambda row: row.row.valid_from).figures if earlier else ()


def unconfirmed_settings(ctx: Ctx) -> list[Unconfirmed]:
    """The rows that are in force or will be, and are still to be confirmed."""
    return [
        Unconfirmed(
            str(setting.declaration.label),
            "; ".join(f"{label}: {text}" if len(row.figures) > 1 else text for label, text in row.figures),
            row.row.source,
            "settings.detail",
            {"setting": setting.declaration.key},
        )
        for setting in list_settings(ctx)
        for row in setting.rows
        if row.row.needs_verification and row.is_or_comes_in_force(ctx.today)
    ]
