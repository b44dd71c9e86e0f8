"""Row scopes: one SQL clause per scope, used by lists and single objects alike."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from registry.authz.actors import Actor, Ctx, RightsLimit, Role
from registry.authz.permissions import P
from registry.kernel.errors import DomainError, Forbidden, NotFound, SignInRequired
from registry.kernel.i18n import _, format_date


@dataclass(frozen=True)
class Scope:
    """Which rows a grant covers.

    `all`; `creator`: rows that the actor created; `area`: the units of the actor; `side`: rows that name the actor's
    organisation on that side; `rule`: rows that satisfy a class method of the model; `party`: the same with the actor's
    organisations as argument; `any`: the union of `parts`. `open_only` excludes restricted rows, `only` all rows that
    do not satisfy another class method. `within`: the rows of `inner` in `unit_ids`; none of a model without an area.
    """

    kind: str
    detail: str = ""
    open_only: bool = False
    parts: tuple[Scope, ...] = ()
    only: str = ""
    inner: Scope | None = None
    unit_ids: frozenset[int] = frozenset()

    @property
    def basis(self) -> str:
        """The kind of scope, of `within` that of its inner one."""
        return self.kind if self.inner is None else self.inner.basis

    def clause(self, model: Any, actor: Actor) -> ColumnElement[bool]:
        if self.inner is not None:
            if model.AREA is None or not self.unit_ids:
                return false()
            return and_(self.inner.clause(model, actor), getattr(model, model.AREA).in_(sorted(self.unit_ids)))
        covered = self._covered(model, actor)
        if self.only:
            covered = and_(covered, getattr(model, self.only)())
        return and_(covered, model.is_open_rule()) if self.open_only else covered

    def _covered(self, model: Any, actor: Actor) -> ColumnElement[bool]:
        if self.kind == "all":
            return true()
        if self.kind == "any":
            return or_(*(part.clause(model, actor) for part in self.parts))
        if self.kind == "area":
            return getattr(model, model.AREA).in_(actor.unit_ids) if actor.unit_ids else false()
        if self.kind == "creator":
            by: ColumnElement[bool] = getattr(model, model.CREATOR) == actor.id
            return by
        if self.kind == "side":
            column = getattr(model, model.SIDES[self.detail])
            return column.in_(actor.organisation_ids) if actor.organisation_ids else false()
        arguments = (actor.organisation_ids,) if self.kind == "party" else ()
        rule_clause: ColumnElement[bool] = getattr(model, self.detail)(*arguments)
        return rule_clause

    def __str__(self) -> str:
        if self.kind == "any":
            return " + ".join(str(part) for part in self.parts)
        if self.inner is not None:
            return f"{self.inner} within {len(self.unit_ids)} units"
        name = f"{self.kind}({self.detail})" if self.detail else self.kind
        name = f"{name} if {self.only}" if self.only else name
        return f"{name}, not restricted" if self.open_only else name


ALL = Scope("all")
#: Rows that the actor created, by the column that the model names as CREATOR.
CREATOR = Scope("creator")
AREA = Scope("area")
AREA_OPEN = Scope("area", open_only=True)


def side(name: str) -> Scope:
    """Rows with the actor's organisation on the named side."""
    return Scope("side", name)


def rule(name: str) -> Scope:
    """Unrestricted rows that satisfy the model's class method `name`."""
    return Scope("rule", name, open_only=True)


def party(name: str, *, open_only: bool = True) -> Scope:
    """Rows that the model's class method `name` gives to the actor's organisations."""
    return Scope("party", name, open_only=open_only)


def narrowed(scope: Scope, name: str) -> Scope:
    """The rows of a scope that also satisfy the model's class method `name`."""
    return replace(scope, only=name)


def any_of(*parts: Scope) -> Scope:
    return Scope("any", parts=parts)


def within(scope: Scope, unit_ids: frozenset[int]) -> Scope:
    """The rows of a scope that lie in these units."""
    if scope.kind == "any":
        return replace(scope, parts=tuple(within(part, unit_ids) for part in scope.parts))
    return Scope("within", inner=scope, unit_ids=unit_ids)


