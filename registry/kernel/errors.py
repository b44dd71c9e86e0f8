"""The errors that rules and services raise; each carries one sentence for the person who caused it."""

from __future__ import annotations

from collections.abc import Mapping

from registry.kernel.i18n import _


class DomainError(Exception):
    """A refusal in words, answered with `status`."""

    status = 400
    title = "Bad request"
    #: Seconds after which the same request may succeed; answered as Retry-After.
    retry_after: int | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """No such object, or none that the actor may know of."""

    status = 404
    title = "Not found"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Không tìm thấy nội dung này, hoặc bạn không có quyền biết đến nó."))


class Forbidden(DomainError):
    """The actor may know of the object but not do this to it."""

    status = 403
    title = "Forbidden"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Vai trò của bạn không được làm việc này."))


class SignInRequired(DomainError):
    """Nobody is signed in, and the public may not do this."""

    status = 401
    title = "Sign-in required"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Bạn cần đăng nhập để làm việc này."))


class Invalid(DomainError):
    """Values that break a rule; `fields` maps field name to sentences, '' holds those of the whole form."""

    status = 422
    title = "Invalid"

    def __init__(self, fields: Mapping[str, str | list[str]]) -> None:
        self.fields = {name: [text] if isinstance(text, str) else list(text) for name, text in fields.items()}
        super().__init__(" ".join(sentence for texts in self.fields.values() for sentence in texts))


class Conflict(DomainError):
    """The object changed since it was read, or the same thing exists already.

    `current` maps field label to the value that stands now, for the page that shows both versions.
    """

    status = 409
    title = "Conflict"

    def __init__(self, message: str, current: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.current = dict(current or {})


class MoveRefused(Conflict):
    """The case does not allow this step: its state, or what it needs, is not there (any more)."""

    title = "Step refused"


class TooManyRequests(DomainError):
    """A counter is used up; `retry_after` is in seconds."""

    status = 429
    title = "Too many requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(DomainError):
    """The server does as much costly work as it takes on at once; `retry_after` is in seconds."""

    status = 503
    title = "Busy"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
