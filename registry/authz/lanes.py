"""Lanes of the threads of a web process: members, sign-ins, visitors who read or send, and costly requests of these.

A request of a lane works, waits for one of the few that may work, or is refused at once. It waits before anything of
it is read, without a transaction or a connection of the pool. So visitors, however many, hold a few threads, and work
of members starts at once. The rest of the threads of a process only wait, or send what is ready.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from threading import Event, Lock
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, current_app, g, request
from werkzeug.wsgi import ClosingIterator

from registry.authz.actors import PUBLIC_ACTOR
from registry.authz.blueprint import COSTLY, GuardedBlueprint
from registry.kernel.errors import Busy
from registry.kernel.http.drained_bodies import MOST_SECONDS_KEY
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.services import Service

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Key of a request's seat in its environment.
_SEAT: Final = "registry.lane_seat"
#: Seconds after which a refused request may come again.
RETRY_AFTER_S: Final = 5
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Threads for static files and for refusals, which pass the lanes.
_SPARE: Final = 4
#: Seconds in which the rest of a refused body is read.
_DRAINED_S: Final = 1.0
#: A larger form is not shown again by its refusal.
_MOST_FORM_BYTES: Final = 64 * 1024


class Lane(StrEnum):
    """Who a request is of, as far as its signed cookies say."""

    MEMBERS = "members"
    #: In a browser in which no account signed in before.
    SIGN_IN = "sign-in"
    READING = "reading"
    SENDING = "sending"
    #: What visitors read or send that takes long: files and photos.
    READING_COSTLY = "reading costly"
    SENDING_COSTLY = "sending costly"


_VISITORS: Final = frozenset({Lane.READING, Lane.SENDING, Lane.READING_COSTLY, Lane.SENDING_COSTLY})


@dataclass(frozen=True)
class LaneLimits:
    """How many requests of a lane work at once in one process, how many more wait, and for how many seconds at most."""

    working: int
    waiting: int
    seconds: float


def lane_limits(threads: int) -> dict[Lane, LaneLimits]:
    """The limits of a process in which so many requests of members work at once.

    One visitor's request keeps a processor busy, in the program or in the database: with a process for each of them,
    more at once would not be answered sooner. What is sent is not refused as long as it can wait: a person typed it,
    and it may say that there is danger. Sign-ins wait as well: a province's offices do it in the same minute.
    """
    few = max(1, threads // 4)
    return {
        Lane.MEMBERS: LaneLimits(threads, 16, 30.0),
        Lane.SIGN_IN: LaneLimits(few, 32, 30.0),
        Lane.READING: LaneLimits(few, 24, 10.0),
        Lane.SENDING: LaneLimits(few, 32, 30.0),
        Lane.READING_COSTLY: LaneLimits(few, 4, 10.0),
        Lane.SENDING_COSTLY: LaneLimits(few, 16, 30.0),
    }


def threads_of_process(threads: int) -> int:
    """The threads of a process: one for each request that may work or wait, and some to spare."""
    return _SPARE + sum(limits.working + limits.waiting for limits in lane_limits(threads).values())


class Seat:
    """One request in its lane."""

    def __init__(self, lanes: ThreadLanes, lane: Lane) -> None:
        self._lanes, self.lane = lanes, lane
        self._is_working = self._is_here = True

    def end_work(self) -> None:
        """Let the next of the lane work; what is left is to send the answer."""
        if self._is_working:
            self._is_working = False
            self._lanes.end_work(self.lane)

    def leave(self) -> None:
        """End the request, with its answer sent."""
        self.end_work()
        if self._is_here:
            self._is_here = False
            self._lanes.leave(self.lane)


class ThreadLanes:
    """The lanes of one process; safe for threads. The first to come is the first to work."""

    def __init__(self, limits: dict[Lane, LaneLimits]) -> None:
        self._limits = limits
        self._lock = Lock()
        #: Those that wait, with their numbers in the order in which they came.
        self._queues: dict[Lane, deque[tuple[int, Event]]] = {lane: deque() for lane in Lane}
        self._numbers = count()
        self._working: Counter[Lane] = Counter()
        #: Working, or sending an answer.
        self._present: Counter[Lane] = Counter()

    def enter(self, lane: Lane) -> Seat:
        """Wait until the request may work; Busy where too many wait, or after the seconds of the lane."""
        limits = self._limits[lane]
        with self._lock:
            queue = self._queues[lane]
            if self._is_free(lane):
                return self._admitted(lane)
            # An answer that is sent to a slow reader holds a thread like a request that waits.
            sending = self._present[lane] - self._working[lane]
            if len(queue) + sending >= limits.waiting:
                raise _busy()
            turn = Event()
            waiting = (next(self._numbers), turn)
            queue.append(waiting)
        if turn.wait(limits.seconds):
            return Seat(self, lane)
        with self._lock:
            # The turn may have come since the wait ended.
            if not turn.is_set():
                queue.remove(waiting)
                raise _busy()
        return Seat(self, lane)

    def end_work(self, lane: Lane) -> None:
        with self._lock:
            self._working[lane] -= 1
            while free := [
                (queue[0], other) for other, queue in self._queues.items() if queue and self._is_free(other)
            ]:
                (_number, turn), first = min(free, key=lambda waiting: waiting[0][0])
                self._queues[first].popleft()
                self._admitted(first)
                turn.set()

    def leave(self, lane: Lane) -> None:
        with self._lock:
            self._present[lane] -= 1

    def _admitted(self, lane: Lane) -> Seat:
        self._working[lane] += 1
        self._present[lane] += 1
        return Seat(self, lane)

    def _is_free(self, lane: Lane) -> bool:
        if self._working[lane] >= self._limits[lane].working:
            return False
        if lane not in _VISITORS or not self._working[Lane.MEMBERS]:
            return True
        # Threads of a process share one interpreter: while a member works, one visitor goes on.
        return not any(self._working[other] for other in _VISITORS)


LANES = Service[ThreadLanes]("registry.lanes")


class SeatsInLanes:
    """WSGI: a request leaves its lane when its answer is sent, or the sending has failed."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def leave() -> None:
            if (seat := environ.pop(_SEAT, None)) is not None:
                seat.leave()

        try:
            answer = self._application(environ, start_response)
        except BaseException:
            leave()
            raise
        return ClosingIterator(answer, leave) if _SEAT in environ else answer