#: Permissions to finish an open case. Their pages do more, so after the end of an organisation only moves use them.
CLOSING: Final = frozenset(
    {
        P.BUILDING_NOTICE_SEND,
        P.COLOCATION_DECIDE,
        P.COLOCATION_REQUEST,
        P.INFRA_PLAN_WRITE,
        P.JOINT_BUILD_ANNOUNCE,
        P.JOINT_INTEREST_STATE,
        P.OBSTACLE_RAISE,
        P.OCCUPATION_HANDLE,
        P.OCCUPATION_WRITE,
        P.OFFERED_SITE_KEEP,
        P.PLAN_CONCLUDE,
        P.ROUTELIST_PROPOSE,
        P.SITE_REQUEST_SEND,
        P.STREET_RULE_ISSUE,
        P.STREET_WORK_ANNOUNCE,
        P.VIOLATION_HANDLE,
    }
)
#: Permissions to read, by the end of their names.
READING: Final = frozenset(permission for permission in P if permission.value.endswith((":read", ":follow")))
#: Permissions of users of an ended organisation: reading, their own account, finishing cases.
KEPT_AFTER_END: Final = (
    CLOSING
    | READING
    | {
        P.ACCOUNT_SELF,
        P.CAPACITY_HOLDERS,
        P.CASE_ACT,
        P.DASHBOARD_PROVINCE,
        P.MAST_SPACING,
        P.ROUTELIST_ITEMS,
        P.ROUTELIST_PAPERS,
        P.STRUCTURE_HISTORY,
        P.VIOLATION_EVIDENCE,
        P.VIOLATION_PAPERS,
        P.VIOLATION_PLACE,
    }
)

Grants = Mapping[P, Mapping[Role, Scope]]
_grants: dict[P, Mapping[Role, Scope]] = {}
_MEMO = "authz.allowed"
_CONDITIONS = "authz.visible"


def install(grants: Grants) -> None:
    """Put the matrix in force (authz/matrix.py does so when it is imported)."""
    _grants.clear()
    _grants.update(grants)


class Entitled(Protocol):
    """What decides on the scopes of an actor."""

    @property
    def roles(self) -> frozenset[Role]: ...

    @property
    def ended_on(self) -> date | None: ...

    @property
    def limit(self) -> RightsLimit | None: ...


def scopes_of(actor: Entitled, permission: P) -> list[Scope]:
    """The scopes that the actor's roles give for a permission; none means that it is not held."""
    if actor.ended_on is not None and permission not in KEPT_AFTER_END:
        return []
    limit = actor.limit
    if limit is not None and permission not in limit.permissions:
        return []
    roles_granted = _grants.get(permission, {})
    granted = [roles_granted[role] for role in sorted(actor.roles) if role in roles_granted]
    return granted if limit is None or limit.unit_ids is None else [within(each, limit.unit_ids) for each in granted]


def holds(actor: Actor, permission: P) -> bool:
    """Whether the actor has the permission for any row."""
    return permission is P.PUBLIC or bool(scopes_of(actor, permission))


def visible(ctx: Ctx, model: Any, permission: P) -> ColumnElement[bool]:
    """Condition for the rows of `model` for which the actor holds `permission`.

    It is built once in a transaction: a list and its count ask for the same one. An alias is a new model each time.
    """
    if not isinstance(model, type):
        return _condition(ctx.actor, model, permission)
    conditions: dict[Any, ColumnElement[bool]] = ctx.memo.setdefault(_CONDITIONS, {})
    key = (ctx.actor, model, permission)
    if key not in conditions:
        conditions[key] = _condition(ctx.actor, model, permission)
    return conditions[key]


def _condition(actor: Actor, model: Any, permission: P) -> ColumnElement[bool]:
    scopes = scopes_of(actor, permission)
    if not scopes:
        return false()
    if ALL in scopes:
        return true()
    return or_(*(scope.clause(model, actor) for scope in scopes))


def whole_organisation_ids(actor: Actor) -> frozenset[int]:
    """The organisations of the actor of which it may read everything: none where a token narrows it to an area."""
    limit = actor.limit
    return frozenset() if limit is not None and limit.unit_ids is not None else actor.organisation_ids


