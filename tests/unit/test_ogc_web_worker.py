"""What the web server answers where the head of a request is too long: programs a problem, all others a page."""

import json
import logging
import socket

import pytest
from gunicorn import http
from gunicorn.config import Config
from gunicorn.http.errors import ParseException

from config import gunicorn
from registry.ogc.web_worker import WebWorker

LONG = "x" * 9000


def answer_to(head):
    """Status, type and body of the answer of a worker to the head of a request that it refuses."""
    worker = WebWorker.__new__(WebWorker)
    worker.cfg, worker.log = Config(), logging.getLogger("test.web")
    server, client = socket.socketpair()
    with server, client:
        client.sendall(head.encode())
        client.shutdown(socket.SHUT_WR)
        with pytest.raises(ParseException) as refused:
            next(http.get_parser(worker.cfg, server, ("127.0.0.1", 1)))
        worker.handle_error(None, server, ("127.0.0.1", 1), refused.value)
        server.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    first, _end, body = answer.partition(b"\r\n\r\n")
    lines = first.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert int(headers["Content-Length"]) == len(body)
    return int(lines[0].split()[1]), headers["Content-Type"], body


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (414, f"GET /ogc/collections/structures/items?filter={LONG} HTTP/1.1\r\nHost: a\r\n\r\n"),
        (414, f"GET /ogc?{LONG} HTTP/1.1\r\nHost: a\r\n\r\n"),
        (431, f"GET /ogc/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {LONG}\r\n\r\n"),
        (431, "GET /ogc/ HTTP/1.1\r\n" + "".join(f"X-{number}: a\r\n" for number in range(200)) + "\r\n"),
    ],
    ids=("filter", "landing page", "token", "number of lines"),
)
def test_a_program_is_answered_with_a_problem(status, head):
    answered, kind, body = answer_to(head)
    assert (answered, kind) == (status, "application/problem+json")
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["detail"].endswith(".")


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (414, f"GET /structures?q={LONG} HTTP/1.1\r\nHost: a\r\n\r\n"),
        (414, f"GET /ogcx?q={LONG} HTTP/1.1\r\nHost: a\r\n\r\n"),
        (431, f"GET / HTTP/1.1\r\nHost: a\r\nCookie: {LONG}\r\n\r\n"),
        (400, "GET /ogc/ nothing\r\n\r\n"),
        (414, LONG + LONG),
    ],
    ids=("list", "other address", "cookie", "no request", "no address"),
)
def test_all_others_are_answered_as_the_server_does(status, head):
    answered, kind, _body = answer_to(head)
    assert (answered, kind) == (status, "text/html")


def test_the_server_runs_this_worker():
    assert gunicorn.worker_class is WebWorker