def init_lanes(app: Flask, threads: int, lane_of_account: Callable[[], Lane | None]) -> None:
    """Admit requests by lanes, before anything else looks at them.

    `lane_of_account` judges by signed cookies and the endpoint alone; None: the request is a visitor's.
    """
    LANES.put(app, ThreadLanes(lane_limits(threads)))
    app.wsgi_app = SeatsInLanes(app.wsgi_app)  # type: ignore[method-assign]

    @app.before_request
    def admit() -> Response | None:
        if request.endpoint == "static":
            return None
        lanes = LANES.of(app)
        try:
            request.environ[_SEAT] = lanes.enter(lane_of_account() or _lane_of_visitor())
        except Busy as error:
            return _refusal(error)
        return None

    @app.after_request
    def is_ready(response: Response) -> Response:
        seat: Seat | None = request.environ.get(_SEAT)
        if seat is not None:
            seat.end_work()
            if not request.environ.get("wsgi.input_terminated") and not response.direct_passthrough:
                # A client within the process (that of tests) holds no thread, and does not always close its answers.
                request.environ.pop(_SEAT).leave()
        return response

    @app.teardown_request
    def is_over(_error: BaseException | None) -> None:
        seat: Seat | None = request.environ.get(_SEAT)
        if seat is not None:
            seat.end_work()


def _lane_of_visitor() -> Lane:
    is_costly = bool(COSTLY.get(request.endpoint or ""))
    if request.method in _READS:
        return Lane.READING_COSTLY if is_costly else Lane.READING
    return Lane.SENDING_COSTLY if is_costly else Lane.SENDING


def _refusal(error: Busy) -> Response:
    # The page does not ask the database, and a body that is still on its way holds the thread for a moment only.
    g.actor = PUBLIC_ACTOR
    request.environ[MOST_SECONDS_KEY] = _DRAINED_S
    request.max_content_length = _MOST_FORM_BYTES
    blueprint = current_app.blueprints.get(request.blueprint or "")
    return blueprint.render_error(error) if isinstance(blueprint, GuardedBlueprint) else html_errors(error)


def _busy() -> Busy:
    sentence = _("Hệ thống đang có rất nhiều lượt truy cập; hãy thử lại sau %(s)d giây.", s=RETRY_AFTER_S)
    return Busy(sentence, RETRY_AFTER_S)
