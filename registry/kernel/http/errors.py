"""Error responses: pages for browsers, RFC 9457 problem documents for programs; never a stack trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import (
    Flask,
    Response,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from registry.kernel.db.session import is_away
from registry.kernel.disk import DATA_FOLDER, database_away, disk_full, is_disk_full
from registry.kernel.errors import DomainError, Invalid, SignInRequired
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.http.resubmission import SIGN_IN_PAGE, current_submission, resubmission_page
from registry.kernel.i18n import _, _l


def json_errors(error: DomainError) -> Response:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
    }
    if isinstance(error, Invalid):
        body["errors"] = error.fields
    response = jsonify(body)
    response.status_code = error.status
    response.mimetype = "application/problem+json"
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


#: Beginning of the addresses of an interface -> how it answers what no view of it could refuse: addresses that do not
#: exist, methods that are not taken, failures.
INTERFACE_ERRORS = KeyedExtensionPoint[Callable[[DomainError], Response]]("http.interface_errors")


def _answer_of(status: int, message: str, title: str = "") -> Response:
    """An error as a page, or as the interface answers it to which the address belongs."""
    for beginning, render in INTERFACE_ERRORS.items():
        if request.path == beginning or request.path.startswith(f"{beginning}/"):
            error = DomainError(message)
            error.status, error.title = status, title or error.title
            return render(error)
    return error_page(status, message)


_HTTP_SENTENCES = {
    400: _l("Hệ thống không đọc được yêu cầu này."),
    404: _l("Không tìm thấy nội dung này, hoặc không có quyền xem."),
    405: _l("Địa chỉ này không nhận phương thức gửi đó."),
    413: _l("Tệp hoặc biểu mẫu gửi lên quá lớn."),
    415: _l("Định dạng gửi lên không được nhận."),
    429: _l("Đã gửi quá nhiều yêu cầu; hãy đợi một lát rồi thử lại."),
    500: _l("Hệ thống gặp lỗi và đã ghi nhật ký lỗi; dữ liệu chưa thay đổi."),
}
_SERVER_ERROR = 500
#: While the database is away: a restart takes seconds.
RETRY_AFTER_S: Final = 5
_UNREADABLE = 400


def error_page(status: int, message: str, next_url: str = "", next_label: str = "") -> Response:
    """The page of one error with a link onward; for a refused form it shows what was typed and links to its page."""
    if request.method not in ("GET", "HEAD"):
        # A view may have said "saved" before its commit failed: an error page says one thing.
        session.pop("_flashes", None)
    form = current_submission()
    more: dict[str, object] = {"next_url": next_url, "next_label": next_label} if next_url else {}
    if form:
        more = {"typed": form.typed, "next_url": form.back, "next_label": _("Mở lại trang trước")}
    return _uncached(render_template("errors/error.html", status=status, message=message, **more), status)


def _uncached(page: str, status: int) -> Response:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _sign_in_again(error: SignInRequired) -> Response:
    """The sign-in page with the submitted form, which is offered again after sign-in."""
    form, sign_in = current_submission(), SIGN_IN_PAGE.current()
    if form is None or sign_in is None:
        return error_page(error.status, error.message)
    return _uncached(sign_in(str(error.kept_message), form.signed, form.back), error.status)


def html_errors(error: DomainError) -> Response:
    """A domain error as a page, or as the sign-in page where sign-in is missing."""
    if isinstance(error, SignInRequired) and request.method == "GET":
        return make_response(redirect(url_for("accounts.login", next=request.full_path.rstrip("?"))))
    if isinstance(error, SignInRequired):
        return _sign_in_again(error)
    response = error_page(error.status, error.message)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _with_methods(answer: Response, error: HTTPException) -> Response:
    """Names the methods that an address takes where the one of the request is none of them (RFC 9110)."""
    methods = getattr(error, "valid_methods", None)
    if methods:
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def init_errors(app: Flask) -> None:
    """Answer HTTP errors of Werkzeug and unexpected exceptions with error pages."""

    @app.before_request
    def refuse_unreadable() -> Response | None:
        # PostgreSQL text has no NUL, so no URL with one can match.
        return _answer_of(_UNREADABLE, str(_HTTP_SENTENCES[_UNREADABLE])) if "\0" in request.path else None

    @app.errorhandler(CSRFError)
    def stale_token(error: CSRFError) -> Response:
        # A script that loads a part of a page displays errors itself.
        form = None if "HX-Request" in request.headers else current_submission()
        if form is None:
            return http_error(error)
        sentence = _("Biểu mẫu thuộc một phiên làm việc khác hoặc đã quá thời hạn nên chưa được nhận; hãy gửi lại.")
        return _uncached(resubmission_page(form, sentence, error.code or _UNREADABLE), error.code or _UNREADABLE)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or _SERVER_ERROR
        if error.response is not None:
            return make_response(error.response)
        sentence = error.description if getattr(error, "is_sentence", False) else _HTTP_SENTENCES.get(status, "")
        answer = _answer_of(status, str(sentence or _HTTP_SENTENCES[_SERVER_ERROR]), error.name)
        return _with_methods(answer, error)

    @app.errorhandler(Exception)
    def failure(error: Exception) -> Response:
        if is_away(error):
            return html_errors(database_away(DATA_FOLDER.of(app), RETRY_AFTER_S))
        if is_disk_full(error):
            app.logger.error("disk full", exc_info=error, extra={"request_id": g.get("request_id", "")})
            return html_errors(disk_full(DATA_FOLDER.of(app), RETRY_AFTER_S))
        app.logger.error("unhandled", exc_info=error, extra={"request_id": g.get("request_id", "")})
        return _answer_of(_SERVER_ERROR, str(_HTTP_SENTENCES[_SERVER_ERROR]), "Internal Server Error")
