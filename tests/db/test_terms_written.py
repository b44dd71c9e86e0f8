"""The terms that workflows and documents name are those of the database."""

from sqlalchemy import select

from config.settings import CHECKOUT
from registry.colocation.documents import NAME, terms_in, terms_table
from registry.workflow.clocks import find_term
from registry.workflow.definition import WORKFLOWS
from registry.workflow.models import LegalTerm


def test_every_term_of_every_workflow_has_its_law(ctx_of):
    deadlines = [deadline for flow in WORKFLOWS.values() for deadline in flow.deadlines.values()]
    with ctx_of(read_only=True) as ctx:
        assert [d.term for d in deadlines if d.term and not find_term(ctx.session, d.term, ctx.today).citation] == []
    assert deadlines


def test_the_terms_of_co_location_stand_in_its_document_as_in_the_database(ctx_of):
    with ctx_of(read_only=True) as ctx:
        rows = ctx.session.scalars(select(LegalTerm).order_by(LegalTerm.key, LegalTerm.valid_from)).all()
    written = (CHECKOUT / NAME).read_text(encoding="utf-8")
    assert terms_in(written) == terms_table(rows)
