"""Row scopes: one SQL clause per scope, used by lists and by single objects alike, so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from registry.authz.actors import Actor, Ctx, Role
from registry.authz.permissions import P
from registry.kernel.errors import Forbidden, NotFound, SignInRequired


class Scoped(Protocol):
    """A model that says once which of its columns mean organisation sides, area and creator."""

    #: side name -> column name, for example {"owner": "owner_organisation_id"}
    SIDES: ClassVar[Mapping[str, str]]
    #: column that holds the administrative unit, or None
    AREA: ClassVar[str | None]


@dataclass(frozen=True)
class Scope:
    """Which rows a grant covers.

    `all`; `area`: the units of the actor; `side`: rows that name the actor's organisation on that side; `rule`: rows
    that satisfy a class method of the model; `any`: the union of `parts`. `open_only` leaves out restricted rows.
    """

    kind: str
    detail: str = ""
    open_only: bool = False
    parts: tuple[Scope, ...] = ()

    def clause(self, model: Any, actor: Actor) -> ColumnElement[bool]:
        """The rows of `model` that this scope covers for `actor`."""
        covered = self._covered(model, actor)
        return and_(covered, model.is_open_rule()) if self.open_only else covered

    def _covered(self, model: Any, actor: Actor) -> ColumnElement[bool]:
        if self.kind == "all":
            return true()
        if self.kind == "any":
            return or_(*(part.clause(model, actor) for part in self.parts))
        if self.kind == "area":
            return getattr(model, model.AREA).in_(actor.unit_ids) if actor.unit_ids else false()
        if self.kind == "side":
            column = getattr(model, model.SIDES[self.detail])
            return column.in_(actor.organisation_ids) if actor.organisation_ids else false()
        rule_clause: ColumnElement[bool] = getattr(model, self.detail)()
        return rule_clause

    def __str__(self) -> str:
        if self.kind == "any":
            return " + ".join(str(part) for part in self.parts)
        name = f"{self.kind}({self.detail})" if self.detail else self.kind
        return f"{name}, not restricted" if self.open_only else name


ALL = Scope("all")
AREA = Scope("area")
AREA_OPEN = Scope("area", open_only=True)


def side(name: str) -> Scope:
    """Rows where the actor's organisation is on the named side."""
    return Scope("side", name)


def rule(name: str) -> Scope:
    """Rows, not restricted ones, that satisfy the model's class method `name`."""
    return Scope("rule", name, open_only=True)


def any_of(*parts: Scope) -> Scope:
    """The union of several scopes."""
    return Scope("any", parts=parts)


Grants = Mapping[P, Mapping[Role, Scope]]
_grants: dict[P, Mapping[Role, Scope]] = {}


def install(grants: Grants) -> None:
    """Put the matrix in force (authz/matrix.py does so when it is imported)."""
    _grants.clear()
    _grants.update(grants)


def scopes_of(actor: Actor, permission: P) -> list[Scope]:
    """The scopes that the actor's roles give for a permission; none means not at all."""
    given = _grants.get(permission, {})
    return [given[role] for role in sorted(actor.roles) if role in given]


def holds(actor: Actor, permission: P) -> bool:
    """Whether the actor has the permission for any row at all."""
    return permission is P.PUBLIC or bool(scopes_of(actor, permission))


def visible(ctx: Ctx, model: Any, permission: P) -> ColumnElement[bool]:
    """The rows of `model` for which the actor holds `permission`."""
    scopes = scopes_of(ctx.actor, permission)
    if not scopes:
        return false()
    if ALL in scopes:
        return true()
    return or_(*(scope.clause(model, ctx.actor) for scope in scopes))


def allowed(ctx: Ctx, permission: P, obj: Any) -> bool:
    """Whether the actor may do this to this object, asked of the database with the clause of `visible`."""
    scopes = scopes_of(ctx.actor, permission)
    if not scopes or ALL in scopes:
        return bool(scopes)
    model = type(obj)
    query = select(model.id).where(model.id == obj.id, visible(ctx, model, permission))
    return ctx.session.scalar(query) is not None


def require(ctx: Ctx, permission: P, obj: Any = None) -> None:
    """Refuse unless the actor holds `permission` (for `obj`, where one is given).

    The object was loaded through a `visible` query, so the actor knows of it: the refusal is 403, not 404.
    """
    permitted = holds(ctx.actor, permission) if obj is None else allowed(ctx, permission, obj)
    if permitted:
        return
    if ctx.actor.roles == {Role.PUBLIC}:
        raise SignInRequired
    raise Forbidden


def get_visible(ctx: Ctx, model: Any, permission: P, *where: Any, message: str = "") -> Any:
    """The one object that matches `where` among the visible ones; NotFound otherwise."""
    found = ctx.session.scalars(select(model).where(*where, visible(ctx, model, permission))).one_or_none()
    if found is None:
        raise NotFound(message)
    return found
