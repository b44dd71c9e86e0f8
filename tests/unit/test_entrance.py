"""The server of the browser's tests ends after the last request that it answers."""

import threading

from werkzeug.test import Client

from tests.e2e.site import Entrance


def test_it_closes_after_the_request_inside_and_lets_no_other_in():
    begun, may_end = threading.Event(), threading.Event()
    ended = []

    def application(_environ, start_response):
        begun.set()
        may_end.wait()
        ended.append("request")
        start_response("200 OK", [])
        return [b"whole"]

    entrance = Entrance(application)
    asking = threading.Thread(target=lambda: Client(entrance).get("/"))
    asking.start()
    begun.wait()
    closing = threading.Thread(target=lambda: (entrance.close(), ended.append("entrance")))
    closing.start()
    # It has time to close too early, and needs none to be right.
    closing.join(0.2)
    may_end.set()
    closing.join()
    asking.join()
    assert ended == ["request", "entrance"]
    assert Client(entrance).get("/").status_code == 503
    assert ended == ["request", "entrance"]
