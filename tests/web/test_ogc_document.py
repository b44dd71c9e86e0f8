"""What the OpenAPI document of `/ogc` allows, and what it does not, is answered without an error of the program."""

import json
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.factories.incidents import report
from tests.factories.structures import make
from tests.support import shared
from tests.support.rounds import sizes

database, app, ctx_of, client_of, taken_back = shared.fixtures("module")
#: One of each role that reads differently; None is a visitor.
MEMBERS = ("viettel", "so.khcn", "ubnd.tinh", "ubnd.xa", "kiemtra1", "quansu", "nguoidan", None)
#: Cases of a member in a run of the suite, and of each of the ten rounds of the trials: 100,000 together.
FEW, WHOLE = 12, 1_250
#: What an address may answer: never an error of the program.
ANSWERS = {200, 304, 308, 400, 401, 403, 404, 405, 406, 414, 422, 429}


@pytest.fixture(scope="module")
def register(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, name="Trạm 1", sharing_status="available")
        make(ctx, kind="cable_pole")
    report(ctx_of)


def cases_of(client):
    """A strategy: cases of every operation of the document that a reader gets, right and wrong ones."""
    document = json.loads(client.get("/ogc/api").data)
    operations = [each.ok() for each in schemathesis.openapi.from_dict(document).get_all_operations()]
    assert len(operations) > 40
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    return st.sampled_from([(each, mode) for each in operations for mode in modes]).flatmap(
        lambda pair: pair[0].as_strategy(generation_mode=pair[1])
    )


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize(("chance", "is_whole"), sizes(1, 10))
def test_no_question_within_the_document_or_beside_it_is_an_error_of_the_program(
    client_of, app, register, name, chance, is_whole
):
    client = client_of(name) if name else app.test_client()

    @seed(chance)
    @settings(
        max_examples=WHOLE if is_whole else FEW,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases_of(client))
    def asked(case):
        path = quote(f"/ogc{case.formatted_path}", safe="/%")
        answer = client.open(path, method=case.method, query_string=case.query or None)
        assert answer.status_code in ANSWERS, (path, case.query, answer.status_code, answer.text[:500])

    asked()
