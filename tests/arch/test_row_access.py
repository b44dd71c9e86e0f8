"""Rows of all organisations are opened in few modules, each with its reason."""

import ast

from tests.arch.sources import files, nodes, short
from tests.support.offenders import no_offenders

MECHANISM = "registry/kernel/db/row_access.py"
OPENING = frozenset({"across_organisations", "sees_all_rows"})
#: Module -> why it sees the rows of others, and what does not leave it.
OPENED = {
    "registry/accounts/notices.py": "the parties of open cases of a succeeded organisation, who are notified of it",
    "registry/accounts/queries.py": "which mails an account was sent: the kind of their subject alone",
    "registry/campaigns/reminders.py": "whether a reminder was sent today: yes or no",
    "registry/colocation/figures/tables.py": "totals by owner; small ones are left out for who may not see the cases",
    "registry/colocation/list_view.py": "how many requests wait for a structure: a public number",
    "registry/colocation/queue.py": "the turn of a request among those of others, whose first is notified",
    "registry/incidents/board.py": "published incidents, for the public page",
    "registry/incidents/satisfaction.py": "the answer of who holds a tracking code, and means of all answers by agency",
    "registry/incidents/own_reports.py": "the incidents of the reports of the actor, as its codes would show them",
    "registry/incidents/photos.py": "cleared photos of published incidents",
    "registry/incidents/queries.py": "published incidents, and the one of a tracking code",
    "registry/incidents/reporting.py": "people without an account report; they are answered with their code alone",
    "registry/indicators/declared.py": "figures of the province; only who may know them gets their parts",
    "registry/notices/service.py": "who was sent an equal notice before, so that it is not sent again",
    "registry/workflow/engine.py": "an allowed move, which may hand the case to others",
    "registry/workflow/receipts.py": "the progress of the case of a receipt, for who has its code: no names, no texts",
    "registry/workflow/referrals.py": "number and state of the cases that came of one which the actor reads",
}


def test_modules_that_see_rows_of_all_organisations_are_listed():
    calls = {
        short(path)
        for path, call in nodes(ast.Call, files(".py", under="registry/"))
        if isinstance(call.func, ast.Name) and call.func.id in OPENING and short(path) != MECHANISM
    }
    no_offenders(
        "rows of all organisations are opened in listed modules alone",
        [f"{name}: opens them without a reason" for name in sorted(calls - OPENED.keys())]
        + [f"{name}: listed, and opens none" for name in sorted(OPENED.keys() - calls)],
        "ask for the rows of the actor, or add the module with its reason to OPENED of tests/arch/test_row_access.py",
        [f'    "{name}": "",' for name in sorted(calls - OPENED.keys())],
    )
