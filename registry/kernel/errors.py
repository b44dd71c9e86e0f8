"""Errors of rules and services; each message is one sentence for the user who caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from registry.kernel.i18n import LazyText, _l


class DomainError(Exception):
    """A refused operation, answered with HTTP `status`."""

    status = 400
    title = "Bad request"
    default_message: LazyText | str = ""
    #: Called once the transaction of the request is over; another refusal that it raises is answered instead.
    afterwards: Callable[[], None] | None = None

    def __init__(self, message: str = "", retry_after: int | None = None) -> None:
        self.message = message or str(self.default_message)
        super().__init__(self.message)
        #: Seconds after which the same request may succeed; sent as Retry-After.
        self.retry_after = retry_after


class NotFound(DomainError):
    """The object does not exist, or the actor may not know that it exists."""

    status = 404
    title = "Not found"
    default_message = _l("Không tìm thấy nội dung này, hoặc không có quyền xem.")


class Forbidden(DomainError):
    """The actor may see the object but not do this to it."""

    status = 403
    title = "Forbidden"
    default_message = _l("Tài khoản không có quyền thực hiện việc này.")


class SignInRequired(DomainError):
    """The operation needs a signed-in actor."""

    status = 401
    title = "Sign-in required"
    default_message = _l("Cần đăng nhập để thực hiện việc này.")
    #: The sentence above the form of sign-in that carries what was typed.
    kept_message: LazyText | str = _l(
        "Phiên làm việc đã kết thúc; hãy đăng nhập, nội dung đã nhập được giữ lại để gửi tiếp."
    )


class Invalid(DomainError):
    """Values that break a rule; `fields` maps field names to sentences, '' is the whole form."""

    status = 422
    title = "Invalid"

    def __init__(self, fields: Mapping[str, str | list[str]]) -> None:
        self.fields = {name: [text] if isinstance(text, str) else list(text) for name, text in fields.items()}
        super().__init__(" ".join(self.sentences))

    @property
    def sentences(self) -> list[str]:
        """The sentences of all fields."""
        return [sentence for texts in self.fields.values() for sentence in texts]


@contextmanager
def errors_at(name: str) -> Iterator[None]:
    """Raise what is Invalid inside as errors of this field: the caller's form does not have the fields of the call."""
    try:
        yield
    except Invalid as refused:
        raise Invalid({name: refused.sentences}) from refused


class Conflict(DomainError):
    """The object changed since it was read, or the same object exists already.

    `current` maps field labels to the current values, for the page that shows both versions.
    """

    status = 409
    title = "Conflict"

    def __init__(self, message: str, current: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.current = dict(current or {})


class MoveRefused(Conflict):
    """The state of the case, or a missing precondition, does not allow this step."""

    title = "Step refused"


class TooManyRequests(DomainError):
    """A rate limit is used up; `retry_after` is in seconds."""

    status = 429
    title = "Too many requests"


class DatabaseAway(DomainError):
    """The database is restarting or cannot be reached."""

    status = 503
    title = "Database unavailable"
    default_message = _l("Cơ sở dữ liệu đang khởi động lại; hãy thử lại sau ít giây.")


class DiskFull(DomainError):
    """A disk of the server is full; nothing was written."""

    status = 503
    title = "Disk full"


class Busy(DomainError):
    """The server already does as much expensive work as it accepts; `retry_after` is in seconds."""

    status = 503
    title = "Busy"
