"""Services of an application: each is declared once with its type, set while the application is assembled, and read."""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")
_MISSING: Final = object()


class Service(Generic[T]):
    """One service of an application under a name of its own; `default` where an application may do without it."""

    def __init__(self, name: str, default: Any = _MISSING) -> None:
        self.name = name
        self._default = default

    def put(self, app: Flask, service: T) -> T:
        """Set the service of an application; returns it."""
        app.extensions[self.name] = service
        return service

    def of(self, app: Flask) -> T:
        """The service of an application; LookupError where it has none and there is no default."""
        service = app.extensions.get(self.name, self._default)
        if service is _MISSING:
            message = f"the application has no service {self.name}"
            raise LookupError(message)
        return cast("T", service)

    def current(self) -> T:
        """The service of the application that answers."""
        return self.of(current_app)