def rows_key(actor: Actor, permission: P) -> Hashable:
    """Cache key of the condition of `visible`: actors with the same key see the same rows."""
    scopes = tuple(scopes_of(actor, permission))
    return scopes, actor.organisation_ids, actor.unit_ids, actor.id if any(map(_is_personal, scopes)) else None


def reader_key(actor: Actor, permission: P) -> Hashable:
    """Cache key of a response: readers with the same key have the same rights and see the same rows."""
    rights = actor.roles, actor.organisation_ids, actor.unit_ids, actor.ended_on, actor.limit
    return *rights, rows_key(actor, permission)


def _is_personal(scope: Scope) -> bool:
    return scope.basis == "creator" or any(map(_is_personal, scope.parts))


def allowed(ctx: Ctx, permission: P, obj: Any) -> bool:
    """Whether the actor holds the permission for this object, checked with the condition of `visible`.

    In a read-only transaction the result is cached: pages check many permissions with the same scopes.
    """
    scopes = scopes_of(ctx.actor, permission)
    if not scopes or ALL in scopes:
        return bool(scopes)
    model = type(obj)
    cache: dict[Any, bool] = ctx.memo.setdefault(_MEMO, {}) if ctx.read_only else {}
    key = (ctx.actor, model, obj.id, tuple(scopes))
    if key not in cache:
        query = select(model.id).where(model.id == obj.id, visible(ctx, model, permission))
        cache[key] = ctx.session.scalar(query) is not None
    return cache[key]


def allowed_as_party(ctx: Ctx, permission: P, obj: Any) -> bool:
    """Whether the actor holds the permission for this object as one of its parties, not as an office."""
    own = [scope for scope in map(_own_part, scopes_of(ctx.actor, permission)) if scope is not None]
    if not own:
        return False
    model = type(obj)
    clause = or_(*(scope.clause(model, ctx.actor) for scope in own))
    return ctx.session.scalar(select(model.id).where(model.id == obj.id, clause)) is not None


def _own_part(scope: Scope) -> Scope | None:
    """What a scope gives for rows of the actor's own organisation; None if it gives only rows of others."""
    if scope.kind != "any":
        return scope if scope.basis in ("side", "party", "creator") else None
    parts = tuple(part for part in map(_own_part, scope.parts) if part is not None)
    return replace(scope, parts=parts) if parts else None


def require(ctx: Ctx, permission: P, obj: Any = None) -> None:
    """Raise the refusal unless the actor holds `permission` (for `obj`, where given).

    The object was loaded through a `visible` query, so its existence is known: the refusal is 403, not 404.
    """
    permitted = holds(ctx.actor, permission) if obj is None else allowed(ctx, permission, obj)
    if not permitted:
        raise refusal(ctx.actor, permission)


def refusal(actor: Actor, permission: P) -> DomainError:
    """The error for a missing permission: not signed in, the organisation has ended, or the role."""
    if actor.roles == {Role.PUBLIC}:
        return SignInRequired()
    had_it = any(role in _grants.get(permission, {}) for role in actor.roles)
    return Forbidden(ended_notice(actor) if had_it else "")


def ended_notice(actor: Actor) -> str:
    """What users of an ended organisation can still do, and who goes on with its work; "" where it has not ended."""
    if actor.ended_on is None:
        return ""
    if actor.succession is not None:
        return _(
            "Tổ chức của tài khoản đã kết thúc hoạt động ngày %(day)s; từ ngày %(since)s %(successor)s kế thừa "
            "theo %(basis)s và tiếp tục mọi công trình, hồ sơ của tổ chức. Tài khoản này chỉ xem được thông tin chung.",
            day=format_date(actor.ended_on),
            since=format_date(actor.succession.effective_on),
            successor=actor.succession.successor,
            basis=actor.succession.legal_basis,
        )
    return _(
        "Tổ chức của tài khoản đã kết thúc hoạt động ngày %(day)s; tài khoản chỉ được xem và khép lại hồ sơ đang mở.",
        day=format_date(actor.ended_on),
    )


def get_visible(ctx: Ctx, model: Any, permission: P, *where: Any, message: str = "") -> Any:
    """The one visible object that matches `where`; NotFound otherwise."""
    entity = ctx.session.scalars(select(model).where(*where, visible(ctx, model, permission))).one_or_none()
    if entity is None:
        raise NotFound(message)
    return entity
