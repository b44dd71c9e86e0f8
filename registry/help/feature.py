"""Feature: help by role, and the terms of the field."""

from __future__ import annotations

from flask import Flask

from registry.authz.navigation import ACCOUNT_MENU, AccountItem
from registry.authz.permissions import P
from registry.help.pages import bp
from registry.help.styleguide import styleguide_command
from registry.help.terms import TERMS, term_number
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation


def _set_up(app: Flask, _installation: Installation) -> None:
    app.jinja_env.globals.update(glossary=TERMS, term_number=term_number)


FEATURE = Feature(
    name="help",
    blueprints=(bp,),
    commands=(styleguide_command,),
    set_up=_set_up,
    provides=(ACCOUNT_MENU.of(AccountItem(_l("Hướng dẫn sử dụng"), "help.index", P.ACCOUNT_SELF), order=90),),
)
