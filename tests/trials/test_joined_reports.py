"""A reporter cannot see by the time of the answer whether the report opened a case or joined one.

`SAMPLES` of the environment is how many of each are measured. With `-s` it says the figures. Texts and headers are
compared in the suite (`tests/web/test_report_crowds.py`).
"""

import json
import os
import statistics
import time
from contextlib import closing

import pytest
from sqlalchemy import text

from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR
from registry.incidents.rules import new_draft
from tests.trials.test_report_flood import QUOTA, Browser

pytestmark = pytest.mark.trial
SAMPLES = int(os.environ.get("SAMPLES", "200"))
#: No work is asked for.
QUIET = {"busy_a_minute": 10_000, "of_network_an_hour": 10_000, "of_cell_an_hour": 10_000}
KINDS = text("SELECT kind, count(*) FROM incident_report GROUP BY kind")


def test_reports_that_joined_a_case_are_answered_in_the_time_of_those_that_opened_one(program):
    with program.database.transaction(SYSTEM_ACTOR, origin="test") as ctx:
        ctx.session.execute(QUOTA, {"change": json.dumps(QUIET)})
        record(ctx, "setting.add", "dated_setting", None)
    times = {"first": [], "same": []}
    with closing(Browser(int(program.env["PORT"]), "127.3.0.1")) as browser:
        for number in range(SAMPLES):
            at = f"19.{800 + number % 20:03d}; 105.{770 + number // 20:03d}"
            for kind, spent in times.items():
                fields = {"draft": new_draft(), "at": at, "kind": "cable_cut", "danger": "no", "compared": "cable_cut"}
                begun = time.monotonic()
                browser.post("/report/send", fields)
                spent.append(time.monotonic() - begun)
                assert browser.status == 303, kind
    with program.database.engine.begin() as connection:
        assert dict(connection.execute(KINDS).all()) == dict.fromkeys(times, SAMPLES)
    medians = {kind: statistics.median(spent) for kind, spent in times.items()}
    noise = statistics.median(abs(spent - medians["first"]) for spent in times["first"])
    figures = {"medians": medians, "noise": noise, "load": os.getloadavg()[0]}
    print(json.dumps(figures))  # noqa: T201 - the figures of the trial
    assert abs(medians["first"] - medians["same"]) <= max(noise, 0.005), figures
