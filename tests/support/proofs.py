"""The work of a browser on a challenge, done by the library (registry/kernel/http/proof_of_work.py)."""

import hashlib
import html
import json
import re

from altcha.v1 import Challenge, ChallengeOptions, Payload, create_challenge, solve_challenge

_SHOWN = re.compile(r'data-challenge="(\{[^"]*\})"')


def solved(challenge):
    """The proof of a challenge, as a form sends it."""
    parts = (challenge[name] for name in ("algorithm", "challenge", "maxNumber", "salt", "signature"))
    work = Challenge(*parts)
    solution = solve_challenge(work)
    return Payload(work.algorithm, work.challenge, solution.number, work.salt, work.signature).to_base64()


def solved_by_key(work, subject, now, amount):
    """A proof of so much work for a subject, by who has the key: thousands are made at once."""
    bound = {"purpose": work.purpose, "subject": hashlib.sha256(subject.encode()).hexdigest(), "work": str(amount)}
    options = ChallengeOptions(
        algorithm="SHA-256", max_number=amount, hmac_key=work.secret, expires=now + work.term, params=bound, number=1
    )
    return solved(create_challenge(options).to_dict())


def challenge_in(page):
    """The challenge that a page shows; None without one."""
    shown = _SHOWN.search(page)
    return json.loads(html.unescape(shown[1])) if shown else None
