"""One browser of a race, as a process of its own: signs in, opens the form it is told, and sends it on the word.

`python racer.py ADDRESS USER`. Lines in: the password; then for each round the path of a form and, after a space, what
to type into it (as a query), and any line to send it. Lines out: "in", "ready", and status and seconds of the answer.
Nothing but the standard library is loaded, so that 64 of them begin quickly.
"""

import re
import sys
import time
from html import unescape
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener

TIMEOUT_S = 60
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
CHOSEN = re.compile(r'<input[^>]*type="checkbox"[^>]*>')


class Staying(HTTPRedirectHandler):
    """A redirection is an answer like others."""

    def redirect_request(self, *_args):
        return None


def main(address, username):
    browser = build_opener(HTTPCookieProcessor(), Staying())
    form = fields(ask(browser, f"{address}/login")[1])
    password = heard()
    status, _page = ask(browser, f"{address}/login", [*form, ("username", username), ("password", password)])
    say("in" if status in (302, 303) else f"not signed in: {status}")
    while line := heard():
        path, _space, typed = line.partition(" ")
        status, page = ask(browser, address + path)
        say("ready" if status == 200 else f"no form: {status}")
        heard()
        began = time.perf_counter()
        status, page = ask(browser, address + path, [*fields(page), *parse_qsl(typed)])
        say(f"{status} {time.perf_counter() - began:.4f}")


def ask(browser, url, form=None):
    """Status and text of an answer."""
    try:
        with browser.open(url, urlencode(form).encode() if form is not None else None, TIMEOUT_S) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode(errors="replace")


def fields(page):
    """What the form of the page's main part holds already: hidden fields and boxes that are ticked."""
    main_part = page[page.index("<main") :]
    boxes = [box for box in CHOSEN.findall(main_part) if re.search(r"\schecked\b", box)]
    return [(value(tag, "name"), value(tag, "value")) for tag in HIDDEN.findall(main_part) + boxes]


def value(tag, name):
    match = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(match.group(1)) if match else ""


def heard():
    return sys.stdin.readline().strip()


def say(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
