# ruff: noqa: S310
"""/metrics of a program that is served with two web workers."""

import re
import socket
import urllib.error
import urllib.request

from tests.support.processes import LIMIT_S, wait_for
from tests.support.served import log_of

COUNT = r'registry_web_request_duration_seconds_count\{method="%s",status="%s"\} ([0-9.]+)'


def figures(program):
    """The page; "" while the worker does not listen yet."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{program.env['REGISTRY_METRICS_PORT']}/metrics", timeout=LIMIT_S
        ) as answer:
            return answer.read().decode()
    except urllib.error.URLError:
        return ""


def counted(program, method, status):
    """Requests so far, of all web workers."""
    match = re.search(COUNT % (method, status), figures(program))
    return float(match[1]) if match else 0


def ask(program, path, method="GET"):
    """The status; each request comes by a connection of its own, so that any worker takes it."""
    request = urllib.request.Request(program.address + path, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_the_figures_count_the_requests_of_all_web_workers_and_stay_on_this_machine(program):
    page = wait_for(lambda: figures(program), None, log_of(program.env))
    for line in ('registry_jobs{status="succeeded"}', 'registry_jobs{status="failed"}', "registry_database_ready 1.0"):
        assert line in page
    before = [counted(program, *labels) for labels in (("GET", "2xx"), ("GET", "4xx"), ("POST", "4xx"))]
    for _number in range(6):
        assert ask(program, "/login") == 200
        assert ask(program, "/nothing-here") == 404
    assert ask(program, "/login", "POST") == 400
    assert ask(program, "/readyz") == 200

    def grown():
        now = [counted(program, *labels) for labels in (("GET", "2xx"), ("GET", "4xx"), ("POST", "4xx"))]
        return [after - first for after, first in zip(now, before, strict=True)]

    # An answer is counted when it was sent, and may be read here before that.
    wait_for(lambda: grown() == [6, 6, 1], None, log_of(program.env))
    assert len(list((program.folder / "metrics").glob("histogram_*.db"))) >= 2
    with socket.socket() as other:
        # Nobody holds the port on the other addresses of the machine.
        other.bind(("127.0.0.2", int(program.env["REGISTRY_METRICS_PORT"])))
