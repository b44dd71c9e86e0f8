"""The work of a browser on a challenge, done by the library (registry/kernel/http/proof_of_work.py)."""

import html
import json
import re

from altcha.v1 import Challenge, Payload, solve_challenge

_SHOWN = re.compile(r'data-challenge="(\{[^"]*\})"')


def solved(challenge):
    """The proof of a challenge, as a form sends it."""
    parts = (challenge[name] for name in ("algorithm", "challenge", "maxNumber", "salt", "signature"))
    work = Challenge(*parts)
    solution = solve_challenge(work)
    return Payload(work.algorithm, work.challenge, solution.number, work.salt, work.signature).to_base64()


def challenge_in(page):
    """The challenge that a page shows; None without one."""
    shown = _SHOWN.search(page)
    return json.loads(html.unescape(shown[1])) if shown else None
