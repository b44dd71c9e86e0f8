"""Commands that act as the machine itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app

from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.authz.blueprint import DATABASE
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError, Invalid


@contextmanager
def writing_as_machine() -> Iterator[Ctx]:
    """A transaction of the machine itself; each refusal becomes a line, and the exit code is 1."""
    database: Database = current_app.extensions[DATABASE]
    machine: Actor = SYSTEM_ACTOR
    try:
        with database.transaction(machine, origin="cli") as ctx:
            yield ctx
    except Invalid as error:
        sentences = [sentence for sentences in error.fields.values() for sentence in sentences]
        raise click.ClickException("\n".join(sentences)) from error
    except DomainError as error:
        raise click.ClickException(error.message) from error
