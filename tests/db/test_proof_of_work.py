"""Proof of work: bound to purpose, subject, work and term, and used up once."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.clock import utc_now
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.http.proof_of_work import ProofOfWork, SpentProof, forget_spent_proofs
from tests.support.proofs import solved

WORK = 200
PROOFS = ProofOfWork("s" * 40, "test")


@pytest.fixture
def proof():
    return solved(PROOFS.challenge("draft", utc_now(), WORK))


def changed(proof, **parts):
    payload = json.loads(base64.b64decode(proof)) | parts
    return base64.b64encode(json.dumps(payload).encode()).decode()


def test_a_proof_holds_for_its_subject_purpose_work_and_term_alone(proof):
    now = utc_now()
    assert PROOFS.is_solved("draft", proof, now, WORK)
    assert PROOFS.is_solved("draft", proof, now + PROOFS.term - timedelta(seconds=1), WORK)
    assert not PROOFS.is_solved("draft", proof, now + PROOFS.term + timedelta(seconds=1), WORK)
    assert not PROOFS.is_solved("other", proof, now, WORK)
    assert not PROOFS.is_solved("draft", proof, now, WORK + 1)
    assert not ProofOfWork("s" * 40, "another").is_solved("draft", proof, now, WORK)
    assert not ProofOfWork("t" * 40, "test").is_solved("draft", proof, now, WORK)


def test_a_changed_or_broken_proof_is_refused(proof):
    salt = json.loads(base64.b64decode(proof))["salt"]
    salts = (salt + "expires=9999999999&", salt.replace("=200", "=900"), "", 7, None)
    broken = [
        *("", "x", "=", "\x00", "ả" * 9, proof * 20, base64.b64encode(b"[" * 900).decode()),
        *(changed(proof, number=number) for number in (-1, None, "a", {}, 1e300)),
        *(changed(proof, salt=text) for text in salts),
        *(changed(proof, algorithm=name) for name in ("SHA-1", "none", None, [])),
        *(changed(proof, **{name: None}) for name in ("challenge", "signature")),
    ]
    assert [text for text in broken if PROOFS.is_solved("draft", text, utc_now(), WORK)] == []


def test_a_proof_is_spent_once_and_comes_back_with_a_rollback(ctx_of, proof):
    with ctx_of(None) as ctx:
        attempt = ctx.session.begin_nested()
        assert PROOFS.spend(ctx.session, "draft", proof, ctx.now, WORK)
        attempt.rollback()
        assert PROOFS.spend(ctx.session, "draft", proof, ctx.now, WORK)
        assert not PROOFS.spend(ctx.session, "draft", proof, ctx.now, WORK)
        # The same number in another form is the same proof.
        number = str(json.loads(base64.b64decode(proof))["number"])
        assert not PROOFS.spend(ctx.session, "draft", changed(proof, number=number), ctx.now, WORK)


def test_spent_proofs_are_forgotten_once_their_term_is_over(ctx_of, proof):
    with ctx_of(None) as ctx:
        PROOFS.spend(ctx.session, "draft", proof, ctx.now, WORK)
        assert forget_spent_proofs(ctx.session, ctx.now) == 0
        assert forget_spent_proofs(ctx.session, ctx.now + PROOFS.term + timedelta(seconds=1)) == 1
        assert ctx.session.scalar(select(func.count()).select_from(SpentProof)) == 0


def test_of_many_at_one_instant_one_spends_the_proof(live_url, proof):
    database = Database(live_url, role=WEB_ROLE)

    def spend(_number):
        with database.transaction(PUBLIC_ACTOR, origin="test") as ctx:
            return PROOFS.spend(ctx.session, "draft", proof, ctx.now, WORK)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(spend, range(8))).count(True) == 1
    database.dispose()
