"""What a feature brings to the program: one `Feature` object a folder, mounted by the wiring.

A feature may add to another one, such as a panel to the page of a structure. The module that is added to declares an
extension point; the feature names its items in `provides`. Nothing registers itself while it is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final, Generic, TypeVar

import click
from flask import Blueprint, Flask

from registry.kernel.installation import Installation
from registry.kernel.services import Service

T = TypeVar("T")


@dataclass(frozen=True)
class Contribution:
    """Items for one extension point, each with its key ("" in a list); a lower `order` comes first."""

    point: Any
    items: tuple[tuple[str, Any], ...]
    order: int = 0


class ExtensionPoint(Sequence[T], Generic[T]):
    """A list that features add to, in the order of `order` and then of the features."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: tuple[T, ...] = ()

    def of(self, *items: T, order: int = 0) -> Contribution:
        """These items, for `Feature.provides`."""
        return Contribution(self, tuple(("", item) for item in items), order)

    def only(self) -> T | None:
        """The one item of a point that takes a single one; None where no feature has one."""
        return self._items[-1] if self._items else None

    def fill(self, items: Iterable[tuple[str, T]]) -> None:
        """Replace what the point holds."""
        self._items = tuple(item for _key, item in items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)


class KeyedExtensionPoint(Mapping[str, T], Generic[T]):
    """A mapping that features add to; `key` gives the key of an item that is not given by name."""

    def __init__(self, name: str, key: Callable[[T], str] | None = None) -> None:
        self.name = name
        self._key = key
        self._items: dict[str, T] = {}

    def of(self, *items: T, order: int = 0) -> Contribution:
        """These items under their own keys, for `Feature.provides`."""
        if self._key is None:
            message = f"{self.name} takes items by name only"
            raise TypeError(message)
        return Contribution(self, tuple((self._key(item), item) for item in items), order)

    def named(self, items: Mapping[str, T], order: int = 0) -> Contribution:
        """These items under the given keys, for `Feature.provides`."""
        return Contribution(self, tuple(items.items()), order)

    def fill(self, items: Iterable[tuple[str, T]]) -> None:
        """Replace what the point holds; ValueError for a key that two features give."""
        filled: dict[str, T] = {}
        for key, item in items:
            if key in filled:
                message = f"{self.name}: {key} is given twice"
                raise ValueError(message)
            filled[key] = item
        self._items = filled

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True)
class Feature:
    """Everything that the rest of the program needs to know of one folder under `registry/`."""

    name: str
    blueprints: tuple[Blueprint, ...] = ()
    #: Groups of `flask --app app`.
    commands: tuple[click.Command, ...] = ()
    #: Modules with tables or tasks that nothing else imports.
    modules: tuple[ModuleType, ...] = ()
    provides: tuple[Contribution, ...] = ()
    #: Hands the feature what it needs of an application and its settings.
    set_up: Callable[[Flask, Installation], None] | None = field(default=None)


#: The features of an application, in their order.
FEATURES = Service[tuple[Feature, ...]]("registry.features")


#: By its id, each point that `mount` has filled.
_FILLED: Final[dict[int, Any]] = {}


def mount(features: Sequence[Feature]) -> None:
    """Fill the extension points with what the features provide; a second call replaces what the first one did."""
    contributions_by_point: dict[int, list[Contribution]] = {}
    for feature in features:
        for contribution in feature.provides:
            contributions_by_point.setdefault(id(contribution.point), []).append(contribution)
    # Each point changes at once: what runs in another thread finds either its old items or its new ones.
    for key, contributions in contributions_by_point.items():
        ordered = sorted(contributions, key=lambda offered: offered.order)
        _FILLED[key] = point = ordered[0].point
        point.fill([item for offered in ordered for item in offered.items])
    # One that only features of an earlier call added to is empty again.
    for key, point in _FILLED.items():
        if key not in contributions_by_point:
            point.fill(())


def install(app: Flask, installation: Installation, features: Sequence[Feature]) -> None:
    """Give an application the pages, commands and services of the features."""
    mount(features)
    FEATURES.put(app, tuple(features))
    for feature in features:
        for blueprint in feature.blueprints:
            app.register_blueprint(blueprint)
        for command in feature.commands:
            app.cli.add_command(command)
        if feature.set_up is not None:
            feature.set_up(app, installation)
