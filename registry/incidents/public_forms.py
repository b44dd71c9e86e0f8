"""What a form of the public shows and proves: its draft, its ticket, and the work of the browser when many write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import request

from registry.authz.actors import Ctx
from registry.incidents.codes import IncidentKind
from registry.incidents.forms import DraftForm, ReportForm
from registry.incidents.limits import LEAST_AGE, ReportLimits, Sender, Topic
from registry.incidents.queries import PublicView
from registry.incidents.rules import digest_of, is_draft, new_draft
from registry.kernel.errors import TooManyRequests
from registry.kernel.forms.submit import add_errors
from registry.kernel.i18n import _, _n
from registry.kernel.services import Service

#: The limits of what the public may send.
LIMITS = Service[Callable[[], ReportLimits]]("registry.incidents.limits")


def work_of(ctx: Ctx, form: DraftForm, topic: Topic | None = None) -> dict[str, Any]:
    """The challenge when many write, else none; the form's ticket, which goes on counting from its first page."""
    draft = form.draft.data or ""
    if not is_draft(draft):
        return {"challenge": None, "least_age": LEAST_AGE.seconds}
    if limits_of_app().age_of(form.ticket.data or "", draft, ctx.now) is None:
        form.ticket.data = limits_of_app().ticket(draft, ctx.now)
    work = limits_of_app().work(ctx, sender_of_request(), topic)
    challenge = limits_of_app().challenge(draft, ctx.now, work) if work else None
    return {"challenge": challenge, "least_age": LEAST_AGE.seconds}


def is_worked(ctx: Ctx, form: DraftForm, topic: Topic) -> bool:
    """Whether the browser did the work that the crowd asks for now, or none is asked for."""
    work = limits_of_app().work(ctx, sender_of_request(), topic)
    return not work or limits_of_app().is_proved(form.draft.data, form.altcha.data or "", ctx.now, work)


def is_proved(ctx: Ctx, form: DraftForm, topic: Topic) -> bool:
    """Whether the form may be taken: its work was done, or it looks written by hand; else it says what to do.

    While few write, by hand means that nothing stands in the hidden field; while many write, also that the form was
    open for a while. TooManyRequests beyond the quota of those.
    """
    check_draft(form)
    limits = limits_of_app()
    has_worked = is_worked(ctx, form, topic)
    if has_worked and form.altcha.data:
        return True
    if form.homepage.data:
        add_errors(form, {"homepage": [_("Ô “Để trống ô này” đã có nội dung; hãy xóa nội dung của ô đó rồi gửi lại.")]})
        return False
    if has_worked:
        return True
    age = limits.age_of(form.ticket.data or "", form.draft.data, ctx.now)
    if age is None or age < LEAST_AGE:
        sentence = _n(
            "Đang có nhiều người gửi phản ánh; hãy đợi %(num)d giây rồi gửi lại, nội dung đã nhập vẫn còn.",
            (LEAST_AGE - (age or timedelta(0))).seconds or 1,
        )
        form.form_errors = [*form.form_errors, sentence]
        return False
    limits.take_ticket(sender_of_request(), topic)
    return True


def has_ticket(ctx: Ctx, form: DraftForm, topic: Topic) -> bool:
    """Whether a form without work was open for a while, within what is taken of such; it is counted."""
    age = limits_of_app().age_of(form.ticket.data or "", form.draft.data, ctx.now)
    if form.homepage.data or age is None or age < LEAST_AGE:
        return False
    try:
        limits_of_app().take_ticket(sender_of_request(), topic)
    except TooManyRequests:
        return False
    return True


def is_dangerous_report(form: ReportForm, kind: IncidentKind) -> bool:
    return form.danger.data == "yes" or kind in (IncidentKind.FIRE, IncidentKind.ELECTRIC_CONTACT)


def topic_of(view: PublicView) -> Topic:
    """What a follow-up of an incident is about."""
    return Topic(f"incident {view.incident_id}", (view.kind.value,))


def check_draft(form: DraftForm) -> None:
    """A draft that is none gets a token of its own."""
    if not is_draft(form.draft.data or ""):
        form.draft.data = new_draft()


def photos_of_request() -> str:
    """The draft whose photos the request brings; "" without photos. Slots are fair by draft: many share an address."""
    if not any(sent.filename for sent in request.files.getlist("photos")):
        return ""
    return f"draft {digest_of(request.form.get('draft', ''))}"


def sender_of_request() -> Sender:
    """Where the request comes from; the context of a report forgets it once the report is written."""
    return limits_of_app().sender(request.remote_addr or "")


def limits_of_app() -> ReportLimits:
    return LIMITS.current()()
